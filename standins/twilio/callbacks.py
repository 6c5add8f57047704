"""Status callbacks: what became of a text, as the form that Twilio posts to the address the text came with."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode, urlsplit

from standins.hooks import Line
from standins.reports import Report
from standins.twilio.inbound import signed_headers
from standins.twilio.texts import VERSION, Text

Fate = Literal["delivered", "sent", "undelivered", "failed", "silent"]
NOBODY = "+4520123499"
"""The recipient of texts that this stand-in never accepted."""
PATIENCE = 15.0
"""Seconds that Twilio waits for a hook."""
PAUSES = (2.0,)
"""Seconds before the one repetition of a callback for which there was no connection."""
UNKNOWN_ERROR = 30008
FINAL = ("delivered", "undelivered", "failed")
BAD = ("undelivered", "failed")

OF_FATE: Mapping[Fate, Sequence[str]] = {
    "delivered": ("sent", "delivered"),
    # Some carriers never say more.
    "sent": ("sent",),
    "undelivered": ("sent", "undelivered"),
    "failed": ("failed",),
    "silent": (),
}
USUAL: tuple[Fate, int] = ("delivered", UNKNOWN_ERROR)


def status_form(text: Text, status: str, error_code: int | None, at: datetime) -> dict[str, str]:
    """The fields of one callback; the error code goes with a bad end only."""
    return {
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "MessageStatus": status,
        "SmsStatus": status,
        "AccountSid": text.account,
        "From": text.sender or "",
        "To": text.to,
        "ApiVersion": VERSION,
        **({"MessagingServiceSid": text.service} if text.service else {}),
        **({"ErrorCode": str(error_code)} if error_code and status in BAD else {}),
        **({"RawDlrDoneDate": f"{at:%y%m%d%H%M}"} if status in FINAL else {}),
    }


def report(text: Text, status: str, error_code: int, token: str, at: datetime) -> Report:
    """A text on record comes to a status: it shows it from then on, and its callback hears of it."""
    form = status_form(text, status, error_code, at)
    headers = signed_headers(form, token, "well", text.callback)

    def is_heard(line: Line) -> bool:
        text.error_code, text.status = error_code if status in BAD else None, status
        if not text.callback:
            return True
        line.post(text.callback, urlencode(form).encode(), headers, PATIENCE)
        # Any answer will do, and none too; only where there was no connection is it tried again.
        return line.reached

    return Report(is_heard, PAUSES)


def unknown_text(account: str, sid: str, at: datetime) -> Text:
    """A text that was never accepted here, by its sid or by its callback."""
    is_callback = is_callable_back(sid)
    return Text(
        sid=f"SM{uuid.uuid4().hex}" if is_callback else sid,
        account=account,
        to=NOBODY,
        sender="Nordlys",
        service=None,
        body="",
        created=at,
        callback=sid if is_callback else "",
        validity="",
    )


def is_callable_back(address: str) -> bool:
    """Whether Twilio takes an address for callbacks: http or https, and a host without underscores."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "_" not in (parts.hostname or "")
