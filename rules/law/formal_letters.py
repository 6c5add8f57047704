"""The letters that lead to collection: what countries ask of them alike, each with its own words and days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from models.claim import ClaimLetter, LetterKind
from rules.law.pack import Earliest, Past, PastLetter


@dataclass(frozen=True, slots=True)
class FormalLetters:
    """Which letters are formal in a country, and what it asks of them."""

    kinds: frozenset[LetterKind]
    name: str
    """In a sentence, such as `an inkassovarsel`."""
    least_days: int
    """Days from dispatch to the deadline; 0 where no deadline is asked."""
    source: str

    def earliest(self, kind: LetterKind, past: Past) -> Earliest | None:
        """The day after the due date; None for a letter that is not formal and goes on any day."""
        return day_after_due(past, self.name, self.source) if kind in self.kinds else None

    def reason(self, letter: ClaimLetter, past: Past) -> str:
        """Why a letter may not go; empty when it may."""
        formal = letter.kind in self.kinds
        if formal and letter.sent <= past.due:
            return "letter_not_after_due_date"
        if formal and self.least_days and letter.deadline is None:
            return "letter_incomplete"
        if formal and self.least_days and letter.deadline and (letter.deadline - letter.sent).days < self.least_days:
            return "deadline_too_short"
        return "" if letter.complete else "letter_incomplete"


def day_after_due(past: Past, what: str, source: str) -> Earliest:
    """The first day on which something goes that asks for money that is late."""
    return Earliest(past.due + timedelta(days=1), f"{what} goes after the due date", source)


def handover_reason(day: date, notices: tuple[PastLetter, ...]) -> str:
    """Why nobody may be asked to collect yet, where that takes a notice whose deadline is over; empty when one may."""
    if not notices:
        return "handover_without_inkassovarsel"
    if not any(notice.deadline is not None and day > notice.deadline for notice in notices):
        return "handover_before_deadline"
    return ""
