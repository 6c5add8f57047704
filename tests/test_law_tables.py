"""The tables of figures: whole, dated, with sources; nothing is carried forward, nothing is guessed."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from models.claim import Refusal
from rules.law.tables import FOLDER, TableFault, half_year, parse, reviewed_through, table

HEAD = "valid_from,valid_to,reference_percent,confirmed,source\n"
SECOND = "2026-07-01,2026-12-31,2.00,no,b\n"
SOUND = HEAD + "2026-01-01,2026-06-30,1.75,yes,a\n2026-07-01,2026-12-31,,no,not found\n"
TABLES = [file.stem for file in sorted(FOLDER.glob("*.csv")) if file.stem != "reviews"]


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_whole_and_has_a_source_in_every_row(name: str) -> None:
    rows = table(name).rows
    assert all((after.first - before.last).days == 1 for before, after in pairwise(rows))
    assert all(row.source for row in rows)
    assert rows[-1].last == date(2026, 12, 31)


def test_there_is_a_table_for_every_figure_that_changes() -> None:
    assert TABLES == ["compensation_no", "fees_no", "rates_dk", "rates_eu", "rates_no"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (f"2026-01-01,2026-06-29,1.75,yes,a\n{SECOND}", "no row between 2026-06-29 and 2026-07-01; add it"),
        (f"2026-01-01,2026-07-01,1.75,yes,a\n{SECOND}", "the rows from 2026-01-01 and from 2026-07-01 overlap"),
        (f"{SECOND}2026-01-01,2026-06-30,1.75,yes,a\n", "overlap"),
        ("2026-06-30,2026-01-01,1.75,yes,a\n", "ends before it begins"),
        ("2026-01-01,2026-06-31,1.75,yes,a\n", "line 2 cannot be read"),
        ("2026-01-01,2026-06-30,1,75,yes,a\n", "line 2 cannot be read"),
        ("2026-01-01,2026-06-30,NaN,yes,a\n", "line 2 cannot be read"),
        ("2026-01-01,2026-06-30,two,yes,a\n", "line 2 cannot be read"),
        ("2026-01-01,2026-06-30,1.75,maybe,a\n", "line 2 cannot be read"),
        ("2026-01-01,2026-06-30,1.75,yes,\n", "line 2 cannot be read"),
        ("2026-01-01,2026-06-30\n", "line 2 cannot be read"),
        ("", "has no rows"),
    ],
)
def test_a_faulty_table_is_refused_in_words(rows: str, said: str) -> None:
    with pytest.raises(TableFault) as fault:
        parse("rates_xx", HEAD + rows)
    assert str(fault.value).startswith("rates_xx")
    assert said in str(fault.value)


def test_a_figure_holds_on_both_outer_days_of_its_row_and_says_when_it_is_not_confirmed() -> None:
    sound = parse("rates_xx", SOUND.replace(",,no", ",2.00,no"))
    assert [str(sound.figure("reference_percent", date(2026, 6, day))[0]) for day in (1, 30)] == ["1.75", "1.75"]
    assert sound.figure("reference_percent", date(2026, 6, 30))[1] == "a"
    assert sound.figure("reference_percent", date(2026, 7, 1))[1] == "not found; not confirmed"


@pytest.mark.parametrize(
    ("day", "named"),
    [
        (date(2027, 1, 1), "2027-01-01 to 2027-06-30"),
        (date(2025, 12, 31), "2025-07-01 to 2025-12-31"),
        (date(2026, 7, 1), "2026-07-01 to 2026-12-31"),
    ],
)
def test_nothing_past_the_last_row_before_the_first_or_in_an_empty_cell(day: date, named: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse("rates_xx", SOUND).figure("reference_percent", day)
    assert refused.value.reason == "rate_row_missing"
    assert f"rates_xx has no reference_percent for the half-year {named}" in refused.value.message
    assert "add a row to rules/law/tables/rates_xx.csv with its source" in refused.value.message


def test_half_years_and_reviews() -> None:
    assert half_year(date(2026, 6, 30)) == (date(2026, 1, 1), date(2026, 6, 30))
    assert half_year(date(2026, 7, 1)) == (date(2026, 7, 1), date(2026, 12, 31))
    assert reviewed_through("NO") == date(2026, 12, 31)
    assert reviewed_through("DK") == date.max
    assert reviewed_through("XX") is None
