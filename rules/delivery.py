"""What became of a message, from what its provider reported: in whatever order, and however often, it was told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from models.deliveries import Report, Word

RANK = (Word.accepted, Word.delivered, Word.complained, Word.failed)
"""The later one counts: a mail that was delivered can still come back, and one that came back has not arrived."""


NOT_THE_NUMBERS_FAULT = frozenset(f"code {code}" for code in (30001, 30002, 30003, 30007, 30008))
"""Twilio: queue full, account suspended, handset switched off, filtered by the carrier, unknown
(integrations/twilio.md section 3). The text did not arrive; the number may still be right."""


@dataclass(frozen=True)
class Fate:
    """What is known of one message; `word` is None while nothing is."""

    word: Word | None = None
    report: Report | None = None
    """The report that says so."""
    unusable: tuple[Report, ...] = ()
    """Reports that speak against an address: nothing more goes there."""


def fate(reports: Sequence[Report], addresses: Collection[str]) -> Fate:
    """The fate of a message to some addresses: arrived if it arrived at one, failed if it failed at all of them."""
    last: dict[str, Report] = {}
    for report in sorted(reports, key=lambda report: (report.at, report.source)):
        if report.word in RANK:
            name = _addressed(report, addresses)
            if name not in last or _rank(report) > _rank(last[name]):
                last[name] = report
    bad = [report for report in last.values() if report.word in (Word.failed, Word.complained)]
    against = tuple(report for report in bad if report.reason not in NOT_THE_NUMBERS_FAULT)
    arrived = [report for report in last.values() if report.word in (Word.delivered, Word.complained)]
    if arrived:
        return Fate(Word.delivered, arrived[0], against)
    failed = {name for name, report in last.items() if report.word is Word.failed}
    if failed and failed >= {address.casefold() for address in addresses}:
        return Fate(Word.failed, bad[0], against)
    return Fate(Word.accepted, next(iter(last.values())), against) if last else Fate()


def _rank(report: Report) -> int:
    return RANK.index(report.word)


def _addressed(report: Report, addresses: Collection[str]) -> str:
    """Whom a report is about; the only address of a message also where the provider wrote it differently."""
    if len(addresses) == 1:
        return next(iter(addresses)).casefold()
    return report.address.casefold()
