"""`rykker claim`: a claim from a file or a pipe, as JSON or told to a person; refusals and slips told in words."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli import app
from tests.quoted import form
from tests.test_claim_vectors import VECTORS

CLAIM = form("DK", "2026-08-03", "2026-09-02")


def claim(*arguments: str, typed: str | bytes = "") -> Result:
    return CliRunner().invoke(app, ["claim", *arguments], input=typed)


def put(folder: Path, document: Any) -> str:
    file = folder / "claim.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return str(file)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_a_worked_example_is_answered_with_its_expected_part(vector: dict[str, Any], tmp_path: Path) -> None:
    result = claim(put(tmp_path, vector))
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout == json.dumps(vector["expected"], indent=2, ensure_ascii=False) + "\n"


def test_the_installed_command_reads_a_claim_from_a_pipe() -> None:
    told = {**CLAIM, "invoices": [{"id": "Faktura Ærø-7", "principal": "1000.00", "due": "2026-08-03"}]}
    program = [str(Path(sys.executable).parent / "rykker"), "claim", "-"]
    ran = subprocess.run(program, input=json.dumps(told).encode(), capture_output=True, check=False, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert "Faktura Ærø-7" in ran.stdout.decode("utf-8")
    assert json.loads(ran.stdout)["open"]["total"] == "1008.22"


def test_explain_tells_the_working_to_a_person(tmp_path: Path) -> None:
    result = claim("--explain", put(tmp_path, CLAIM))
    assert result.exit_code == 0
    assert "2026-08-03 to 2026-09-01, 30 days: 1000.00 x 10.00 % x 30/365 = 8.219178" in result.stdout
    assert "rounded once on 2026-09-02: 8.219178 becomes 8.22" in result.stdout
    assert "renteloven § 5" in result.stdout


@pytest.mark.parametrize("explain", [[], ["--explain"]])
def test_a_refusal_is_json_for_programs_and_a_sentence_for_people(explain: list[str]) -> None:
    result = claim(*explain, "-", typed=json.dumps({**CLAIM, "as_of": "2027-02-01"}))
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"outcome": "refused", "reason": "rate_row_missing"}
    assert result.stderr == (
        "Rates_dk has no reference_percent for the half-year 2027-01-01 to 2027-06-30, so nothing that needs "
        "2027-01-01 is calculated; add a row to rules/law/tables/rates_dk.csv with its source.\n"
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "standard input is not JSON: Expecting value at line 1, column 1. Mend it there and try again."),
        ("{", "standard input is not JSON"),
        ("[]", "standard input holds no claim: it must be one JSON object in braces."),
        ('"claim"', "must be one JSON object"),
        ("[" * 100_000, "nested too deep"),
        ("1" * 5_000, "too long"),
        ('{"as_of": 1, "as_of": 2}', "The field 'as_of' stands twice in one object; leave one of them out."),
        (b"\xff\xfe{}", "is not UTF-8 text; save it as UTF-8."),
        ("{}", "  country: is missing"),
        ('{"input": {}}', "  country: is missing"),
        (json.dumps({**CLAIM, "asof": "2026-09-02"}), "  asof: is not known here; check its spelling or leave it out"),
        (json.dumps({**CLAIM, "as_of": 20260902}), '  as_of: is no date; write it as text like "2026-08-03"'),
        (json.dumps({**CLAIM, "as_of": "2026-02-30"}), "  as_of: is no day of the calendar"),
        (json.dumps({**CLAIM, "as_of": "9999-12-31"}), "  as_of: lies outside the years 1900 to 2099"),
        (json.dumps({**CLAIM, "debtor": "firm"}), "  debtor: should be 'business', 'public', 'consumer' or 'unknown'"),
        (json.dumps({**CLAIM, "letters": {}}), "  letters: must be a list"),
        (json.dumps({**CLAIM, "letters": [5]}), "  letters[0]: must be a JSON object"),
        (
            json.dumps({**CLAIM, "payments": [{"date": "2026-08-04", "amount": 5.5}]}),
            "payments[0].amount: is no amount",
        ),
        (json.dumps({**CLAIM, "payments": [{"date": "2026-08-04", "amount": "1e3"}]}), "payments[0].amount: is no"),
        (json.dumps({**CLAIM, "payments": [{"date": "2026-08-04", "amount": "0.005"}]}), "payments[0].amount: is no"),
        (json.dumps({**CLAIM, "agreed_rate_percent": 9.75}), "  agreed_rate_percent: is no rate; write percent a year"),
        (
            json.dumps({**CLAIM, "letters": [{"n": "1", "sent": "2026-08-04", "kind": "rykker", "fee_wanted": "yes"}]}),
            "  letters[0].fee_wanted: must be true or false",
        ),
        (
            json.dumps({**CLAIM, "invoices": [{"id": "A\n\x1b[31m", "principal": "1.00", "due": "2026-08-03"}]}),
            "one line",
        ),
    ],
)
def test_what_cannot_be_read_is_told_in_plain_sentences(typed: str | bytes, said: str) -> None:
    result = claim("-", typed=typed)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr
    for jargon in ("Traceback", "Input should", "valid dictionary", "pydantic", "type=", "validation error"):
        assert jargon not in result.stderr


def test_every_mistake_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    file = put(tmp_path, {"country": "DK", "invoices": [{"id": "", "due": "tomorrow"}], "as_of": None})
    result = claim(file)
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"{file} is not right yet; nothing was worked out:",
        "  currency: is missing",
        "  invoices[0].id: is empty",
        "  invoices[0].principal: is missing",
        '  invoices[0].due: is no date; write it as text like "2026-08-03"',
        '  as_of: is no date; write it as text like "2026-08-03"',
    ]


def test_a_file_that_is_not_there_is_told_and_so_is_a_folder(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none.json", "No such file"), (tmp_path, "Is a directory"), ("a\0b", "no such name")):
        result = claim(str(path))
        assert result.exit_code == 2
        assert why in result.stderr
        assert "Name a file, or - for standard input." in result.stderr


def test_a_file_that_begins_with_a_byte_order_mark_is_read_all_the_same() -> None:
    assert claim("-", typed=b"\xef\xbb\xbf" + json.dumps(CLAIM).encode()).exit_code == 0
