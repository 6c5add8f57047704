"""cvrapi.dk, the small Danish look-up: one company at a time, some fifty questions a day, and only half the truth.

It tells an end and a bankruptcy, not a reconstruction or a winding-up. Source: https://cvrapi.dk/documentation and
integrations/company_registers.md section 2; the exact quota and the list of errors are open questions.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from activities.books.economic_fields import Malformed, value_of
from activities.books.transport import ReadOnlyTransport
from activities.channels.calls import checked_base_url
from activities.registers.addresses import RegisterAddresses, checked_agent
from activities.registers.calls import GIVE_UP_AFTER, Answer, Calls, Pace, Patience, client_of
from activities.registers.found import Found, Word, not_known, read_as
from models.company import CompanyStatus, Source
from rules.company_status_dk import CVRAPI_ACTIVE, CVRAPI_BANKRUPT, CVRAPI_ENDED

logger = logging.getLogger(__name__)

ZONE = ZoneInfo("Europe/Copenhagen")
A_DAY = 45
"""The quota is about fifty questions a day and address; some are left for people."""
ENOUGH_FOR_TODAY = frozenset({"QUOTA_EXCEEDED", "BANNED", "INVALID_UA"})
NOT_THERE = frozenset({"NOT_FOUND", "INVALID_VAT"})


class Cvrapi:
    """The look-up for those about whom Virk gave no answer. Counts its questions within this process only."""

    def __init__(
        self,
        addresses: RegisterAddresses,
        *,
        clock: Callable[[], datetime],
        patience: Patience,
        pace: Pace,
        a_day: int = A_DAY,
    ) -> None:
        self._url = checked_base_url(addresses.cvrapi_url)
        client = client_of(
            self._url,
            lambda inner: ReadOnlyTransport(inner, [self._url]),
            pace,
            headers={"User-Agent": checked_agent(addresses.cvrapi_agent), "Accept": "application/json"},
        )
        self._calls = Calls(client, "cvrapi", patience, pace)
        self._clock = clock
        self._a_day = a_day
        self._lock = threading.Lock()
        self._day: date | None = None
        self._asked = 0
        self._enough = ""

    def statuses(self, numbers: Sequence[str]) -> Found:
        """The status of each company, by numbers of eight digits, until the quota of the day is used up."""
        found = Found()
        failed = 0
        for number in numbers:
            trouble = "it was left alone after several failures" if failed >= GIVE_UP_AFTER else self._why_not()
            if not trouble:
                trouble = self._one(number, found)
                failed = failed + 1 if trouble else 0
            if trouble:
                found.unanswered[number] = trouble
        return found

    def close(self) -> None:
        self._calls.close()

    def _why_not(self) -> str:
        """Count one more question; says why when it must not be asked today."""
        with self._lock:
            today = self._clock().astimezone(ZONE).date()
            if today != self._day:
                self._day, self._asked, self._enough = today, 0, ""
            if not self._enough and self._asked >= self._a_day:
                self._enough = f"its {self._a_day} questions of the day are used up"
            self._asked += 1
            return self._enough

    def _one(self, number: str, found: Found) -> str:
        """Fills `found`; returns the trouble when there was no answer. Not repeated: every question counts."""
        asked = {"vat": number, "country": "dk", "version": "6", "format": "json"}
        answer = self._calls.ask("GET", self._url, tries=1, params=asked)
        read_at = self._clock()
        # An error may come as 200, and the quota as 429: what it says comes before how it is sent.
        error = value_of(answer.document, "error")
        if error is not None:
            return self._refused(number, str(error), found, read_at)
        if answer.trouble or answer.status != 200:
            return answer.trouble or f"status {answer.status}"
        found.statuses[number] = _status_of(number, answer, read_at)
        return ""

    def _refused(self, number: str, error: str, found: Found, read_at: datetime) -> str:
        if error in NOT_THERE:
            problem = "cvrapi knows no company with this number"
            found.statuses[number] = not_known("DK", number, Source.cvrapi, problem, read_at)
            return ""
        error = error if re.fullmatch(r"[A-Z_]{1,40}", error) else "an error of an unknown kind"
        if error in ENOUGH_FOR_TODAY:
            logger.warning("cvrapi: %s; it is not asked again today", error)
            with self._lock:
                self._enough = f"{error}; it is not asked again today"
        return error


def _status_of(number: str, answer: Answer, read_at: datetime) -> CompanyStatus:
    vat = value_of(answer.document, "vat")
    if str(vat).zfill(8) != number:
        return not_known("DK", number, Source.cvrapi, "cvrapi answered about another company", read_at)
    try:
        return read_as("DK", number, Source.cvrapi, _word_of(answer.document), read_at)
    except Malformed as wrong:
        return not_known("DK", number, Source.cvrapi, f"cvrapi's answer cannot be read: {wrong}", read_at)


def _word_of(document: Any) -> Word:
    """Ended before bankrupt before active; raises Malformed unless all three fields stand there as documented."""
    missing = [key for key in ("enddate", "creditbankrupt", "creditstatus") if key not in document]
    ended, bankrupt, credit = (value_of(document, key) for key in ("enddate", "creditbankrupt", "creditstatus"))
    if isinstance(ended, str) and ended.strip():
        return Word(CVRAPI_ENDED, _day(ended))
    if bankrupt is True:
        return Word(CVRAPI_BANKRUPT, _day(value_of(document, "creditstartdate")))
    if missing or ended is not None or bankrupt is not False:
        raise Malformed("enddate, creditbankrupt or creditstatus is missing or of an unknown kind")
    return Word(CVRAPI_ACTIVE) if credit is None else Word(f"creditstatus {credit}")


def _day(written: Any) -> date | None:
    """`3/11 - 2026`; None for anything else."""
    found = (
        re.fullmatch(r"\s*(\d{1,2})/(\d{1,2})\s*-\s*(\d{4})\s*", written, re.ASCII)
        if isinstance(written, str)
        else None
    )
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else None
    except ValueError:
        return None
