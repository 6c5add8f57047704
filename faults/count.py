"""Counts what a life did to its customer: what went out twice, what was lost, which fee or figure is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

STEPS = ("nudge", "rykker-1", "rykker-2", "inkassovarsel")
CHANNELS = ("email", "sms")
Sent = tuple[str, str]
"""A step and a channel."""


@dataclass(frozen=True)
class LeftBehind:
    """What a life left behind, at the providers and on record."""

    delivered: Counter[Sent]
    """How many messages the providers have."""
    strangers: tuple[str, ...] = ()
    """Messages of which no proposal knows."""
    recorded: Mapping[Sent, str] = field(default_factory=dict)
    """What the record says of each message: sent, failed, unknown, undelivered."""
    before_people: frozenset[Sent] = frozenset()
    """Those of which a person was told that they may not have arrived."""
    fees_due: Mapping[str, int] = field(default_factory=dict)
    """What each letter that went out charges, in minor units by proposal."""
    fees_posted: Mapping[str, int] = field(default_factory=dict)
    loose: tuple[str, ...] = ()
    """Proposals without a proper end."""
    broken_link: str = ""
    ledger: int = 0
    """What the ledger says is open before the payment, in minor units."""
    statement: int = 0
    """The same, worked out by the law from the facts."""
    outcome: str = "paid"
    heads_ups_twice: int = 0


@dataclass(frozen=True)
class Count:
    """Mistakes in words, by kind; empty is right."""

    twice: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    fees: tuple[str, ...] = ()
    books: tuple[str, ...] = ()
    """Trail and ledger."""

    @property
    def mistakes(self) -> tuple[str, ...]:
        return (*self.twice, *self.lost, *self.fees, *self.books)


def count(left: LeftBehind, hung: str = "") -> Count:
    """Hold what was left behind against what was promised."""
    return Count(_twice(left), _lost(left, hung), _fees(left), _books(left))


def _twice(left: LeftBehind) -> tuple[str, ...]:
    more = [f"{step} by {channel} went out {n} times" for (step, channel), n in left.delivered.items() if n > 1]
    return (*more, *(f"a message of which no proposal knows: {one}" for one in left.strangers))


def _lost(left: LeftBehind, hung: str) -> tuple[str, ...]:
    found = [hung] if hung else []
    for step in STEPS:
        for channel in CHANNELS:
            there = left.delivered[step, channel] > 0
            state = left.recorded.get((step, channel), "nothing")
            if not there and (step, channel) not in left.before_people:
                found.append(f"{step} by {channel} did not go out and nobody was told (on record: {state})")
            if not there and state == "sent":
                found.append(f"{step} by {channel} is on record as sent, and the provider does not have it")
            if there and state not in ("sent", "unknown"):
                found.append(f"{step} by {channel} went out, and on record is {state}")
    return tuple(found)


def _fees(left: LeftBehind) -> tuple[str, ...]:
    proposals = sorted({*left.fees_due, *left.fees_posted})
    return tuple(
        f"{proposal}: {left.fees_posted.get(proposal, 0)} charged where {left.fees_due.get(proposal, 0)} was due"
        for proposal in proposals
        if left.fees_posted.get(proposal, 0) != left.fees_due.get(proposal, 0)
    )


def _books(left: LeftBehind) -> tuple[str, ...]:
    found = [f"the trail is broken: {left.broken_link}"] if left.broken_link else []
    if left.ledger != left.statement:
        found.append(f"the ledger has {left.ledger} open where the law works out {left.statement}")
    if left.outcome != "paid":
        found.append(f"the case did not end as paid but as {left.outcome or 'nothing'}")
    return (*found, *(f"a proposal without an end: {one}" for one in left.loose))
