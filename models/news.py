"""What a case is told: payloads of its signals and updates. No personal data, ids in its place."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from models.letters import Channel
from models.money import Money

Reason = Annotated[str, Field(min_length=1, max_length=500)]
"""Why a person does something; it goes on the trail."""


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
    customer = "customer"
    engine = "engine"


class Actor(Payload):
    """Who does something to a case; `engine` is the system itself."""

    id: str
    role: Role

    def __str__(self) -> str:
        return f"{self.role} {self.id}" if self.role in (Role.admin, Role.rep) else self.id


ENGINE = Actor(id="rykker", role=Role.engine)
CUSTOMER = Actor(id="the customer", role=Role.customer)

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


class PromiseGiven(Payload):
    """The customer says by which day it will pay."""

    kind: Literal["promise"] = "promise"
    id: str
    day: date
    by: Actor = CUSTOMER


class Noted(Payload):
    """Something that belongs on the trail and stops nothing: an automatic reply, a text STOP, a company recovered."""

    kind: Literal["note"] = "note"
    id: str
    what: str
    """A sentence of our own; what people wrote is stored and travels as the id."""
    tell: bool = False
    """People are told of it, once."""
    by: Actor = ENGINE


class InsolvencyFound(Payload):
    """A register says that the company is no longer simply active."""

    kind: Literal["insolvency"] = "insolvency"
    id: str
    status: str
    """What was found and what to do next, in words of our own."""
    source: str = ""
    consequence: str = ""
    """freeze, successor, dissolved, ask; empty when a person told it."""
    since: date | None = None
    """The day from which the register has it so."""
    by_day: date | None = None
    """The last day for what is to be done."""
    number: str = ""
    """Country and registration number, `DK 99999993`; empty when a person told it."""
    by: Actor = ENGINE


class DeliveryReported(Payload):
    """A provider has reported what became of a message; the report is stored and travels as this id."""

    kind: Literal["delivery"] = "delivery"
    id: str
    by: Actor = ENGINE


class Clarified(Payload):
    """An admin says of messages with an unknown outcome whether they went out."""

    kind: Literal["clarified"] = "clarified"
    id: str
    by: Actor
    proposal_id: str
    went: bool
    reason: Reason
    channel: Channel | None = None
    """Of the message on this channel alone; None: of all of the proposal's whose outcome is unknown."""


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
    reason: Reason


class Snoozed(Payload):
    """A person stops the case until a day."""

    kind: Literal["snooze"] = "snooze"
    id: str
    by: Actor
    until: date
    reason: Reason


class Resumed(Payload):
    """An admin lets a stopped case go on."""

    kind: Literal["resume"] = "resume"
    id: str
    by: Actor
    reason: Reason
    stops: tuple[str, ...] | None = None
    """The stops that the admin has seen; None: whatever stops the case."""

    def means(self, stop: str) -> bool:
        return self.stops is None or stop in self.stops


class LadderMoved(Payload):
    """An admin moves the case to another ladder, or to another version of its own."""

    kind: Literal["ladder"] = "ladder"
    id: str
    by: Actor
    ladder: str
    version: int
    reason: Reason

    @property
    def target(self) -> str:
        return pin(self.ladder, self.version)


class Resolved(Payload):
    """An admin settles the questions of a case."""

    kind: Literal["resolve"] = "resolve"
    id: str
    by: Actor
    outcome: Literal["answered", "amount_corrected", "credited", "withdrawn"]
    reason: Reason
    invoices: tuple[str, ...] = ()
    """Those that are withdrawn; empty: every invoice of the case."""
    stops: tuple[str, ...] | None = None
    """The questions that the admin has seen; None: all of them."""

    def means(self, stop: str) -> bool:
        return self.stops is None or stop in self.stops


class Instalment(Payload):
    """One part of a payment plan."""

    due: date
    amount: Money


class PlanAsked(Payload):
    """The customer asks to pay in instalments, within the limits that the creditor set."""

    kind: Literal["plan_asked"] = "plan_asked"
    id: str
    instalments: tuple[Instalment, ...]
    by: Actor = CUSTOMER


class PlanApproved(Payload):
    """An admin puts a plan into force, one that was asked for or one of their own."""

    kind: Literal["plan_approved"] = "plan_approved"
    id: str
    by: Actor
    plan_id: str
    instalments: tuple[Instalment, ...]


class PlanContinued(Payload):
    """An admin gives a missed instalment another day."""

    kind: Literal["plan_continued"] = "plan_continued"
    id: str
    by: Actor
    plan_id: str
    until: date
    reason: Reason


class PlanEnded(Payload):
    """An admin declines a plan that was asked for, or ends one that is in force; then the ladder goes on."""

    kind: Literal["plan_ended"] = "plan_ended"
    id: str
    by: Actor
    plan_id: str
    reason: Reason


class TaskDone(Payload):
    """A person says what came of a task."""

    kind: Literal["task_done"] = "task_done"
    id: str
    by: Actor
    task_id: str
    result: str
    day: date | None = None
    """The day by which the customer promised to pay; only with a promise."""
    note: str = Field(default="", max_length=500)


class Ended(Payload):
    """An admin ends a case that is not paid: handed to a collector, or given up."""

    kind: Literal["end"] = "end"
    id: str
    by: Actor
    outcome: Literal["handed_over", "stopped"]
    reason: Reason


News = Annotated[
    PaymentRegistered
    | CreditRegistered
    | QuestionOpened
    | PromiseGiven
    | Noted
    | Resolved
    | PlanAsked
    | PlanApproved
    | PlanContinued
    | PlanEnded
    | TaskDone
    | Ended
    | InsolvencyFound
    | DeliveryReported
    | Clarified
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
