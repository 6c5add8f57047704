"""The registers of both countries behind one question: how do these companies stand?

No answer is ever healthy by default, and nothing is raised: what went wrong stands in the status as its problem.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from activities.registers.addresses import RegisterAddresses
from activities.registers.brreg import Brreg
from activities.registers.calls import Pace, Patience
from activities.registers.cvrapi import A_DAY, Cvrapi
from activities.registers.found import Found, not_known
from activities.registers.numbers import plain_number
from activities.registers.virk import Virk
from models.clock import real_now
from models.company import CompanyState, CompanyStatus, Source

logger = logging.getLogger(__name__)

Company = tuple[str, str]
"""Country code and registration number."""
MAX_AGE = timedelta(hours=12)
BRREG_APART = 0.1
"""Seconds; no rate limit is published."""


class Registers:
    """One object per process, for any number of threads; it remembers answers and counts cvrapi's quota.

    Raises ValueError at once for an address or a caller's name that cannot be right, and never afterwards.
    """

    def __init__(
        self,
        addresses: RegisterAddresses,
        *,
        max_age: timedelta = MAX_AGE,
        clock: Callable[[], datetime] = real_now,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        patience: Patience | None = None,
        cvrapi_a_day: int = A_DAY,
        page_size: int = 500,
    ) -> None:
        patience, pace = patience or Patience(), Pace(0, sleep, monotonic)
        self._virk = self._cvrapi = None
        if addresses.has_virk:
            self._virk = Virk(addresses, clock=clock, patience=patience, pace=pace, page_size=page_size)
        if addresses.cvrapi_agent:
            self._cvrapi = Cvrapi(addresses, clock=clock, patience=patience, pace=pace, a_day=cvrapi_a_day)
        self._brreg = Brreg(addresses, clock=clock, patience=patience, pace=replace(pace, apart=BRREG_APART))
        self._clock = clock
        self._max_age = max_age
        self._lock = threading.Lock()
        self._remembered: dict[Company, CompanyStatus] = {}

    def statuses(
        self, companies: Iterable[Company], *, max_age: timedelta | None = None
    ) -> dict[Company, CompanyStatus]:
        """The status of each company, under the country and number by which it was asked for.

        What was read less than `max_age` ago (by default the object's own) is not asked again. An unknown is never
        remembered, and an answer of cvrapi's does not keep Virk from being asked.
        """
        wanted = {company: plain_number(*company) for company in companies}
        max_age = self._max_age if max_age is None else max_age
        known: dict[Company, CompanyStatus] = {}
        for country, ask in (("DK", self._denmark), ("NO", self._norway)):
            numbers = list(
                dict.fromkeys(number for (where, _), number in wanted.items() if where == country and number)
            )
            young = {number: one for number in numbers if (one := self._young(country, number, max_age))}
            left = [number for number in numbers if number not in young or self._may_be_better(young[number])]
            found = self._asked(ask, left, young)
            for number, trouble in found.unanswered.items():
                source = Source.brreg if country == "NO" else self._danish_source()
                found.statuses[number] = not_known(country, number, source, trouble, self._clock())
            self._remember(found)
            known.update({(country, number): one for number, one in {**young, **found.statuses}.items()})
        return {asked: self._answer(asked, number, known) for asked, number in wanted.items()}

    def close(self) -> None:
        for register in (self._virk, self._cvrapi, self._brreg):
            if register is not None:
                register.close()

    def _denmark(self, numbers: Sequence[str], young: dict[str, CompanyStatus]) -> Found:
        """Virk, and for those about whom it gave no answer cvrapi, unless that was asked a short while ago."""
        found = Found()
        if self._virk is not None:
            found = self._virk.statuses(numbers)
        else:
            found.none_about(numbers, "it is not set up")
        troubles = {n: trouble for n, trouble in found.unanswered.items() if n not in young}
        second = Found()
        if self._cvrapi is not None:
            second = self._cvrapi.statuses(list(troubles))
        else:
            second.none_about(troubles, "it is not set up")
        both = {n: f"Virk: {troubles[n]}; cvrapi: {trouble}" for n, trouble in second.unanswered.items()}
        return Found({**found.statuses, **second.statuses}, both)

    def _norway(self, numbers: Sequence[str], young: dict[str, CompanyStatus]) -> Found:
        found = self._brreg.statuses(numbers)
        return replace(found, unanswered={n: f"Enhetsregisteret: {why}" for n, why in found.unanswered.items()})

    def _asked(
        self,
        ask: Callable[[Sequence[str], dict[str, CompanyStatus]], Found],
        numbers: Sequence[str],
        young: dict[str, CompanyStatus],
    ) -> Found:
        try:
            return ask(numbers, young) if numbers else Found()
        except Exception as error:  # the last line of defence; its kind is all that may be told
            logger.error("a register could not be asked: unforeseen %s", type(error).__name__)
            return Found({}, {n: f"unforeseen {type(error).__name__}" for n in numbers if n not in young})

    def _answer(self, asked: Company, number: str, known: dict[Company, CompanyStatus]) -> CompanyStatus:
        country, text = asked
        if (country, number) in known:
            return known[country, number]
        problem = "this is not a registration number, or its check digit is wrong"
        if country not in ("DK", "NO"):
            problem = "there is no register for this country"
        return not_known(country, text, Source.none, problem, self._clock())

    def _danish_source(self) -> Source:
        if self._virk is not None:
            return Source.virk
        return Source.none if self._cvrapi is None else Source.cvrapi

    def _may_be_better(self, young: CompanyStatus) -> bool:
        return young.source is Source.cvrapi and self._virk is not None

    def _young(self, country: str, number: str, max_age: timedelta) -> CompanyStatus | None:
        with self._lock:
            one = self._remembered.get((country, number))
        return one if one and timedelta(0) <= self._clock() - one.read_at < max_age else None

    def _remember(self, found: Found) -> None:
        with self._lock:
            for one in found.statuses.values():
                if one.state is not CompanyState.unknown:
                    self._remembered[one.country, one.number] = one
