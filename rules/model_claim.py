"""A ladder climbed on a model claim: one invoice, every step on the day that it is meant for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from models.claim import ClaimLetter, Debtor, LetterKind, Ruling
from models.ladder import Ladder, Step, StepKind
from rules.law.pack import CountryPack, Earliest, Past, PastLetter

INVOICE = "the invoice"
"""What it comes to decides nothing here."""
DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the model claim. Whichever it is, it leaves on `on`, so that one day's law judges the whole ladder."""

    step: Step
    day: int
    """The day that it is meant for, counted from the due date."""
    on: date
    pack: CountryPack
    below: tuple[tuple[int, Step], ...]
    """The messages that went before it, and their days."""

    @property
    def formal(self) -> bool:
        return self.step.kind is StepKind.formal_notice

    @property
    def kind(self) -> LetterKind:
        return letter_kind(self.step)

    @property
    def shortest_deadline(self) -> tuple[int, str]:
        """Least days to its deadline and the source; 0 where none is asked."""
        return self.pack.shortest_deadline(self.kind, self.step.fee)

    def past(self, day: int | None = None) -> Past:
        """What it is judged against if it leaves on a day: the steps before it, as the creditor wants them."""
        due = self.on - timedelta(days=self.day if day is None else day)
        return Past(
            debtor=Debtor.consumer if self.pack.consumers else Debtor.business,
            invoice=INVOICE,
            due=due,
            delivered=True,
            letters=tuple(_sent(self.pack, step, due + timedelta(days=earlier)) for earlier, step in self.below),
            compensated=frozenset(),
            covers=(INVOICE,),
        )

    def ruling(self, day: int | None = None) -> Ruling:
        """What the pack says of it if it leaves on a day and its deadline is legal."""
        days = max(self.step.deadline_days or 1, self.shortest_deadline[0])
        letter = ClaimLetter(1, self.on, self.kind, self.on + timedelta(days=days), fee_wanted=self.step.fee)
        return self.pack.judge(letter, self.past(day))

    def earliest_letter(self) -> Earliest | None:
        return self.pack.earliest_letter(self.kind, self.past())

    def earliest_fee(self) -> Earliest | None:
        return self.pack.earliest_fee(self.kind, self.past())

    def gap_for_fee(self) -> int:
        """Days that the law puts between the letter before and a fee of this one; 0 where it puts none."""
        past, earliest = self.past(), self.earliest_fee()
        alone = self.pack.earliest_fee(self.kind, replace(past, letters=()))
        if earliest is None or alone is None or earliest.day <= alone.day:
            return 0
        return max((earliest.day - past.letters[-1].sent).days, 0)

    def day_of(self, earliest: Earliest) -> int:
        """A date of the model claim as a day of the ladder."""
        return self._counted(earliest.day)

    def words_of(self, earliest: Earliest) -> str:
        """The pack's own words, with days of the ladder in place of the dates of the model claim."""
        return DATE.sub(lambda found: f"day {self._counted(date.fromisoformat(found[0])):+d}", earliest.rule)

    def _counted(self, when: date) -> int:
        return self.day + (when - self.on).days


def climb(ladder: Ladder, pack: CountryPack, on: date) -> Iterator[Rung]:
    """Every step that is switched on, in order; the ladder must be of sound shape."""
    below: tuple[tuple[int, Step], ...] = ()
    for step, day in zip(ladder.climbed, ladder.days, strict=True):
        yield Rung(step, day, on, pack, below)
        if not step.is_task:
            below = (*below, (day, step))


def letter_kind(step: Step) -> LetterKind:
    """What the law takes a message for: after the due date every word reminds, whatever the ladder calls it."""
    return LetterKind.formal_notice if step.kind is StepKind.formal_notice else LetterKind.reminder


def _sent(pack: CountryPack, step: Step, day: date) -> PastLetter:
    """A step that went before, with its fee; a deadline that is too short is told of by itself and counts as legal."""
    kind = letter_kind(step)
    days = max(step.deadline_days or 0, pack.shortest_deadline(kind, step.fee)[0])
    deadline = day + timedelta(days=days) if days else None
    return PastLetter(day, kind, deadline, int(step.fee), INVOICE, frozenset((INVOICE,)))
