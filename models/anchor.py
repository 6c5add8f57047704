"""An anchor: the head of a creditor's trail as it was on a day, kept where nobody of the house can change it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import NamedTuple

from models.news import Payload


class Anchor(NamedTuple):
    """The number and the hash of a link, written `SEQ:HASH`."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"

    @classmethod
    def read(cls, text: str) -> Anchor:
        """ValueError for anything but a number, a colon and 64 hexadecimal digits."""
        found = re.fullmatch(r"([1-9][0-9]{0,17}):([0-9a-f]{64})", text.strip().lower())
        if found is None:
            raise ValueError("an anchor is SEQ:HASH, as the mail has it: a number, a colon, 64 hexadecimal digits")
        return cls(int(found[1]), found[2])


class AnchorInput(Payload):
    """Mail the head of a creditor's trail to its admins."""

    creditor: str
    time_shift: timedelta = timedelta()
    """Added to the engine's clock to get business time."""


class AnchorMailed(Payload):
    """What one day's anchor came to."""

    seq: int = 0
    """The link that was the head; 0 where there was nothing new to mail."""
    mailed: int = 0
    """Admins whom the provider took it for, of this day and this link."""
