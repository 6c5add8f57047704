"""What the sweep looks at and what it finds: facts of the mirror, the database and the running workflows."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime

from models.facts import Value


class Matter(StrEnum):
    """What a finding is about."""

    no_workflow = "no_workflow"
    """a case is open and no workflow runs for it"""
    stray_workflow = "stray_workflow"
    """a workflow runs for a case that is closed or unknown"""
    wedged = "wedged"
    """a workflow cannot go on: its code fails at every try"""
    untold_books = "untold_books"
    """the books changed and the case has not taken it in"""
    untold_text = "untold_text"
    """somebody wrote and the case was never told"""
    no_heads_up = "no_heads_up"
    """people were never told of a proposal or a task"""
    overdue = "overdue"
    """a step was due and was neither sent, held nor withdrawn"""
    claimed = "claimed"
    """a message was handed over and nobody noted how that ended"""
    channel_stopped = "channel_stopped"
    """a provider refuses our account"""
    texts_refused = "texts_refused"
    """our account is set so that its provider refuses some texts, such as those to one country"""
    mail_returned = "mail_returned"
    """what is mailed to a person of the creditor does not arrive"""
    books_unread = "books_unread"
    """the books have not been read as a whole for long"""
    books_unclear = "books_unclear"
    """something in the books has not been understood for days"""
    not_judged = "not_judged"
    """the sweep itself could make no sense of a case"""


class Repair(StrEnum):
    """What may be done about a finding without asking anybody: what a case hears twice it takes in once."""

    none = "none"
    tell_case = "tell_case"
    """tell the case to look again, or start it where it does not run"""
    tell_text = "tell_text"
    """tell the case what came in for it"""
    wake_run = "wake_run"
    """let a run look again, so that one that has nothing left to do ends"""


class Finding(Value):
    """Something that would be forgotten if nobody looked."""

    matter: Matter
    about: str
    """What makes it the same thing at the next sweep: the id of a case, a text, a message, a workflow."""
    says: str
    """One sentence for a person, with what to do where only a person can do something."""
    repair: Repair = Repair.none
    case_id: str = ""
    customer_number: str = ""
    """Whose case is told, where that is the repair."""


# --- what is looked at ---


class Invoice(Value):
    """An invoice as the mirror has it beside what the ledger of the case has of it, in minor units."""

    number: str
    gross: int
    remainder: int
    principal: int | None = None
    """None where the case does not have the invoice and should."""
    in_books: int = 0
    """What the case has taken in as paid or credited from the books."""
    by_hand: int = 0
    """And from people."""


class Case(Value):
    """An open case."""

    case_id: str
    customer_number: str
    workflow_id: str
    runs: bool
    """Its own workflow runs."""
    marked: bool = False
    """The mirror saw a change of the customer, and nobody has noted that the case was told."""
    step: str = ""
    due: AwareDatetime | None = None
    """When its next move was due, or what was released should have left; None where it waits for people only."""
    heard: AwareDatetime | None = None
    """Business time of the newest entry on its trail; the sweep's own do not count."""
    invoices: tuple[Invoice, ...] = ()


class Run(Value):
    """A workflow that runs under the id of a case."""

    workflow_id: str
    case_id: str
    """The case that it says it is, or the customer's newest; empty where the database knows none."""
    outcome: str = ""
    """How that case was closed; empty where it is open."""
    closed_at: AwareDatetime | None = None
    """When, in business time."""


class Text(Value):
    """Something in the inbox that belongs to a case and was never told."""

    inbox_id: str
    case_id: str


class Notice(Value):
    """A line of a heads-up that was never given."""

    about: str
    case_id: str
    at: AwareDatetime


class Claimed(Value):
    """A message of which is only known that it was about to be handed over."""

    message_id: str
    case_id: str
    channel: str
    since: AwareDatetime
    """Real time."""


class Stopped(Value):
    """A channel on which nothing leaves because its provider refuses our account."""

    channel: str
    reason: str


class TextsRefused(Value):
    """Texts that did not leave because of how our account is set; others do."""

    code: str
    """The provider's."""
    reason: str
    last_at: AwareDatetime
    """Real time of the newest."""


class Returned(Value):
    """Somebody of the creditor to whom mail does not arrive: the newest report of it says so."""

    person: str
    """Id."""
    said: str
    """The provider's word, and its code."""


class Reading(Value):
    """How the books were read of late. Real times."""

    since: AwareDatetime
    """When the creditor was connected."""
    whole_at: AwareDatetime | None = None
    """When they were last read from beginning to end."""
    last_at: AwareDatetime | None = None
    """When the last round ended, however it did."""
    problem: str = ""
    """What stopped the last round."""
    unclear_since: AwareDatetime | None = None
    """Since when every round met something it could not understand."""
    unclear: int = 0
    """How much the last one met."""


class Picture(Value):
    """Everything the sweep sees of one creditor at one moment."""

    reading: Reading
    cases: tuple[Case, ...] = ()
    marked: tuple[str, ...] = ()
    """Customers without an open case whom the mirror marked as changed."""
    runs: tuple[Run, ...] = ()
    """Those that run beside the open cases."""
    wedged: tuple[str, ...] = ()
    """Workflow ids."""
    texts: tuple[Text, ...] = ()
    notices: tuple[Notice, ...] = ()
    claimed: tuple[Claimed, ...] = ()
    stopped: tuple[Stopped, ...] = ()
    texts_refused: tuple[TextsRefused, ...] = ()
    returned: tuple[Returned, ...] = ()
    not_judged: tuple[str, ...] = ()
    """Cases of which no sense could be made."""
