"""What providers report of messages on their way: kept as it came, once, and taken in by the case."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlmodel import Field, SQLModel

from models.clock import real_now
from models.columns import Instant


class Word(StrEnum):
    """What a report says of a message, whichever provider's word it is."""

    accepted = "accepted"
    """The provider has it; whether it arrives is open."""
    delivered = "delivered"
    failed = "failed"
    """It did not arrive and will not: bounced, dropped, blocked, undelivered."""
    complained = "complained"
    """It arrived, and the recipient called it spam."""
    other = "other"
    """Nothing that a case has to know."""


class Report(BaseModel):
    """One report of a provider, read and checked, but not yet anybody's."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    source: str
    """What tells it from every other report; a repeated one brings the same."""
    message_id: str
    """Ours, as the message carried it; empty where it carried none."""
    word: Word
    said: str
    """The provider's own word."""
    at: AwareDatetime
    """The provider's time."""
    address: str = ""
    reason: str = ""
    reference: str = ""
    """The provider's id of the message."""


def code_of(reason: str) -> str:
    """The code at the beginning of a reason, such as `550 5.1.1` or `code 30003`; empty where it has none.

    What stands behind it is a server's own text, which may quote an address.
    """
    code = re.match(r"code \d{3,6}|\d{3}(?: \d\.\d{1,3}\.\d{1,3})?(?= |$)", reason)
    return code[0] if code else ""


class DeliveryRow(SQLModel, table=True):
    """A report that came in; one of a message that nobody knows is kept as well."""

    __tablename__ = "delivery"

    source: str = Field(primary_key=True)
    message_id: str = Field(index=True)
    creditor_id: str | None = Field(default=None, foreign_key="creditor.id", index=True)
    """None while no message of that id is known."""
    case_id: str | None = Field(default=None, foreign_key="case.id", index=True)
    word: str
    said: str
    at: datetime = Field(sa_type=Instant)
    address: str = Field(default="", index=True)
    reason: str = ""
    reference: str = ""
    received_at: datetime = Field(default_factory=real_now, sa_type=Instant)
    taken_at: datetime | None = Field(default=None, sa_type=Instant, index=True)
    """Business time at which it was put on record with its message; None until then."""


class ChannelRestRow(SQLModel, table=True):
    """A provider that asked for a pause, or refuses our account: nothing is handed to it until then."""

    __tablename__ = "channel_rest"

    creditor_id: str = Field(foreign_key="creditor.id", primary_key=True)
    channel: str = Field(primary_key=True)
    until: datetime = Field(sa_type=Instant)
    """Real time."""
    reason: str
    stopped: bool = False
    """Our account is at fault; a person has to act."""
