"""Every reason that the law can give has a sentence; and the working of a claim is told in words."""

from __future__ import annotations

import ast
import csv
import re
from pathlib import Path

from rules.law import tables
from rules.law.explain import explain
from rules.law.form import read
from rules.law.packs import PACKS
from rules.law.quote import quote
from rules.law.reasons import REASONS, said
from rules.law.statement import work_out
from tests.quoted import form, letter, letters

CODE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+")
WRITTEN = {
    *("effective_due", "letter_reason", "fee_reason", "compensation_reason", "claimed_on", "agreed_rate_reason"),
    *("first_day", "last_day", "rate_percent", "year_days", "interest_unrounded"),
    *("interest_accrued", "interest_accrued_total"),
    *("due_date", "own_date", "valid_from", "valid_to", "reviewed_through"),
}
"""Words with an underscore that are parts of the written form, and no reasons."""


def words_of_the_rules() -> set[str]:
    """Every word with an underscore that stands as a string in the modules of the law."""
    found = set()
    for module in Path(tables.__file__).parent.glob("*.py"):
        if module.name != "reasons.py":
            for node in ast.walk(ast.parse(module.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                    found.add(node.value)
    return found


def test_every_code_that_the_law_can_give_has_a_sentence_and_no_sentence_is_left_over() -> None:
    placeholders = {name for pack in PACKS.values() for part in pack.notice_parts for name in part.names}
    columns = {file.stem for file in tables.FOLDER.glob("*.csv")}
    for file in tables.FOLDER.glob("*.csv"):
        columns |= set(next(csv.reader([file.read_text("utf-8").splitlines()[0]])))
    assert words_of_the_rules() - placeholders - columns - WRITTEN == set(REASONS)


def test_every_sentence_reads_on_after_because_and_names_its_source() -> None:
    for code, reason in REASONS.items():
        assert reason.sentence[0].islower(), code
        assert not reason.sentence.endswith("."), code
        for country in ("", *PACKS):
            assert said(code, country).endswith(")"), code


def test_the_working_of_a_danish_claim() -> None:
    told = explain(
        quote(
            read(
                form(
                    "DK",
                    "2026-05-30",
                    "2026-09-02",
                    letters=letters(
                        "DK",
                        letter("2026-06-12", "2026-06-22"),
                        letter("2026-06-15", "2026-06-25"),
                        letter("2026-09-01"),
                    ),
                    compensation=[{"invoice": "A", "claimed_on": "2026-06-12"}],
                    payments=[{"date": "2026-07-10", "amount": "600.00"}],
                    handovers=[{"on": "2026-09-01"}],
                )
            )
        )
    )
    lines = [line.strip() for line in told]
    assert "Invoice A: 1000.00, due 2026-05-30, a day without business, so it counts as due on 2026-06-01" in lines
    working = lines.index("2026-06-01 to 2026-06-30, 30 days: 1000.00 x 9.75 % x 30/365 = 8.013699")
    assert lines[working + 1 : working + 5] == [
        "2026-07-01 to 2026-07-09, 9 days: 1000.00 x 10.00 % x 9/365 = 2.465753",
        "rounded once on 2026-07-10: 10.479452 becomes 10.48",
        "2026-07-10 to 2026-09-01, 54 days: 820.48 x 10.00 % x 54/365 = 12.138608",
        "rounded once on 2026-09-02: 12.138608 becomes 12.14",
    ]
    assert "1. rykker of 2026-06-12: may go; fee 100.00 on invoice A" in lines
    early = "no fee, because the reminder before is less than 10 days old (renteloven § 9 b)"
    assert f"2. rykker of 2026-06-15: may go; {early}" in lines
    assert any(line.startswith("3. rykker of 2026-09-01: must not go, because the letter lacks") for line in lines)
    assert "invoice A, claimed on 2026-06-12: 310.00" in lines
    went = "2026-07-10: 600.00 went to principal of A 179.52; interest of A 10.48; compensation 310.00; fees 100.00"
    assert went in lines
    refused = (
        "2026-09-01: must not be handed over, because an open invoice has had no formal notice (inkassoloven § 10)"
    )
    assert refused in lines
    assert "total 832.62" in lines
    sources = told[told.index("How days were counted, and where the figures stand") :]
    assert "reference rate 1.75 + 8 points" in sources[2]
    assert "reference rate 2.00 + 8 points" in sources[3]
    assert sources[3].endswith("not confirmed)")
    assert sources[4].strip().startswith("fee 100.00: renteloven § 9 b, https://")
    assert sources[5].strip().startswith("compensation 310.00 per invoice: renteloven § 9 a(3)")


def test_an_agreed_rate_and_compensation_by_letter_are_told_too() -> None:
    wanted = letters("NO", letter("2026-08-17", "2026-08-31"), letter("2026-09-10", compensation_wanted=True))
    claim = form("NO", "2026-08-03", "2026-10-01", letters=wanted, agreed_rate_percent="18.00")
    told = "\n".join(explain(work_out(read(claim).claim())))
    assert "compensation 392.00, the fees it absorbs taken off" in told
    assert "no fee, because compensation has been claimed and takes the place of fees" in told
    assert "18.00 %: agreed in the contract; the statutory rate is 12.25 %" in told
    capped = "\n".join(explain(work_out(read({**claim, "debtor": "consumer"}).claim())))
    assert "a consumer pays no more than the statutory rate" in capped
