"""`rykker ladder check`: sound facts, every problem with its source, or plain words about a file that is no ladder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli import app
from commands.seed import preset_ladders
from models.settings import TEMPLATES

PRESETS = TEMPLATES / "ladders"
STANDARD = (PRESETS / "dk-standard.toml").read_text("utf-8")


def checked(file: Path, *options: str, on: str = "2026-11-22") -> Result:
    return CliRunner().invoke(app, ["ladder", "check", str(file), "--on", on, *options])


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


@pytest.mark.parametrize("preset", [ladder.name for ladder in preset_ladders()])
def test_every_preset_is_sound(preset: str) -> None:
    result = checked(PRESETS / f"{preset}.toml")
    assert result.exit_code == 0, result.output
    assert f"{preset} is sound by the law of" in result.output


def test_a_sound_ladder_shows_every_step_with_its_day_fee_and_deadline() -> None:
    lines = checked(PRESETS / "dk-standard.toml").output.splitlines()
    assert lines == [
        "dk-standard is sound by the law of Denmark on 2026-11-22. Days are counted from the due date.",
        "  day   -4  nudge: pre-due nudge; by email and sms, no fee",
        "  day   +7  rykker-1: first reminder; by email and sms, fee 100.00 DKK, 10 days to pay",
        "  day  +21  rykker-2: second reminder; by email and sms, fee 100.00 DKK, 10 days to pay, "
        "at least 10 days after the step before",
        "  day  +35  inkassovarsel: formal collection notice; by email and sms, fee 100.00 DKK, email is enough, "
        "10 days to pay, at least 10 days after the step before",
        "  day  +46  phone-call: phone call; by phone, at least 11 days after the step before",
    ]


def test_an_illegal_ladder_is_told_step_rule_source_and_nearest_legal_value(mine: Path) -> None:
    mine.write_text(STANDARD.replace("offset_days = 21", "offset_days = 15"), "utf-8")
    result = checked(mine)
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "dk-standard is not legal on 2026-11-22:",
        "step rykker-2, offset_days",
        "  rule: a fee on day +15 is too early: 10 days since the reminder of day +7",
        "  source: renteloven § 9 b, https://elov.dk/renteloven/paragraf/9b/",
        "  nearest legal value: day +17",
    ]


def test_the_law_is_that_of_the_day_that_is_asked_for() -> None:
    result = checked(PRESETS / "no-standard.toml", on="2027-01-01")
    assert result.exit_code == 1
    assert result.output.count("until somebody records a review for 2027-01-01") == 2
    assert "nearest legal value: without fee" in result.output
    assert checked(PRESETS / "no-standard.toml", on="2026-12-31").exit_code == 0
    assert checked(PRESETS / "no-standard.toml", on="tomorrow").exit_code == 2


def test_without_a_day_todays_law_is_asked() -> None:
    result = CliRunner().invoke(app, ["ladder", "check", str(PRESETS / "eu-standard.toml")])
    assert (result.exit_code, "no fee" in result.output) == (0, True)


def test_a_ladder_that_cannot_be_climbed_is_told_so_before_the_law_is_asked(mine: Path) -> None:
    mine.write_text(STANDARD.replace("offset_days = 21", "offset_days = 3").replace('"nudge"', '"none"'), "utf-8")
    result = checked(mine)
    assert result.exit_code == 2, "a kind that does not exist is no ladder at all"
    mine.write_text(STANDARD.replace("offset_days = 21", "offset_days = 3"), "utf-8")
    result = checked(mine)
    assert result.exit_code == 1
    assert "the steps must be in order of their days" in result.output
    assert "source: our own rule" in result.output


def test_json_is_read_as_well_and_a_country_without_rules_is_named(tmp_path: Path) -> None:
    document = preset_ladders()[0].model_dump(mode="json")
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(document), "utf-8")
    assert checked(file).exit_code == 0
    file.write_text(json.dumps({**document, "country": "SE"}), "utf-8")
    result = checked(file)
    assert result.exit_code == 1
    assert "there are no rules for SE; there are: DK, NO, EU" in result.output


def test_wording_of_ones_own_counts_when_its_folder_is_named(mine: Path, tmp_path: Path) -> None:
    mine.write_text(STANDARD.replace('wording = "reminder-2"', 'wording = "softly"'), "utf-8")
    assert "names the wording 'softly', which does not exist" in checked(mine).output
    (tmp_path / "own" / "da").mkdir(parents=True)
    (tmp_path / "own" / "da" / "softly.subject.txt.j2").write_text("Softly", "utf-8")
    assert checked(mine, "--wording", str(tmp_path / "own")).exit_code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read: No such file or directory"),
        ("name = ", "cannot be read: "),
        ('name = "x"', "is no ladder yet: title is missing; steps is missing"),
        (STANDARD.replace("offset_days = 7", 'offset_days = "soon"'), "steps[1].offset_days should be a valid integer"),
        (STANDARD.replace("fee = true", "fees = true", 1), "steps[1].fees is not known here"),
        (STANDARD.replace('country = "DK"', 'country = "Denmark"'), "country String should match pattern"),
    ],
)
def test_what_cannot_be_read_is_said_in_plain_words(mine: Path, text: str | None, said: str) -> None:
    if text is not None:
        mine.write_text(text, "utf-8")
    result = checked(mine)
    assert (result.exit_code, said in result.output) == (2, True), result.output


def test_bytes_that_are_no_text_are_no_ladder(mine: Path) -> None:
    mine.write_bytes(b"\xff\xfe\x00")
    result = checked(mine)
    assert (result.exit_code, "cannot be read" in result.output) == (2, True), result.output
    deep = mine.with_suffix(".json")
    deep.write_text("[" * 100_000, "utf-8")
    assert checked(deep).exit_code == 2
