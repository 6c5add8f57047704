"""Puts a letter into words, from templates that a creditor may replace one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from html import unescape
from pathlib import Path

from jinja2 import meta, nodes

from activities.channels.gsm7 import sms_segments, to_gsm7
from activities.placeholders import one_line, placeholders
from activities.wording_sandbox import (
    PLACEHOLDERS,
    WordingError,
    WordingProblem,
    fill,
    problem_of,
    sandbox,
    unknown_placeholder,
)
from models.letters import Channel, Language, Letter, LetterInvoice, Rendered
from models.money import Money, total

BUILT_IN = Path(__file__).parent.parent / "templates" / "wording"
"""The wording that comes with the product; the last folder to look in."""
LONGEST_SMS = 1600
"""Characters the provider takes in one text (integrations/twilio.md section 2)."""
_PARTS = ("subject.txt", "email.txt", "email.html", "sms.txt")


def render(letter: Letter, channels: Sequence[Channel], folders: Sequence[Path]) -> tuple[Rendered, ...]:
    """The words of a letter for each channel, in the order given; a phone call has none and is left out.

    Folders are searched in order, file by file: a creditor's own first, `BUILT_IN` last. Raises WordingError.
    """
    _check_figures(letter)
    values = vars(placeholders(letter))
    stem = f"{letter.language.value}/{letter.wording}"
    words: list[Rendered] = []
    for channel in channels:
        if channel is Channel.email:
            subject = one_line(fill(f"{stem}.subject.txt.j2", values, folders))
            text = _tidy(fill(f"{stem}.email.txt.j2", values, folders))
            html = fill(f"{stem}.email.html.j2", values, folders).strip() + "\n"
            words.append(Rendered(channel=channel, subject=subject, text=text, html=html))
        elif channel is Channel.sms:
            text = to_gsm7(one_line(fill(f"{stem}.sms.txt.j2", values, folders)))
            words.append(Rendered(channel=channel, text=text))
    for rendered in words:
        _check_words(rendered, stem)
    return tuple(words)


def check_wording(
    folders: Sequence[Path], languages: Sequence[Language], wordings: Sequence[str]
) -> list[WordingProblem]:
    """Everything that is wrong with the templates, found by reading them and by rendering sample letters.

    Branches that no sample takes are read too, so a wrong placeholder is found before the first letter that needs it.
    """
    problems: list[WordingProblem] = []
    for language in languages:
        for wording in wordings:
            for part in _PARTS:
                problems += _read(f"{language.value}/{wording}.{part}.j2", folders, seen=set())
            for sample in _samples(language, wording):
                try:
                    email, _sms = render(sample, (Channel.email, Channel.sms), folders)
                except WordingError as error:
                    problems.append(error.problem)
                else:
                    problems += _left_out(sample, email)
    return list(dict.fromkeys(problems))


def _check_figures(letter: Letter) -> None:
    """Refuse a letter whose own figures contradict each other, before a word of it is written."""
    file, currency = f"{letter.language.value}/{letter.wording}", letter.total.currency
    if not letter.invoices:
        raise WordingError(WordingProblem(file=file, reason="the letter names no invoice"))
    if letter.wording == "collection-notice" and letter.final_date is None:
        raise WordingError(WordingProblem(file=file, reason="a collection notice needs a final date"))
    if letter.wording == "collection-notice" and not letter.reply_to.strip():
        raise WordingError(WordingProblem(file=file, reason="a collection notice needs an address for objections"))
    if any(invoice.outstanding.currency != currency for invoice in letter.invoices):
        raise WordingError(WordingProblem(file=file, reason="the invoices are not all in the currency of the total"))
    if total([invoice.outstanding for invoice in letter.invoices], currency) != letter.total:
        raise WordingError(WordingProblem(file=file, reason="the invoices do not add up to the total"))


def _check_words(rendered: Rendered, stem: str) -> None:
    if rendered.channel is Channel.email and not rendered.subject:
        raise WordingError(WordingProblem(file=f"{stem}.subject.txt.j2", reason="the subject is empty"))
    if not rendered.text.strip():
        raise WordingError(WordingProblem(file=f"{stem}.{rendered.channel.value}.txt.j2", reason="the text is empty"))
    if rendered.channel is Channel.sms and len(rendered.text) > LONGEST_SMS:
        reason = f"the text has {len(rendered.text)} characters; a provider takes {LONGEST_SMS}"
        raise WordingError(WordingProblem(file=f"{stem}.sms.txt.j2", reason=reason))


def _tidy(text: str) -> str:
    """Plain text as a reader expects it: no blanks at line ends, at most one empty line in a row."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


def _read(name: str, folders: Sequence[Path], seen: set[str]) -> Iterator[WordingProblem]:
    """Problems that can be seen without rendering, in a template and in those it builds on."""
    seen.add(name)
    environment = sandbox(tuple(folders), html=name.endswith(".html.j2"))
    try:
        source, _, _ = environment.loader.get_source(environment, name)  # type: ignore[union-attr]
        tree = environment.parse(source, name)
        undeclared = meta.find_undeclared_variables(tree)
    except Exception as error:
        yield problem_of(error, name, folders)
        return
    own = {node.name for node in tree.find_all(nodes.Name) if node.ctx != "load"}
    own |= {node.target for node in tree.find_all(nodes.Import)} | {node.name for node in tree.find_all(nodes.Macro)}
    own |= {
        part if isinstance(part, str) else part[1] for node in tree.find_all(nodes.FromImport) for part in node.names
    }
    for unknown in sorted(undeclared - own - set(PLACEHOLDERS)):
        lines = [node.lineno for node in tree.find_all(nodes.Name) if node.name == unknown]
        yield unknown_placeholder(unknown, name, min(lines, default=None))
    for switch in tree.find_all(nodes.EvalContextModifier):
        yield WordingProblem(file=name, line=switch.lineno, reason="escaping may not be switched off or on")
    for referenced in meta.find_referenced_templates(tree):
        if referenced is not None and referenced not in seen:
            yield from _read(referenced, folders, seen)


def _left_out(letter: Letter, email: Rendered) -> Iterator[WordingProblem]:
    """What every e-mail must name and this one does not."""
    shown = placeholders(letter)
    needed = {
        "invoice_numbers": [invoice.number for invoice in shown.invoices],
        "due_date": [shown.due_date],
        "total": [shown.total],
        "payment_lines": list(shown.payment_lines),
        "payment_reference": [shown.payment_reference],
        "creditor_name": [shown.creditor_name],
        "reply_to": [shown.reply_to],
        "final_date": [shown.final_date] if letter.wording == "collection-notice" else [],
    }
    html = unescape(re.sub(r"<[^>]+>", "", email.html))
    for part, text in (("email.txt", email.text), ("email.html", html)):
        for placeholder, values in needed.items():
            if any(value not in text for value in values):
                file = f"{letter.language.value}/{letter.wording}.{part}.j2"
                yield WordingProblem(file=file, placeholder=placeholder, reason=f"{placeholder} is never named")


def _samples(language: Language, wording: str) -> Iterator[Letter]:
    """Two invented letters that between them take every branch of the built-in wording."""
    late = -4 if wording == "nudge" else 8
    day, currency = date(2026, 8, 11), "NOK" if language is Language.nb else "DKK"

    def invoice(number: str, days_late: int, outstanding: int) -> LetterInvoice:
        due, amount = day - timedelta(days=days_late), Money(minor=1_250_000, currency=currency)
        rest = Money(minor=outstanding, currency=currency)
        made = due - timedelta(days=30)
        return LetterInvoice(
            number=number, invoice_date=made, due_date=due, days_late=days_late, amount=amount, outstanding=rest
        )

    plain = Letter(
        wording=wording,
        language=language,
        creditor_name="Nordlys & Søn",
        creditor_address="Havnegade 1, 8000 Aarhus C",
        creditor_registration_number="10101010",
        sender_name="Mette Holm",
        reply_to="bogholderi@nordlys.example",
        phone="70 10 20 30",
        customer_name="Havn <A/S>",
        customer_number="4711",
        customer_address="Kajen 2, 9000 Aalborg",
        letter_date=day,
        final_date=day + timedelta(days=14),
        invoices=(invoice("1001", late, 1_250_000),),
        also_open=(),
        total=Money(minor=1_250_000, currency=currency),
        payment_lines=("reg.nr. 1234, konto 0012345678",),
        payment_reference="1001-4711",
        case_code="K7Q2",
    )
    yield plain
    several = {
        "invoices": tuple(invoice(f"20{number}", late - number, 100_000 + number) for number in range(6)),
        "total": Money(minor=600_015, currency=currency),
        "also_open": (invoice("3001", 1, 5_000), invoice("3002", -20, 1_250_000)),
        "final_date": plain.final_date if wording == "collection-notice" else None,
        "customer_address": "",
        "phone": "",
    }
    yield plain.model_copy(update=several)


__all__ = [
    "BUILT_IN",
    "PLACEHOLDERS",
    "WordingError",
    "WordingProblem",
    "check_wording",
    "render",
    "sms_segments",
]
