"""Enhetsregisteret, the open Norwegian register: one company at a time, without a key, and never written to.

It has no word for a company's standing, only flags and dates, and a deleted company is a 200 without any of them:
a missing flag never means that all is well. Source: https://data.brreg.no/enhetsregisteret/api/dokumentasjon/no/.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from activities.books.economic_fields import Malformed, value_of
from activities.books.transport import ReadOnlyTransport
from activities.channels.calls import checked_base_url
from activities.registers.addresses import RegisterAddresses
from activities.registers.brreg_record import deleted_word, living_word, trustee_of
from activities.registers.calls import GIVE_UP_AFTER, Answer, Calls, Pace, Patience, client_of
from activities.registers.found import Found, Word, day_of, not_known, read_as
from models.company import CompanyState, CompanyStatus, Source
from rules.company_status_no import REMOVED

COMPANY = "application/vnd.brreg.enhetsregisteret.enhet.v2+json"


class Brreg:
    """The Norwegian register."""

    def __init__(
        self, addresses: RegisterAddresses, *, clock: Callable[[], datetime], patience: Patience, pace: Pace
    ) -> None:
        self._url = checked_base_url(addresses.brreg_url)
        client = client_of(
            self._url,
            lambda inner: ReadOnlyTransport(inner, [self._url]),
            pace,
            headers={"User-Agent": "Rykker (payment reminders)"},
        )
        self._calls = Calls(client, "Enhetsregisteret", patience, pace)
        self._clock = clock

    def statuses(self, numbers: Sequence[str]) -> Found:
        """The status of each company, by numbers of nine digits, one after the other."""
        found = Found()
        failed = 0
        for number in numbers:
            trouble = self._one(number, found) if failed < GIVE_UP_AFTER else "it was left alone after several failures"
            if trouble:
                found.unanswered[number] = trouble
            failed = failed + 1 if trouble else 0
        return found

    def close(self) -> None:
        self._calls.close()

    def _one(self, number: str, found: Found) -> str:
        """Fills `found`; returns the trouble when there was no answer."""
        answer = self._calls.ask("GET", f"{self._url}/enheter/{number}", headers={"Accept": COMPANY})
        read_at = self._clock()
        if answer.trouble or answer.status not in (200, 404, 410):
            return answer.trouble or f"status {answer.status}"
        status = _status_of(number, answer, read_at)
        if status.state is CompanyState.insolvent:
            status = status.model_copy(update={"trustee": self._trustee(number)})
        found.statuses[number] = status
        return ""

    def _trustee(self, number: str) -> str:
        """Empty when the roles cannot be read: the bankruptcy is known all the same."""
        address = f"{self._url}/enheter/{number}/roller"
        return trustee_of(self._calls.ask("GET", address, headers={"Accept": "application/json"}).document)


def _status_of(number: str, answer: Answer, read_at: datetime) -> CompanyStatus:
    document = answer.document
    if answer.status == 404:
        problem = "Enhetsregisteret knows no company with this number"
        return not_known("NO", number, Source.brreg, problem, read_at)
    told = value_of(document, "organisasjonsnummer")
    # An old 410 may come without a body; a 200 must name the company that it is about.
    if told != number and not (answer.status == 410 and told is None):
        problem = "Enhetsregisteret answered about another company"
        return not_known("NO", number, Source.brreg, problem, read_at)
    try:
        return read_as("NO", number, Source.brreg, _word_of(answer), read_at)
    except Malformed as wrong:
        problem = f"Enhetsregisteret's answer cannot be read: {wrong}"
        return not_known("NO", number, Source.brreg, problem, read_at)


def _word_of(answer: Answer) -> Word:
    document: Mapping[str, Any] = answer.document if isinstance(answer.document, Mapping) else {}
    if answer.status == 410:
        return Word(REMOVED, day_of(value_of(document, "slettedato")))
    match value_of(document, "respons_klasse"):
        case "SlettetEnhet":
            return deleted_word(document)
        case "Enhet":
            return living_word(document)
        case _:
            raise Malformed("respons_klasse is neither Enhet nor SlettetEnhet")
