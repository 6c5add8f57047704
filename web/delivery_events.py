"""Reads what SendGrid and Twilio report of messages on their way, once a signature proves that it is theirs."""

from __future__ import annotations

import binascii
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from sendgrid.helpers.eventwebhook import EventWebhook, EventWebhookHeader
from starlette.datastructures import URL, Headers, QueryParams

from models.deliveries import Report, Word
from models.settings import Settings
from web.cleaning import one_clean_line
from web.inbound_text import signed_form
from web.problems import Problem

SENDGRID = {
    "processed": Word.accepted,
    "deferred": Word.accepted,
    "delivered": Word.delivered,
    "bounce": Word.failed,
    "dropped": Word.failed,
    "spamreport": Word.complained,
}
TWILIO = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), Word.accepted),
    **dict.fromkeys(("delivered", "read", "partially_delivered"), Word.delivered),
    **dict.fromkeys(("undelivered", "failed", "canceled"), Word.failed),
}
"""With some carriers `sent` is the last word: not a failure."""
LONGEST_REASON = 300
LONGEST_ID = 100
REPEATED_FOR = timedelta(hours=25)
"""SendGrid repeats a report for a day; whether it signs it anew is not documented (integrations/sendgrid.md 5)."""
NOT_SIGNED = (
    "The signature is not SendGrid's for this body; nothing was kept. See SENDGRID_EVENT_KEY: it is the verification "
    "key that SendGrid shows where its Signed Event Webhook is switched on."
)
NO_KEY = (
    "SENDGRID_EVENT_KEY is not the verification key that SendGrid shows where its Signed Event Webhook is switched on: "
    "one line of base64, the public key of an elliptic curve"
)
NOT_EVENTS = "This is not what SendGrid's Event Webhook posts: a JSON array of events. Nothing was kept."


def event_webhook(key: str) -> EventWebhook | None:
    """What checks SendGrid's signatures, None without a key; raises ValueError for what cannot be its key."""
    try:
        webhook = EventWebhook(key.strip())
    except ValueError as error:
        raise ValueError(NO_KEY) from error
    if not key.strip():
        return None
    if not isinstance(webhook.public_key, EllipticCurvePublicKey):
        raise ValueError(NO_KEY)
    return webhook


def read_mail_events(settings: Settings, headers: Headers, body: bytes, now: datetime) -> list[Report]:
    """The reports in a signed batch; Problem when it is not signed, or no batch. `now` is real time."""
    signature, signed_at = headers.get(EventWebhookHeader.SIGNATURE, ""), headers.get(EventWebhookHeader.TIMESTAMP, "")
    if not _signed(settings.sendgrid_event_key, body, signature, signed_at):
        raise Problem(403, NOT_SIGNED)
    if not signed_at.isdecimal() or now.timestamp() - int(signed_at[:12]) > REPEATED_FOR.total_seconds():
        raise Problem(403, "The signature is too old to be a repetition of SendGrid's; nothing was kept.")
    try:
        events = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Problem(400, NOT_EVENTS) from error
    if not isinstance(events, list):
        raise Problem(400, NOT_EVENTS)
    return [report for event in events if isinstance(event, dict) for report in _mail_report(event, now)]


def read_text_status(settings: Settings, url: URL, headers: Headers, body: bytes, now: datetime) -> Report:
    """The report in a signed status callback, whose address names our message; Problem when it is none of Twilio's."""
    form, query = signed_form(settings, url.path, url.query, headers, body), QueryParams(url.query)
    sid, status = form.get("MessageSid", "") or form.get("SmsSid", ""), form.get("MessageStatus", "")
    if not sid or not status:
        raise Problem(400, "A status callback needs MessageSid and MessageStatus; nothing was kept.")
    code = form.get("ErrorCode", "")
    return Report(
        source=f"twilio:{one_clean_line(sid, LONGEST_ID)}:{one_clean_line(status, 40)}",
        message_id=one_clean_line(query.get("message_id", ""), LONGEST_ID),
        word=TWILIO.get(status, Word.other),
        said=one_clean_line(status, 40),
        at=now,
        address=one_clean_line(form.get("To", ""), 40),
        reason=f"code {one_clean_line(code, 10)}" if code else "",
        reference=one_clean_line(sid, LONGEST_ID),
    )


def _signed(key: str, body: bytes, signature: str, signed_at: str) -> bool:
    """Over the very bytes that came."""
    webhook = event_webhook(key)
    if not (webhook and signature and signed_at):
        return False
    try:
        # The library wants text, and encodes it as UTF-8 again.
        return bool(webhook.verify_signature(body.decode("utf-8"), signature, signed_at))
    except (binascii.Error, UnicodeError, ValueError):
        return False


def _mail_report(event: Mapping[str, Any], now: datetime) -> Iterator[Report]:
    """One event as a report; one without an id of its own cannot be told from others and is left out."""
    source, said = event.get("sg_event_id"), event.get("event")
    if not isinstance(source, str) or not isinstance(said, str) or not source:
        return
    word = SENDGRID.get(said, Word.other)
    blocked = said == "bounce" and event.get("type") == "blocked"
    reason = event.get("reason") or event.get("response") or ""
    yield Report(
        source=f"sendgrid:{one_clean_line(source, LONGEST_ID)}",
        message_id=_text(event.get("message_id"), LONGEST_ID),
        word=word,
        said="blocked" if blocked else one_clean_line(said, 40),
        at=_instant(event.get("timestamp"), now),
        address=_text(event.get("email"), 320),
        reason=_text(reason, LONGEST_REASON),
        reference=_text(event.get("sg_message_id"), 200).partition(".filter")[0].partition(".recv")[0],
    )


def _text(value: Any, longest: int) -> str:
    return one_clean_line(value, longest) if isinstance(value, str) else ""


def _instant(value: Any, now: datetime) -> datetime:
    """The provider's time; what is none, or lies in the future, is now."""
    try:
        return min(datetime.fromtimestamp(int(value), UTC), now)
    except (TypeError, ValueError, OverflowError, OSError):
        return now
