"""What a case answers and asks: its next move, and payloads of its activities. No personal data."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime

from models.money import Money
from models.news import Payload, Release, Told

# --- what comes next ---


class Kind(StrEnum):
    """What the case does next."""

    propose = "propose"
    """wait until `at`, then put the step before people"""
    stand = "stand"
    """a proposal stands: wait until `at` (or, without it, for a release), then guard and send"""
    task = "task"
    """wait until `at`, then give a person the step to do"""
    frozen = "frozen"
    """nothing moves until a person or news; looked at again at `at` where there is one"""
    close = "close"


STATES = {
    Kind.propose: "waiting",
    Kind.task: "waiting",
    Kind.stand: "proposed",
    Kind.frozen: "frozen",
    Kind.close: "closed",
}
"""What a case is called while that move lies ahead."""


class Move(Payload):
    """The next move of a case and why; everything a workflow needs to wait and to call."""

    kind: Kind
    why: str
    at: AwareDatetime | None = None
    send_at: AwareDatetime | None = None
    """When a standing proposal may leave once it is released."""
    step: str = ""
    title: str = ""
    proposal_id: str = ""
    digest: str = ""
    amount: Money | None = None
    owner: str = ""
    """The rep who owns the customer."""
    outcome: str = ""
    """How the case ended; only with close."""
    tell: tuple[str, ...] = ()
    """Tasks that people have not been told of yet; they are told before anything else."""
    ladder: str = ""
    """The ladder and version that the case climbs, as `decide` found it; empty in other answers."""
    stops: tuple[str, ...] = ()
    """The kinds of freezes that stop the case; only with frozen."""
    plan: str = ""
    """The payment plan in force, as `decide` found it; empty in other answers."""


class Cleared(Payload):
    """Every guard let the proposal pass."""

    kind: Literal["cleared"] = "cleared"
    proposal_id: str
    round: int
    """Which run of the guards over this proposal it was."""


class Guarded(Payload):
    """The answer of the guards: cleared, or what comes next instead."""

    cleared: Cleared | None = None
    move: Move | None = None


class Standing(Payload):
    """Answer to a query: the next move, and how much news has not been taken in yet."""

    move: Move | None
    unheard: int


# --- what the activities are asked ---


class CaseInput(Payload):
    """What a case workflow starts with, and carries over when it continues as new."""

    case_id: str
    creditor: str
    customer_number: str
    time_shift: timedelta = timedelta()
    """Added to the engine's clock to get business time; zero in production, set when a past book is replayed."""
    seen: tuple[str, ...] = ()
    """Ids of signals and updates already taken in."""
    told: tuple[Told, ...] = ()
    release: Release | None = None
    move: Move | None = None
    ladder: str = ""
    """The ladder and version that the case was last known to climb."""
    plan: str = ""
    """The payment plan that was last known to be in force."""


class Ask(Payload):
    """Asks an activity about one case as of a business instant."""

    case_id: str
    as_of: AwareDatetime
    told: tuple[Told, ...] = ()
    move: Move | None = None
    cleared_round: int = 0
    """The guard round that cleared the send; only asked of send."""


class RecordRelease(Payload):
    """Asks for a release to be put on record."""

    case_id: str
    release: Release


class MirrorInput(Payload):
    """One round of reading a creditor's books."""

    creditor: str
    time_shift: timedelta = timedelta()


class MirrorRound(Payload):
    """What one round of the mirror found."""

    read: int = 0
    changed: int = 0
    unreadable: int = 0
    opened: int = 0
    signalled: int = 0
    complete: bool = True
    problem: str = ""
