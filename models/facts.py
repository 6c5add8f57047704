"""What is known about a case at one moment: the one value that rules decide on."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from models.claim import Debtor, LetterKind
from models.creditor import CreditorSettings
from models.ladder import Ladder
from models.money import Money


class Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class SentStep(Value):
    """A step that was done for an invoice: sent, or passed over for a stated reason."""

    step: str
    at: AwareDatetime | None
    """When it was really sent; None when it was passed over."""
    planned_day: int | None = None
    """The day from the due date that the ladder it was climbed on meant it for; None where that is not known."""


class SentLetter(Value):
    """A letter that went out to the customer, as far as the law counts it."""

    proposal_id: str
    sent: date
    kind: LetterKind
    deadline: date | None
    fee: int
    """Minor units that were charged and not waived."""
    invoices: tuple[str, ...]


class InvoiceFacts(Value):
    """One invoice of the customer as the ledger and the mirror have it."""

    number: str
    invoice_date: date
    due_date: date | None
    gross: Money
    balance: Money
    """Principal left on the claim ledger."""
    not_reminded: str = ""
    """Why no reminder is sent for it; empty when reminders are."""
    set_aside: str = ""
    """As what a person, or the first day, set it aside: quarantine, withdrawn, handed_over, stopped."""
    sent: tuple[SentStep, ...] = ()
    fee_announced: bool = False
    """The customer has been told in writing that reminders of it may carry a fee."""
    compensated: bool = False
    """Compensation has been claimed for it."""


class Freeze(Value):
    """Something that stops the case."""

    id: str
    kind: str
    """hold, snooze, question, insolvency, review, correction, promise, plan_asked, plan, unknown, undelivered"""
    reason: str
    since: AwareDatetime
    until: AwareDatetime | None = None
    """When it ends by itself; None when only a person ends it."""
    by: str = ""
    owner: str = ""
    """The person who has to deal with it; empty when it is up to the admins."""
    back_at: AwareDatetime | None = None
    """When it comes back to that person; None when it ends by itself before."""


class AskedTask(Value):
    """Something that a person was asked to do about the case."""

    kind: str
    """call, apology, charges, overpaid, question, decision"""
    at: AwareDatetime


class Standing(Value):
    """A proposal that has been put before people and is neither sent nor withdrawn."""

    proposal_id: str
    step: str
    invoices: tuple[str, ...]
    digest: str
    proposed_at: AwareDatetime
    letter_date: date
    hold_hours: int
    heads_up_at: AwareDatetime | None
    send_at: AwareDatetime
    released: bool


class CompanyStanding(Value):
    """What a register last said of the customer's company, and whether a person decided to go on all the same."""

    number: str
    state: str
    """healthy, insolvent, restructuring, winding_up, gone, odd, unknown"""
    allowed: bool
    """Reminders may go on by what the register says: healthy, or only a warning."""
    accepted: bool
    """A person has decided to go on in spite of this very answer."""
    said: str
    """The register's own word."""
    age_seconds: float
    """How old the last answer is, in real time."""


class PlanFacts(Value):
    """The payment plan in force: its next instalment that is not paid in full."""

    since: date
    """The day it came into force; invoices that were due by then are part of it."""
    number: int
    """Counted from 1."""
    count: int
    """How many instalments the plan has."""
    due: date
    amount: Money
    open: Money
    """What is open of this instalment."""
    left: Money
    """What is open of the whole plan, this instalment included."""
    reminded: bool
    """The customer has had a reminder of it."""


class CaseFacts(Value):
    """The whole picture of one case."""

    case_id: str
    creditor: str
    customer_number: str
    settings: CreditorSettings
    ladder: Ladder
    owner: str
    invoices: tuple[InvoiceFacts, ...]
    freezes: tuple[Freeze, ...] = ()
    standing: Standing | None = None
    asked: tuple[AskedTask, ...] = ()
    """What people were asked to do so far, done or not."""
    last_message_at: AwareDatetime | None = None
    debtor: Debtor = Debtor.unknown
    letters: tuple[SentLetter, ...] = ()
    """Oldest first."""
    settled_by_credit: bool = False
    """The last entry that brought the balance down was a credit note."""
    resolved_at: AwareDatetime | None = None
    """When a person last resolved a question; the ladder goes on with a grace after it."""
    company: CompanyStanding | None = None
    """What the register last said of the customer; None when it was never asked."""
    plan: PlanFacts | None = None
    """None without a plan in force, and while a person has to decide on a missed instalment."""


class Live(Value):
    """What the live read just before a send found."""

    error: str = ""
    """Why the books could not be read; empty when they were."""
    age_seconds: float = 0
    """How old the answer is, in real time."""
    remainders: dict[str, Money] = {}
    """What the books say is left, per invoice of the proposal; an invoice they do not have is missing."""
    unapplied_credit: Money | None = None
    customer_found: bool = True
    barred: bool = False


class GuardFacts(Value):
    """Everything the guards look at."""

    case: CaseFacts
    standing: Standing
    live: Live
    digest_now: str
    """Digest of the proposal composed again from the live figures, recipients and wording."""
    changes: tuple[str, ...] = ()
    """What differs from the proposal, in words."""
    charges_fee: bool = False
    """The letter as proposed carries a fee."""
    recipients: int = 0
    """How many usable addresses there are on the channels that suffice for the step."""
    unlawful: tuple[str, ...] = ()
    """What the country's law has against this very letter, in words."""
    recipient_problem: str = ""
    news_of_credit: Money | None = None
    """Unapplied credit that no person has looked at; zero when what was looked at is gone, None without news."""
    released_digest: str = ""
    """The digest that an admin released; empty without a release."""
    released_by_admin: bool = False


class Answer(StrEnum):
    cleared = "cleared"
    wait = "wait"
    held = "held"


class Verdict(Value):
    """What one guard said about one proposal at one moment."""

    guard: str
    answer: Answer
    why: str
    until: AwareDatetime | None = None
    """When to look again; only with wait."""
    inputs: dict[str, str] = {}
    """What the guard looked at, readable by a person."""
