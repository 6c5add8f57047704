"""When a step is put before people and when a message may leave, as a table of dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.claim import Refusal
from models.creditor import CreditorSettings
from rules.calendar import (
    at_local,
    business_day_from,
    closed_days,
    is_business_day,
    local,
    local_day,
    proposing_time,
    sending_time,
)
from tests.given import COPENHAGEN, DK, NO, OSLO, at, dates, day, instants, some_settings

# Read off the almanacs of both countries; a new version of the holidays package must agree with them.
HOLIDAYS = {
    ("DK", 2026): "01-01 04-02 04-03 04-05 04-06 05-14 05-24 05-25 12-25 12-26",
    ("DK", 2027): "01-01 03-25 03-26 03-28 03-29 05-06 05-16 05-17 12-25 12-26",
    ("DK", 2028): "01-01 04-13 04-14 04-16 04-17 05-25 06-04 06-05 12-25 12-26",
    ("NO", 2026): "01-01 04-02 04-03 04-05 04-06 05-01 05-14 05-17 05-24 05-25 12-25 12-26",
    ("NO", 2027): "01-01 03-25 03-26 03-28 03-29 05-01 05-06 05-16 05-17 12-25 12-26",
    ("NO", 2028): "01-01 04-13 04-14 04-16 04-17 05-01 05-17 05-25 06-04 06-05 12-25 12-26",
}


CLOSED_TOO = {"DK": "06-05 12-24 12-31", "NO": "12-24 12-31"}
"""No public holidays, but offices are closed."""


@pytest.mark.parametrize(("country", "year"), HOLIDAYS)
def test_the_closed_days_of_the_years_ahead_are_those_of_the_almanac(country: str, year: int) -> None:
    almanac = {*HOLIDAYS[country, year].split(), *CLOSED_TOO[country].split()}
    assert [f"{d:%m-%d}" for d in sorted(closed_days(country, year))] == sorted(almanac)


def test_between_european_businesses_the_closing_days_of_the_payment_system_are_kept() -> None:
    assert " ".join(f"{d:%m-%d}" for d in sorted(closed_days("EU", 2026))) == "01-01 04-03 04-06 05-01 12-25 12-26"
    assert business_day_from(day("2026-12-24"), "EU") == day("2026-12-24")


def test_a_country_without_a_pack_has_no_calendar_either() -> None:
    with pytest.raises(Refusal, match="there are no rules for 'SE'"):
        is_business_day(day("2026-08-10"), "SE")


@pytest.mark.parametrize(
    ("asked", "country", "next_open", "because"),
    [
        ("2026-08-10", "DK", "2026-08-10", "an ordinary Monday"),
        ("2026-08-08", "DK", "2026-08-10", "Saturday"),
        ("2026-08-09", "NO", "2026-08-10", "Sunday"),
        ("2026-04-02", "DK", "2026-04-07", "Maundy Thursday to Easter Monday"),
        ("2026-04-01", "NO", "2026-04-01", "the Wednesday before Easter is open"),
        ("2026-05-01", "DK", "2026-05-01", "1 May is no holiday in Denmark"),
        ("2026-05-01", "NO", "2026-05-04", "1 May, a Friday, is one in Norway"),
        ("2027-05-01", "DK", "2027-05-03", "1 May on a Saturday"),
        ("2028-05-17", "NO", "2028-05-18", "17 May, a Wednesday"),
        ("2028-05-17", "DK", "2028-05-17", "17 May is a working day in Denmark"),
        ("2026-05-14", "DK", "2026-05-15", "Ascension Day; the Friday after it is open"),
        ("2024-04-26", "DK", "2024-04-26", "Great Prayer Day was abolished in 2024"),
        ("2026-06-05", "DK", "2026-06-08", "Constitution Day, a Friday, keeps Danish offices closed"),
        ("2026-06-05", "NO", "2026-06-05", "5 June is a working day in Norway"),
        ("2026-12-23", "DK", "2026-12-23", "the day before Christmas Eve"),
        ("2026-12-24", "DK", "2026-12-28", "Christmas Eve to the Sunday after"),
        ("2026-12-24", "NO", "2026-12-28", "the same in Norway"),
        ("2026-12-31", "DK", "2027-01-04", "New Year's Eve, New Year's Day, a weekend"),
        ("2027-12-31", "NO", "2028-01-03", "over a year end that begins on a Friday"),
        ("2028-02-29", "DK", "2028-02-29", "a leap day like any other Tuesday"),
    ],
)
def test_the_next_business_day_from(asked: str, country: str, next_open: str, because: str) -> None:
    assert business_day_from(day(asked), country) == day(next_open), because
    assert is_business_day(day(asked), country) is (asked == next_open), because


@pytest.mark.parametrize(
    ("earliest", "leaves", "because"),
    [
        ("2026-08-11 08:59", "2026-08-11 09:00", "a minute too early"),
        ("2026-08-11 09:00", "2026-08-11 09:00", "on the stroke of nine"),
        ("2026-08-11 12:34", "2026-08-11 12:34", "in the middle of the day it leaves at once"),
        ("2026-08-11 15:59", "2026-08-11 15:59", "the last minute"),
        ("2026-08-11 16:00", "2026-08-12 09:00", "four o'clock is closed"),
        ("2026-08-07 16:00", "2026-08-10 09:00", "Friday afternoon"),
        ("2026-08-08 11:00", "2026-08-10 09:00", "Saturday"),
        ("2026-04-01 16:30", "2026-04-07 09:00", "over Easter"),
        ("2026-12-23 16:00", "2026-12-28 09:00", "over Christmas"),
        ("2026-12-30 16:00", "2027-01-04 09:00", "over New Year"),
        ("2026-03-27 16:00", "2026-03-30 09:00", "clocks go forward on Sunday 29 March"),
        ("2026-10-23 16:00", "2026-10-26 09:00", "clocks go back on Sunday 25 October"),
    ],
)
def test_a_message_leaves_in_sending_hours_of_a_business_day(earliest: str, leaves: str, because: str) -> None:
    assert sending_time(at(earliest), DK) == at(leaves), because


@pytest.mark.parametrize(
    ("due", "as_of", "proposed", "because"),
    [
        ("2026-08-10", "2026-08-01 12:00", "2026-08-10 08:00", "in time: the morning of its day"),
        ("2026-08-08", "2026-08-01 12:00", "2026-08-10 08:00", "Saturday waits for Monday"),
        ("2026-08-10", "2026-08-10 07:59", "2026-08-10 08:00", "just before"),
        ("2026-08-10", "2026-08-10 11:30", "2026-08-10 11:30", "late by hours: at once"),
        ("2026-08-10", "2026-08-10 16:00", "2026-08-11 08:00", "after hours: next morning"),
        ("2026-08-10", "2026-08-22 11:30", "2026-08-24 08:00", "late by days, on a Saturday"),
        ("2026-12-24", "2026-12-01 12:00", "2026-12-28 08:00", "nothing is put before people on Christmas Eve"),
    ],
)
def test_a_step_is_put_before_people_when_offices_are_open(due: str, as_of: str, proposed: str, because: str) -> None:
    assert proposing_time(day(due), at(as_of), DK) == at(proposed), because


@pytest.mark.parametrize(("settings", "zone"), [(DK, COPENHAGEN), (NO, OSLO)])
@pytest.mark.parametrize(
    ("monday", "utc"),
    [
        ("2026-03-23", "08:00"),
        ("2026-03-30", "07:00"),
        ("2026-10-19", "07:00"),
        ("2026-10-26", "08:00"),
        ("2027-03-22", "08:00"),
        ("2027-04-05", "07:00"),
        ("2027-10-25", "07:00"),
        ("2027-11-01", "08:00"),
    ],
)
def test_nine_in_the_morning_stays_nine_when_the_clocks_change(
    settings: CreditorSettings, zone: object, monday: str, utc: str
) -> None:
    opens = at_local(day(monday), time(9), settings)
    assert opens.tzinfo == zone
    assert opens.astimezone(UTC) == datetime.fromisoformat(f"{monday}T{utc}+00:00")
    assert sending_time(opens - timedelta(hours=3), settings) == opens


@pytest.mark.parametrize(
    ("instant", "civil"),
    [
        ("2026-08-10T21:59:59+00:00", "2026-08-10"),
        ("2026-08-10T22:00:00+00:00", "2026-08-11"),
        ("2026-12-31T22:59:59+00:00", "2026-12-31"),
        ("2026-12-31T23:00:00+00:00", "2027-01-01"),
        ("2026-03-29T00:59:59+00:00", "2026-03-29"),
        ("2026-10-24T22:00:00+00:00", "2026-10-25"),
        ("2026-10-25T22:59:59+00:00", "2026-10-25"),
        ("2026-10-25T23:00:00+00:00", "2026-10-26"),
    ],
)
def test_the_civil_day_is_that_of_the_creditor_and_not_that_of_greenwich(instant: str, civil: str) -> None:
    assert local_day(datetime.fromisoformat(instant), DK) == day(civil)


def test_an_hour_that_the_clock_skips_still_gives_a_time_to_leave() -> None:
    night = DK.model_copy(update={"country": "NO", "send_from": time(2, 30), "send_until": time(4)})
    # No Sunday is a business day, so the skipped hour is only ever met as an end of the wait before it.
    assert sending_time(at("2026-03-29 01:00"), night) == at("2026-03-30 02:30")
    assert at_local(day("2026-03-29"), time(2, 30), night).astimezone(UTC).hour == 1


@given(earliest=instants, settings=some_settings())
def test_whatever_the_settings_a_message_leaves_in_hours_on_a_business_day(
    earliest: datetime, settings: CreditorSettings
) -> None:
    leaves = sending_time(earliest, settings)
    here = local(leaves, settings)
    assert leaves >= earliest
    assert is_business_day(here.date(), settings.country)
    assert settings.send_from <= here.time() < settings.send_until
    assert sending_time(leaves, settings) == leaves, "asked again it answers the same"
    assert leaves - earliest < timedelta(days=8), "no closure is longer than Easter or Christmas"


@given(due=dates, as_of=instants, settings=some_settings())
def test_whatever_the_settings_a_step_is_proposed_neither_before_its_day_nor_in_the_past(
    due: date, as_of: datetime, settings: CreditorSettings
) -> None:
    proposed = proposing_time(due, as_of, settings)
    assert proposed >= as_of
    assert local_day(proposed, settings) >= due
    assert is_business_day(local_day(proposed, settings), settings.country)


@given(first=instants, later=st.timedeltas(timedelta(0), timedelta(days=30)), settings=some_settings())
def test_waiting_longer_never_lets_a_message_leave_earlier(
    first: datetime, later: timedelta, settings: CreditorSettings
) -> None:
    assert sending_time(first, settings) <= sending_time(first + later, settings)
