"""The mail service: key, size, sandbox, and the record of what was accepted."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from standins.exchange import Answer, Request, json_answer
from standins.hooks import Line, post
from standins.outbox import Outbox
from standins.reports import Report
from standins.sendgrid.checks import faults
from standins.sendgrid.events import (
    OF_FATE,
    PAUSES,
    EventKind,
    Fate,
    Signed,
    batch,
    events_of,
    public_text,
    signing_key,
)
from standins.sendgrid.inbound import post_mail
from standins.sendgrid.mails import Mail, mails_of
from standins.server import Standin

KEY = "SG.standin-key"
PATH = "/v3/mail/send"
LARGEST = 30 * 1024 * 1024
NOBODY = "nobody@havn.example"
"""The recipient of mails that this stand-in never accepted."""
PATIENCE = 10.0
"""Seconds that SendGrid waits for a hook."""
HELP = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html"


class SendGridStandin(Standin):
    """Mail Send v3; a mail is on record before its 202 leaves."""

    def __init__(
        self,
        *,
        api_key: str = KEY,
        outbox: Outbox | None = None,
        today: date | None = None,
        verified_senders: frozenset[str] | None = None,
        events_to: str | Callable[[], str] = "",
    ) -> None:
        super().__init__(today)
        self.events_to = events_to
        """The hook that hears of every accepted mail, or who knows it; empty: none does. A reset leaves it."""
        self._event_key = signing_key(api_key)
        self.event_key = public_text(self._event_key)
        """Proves the signatures of events, base64 of its DER form."""
        self._key = api_key
        self._outbox = outbox
        self._verified = verified_senders
        self._lock = threading.Lock()
        self._mails: list[Mail] = []
        self._fates: dict[str, Fate] = {}

    def mails(self) -> list[Mail]:
        """Everything accepted, in order."""
        with self._lock:
            return list(self._mails)

    def set_fate(self, address: str, fate: Fate) -> None:
        """What becomes of mails to an address from now on, and is reported of them."""
        if fate not in OF_FATE:
            raise ValueError(f"unknown fate {fate!r}; known are {', '.join(OF_FATE)}")
        self._fates[address.lower()] = fate

    def set_events_to(self, hook: str) -> None:
        self.events_to = hook

    def forget(self) -> None:
        with self._lock:
            self._mails.clear()
        self._fates.clear()

    def actions(self) -> Mapping[str, Callable[..., Any]]:
        return {**super().actions(), "fate": self.set_fate, "events_to": self.set_events_to}

    def views(self) -> Mapping[str, Callable[[], Any]]:
        return {**super().views(), "mails": lambda: {"mails": [mail.shown() for mail in self.mails()]}}

    def hooks(self) -> Mapping[str, Callable[..., list[int]]]:
        return {"inbound": post_mail, "events": self._fire}

    def _fire(
        self,
        hook: str,
        message_id: str,
        kinds: Sequence[EventKind],
        address: str = "",
        times: int = 1,
        signed: Signed = "well",
        at: datetime | None = None,
    ) -> list[int]:
        return self.events(hook, message_id, *kinds, address=address, times=times, signed=signed, at=at)

    def events(
        self,
        hook: str,
        message_id: str,
        *kinds: EventKind,
        address: str = "",
        times: int = 1,
        signed: Signed = "well",
        at: datetime | None = None,
    ) -> list[int]:
        """Post one batch to a hook, several times the same: events of these kinds, in this order, of every recipient.

        `message_id` is the custom argument of a recorded mail; of another one, events are made up for `address`.
        `at` is when it happened. Answered are the statuses that the hook gave.
        """
        at = at or self.now()
        mails = [mail for mail in self.mails() if mail.custom_args.get("message_id") == message_id]
        mails = mails or [_unknown(message_id, address or NOBODY, at)]
        told = [one for kind in kinds for mail in mails for one in events_of(mail, kind, at, address)]
        body, headers = batch(told, self._event_key, signed)
        return [post(hook, body, headers, PATIENCE) for _ in range(times)]

    def answer(self, request: Request) -> Answer:
        answer = self._answer(request)
        rates = {
            "X-RateLimit-Limit": "600",
            "X-RateLimit-Remaining": "599",
            "X-RateLimit-Reset": str(int(time.time()) + 60),
        }
        return replace(answer, headers={**rates, **answer.headers})

    def _answer(self, request: Request) -> Answer:
        if request.path != PATH:
            return _error(404, "not found")
        if request.method != "POST":
            return _error(405, "method not allowed")
        if self.revoked == 403:
            return _error(403, "access forbidden")
        if self.revoked or request.headers.get("authorization") != f"Bearer {self._key}":
            return _error(401, "authorization required")
        if len(request.body) > LARGEST:
            return _error(413, "content too large")
        try:
            value = request.json()
        except ValueError:
            return _error(400, "Bad Request", None)
        return self._judge(value)

    def _judge(self, value: Any) -> Answer:
        wrong = faults(value, self.now())
        if wrong:
            errors = [{"message": message, "field": field, "help": HELP} for message, field in wrong]
            return json_answer(400, {"errors": errors})
        if self._verified is not None and value["from"]["email"].lower() not in self._verified:
            return _error(403, "The from address does not match a verified Sender Identity.", "from")
        sandbox = (value.get("mail_settings") or {}).get("sandbox_mode") or {}
        if sandbox.get("enable"):
            return Answer(200)
        return self._accept(value)

    def _accept(self, value: dict[str, Any]) -> Answer:
        with self._lock:
            message_id = f"standin.{uuid.uuid4().hex}"
            mails = mails_of(value, message_id, self.now())
            self._mails.extend(mails)
        for mail in mails:
            if self._outbox is not None:
                self._outbox.write(mail.name(), mail.files())
        self._report(mails)
        return Answer(202, headers={"X-Message-Id": message_id}, effect=True)

    def _report(self, mails: Sequence[Mail]) -> None:
        """Tell the hook in the background what becomes of mails that were just accepted."""
        at = self.now()
        told = [
            one
            for mail in mails
            for address in mail.recipients
            for kind in OF_FATE[self._fates.get(address.lower(), "delivered")]
            for one in events_of(mail, kind, at, address)
        ]
        if not told or not self.events_to:
            return
        body, headers = batch(told, self._event_key)

        def is_heard(line: Line) -> bool:
            hook = self.events_to() if callable(self.events_to) else self.events_to
            return 200 <= line.post(hook, body, headers, PATIENCE) < 300

        self.reports.tell([Report(is_heard, PAUSES)])


def _unknown(message_id: str, address: str, at: datetime) -> Mail:
    """A mail that was never accepted here."""
    value = {
        "from": {"email": NOBODY},
        "personalizations": [{"to": [{"email": address}]}],
        "custom_args": {"message_id": message_id},
    }
    return mails_of(value, f"standin.{uuid.uuid4().hex}", at)[0]


def _error(status: int, message: str, field: str | None = "null") -> Answer:
    """The field of an error that concerns none is the word null, not nothing."""
    return json_answer(status, {"errors": [{"message": message, "field": field}]})
