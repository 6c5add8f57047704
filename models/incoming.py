"""What came in from outside, read and cleaned but not yet anybody's: an e-mail, or a text to one of our numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Channel = Literal["email", "sms"]
Topic = Literal["reply", "automatic", "bounce", "stop", "start"]


@dataclass(frozen=True)
class IncomingFile:
    """A file that is worth keeping, as it came."""

    name: str
    media_type: str
    """What its first bytes say it is."""
    content: bytes


@dataclass(frozen=True)
class Incoming:
    """One message that somebody sent us."""

    channel: Channel
    topic: Topic
    source: str
    """What tells it from every other message of its channel; a repeated hook brings the same."""
    sender: str
    """As people read it."""
    senders: tuple[str, ...]
    """The addresses or the number it came from, to be looked for in the books."""
    to: tuple[str, ...]
    """The addresses or the number it was sent to."""
    text: str
    subject: str = ""
    files: tuple[IncomingFile, ...] = ()
    doubtful: bool = False
    """The topic holds only where it makes sense: YES means START from who said STOP, and is an answer from others."""
