"""The Danish register by Virk's search: many companies at once, by POST with a password, and never written to.

Source: integrations/company_registers.md section 1; Elasticsearch's window of 3000 is from memory.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from activities.books.economic_fields import Malformed, part_of, value_of
from activities.registers.addresses import RegisterAddresses, checked_virk_url
from activities.registers.calls import GIVE_UP_AFTER, Answer, Calls, Pace, Patience, client_of
from activities.registers.found import Found, Word, lines_of, not_known, read_as
from activities.registers.transport import SearchOnlyTransport
from activities.registers.virk_record import read_record
from models.company import CompanyStatus, Source

logger = logging.getLogger(__name__)

SEARCH = "/cvr-permanent/virksomhed/_search"
NUMBER = "Vrvirksomhed.cvrNummer"
FIELDS = [
    NUMBER,
    "Vrvirksomhed.fejlRegistreret",
    "Vrvirksomhed.livsforloeb",
    "Vrvirksomhed.virksomhedsstatus",
    "Vrvirksomhed.status",
    "Vrvirksomhed.virksomhedMetadata.sammensatStatus",
]
"""Nothing but the status: no names, owners or addresses."""
WINDOW = 3000
LARGEST_BODY = 64 * 1024 * 1024


class Virk:
    """The Danish register for whoever has a user there."""

    def __init__(
        self,
        addresses: RegisterAddresses,
        *,
        clock: Callable[[], datetime],
        patience: Patience,
        pace: Pace,
        page_size: int = 500,
    ) -> None:
        self._url = checked_virk_url(addresses.virk_url) + SEARCH
        client = client_of(
            self._url,
            lambda inner: SearchOnlyTransport(inner, self._url),
            pace,
            auth=(addresses.virk_user, addresses.virk_password),
            headers={"Accept": "application/json"},
        )
        self._calls = Calls(client, "Virk", patience, pace, largest_body=LARGEST_BODY)
        self._clock = clock
        self._page_size = min(page_size, WINDOW)

    def statuses(self, numbers: Sequence[str]) -> Found:
        """The status of each company, by numbers of eight digits."""
        found = Found()
        failed = 0
        for start in range(0, len(numbers), self._page_size):
            page = numbers[start : start + self._page_size]
            trouble = self._page(page, found) if failed < GIVE_UP_AFTER else "it was left alone after several failures"
            if trouble:
                found.none_about(page, trouble)
            failed = failed + 1 if trouble else 0
        return found

    def close(self) -> None:
        self._calls.close()

    def _page(self, page: Sequence[str], found: Found) -> str:
        """Fills `found`; returns the trouble when there was no answer at all."""
        # Twice the number, so that a register with two records for a company is seen to have them.
        size = min(2 * len(page), WINDOW)
        query = {"query": {"terms": {NUMBER: [int(number) for number in page]}}, "_source": FIELDS, "size": size}
        answer = self._calls.ask("POST", self._url, json=query)
        read_at = self._clock()
        if answer.trouble:
            return answer.trouble
        if answer.status in (401, 403):
            logger.error("Virk refuses its user or password (%s): correct them in the settings", answer.status)
            return f"it refuses our user or password ({answer.status}); correct them in the settings"
        hits = lines_of(part_of(answer.document, "hits"), "hits")
        if answer.status != 200 or hits is None:
            return f"an answer that is no list of companies (status {answer.status})"
        known = self._read(page, hits, read_at)
        found.statuses.update(known)
        missing = [number for number in page if number not in known]
        if _is_partial(answer, len(hits)):
            found.none_about(missing, "it answered only in part")
            return ""
        foreign = any(_number_of(hit) not in page for hit in hits)
        problem = "Virk answered about another company" if foreign else "Virk knows no company with this number"
        for number in missing:
            found.statuses[number] = not_known("DK", number, Source.virk, problem, read_at)
        return ""

    def _read(self, page: Sequence[str], hits: list[Any], read_at: datetime) -> dict[str, CompanyStatus]:
        """What the hits say about the companies of this page; a hit for anybody else is passed over."""
        asked, known = set(page), dict[str, CompanyStatus]()
        for hit in hits:
            number = _number_of(hit)
            if number not in asked:
                continue
            status = _status_of(number, _record_of(hit), read_at)
            if number in known and known[number] != status:
                problem = "Virk has two records for this number that say different things"
                status = not_known("DK", number, Source.virk, problem, read_at)
            known[number] = status
        return known


def _status_of(number: str, record: Mapping[str, Any], read_at: datetime) -> CompanyStatus:
    try:
        word: Word = read_record(record)
    except Malformed as wrong:
        return not_known("DK", number, Source.virk, f"Virk's record cannot be read: {wrong}", read_at)
    return read_as("DK", number, Source.virk, word, read_at)


def _is_partial(answer: Answer, hits: int) -> bool:
    """The search ran out of time, a part of the index did not answer, or not all of the hits came."""
    document = answer.document
    total = value_of(part_of(document, "hits"), "total")
    total = value_of(total, "value") if isinstance(total, Mapping) else total
    complete = value_of(document, "timed_out") is False and value_of(part_of(document, "_shards"), "failed") == 0
    return not complete or not isinstance(total, int) or total > hits


def _record_of(hit: Any) -> Mapping[str, Any]:
    return part_of(part_of(hit, "_source"), "Vrvirksomhed")


def _number_of(hit: Any) -> str:
    """The register writes a number, without its leading zeros; empty when there is none."""
    number = value_of(_record_of(hit), "cvrNummer")
    return f"{number:08d}" if isinstance(number, int) and not isinstance(number, bool) and number >= 0 else ""
