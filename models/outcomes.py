"""How an attempt to hand a message to a provider ended; the only four answers a channel gives."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Accepted(BaseModel):
    """The provider took the message."""

    model_config = ConfigDict(frozen=True)
    kind: Literal["accepted"] = "accepted"
    reference: str
    """The provider's id; may be empty for e-mail."""


class Refused(BaseModel):
    """The provider said no: certainly not sent, and the same message would be refused again."""

    model_config = ConfigDict(frozen=True)
    kind: Literal["refused"] = "refused"
    reason: str
    address_unusable: bool = False
    """The recipient's address itself is at fault; it is marked and not used again."""
    faulty: tuple[int, ...] = ()
    """Which of several recipients are at fault, by their places in the message; empty: all of them."""
    opted_out: bool = False
    """The recipient asked for no more texts (STOP); the number rests until START, other channels go on."""
    channel_stopped: bool = False
    """Our account is at fault (key revoked, sender unverified); nothing leaves on this channel until a person acts."""


class NotSent(BaseModel):
    """Certainly not sent, and trying again later may work (refused connection, rate limit)."""

    model_config = ConfigDict(frozen=True)
    kind: Literal["not_sent"] = "not_sent"
    reason: str
    retry_at: AwareDatetime | None = None


class Unknown(BaseModel):
    """The provider may or may not have it; never sent again blind."""

    model_config = ConfigDict(frozen=True)
    kind: Literal["unknown"] = "unknown"
    reason: str


Outcome = Accepted | Refused | NotSent | Unknown

__all__ = ["Accepted", "NotSent", "Outcome", "Refused", "Unknown"]
