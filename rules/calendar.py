"""Business days and hours of a creditor: when a step is put before people and when a message may leave."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from models.creditor import CreditorSettings
from rules.law.packs import pack_of


@lru_cache(maxsize=64)
def closed_days(country: str, year: int) -> frozenset[date]:
    """Days of a year without office hours, weekends aside; Refusal where there are no rules for the country."""
    pack = pack_of(country)
    return pack.banking_holidays(year) | {date(year, month, day) for month, day in pack.offices_closed}


def is_business_day(day: date, country: str) -> bool:
    """Monday to Friday, no public holiday and no day on which offices are closed."""
    return day.weekday() < 5 and day not in closed_days(country, day.year)


def business_day_from(day: date, country: str) -> date:
    """The day itself when it is a business day, else the next one."""
    while not is_business_day(day, country):
        day += timedelta(days=1)
    return day


def business_day_until(day: date, country: str) -> date:
    """The day itself when it is a business day, else the one before."""
    while not is_business_day(day, country):
        day -= timedelta(days=1)
    return day


def local(instant: datetime, settings: CreditorSettings) -> datetime:
    """The instant on the creditor's clock."""
    return instant.astimezone(settings.tz)


def local_day(instant: datetime, settings: CreditorSettings) -> date:
    """The civil date of an instant where the creditor is."""
    return local(instant, settings).date()


def at_local(day: date, clock: time, settings: CreditorSettings) -> datetime:
    """A time of day on a civil date of the creditor, with the offset that holds on that very day."""
    return datetime.combine(day, clock, tzinfo=settings.tz)


def after(instant: datetime, duration: timedelta) -> datetime:
    """The instant so much real time later: adding to a local time would count the hour a clock change adds or takes."""
    return instant.astimezone(UTC) + duration


def proposing_time(day: date, as_of: datetime, settings: CreditorSettings) -> datetime:
    """When a step that comes due on `day` is put before people: that morning, or as soon as offices are open."""
    wanted = at_local(business_day_from(day, settings.country), settings.propose_from, settings)
    return _within(max(wanted, as_of), settings.propose_from, settings.send_until, settings)


def sending_time(earliest: datetime, settings: CreditorSettings) -> datetime:
    """The first instant from `earliest` on that lies in sending hours on a business day."""
    return _within(earliest, settings.send_from, settings.send_until, settings)


def office_time(since: datetime, until: datetime, settings: CreditorSettings) -> timedelta:
    """How long offices were open between two instants; nothing where `until` comes first."""
    opens, open_for = min(settings.propose_from, settings.send_from), timedelta()
    day = local_day(since, settings)
    while day <= local_day(until, settings):
        if is_business_day(day, settings.country):
            begins = max(at_local(day, opens, settings).astimezone(UTC), since)
            ends = min(at_local(day, settings.send_until, settings).astimezone(UTC), until)
            open_for += max(ends - begins, timedelta())
        day += timedelta(days=1)
    return open_for


BANK_DAYS = 3
"""So many days may pass between a payment on its day and its arrival (norway.md 3.14); our choice elsewhere."""


def after_bank_days(day: date, settings: CreditorSettings) -> datetime:
    """The morning of the business day on which a payment made on `day` must have arrived."""
    arrived = business_day_from(day + timedelta(days=BANK_DAYS), settings.country)
    return at_local(arrived, settings.propose_from, settings)


def _within(instant: datetime, opens: time, closes: time, settings: CreditorSettings) -> datetime:
    here = local(instant, settings)
    day = business_day_from(here.date(), settings.country)
    if day > here.date() or here.time() < opens:
        return at_local(day, opens, settings)
    if here.time() < closes:
        return instant
    tomorrow = business_day_from(here.date() + timedelta(days=1), settings.country)
    return at_local(tomorrow, opens, settings)
