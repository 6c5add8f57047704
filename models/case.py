"""What a case is told and what it answers: payloads of its signals, updates and activities. No personal data."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from models.money import Money


class Payload(BaseModel):
    """Something that crosses Temporal; it does not change once it is made."""

    model_config = ConfigDict(frozen=True)


def pin(ladder: str, version: int) -> str:
    """One version of a ladder as people call it, and as a case keeps it."""
    return f"{ladder} v{version}"


# --- who ---


class Role(StrEnum):
    admin = "admin"
    rep = "rep"
    engine = "engine"


class Actor(Payload):
    """Who does something to a case; `engine` is the system itself."""

    id: str
    role: Role

    def __str__(self) -> str:
        return self.id if self.role is Role.engine else f"{self.role} {self.id}"


ENGINE = Actor(id="rykker", role=Role.engine)

# --- what the case is told ---


class PaymentRegistered(Payload):
    """Money has come in, told by a person or a bank before the books know it."""

    kind: Literal["payment"] = "payment"
    id: str
    amount: Money
    value_date: date
    invoice_number: str = ""
    """Empty: put against the oldest open invoice first."""
    reference: str = ""
    by: Actor = ENGINE


class CreditRegistered(Payload):
    """A credit note has been issued against an invoice."""

    kind: Literal["credit"] = "credit"
    id: str
    amount: Money
    value_date: date
    invoice_number: str = ""
    reference: str = ""
    by: Actor = ENGINE


class QuestionOpened(Payload):
    """The customer questions an invoice; what was written is stored and travels as this id."""

    kind: Literal["question"] = "question"
    id: str
    topic: str = "other"
    by: Actor = ENGINE


class InsolvencyFound(Payload):
    """A register says that the company is no longer simply active."""

    kind: Literal["insolvency"] = "insolvency"
    id: str
    status: str
    source: str = ""
    by: Actor = ENGINE


class BooksChanged(Payload):
    """The mirror saw a change for this customer, or the creditor changed settings."""

    kind: Literal["books"] = "books"
    id: str
    by: Actor = ENGINE


class Held(Payload):
    """A person stops the case until somebody resumes it."""

    kind: Literal["hold"] = "hold"
    id: str
    by: Actor
    reason: str = Field(min_length=1, max_length=500)


class Snoozed(Payload):
    """A person stops the case until a day."""

    kind: Literal["snooze"] = "snooze"
    id: str
    by: Actor
    until: date
    reason: str = Field(min_length=1, max_length=500)


class Resumed(Payload):
    """An admin lets a stopped case go on."""

    kind: Literal["resume"] = "resume"
    id: str
    by: Actor
    reason: str = Field(min_length=1, max_length=500)


class LadderMoved(Payload):
    """An admin moves the case to another ladder, or to another version of its own."""

    kind: Literal["ladder"] = "ladder"
    id: str
    by: Actor
    ladder: str
    version: int
    reason: str = Field(min_length=1, max_length=500)

    @property
    def target(self) -> str:
        return pin(self.ladder, self.version)


News = Annotated[
    PaymentRegistered
    | CreditRegistered
    | QuestionOpened
    | InsolvencyFound
    | BooksChanged
    | Held
    | Snoozed
    | Resumed
    | LadderMoved,
    Field(discriminator="kind"),
]


class Told(Payload):
    """A piece of news and the business instant at which the case heard it."""

    news: News
    at: AwareDatetime


class Release(Payload):
    """An admin lets one proposal go, exactly as its digest says."""

    id: str
    by: Actor
    proposal_id: str
    digest: str
    at: AwareDatetime | None = None
    """Filled in by the case: the business instant of the release."""


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
