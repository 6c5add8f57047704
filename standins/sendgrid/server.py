"""The mail service: key, size, sandbox, and the record of what was accepted."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from standins.exchange import Answer, Request, json_answer
from standins.outbox import Outbox
from standins.sendgrid.checks import faults
from standins.sendgrid.mails import Mail, mails_of
from standins.server import Standin

KEY = "SG.standin-key"
PATH = "/v3/mail/send"
LARGEST = 30 * 1024 * 1024
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
    ) -> None:
        super().__init__(today)
        self._key = api_key
        self._outbox = outbox
        self._verified = verified_senders
        self._lock = threading.Lock()
        self._mails: list[Mail] = []

    def mails(self) -> list[Mail]:
        """Everything accepted, in order."""
        with self._lock:
            return list(self._mails)

    def forget(self) -> None:
        with self._lock:
            self._mails.clear()

    def views(self) -> Mapping[str, Callable[[], Any]]:
        return {**super().views(), "mails": lambda: {"mails": [mail.shown() for mail in self.mails()]}}

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
        return Answer(202, headers={"X-Message-Id": message_id}, effect=True)


def _error(status: int, message: str, field: str | None = "null") -> Answer:
    """The field of an error that concerns none is the word null, not nothing."""
    return json_answer(status, {"errors": [{"message": message, "field": field}]})
