"""Ladders that cannot be illegal: what the law of a country, asked through its pack, does not allow in one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from models.ladder import Ladder, Step, StepKind
from models.letters import Channel
from rules.law.pack import CountryPack, Earliest
from rules.law.packs import PACKS
from rules.law.tables import reviewed_through
from rules.model_claim import Rung, climb

OURS = "our own rule"
REVIEWS = "rules/law/tables/reviews.csv"
NOTICE_WORDING = "collection-notice"
"""Words that announce collection; only a formal notice may use them."""


@dataclass(frozen=True, slots=True)
class Illegal:
    """One thing that the law, or a rule of our own, does not allow in a ladder."""

    step: str
    """Name of the step; empty where it is the ladder as a whole."""
    field: str
    """What to change."""
    rule: str
    source: str
    nearest: str
    """The nearest legal value, as text: a day counted from the due date, a number of days, or what to do without."""

    def __str__(self) -> str:
        where = f"Step {self.step}" if self.step else "The ladder"
        return f"{where}: {self.rule}. Source: {self.source}. Nearest legal value: {self.nearest}."


def problems_in(ladder: Ladder, country: str, on: date) -> list[Illegal]:
    """As `problems`, for a country that may be unknown."""
    for named in (country, ladder.country):
        if named not in PACKS:
            known = ", ".join(PACKS)
            return [Illegal("", "country", f"there are no rules for {named}; there are: {known}", OURS, known)]
    return problems(ladder, PACKS[country], on)


def problems(ladder: Ladder, pack: CountryPack, on: date) -> list[Illegal]:
    """Everything in a ladder that is illegal by the law as it stands on a day; asked of a ladder of sound shape."""
    if ladder.country != pack.country:
        rule = f"it keeps the law of {ladder.country}, but the creditor's country is {pack.country}"
        return [Illegal("", "country", rule, OURS, pack.country)]
    return [found for rung in climb(ladder, pack, on) for found in (*_named_wrongly(rung.step), *_judged(rung))]


def _named_wrongly(step: Step) -> Iterator[Illegal]:
    """What would charge or threaten under a harmless name."""
    if step.kind in (StepKind.nudge, StepKind.task):
        for charge in _charges(step):
            yield Illegal(step.name, charge, f"a {step.kind} charges nothing", OURS, f"without {charge}")
    if step.kind in (StepKind.nudge, StepKind.reminder) and step.wording == NOTICE_WORDING:
        rule = f"its words are those of a formal notice, but it is a {step.kind}"
        yield Illegal(step.name, "kind", rule, OURS, f"kind {StepKind.formal_notice}")


def _judged(rung: Rung) -> Iterator[Illegal]:
    step, pack = rung.step, rung.pack
    if step.kind in (StepKind.nudge, StepKind.task):
        return
    if step.fee and rung.earliest_fee() is None:
        yield _no_fee(rung, f"{pack.name} has no reminder fee", pack.fee(rung.kind, rung.on)[1])
        return
    if not pack.reviewed(rung.on):
        yield from _unreviewed(rung)
        return
    bounds = list(_bounds(rung))
    yield from _too_early(rung, bounds)
    yield from _gap(rung)
    yield from _unannounced(rung)
    yield from _deadline(rung)
    yield from _channels(rung)
    yield from _refused(rung, max((rung.day, *(rung.day_of(earliest) for _, earliest in bounds))))


def _unreviewed(rung: Rung) -> Iterator[Illegal]:
    """Nobody has looked at the law of that day; a reminder that charges nothing may still go."""
    through = reviewed_through(rung.pack.country)
    state = f"is reviewed through {through}" if through else "is not reviewed"
    rule = f"the law of {rung.pack.name} {state}; until somebody records a review for {rung.on} in {REVIEWS}, "
    for charge in _charges(rung.step):
        yield Illegal(rung.step.name, charge, f"{rule}nothing is charged", REVIEWS, f"without {charge}")
    if rung.formal:
        yield Illegal(rung.step.name, "kind", f"{rule}no formal notice is sent", REVIEWS, f"kind {StepKind.reminder}")


def _bounds(rung: Rung) -> Iterator[tuple[str, Earliest]]:
    """Everything that has a first legal day, and that day on the model claim."""
    if (letter := rung.earliest_letter()) is not None:
        yield ("formal notice" if rung.formal else "reminder"), letter
    if rung.step.compensation:
        past = rung.past()
        source = rung.pack.compensation(past.debtor, past.due, rung.on)[2]
        yield "compensation", Earliest(past.due + timedelta(days=1), "it is for what is late", source)
    if rung.step.fee and not _limit_reached(rung) and (fee := rung.earliest_fee()) is not None:
        yield "fee", fee


def _too_early(rung: Rung, bounds: list[tuple[str, Earliest]]) -> Iterator[Illegal]:
    step = rung.step
    for what, earliest in bounds:
        if earliest.day <= rung.on:
            continue
        rule = f"a {what} on day {rung.day:+d} is too early: {rung.words_of(earliest)}"
        if step.offset_days is not None:
            yield Illegal(step.name, "offset_days", rule, earliest.source, f"day {rung.day_of(earliest):+d}")
        else:
            gap = step.gap_days + (earliest.day - rung.on).days
            yield Illegal(step.name, "gap_days", rule, earliest.source, _days(gap))


def _gap(rung: Rung) -> Iterator[Illegal]:
    """A gap as it is written down lets a fee come too early once the letter before goes late."""
    step, earliest = rung.step, rung.earliest_fee()
    if not step.fee or step.offset_days is None or earliest is None or _limit_reached(rung):
        return
    if 0 < step.gap_days < (legal := rung.gap_for_fee()):
        rule = f"a gap of {_days(step.gap_days)} before a fee is too short: {rung.words_of(earliest)}"
        yield Illegal(step.name, "gap_days", rule, earliest.source, _days(legal))


def _unannounced(rung: Rung) -> Iterator[Illegal]:
    if rung.step.fee and not rung.below:
        rule = "a fee is announced in an earlier message before the first is charged, and no step before it sends one"
        yield _no_fee(rung, rule, OURS)


def _deadline(rung: Rung) -> Iterator[Illegal]:
    if not (rung.formal or rung.step.fee):
        return
    what = "formal notice" if rung.formal else "letter with a fee"
    least, source = max(rung.shortest_deadline[0], 1), rung.shortest_deadline[1] or OURS
    given = rung.step.deadline_days
    if given is not None and given >= least:
        return
    rule = f"it gives no deadline; a {what} names the date by which to pay"
    if given is not None:
        rule = f"it gives {_days(given)} to pay; a {what} gives at least {_days(least)}"
    yield Illegal(rung.step.name, "deadline_days", rule, source, _days(least))


def _channels(rung: Rung) -> Iterator[Illegal]:
    step, accepted = rung.step, rung.pack.notice_channels
    if rung.formal and (strangers := [channel for channel in step.enough if channel not in accepted]):
        earliest = rung.earliest_letter()
        rule = f"{' or '.join(strangers)} alone would be enough; a formal notice counts by {' or '.join(accepted)}"
        yield Illegal(step.name, "sufficient", rule, earliest.source if earliest else OURS, " or ".join(accepted))
    if not rung.formal and Channel.email not in step.enough:
        for charge in _charges(step):
            rule = f"an SMS carries no {charge}; email must be among the channels of which one is enough"
            yield Illegal(step.name, "sufficient", rule, OURS, Channel.email)


def _refused(rung: Rung, day: int) -> Iterator[Illegal]:
    """What the pack refuses even on a legal day with a legal deadline, such as one fee too many."""
    ruling, law = rung.ruling(day), f"the law of {rung.pack.name}"
    earliest = rung.earliest_fee()
    source = earliest.source if earliest else law
    if ruling.letter == "refused":
        rule = f"{law} refuses it on {rung.on} ({ruling.letter_reason})"
        yield Illegal(rung.step.name, "kind", rule, law, f"kind {StepKind.reminder}")
    elif ruling.fee_reason == "fee_limit_reached":
        charged = sum(step.fee for _, step in rung.below)
        yield _no_fee(rung, f"{law} allows no further fee for one claim after the {charged} before it", source)
    elif ruling.fee_reason:
        yield _no_fee(rung, f"{law} refuses its fee on {rung.on} ({ruling.fee_reason})", source)


def _limit_reached(rung: Rung) -> bool:
    """No day but one in the far future would do, so that none is offered."""
    return rung.ruling().fee_reason == "fee_limit_reached"


def _no_fee(rung: Rung, rule: str, source: str) -> Illegal:
    return Illegal(rung.step.name, "fee", rule, source, "without fee")


def _charges(step: Step) -> list[str]:
    return [charge for charge in ("fee", "compensation") if getattr(step, charge)]


def _days(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number} days"
