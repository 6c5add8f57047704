"""The companies behind all registers and the states they can be put into."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

DANISH = frozenset(
    {
        "healthy",
        "bankrupt",
        "dissolved_after_bankruptcy",
        "deleted",
        "bankruptcy_lifted",
        "reconstruction",
        "forced_composition",
        "voluntary_liquidation",
        "forced_dissolution",
        "merged",
        "bankrupt_by_composed_status_only",
        "bankrupt_by_notice_only",
        "without_composed_status",
        "mixed_case",
        "odd",
        "sole_trader",
        "sole_trader_ceased",
    }
)
NORWEGIAN = frozenset(
    {
        "healthy",
        "bankrupt",
        "reconstruction",
        "foreign_insolvency",
        "voluntary_liquidation",
        "forced_dissolution",
        "deleted",
        "gone",
        "without_flags",
    }
)
STATES = {"DK": DANISH, "NO": NORWEGIAN}


@dataclass(frozen=True)
class Since:
    """A state and the day it began."""

    state: str
    on: date


@dataclass
class Company:
    number: str
    name: str
    country: str
    history: list[Since]
    answers_as: str | None = None
    """The number of another company whose record the register wrongly hands out for this one."""

    @property
    def state(self) -> str:
        return self.history[-1].state

    @property
    def since(self) -> date:
        return self.history[-1].on


@dataclass(frozen=True)
class Event:
    """A line of the Norwegian feed: that something changed, not what."""

    id: int
    at: datetime
    number: str
    kind: str


@dataclass
class Register:
    """Everything the registers hold, for saving and reading back."""

    companies: list[Company] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


class Companies:
    """Companies by number; a state change keeps the earlier states as history."""

    def __init__(self, saved: Register | None = None) -> None:
        saved = saved or Register()
        self._companies = {one.number: one for one in saved.companies}
        self._events = list(saved.events)
        self.lock = threading.RLock()
        self.on_change: Callable[[], None] | None = None
        self.day: Callable[[], date] = lambda: datetime.now(UTC).date()

    def add(self, number: str, name: str, *, country: str = "DK", founded: date = date(2012, 3, 1)) -> Company:
        with self.lock:
            company = self._companies[number] = Company(number, name, country, [Since("healthy", founded)])
            self._happened(company, "Ny")
        return company

    def set_status(self, number: str, status: str, on: date | None = None) -> None:
        """Put a company into a state; raises ValueError for one that its register does not know."""
        with self.lock:
            company = self._companies[number]
            if status not in STATES[company.country]:
                known = ", ".join(sorted(STATES[company.country]))
                raise ValueError(f"no state {status} in {company.country}; known are {known}")
            company.history.append(Since(status, on or self.day()))
            self._happened(company, "Sletting" if status in ("deleted", "gone") else "Endring")

    def answer_as(self, number: str, other: str | None) -> None:
        """Hand out another company's record for this number; None ends it."""
        with self.lock:
            self._companies[number].answers_as = other
            self._changed()

    def remove(self, number: str) -> None:
        """Make a number unknown to the register."""
        with self.lock:
            self._happened(self._companies.pop(number), "Fjernet")

    def find(self, number: str, country: str) -> Company | None:
        with self.lock:
            found = self._companies.get(number)
            if found is not None and found.answers_as:
                found = self._companies.get(found.answers_as)
            return found if found is not None and found.country == country else None

    def all(self, country: str) -> list[Company]:
        with self.lock:
            return [one for one in self._companies.values() if one.country == country]

    def events(self) -> list[Event]:
        with self.lock:
            return list(self._events)

    def saved(self) -> Register:
        with self.lock:
            return Register(list(self._companies.values()), list(self._events))

    def _happened(self, company: Company, kind: str) -> None:
        if company.country == "NO":
            at = datetime.combine(self.day(), datetime.now(UTC).timetz())
            self._events.append(Event(16666472 + len(self._events), at, company.number, kind))
        self._changed()

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()
