"""The event webhook: what became of mails, posted to a hook in signed batches."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, get_args

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from standins.sendgrid.mails import Mail

EventKind = Literal["processed", "deferred", "delivered", "bounce", "blocked", "dropped", "spamreport", "open"]
Signed = Literal["well", "badly", "not", "garbled", "old", "rewrapped"]
Fate = Literal["delivered", "deferred", "bounce", "blocked", "dropped", "silent"]
Batch = tuple[bytes, Mapping[str, str]]
"""Body and headers of one post."""

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
OLD = 30 * 60 * 60
"""Seconds; SendGrid itself gives up after 24 hours."""
PAUSES = tuple(0.5 * 2**n for n in range(8))
"""Seconds between the posts of a batch that is not answered with 2xx: two minutes in all; SendGrid takes a day."""

OF_KIND: Mapping[EventKind, Mapping[str, str]] = {
    "processed": {"event": "processed"},
    "deferred": {"event": "deferred", "response": "451 4.7.1 Please try again later", "attempt": "1"},
    "delivered": {"event": "delivered", "response": "250 OK"},
    "bounce": {
        "event": "bounce",
        "type": "bounce",
        "status": "5.1.1",
        "reason": "550 5.1.1 The email account does not exist",
        "bounce_classification": "Invalid Address",
    },
    "blocked": {
        "event": "bounce",
        "type": "blocked",
        "status": "5.7.1",
        "reason": "550 5.7.1 The message was blocked by the receiving server",
        "bounce_classification": "Content",
    },
    "dropped": {"event": "dropped", "reason": "Bounced Address"},
    "spamreport": {"event": "spamreport"},
    "open": {"event": "open", "ip": "192.0.2.7", "useragent": "Mozilla/5.0"},
}
OF_FATE: Mapping[Fate, Sequence[EventKind]] = {
    "delivered": ("processed", "delivered"),
    "deferred": ("processed", "deferred"),
    "bounce": ("processed", "bounce"),
    "blocked": ("processed", "blocked"),
    # SendGrid drops a mail before it is processed.
    "dropped": ("dropped",),
    "silent": (),
}


def signing_key(seed: str) -> ec.EllipticCurvePrivateKey:
    """The same key for the same seed, so that a stand-in that was started again signs as it did before."""
    number = int.from_bytes(hashlib.sha224(seed.encode()).digest())
    return ec.derive_private_key(number, ec.SECP256R1())


def public_text(key: ec.EllipticCurvePrivateKey) -> str:
    """The public half as SendGrid shows it to its users: base64 of the DER SubjectPublicKeyInfo."""
    encoded = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(encoded).decode()


def events_of(mail: Mail, kind: EventKind, at: datetime, address: str = "") -> list[dict[str, Any]]:
    """What happened to a mail at an instant, one event for each recipient, or for one of them only."""
    return [_event(mail, kind, at, one) for one in mail.recipients if address.lower() in ("", one.lower())]


def _event(mail: Mail, kind: EventKind, at: datetime, address: str) -> dict[str, Any]:
    return {
        **mail.custom_args,
        "email": address,
        "timestamp": int(at.timestamp()),
        "smtp-id": f"<{mail.id}@ismtpd-555>",
        **({"category": list(mail.categories)} if mail.categories else {}),
        "sg_event_id": base64.urlsafe_b64encode(f"{kind}-{uuid.uuid4().hex}".encode()).decode().rstrip("="),
        "sg_message_id": f"{mail.id}.filter0001.16648.5515E0B88.0",
        **OF_KIND[kind],
    }


def batch(events: Sequence[Mapping[str, Any]], key: ec.EllipticCurvePrivateKey, signed: Signed = "well") -> Batch:
    """Events as one JSON array, signed over the time of the post and the very bytes, line end included."""
    if signed not in get_args(Signed):
        raise ValueError(f"unknown signature {signed!r}; known are {', '.join(get_args(Signed))}")
    body = json.dumps(list(events), separators=(",", ":")).encode() + b"\r\n"
    headers = {"Content-Type": "application/json", "User-Agent": "SendGrid Event API"}
    if signed == "not":
        return body, headers
    stamp = str(int(time.time()) - (OLD if signed == "old" else 0))
    signer = ec.generate_private_key(key.curve) if signed == "badly" else key
    signature = base64.b64encode(signer.sign(stamp.encode() + body, ec.ECDSA(SHA256()))).decode()
    if signed == "garbled":
        # Five letters less leave a length that no base64 has.
        signature = signature[:-5]
    if signed == "rewrapped":
        body = json.dumps(list(events), indent=1).encode()
    return body, {**headers, SIGNATURE: signature, TIMESTAMP: stamp}
