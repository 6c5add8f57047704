"""Texts that come in: the form Twilio posts to a hook, and its signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlencode

from standins.hooks import post
from standins.twilio.texts import VERSION, segments

STOP_WORDS = ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT")
START_WORDS = ("START", "UNSTOP", "YES")
Signed = Literal["well", "badly", "not"]


def inbound_form(account: str, sender: str, to: str, body: str, sid: str, more: Mapping[str, str]) -> dict[str, str]:
    """The fields of one text."""
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "AccountSid": account,
        "From": sender,
        "To": to,
        "Body": body,
        "NumMedia": "0",
        "NumSegments": str(segments(body)),
        "SmsStatus": "received",
        "FromCountry": "DK",
        "ToCountry": "DK",
        "ApiVersion": VERSION,
        **more,
    }


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """Base64 of HMAC-SHA1 over the address and every field in the order of the names."""
    told = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), told.encode(), hashlib.sha1).digest()).decode()


def signed_headers(form: Mapping[str, str], token: str, signed: Signed, url: str) -> dict[str, str]:
    """The headers of a post, with an idempotency token of its own; `url` is the address that is signed."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "User-Agent": "TwilioProxy/1.1",
        "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
    }
    if signed != "not":
        headers["X-Twilio-Signature"] = signature(token if signed == "well" else f"not-{token}", url, form)
    return headers


def post_form(hook: str, form: Mapping[str, str], token: str, signed: Signed, url: str, times: int) -> list[int]:
    """Post a form to a hook, again and again with one idempotency token; the statuses it was answered with."""
    headers = signed_headers(form, token, signed, url)
    return [post(hook, urlencode(form).encode(), headers) for _ in range(times)]
