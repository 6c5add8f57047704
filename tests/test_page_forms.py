"""What a customer sends from its page, before anybody believes it: texts, days, numbers, languages, addresses."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.creditor import CreditorSettings
from models.letters import Language
from web.page_claim import source_of
from web.page_forms import clean_text, promise_problem, read_day
from web.page_limits import network_of
from web.page_words import HEADERS, PAGES, STYLE, accepted_language, words

TODAY = date(2026, 8, 10)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("  Hej\r\nI to\rlinjer\u2028tre  ", "Hej\nI to\nlinjer\ntre"),
        ("moms\u202e52 .rk\u202c \u2066x\u2069 \u200eokay\u200f \u061c", "moms52 .rk x okay"),
        ("a\x00b\x07c\x1b[31md\x7f\x85e", "abc[31mde"),
        ("\ufeffzero\u200bwidth\u00ad", "zerowidth"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("👩\u200d👧 fine", "👩\u200d👧 fine"),
        ("\u202e\x00 \n", ""),
    ],
)
def test_control_characters_and_changes_of_direction_are_taken_out(raw: str, kept: str) -> None:
    assert clean_text(raw) == kept


@given(st.text())
def test_a_cleaned_text_is_clean_for_good(raw: str) -> None:
    once = clean_text(raw)
    assert clean_text(once) == once
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", once)
    once.encode()


@pytest.mark.parametrize(
    "written",
    ["", "10-08-2026", "2026-8-1", "2026-02-30", "2026-08-10T00:00", "２０２６-08-10", "2100-01-01", "20260810"],
)
def test_what_is_no_day_is_none(written: str) -> None:
    assert read_day(written) is None


def test_a_promise_lies_between_today_and_as_far_ahead_as_the_creditor_takes_it() -> None:
    settings = CreditorSettings(promise_days=14)
    said = [promise_problem(date(2026, 8, day), TODAY, settings) for day in (9, 10, 24, 25)]
    assert said == ["problem_past", "", "", "problem_promise_far"]
    assert promise_problem(None, TODAY, settings) == "problem_day"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("da-DK,da;q=0.9,en;q=0.8", Language.da),
        ("nn-NO, en;q=0.5", Language.nb),
        ("no", Language.nb),
        ("de-DE, en;q=0.3, nb;q=0.4", Language.nb),
        ("de, fr", Language.en),
        ("", Language.en),
        ("da;q=0, en;q=x, ;;,=", Language.en),
    ],
)
def test_a_stranger_is_answered_in_the_browsers_language(header: str, language: Language) -> None:
    assert accepted_language(header) is language


def test_every_sentence_stands_in_every_language_with_the_same_values() -> None:
    danish = words(Language.da)
    for language in (Language.nb, Language.en):
        other = words(language)
        assert list(other) == list(danish)
        for name, sentence in danish.items():
            assert sorted(re.findall(r"{\w+}", other[name])) == sorted(re.findall(r"{\w+}", sentence)), name


def test_every_sentence_is_used_and_none_is_missing() -> None:
    used = "".join(path.read_text(encoding="utf-8") for path in PAGES.glob("*.j2"))
    used += "".join(path.read_text(encoding="utf-8") for path in PAGES.parent.parent.glob("web/*page*.py"))
    made = re.compile("(topic|plan|closed|charge)_.*|.*_title|running|not_due|nothing_left|paused|promise|question")
    unused = [name for name in words(Language.da) if f'"{name}"' not in used and not made.fullmatch(name)]
    assert unused == []


def test_the_policy_allows_the_style_of_the_page_and_nothing_else() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "script" not in policy
    assert "</" not in STYLE
    assert not re.search(r"url\(|@import", STYLE)


@pytest.mark.parametrize(
    ("told", "name", "address"),
    [
        ("renteloven § 5, https://www.elov.dk/renteloven/5/: reference rate 2.05", "renteloven § 5", "/renteloven/5/"),
        ("renteloven § 9 b, https://x.dk/print.aspx?id=1111", "renteloven § 9 b", "/print.aspx?id=1111"),
        ("forsinkelsesrenteloven § 3, https://x.no/id429519/ (https://y)", "forsinkelsesrenteloven § 3", "/id429519/"),
        ("agreed", "agreed", ""),
        ("javascript:alert(1), javascript:x", "javascript:alert(1), javascript:x", ""),
    ],
)
def test_a_source_is_named_and_linked_where_it_has_an_address(told: str, name: str, address: str) -> None:
    source = source_of(told)
    assert source.name == name
    assert source.address.endswith(address)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_a_client_is_known_by_what_is_its_own(address: str, network: str) -> None:
    assert network_of(address) == network
