"""What a creditor's own templates may and may not do, and how a mistake in one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from activities.wording import BUILT_IN, PLACEHOLDERS, WordingError, check_wording, render
from models.letters import Language
from tests.letters import BOTH, letter, mail


def replaced(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def refusal(folder: Path, text: str, name: str = "da/reminder-1.email.txt.j2") -> WordingError:
    replaced(folder, name, text)
    with pytest.raises(WordingError) as raised:
        render(letter(), BOTH, (folder, BUILT_IN))
    return raised.value


def test_a_creditor_may_replace_a_single_file(tmp_path: Path) -> None:
    replaced(tmp_path, "da/reminder-1.subject.txt.j2", "Hov, {{ customer_name }}!\n")
    rendered = mail(letter(), tmp_path)
    assert rendered.subject == "Hov, Havn A/S!"
    assert rendered.text == mail(letter()).text
    assert mail(letter("nudge"), tmp_path) == mail(letter("nudge"))


def test_a_creditor_may_replace_a_shared_part(tmp_path: Path) -> None:
    labels = (BUILT_IN / "da" / "_labels.j2").read_text(encoding="utf-8")
    replaced(tmp_path, "da/_labels.j2", labels.replace("Sådan betaler du", "Betalingsoplysninger"))
    rendered = mail(letter(), tmp_path)
    assert "Betalingsoplysninger" in rendered.text
    assert "Betalingsoplysninger" in rendered.html


def test_a_changed_file_is_seen_at_once(tmp_path: Path) -> None:
    assert mail(letter(), tmp_path).subject == mail(letter()).subject
    replaced(tmp_path, "da/reminder-1.subject.txt.j2", "Ny tekst")
    assert mail(letter(), tmp_path).subject == "Ny tekst"


def test_an_unknown_placeholder_is_named_with_its_place_and_the_known_ones(tmp_path: Path) -> None:
    error = refusal(tmp_path, "Hej\n\nDu skylder {{ totl }}\n")
    assert (error.problem.file, error.problem.line, error.problem.placeholder) == (
        "da/reminder-1.email.txt.j2",
        3,
        "totl",
    )
    assert "line 3: there is no placeholder totl. Did you mean total?" in str(error)
    assert all(name in str(error) for name in PLACEHOLDERS)
    assert str(tmp_path) not in str(error)


def test_an_unknown_field_of_an_invoice_is_named_with_the_fields_there_are(tmp_path: Path) -> None:
    error = refusal(tmp_path, "{% for invoice in invoices %}\n{{ invoice.amont }}\n{% endfor %}")
    assert (error.problem.line, error.problem.placeholder) == (2, "amont")
    assert "Did you mean amount?" in str(error)
    assert "outstanding" in str(error)


def test_a_syntax_error_is_named_with_its_line(tmp_path: Path) -> None:
    error = refusal(tmp_path, "Hej\n{% if total %}\nDu skylder {{ total \n", "da/reminder-1.sms.txt.j2")
    assert error.problem.file == "da/reminder-1.sms.txt.j2"
    assert error.problem.line == 3


@pytest.mark.parametrize(
    "text",
    [
        "{{ customer_name.__class__ }}",
        "{{ customer_name.__class__.__mro__[1].__subclasses__() }}",
        "{{ ''.__class__ }}",
        "{{ invoices[0].__init__.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ '%s' | format(1) }}",
        "{{ customer_name | safe }}",
        "{{ customer_name | attr('__class__') }}",
        "{{ range(9) }}",
        "{{ '{0.__class__}'.format(customer_name) }}",
        "{% include '../../../pyproject.toml' %}",
        "{% include '/etc/passwd' %}",
        "{{ total / 0 }}",
        "{{ 1 / 0 }}",
        "{% set x = invoices.append(1) %}",
    ],
)
def test_a_template_can_reach_nothing_but_the_letter(tmp_path: Path, text: str) -> None:
    problem = refusal(tmp_path, f"Hej\n{text}\n").problem
    assert problem.line in (2, None)
    assert problem.reason


def test_a_text_part_used_in_html_is_escaped_too(tmp_path: Path) -> None:
    replaced(tmp_path, "da/_hello.j2", "{% macro hello(name) %}Hej {{ name }}{% endmacro %}")
    replaced(tmp_path, "da/nudge.email.html.j2", '{% from "da/_hello.j2" import hello %}{{ hello(customer_name) }}')
    assert mail(letter("nudge", customer_name="<b>"), tmp_path).html == "Hej &lt;b&gt;\n"


def test_a_missing_wording_is_named() -> None:
    with pytest.raises(WordingError, match=r"da/farewell\.subject\.txt\.j2: no wording folder has this file"):
        mail(letter("farewell"))
    with pytest.raises(WordingError, match="no wording folder"):
        mail(letter("../nb/nudge"))


def test_an_empty_subject_and_an_overlong_text_are_refused(tmp_path: Path) -> None:
    assert "empty" in str(refusal(tmp_path, "\n  \n", "da/reminder-1.subject.txt.j2"))
    replaced(tmp_path, "da/reminder-1.subject.txt.j2", "Emne")
    assert "1600" in str(refusal(tmp_path, "x" * 1601, "da/reminder-1.sms.txt.j2"))


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("da/nudge.sms.txt.j2", "{% if days_late > 900 %}{{ totl }}{% endif %}Hej", "no placeholder totl"),
        ("da/nudge.sms.txt.j2", "{% if total %}", "Unexpected end of template"),
        ("da/nudge.sms.txt.j2", "{{ total | bold }}", "No filter named 'bold'"),
        ("da/_labels.j2", "{% set invoice = total_sum %}", "no placeholder total_sum"),
        ("da/nudge.email.html.j2", "{% autoescape false %}{{ total }}{% endautoescape %}", "escaping may not be"),
        ("da/nudge.email.txt.j2", "Hej {{ customer_name }}", "payment_lines is never named"),
        ("da/nudge.email.html.j2", "<p>{{ total }}</p>", "invoice_numbers is never named"),
    ],
)
def test_checking_finds_what_a_letter_would_trip_over_later(tmp_path: Path, name: str, text: str, problem: str) -> None:
    replaced(tmp_path, name, text)
    found = check_wording((tmp_path, BUILT_IN), (Language.da,), ("nudge",))
    assert any(problem in str(one) and one.file == name for one in found), [str(one) for one in found]


def test_a_collection_notice_that_hides_its_final_date_is_found(tmp_path: Path) -> None:
    own = (BUILT_IN / "da" / "collection-notice.email.txt.j2").read_text(encoding="utf-8")
    replaced(tmp_path, "da/collection-notice.email.txt.j2", own.replace("{{ final_date }}", "snart"))
    found = check_wording((tmp_path, BUILT_IN), (Language.da,), ("collection-notice",))
    assert [(one.file, one.placeholder) for one in found] == [("da/collection-notice.email.txt.j2", "final_date")]


def test_a_mail_that_does_not_name_the_customers_page_is_found(tmp_path: Path) -> None:
    own = (BUILT_IN / "da" / "nudge.email.txt.j2").read_text(encoding="utf-8")
    replaced(tmp_path, "da/nudge.email.txt.j2", own + "{% block page %}{% endblock %}")
    found = check_wording((tmp_path, BUILT_IN), (Language.da,), ("nudge",))
    assert [(one.file, one.placeholder) for one in found] == [("da/nudge.email.txt.j2", "page_url")]
