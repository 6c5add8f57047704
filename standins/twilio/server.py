"""The text service: account, magic numbers, and the record of what was accepted."""

from __future__ import annotations

import base64
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

from standins.exchange import Answer, Request, json_answer
from standins.outbox import Outbox
from standins.server import Standin
from standins.twilio.codes import CODES, error, magic_code
from standins.twilio.texts import VERSION, Text

SID = "AC" + "5" * 32
TOKEN = "standin-token"
LONGEST_BODY = 1600
NUMBER = re.compile(r"\+[1-9]\d{6,14}")
PATH = re.compile(rf"/{VERSION}/Accounts/([^/]+)/Messages(?:/([^/]+))?\.json")
Form = Mapping[str, str]


class TwilioStandin(Standin):
    """Messages: create, list, read one; a text is on record before its 201 leaves."""

    def __init__(
        self,
        *,
        account_sid: str = SID,
        auth_token: str = TOKEN,
        outbox: Outbox | None = None,
        today: date | None = None,
    ) -> None:
        super().__init__(today)
        self._sid = account_sid
        self._authorization = "Basic " + base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._outbox = outbox
        self._lock = threading.Lock()
        self._texts: dict[str, Text] = {}
        self._codes: dict[str, int] = {}
        self._opted_in: set[str] = set()

    def texts(self) -> list[Text]:
        """Everything accepted, in order."""
        with self._lock:
            return list(self._texts.values())

    def set_code(self, number: str, code: int) -> None:
        """Answer every text to a number with an error code from now on."""
        if code not in CODES:
            raise ValueError(f"unknown code {code}; known are {', '.join(map(str, sorted(CODES)))}")
        self._codes[number] = code
        self._opted_in.discard(number)

    def opt_out(self, number: str) -> None:
        """The recipient answered STOP."""
        self.set_code(number, 21610)

    def opt_in(self, number: str) -> None:
        """The recipient answered START."""
        self._codes.pop(number, None)
        self._opted_in.add(number)

    def set_status(self, sid: str, status: str, error_code: int | None = None) -> None:
        """What became of a text, such as `undelivered` with 30005."""
        with self._lock:
            self._texts[sid].status, self._texts[sid].error_code = status, error_code

    def forget(self) -> None:
        with self._lock:
            self._texts.clear()
        self._codes.clear()
        self._opted_in.clear()

    def actions(self) -> Mapping[str, Callable[..., Any]]:
        return {
            **super().actions(),
            "code": self.set_code,
            "opt_out": self.opt_out,
            "opt_in": self.opt_in,
            "status": self.set_status,
        }

    def views(self) -> Mapping[str, Callable[[], Any]]:
        return {**super().views(), "texts": lambda: {"texts": [text.shown() for text in self.texts()]}}

    def answer(self, request: Request) -> Answer:
        found = PATH.fullmatch(request.path)
        if self.revoked == 403:
            # The newer error form, which the package turns into another exception.
            forbidden = {"type": "about:blank", "title": "Forbidden", "status": 403, "code": 20003}
            return json_answer(
                403, {**forbidden, "detail": "Permission denied."}, content_type="application/problem+json"
            )
        if self.revoked or request.headers.get("authorization") != self._authorization:
            return error(20003)
        if found is None or found[1] != self._sid:
            return error(20404)
        if found[2]:
            return self._single(found[2])
        if request.method == "POST":
            return self._create(dict(parse_qsl(request.body.decode("utf-8"), keep_blank_values=True)))
        return self._list(request)

    def _create(self, form: Form) -> Answer:
        refused = self._refusal(form)
        if refused is not None:
            return refused
        with self._lock:
            service = form.get("MessagingServiceSid")
            text = Text(
                sid=f"SM{uuid.uuid4().hex}",
                account=self._sid,
                to=form["To"],
                sender=None if service else form["From"],
                service=service,
                body=form["Body"],
                created=self.now().replace(microsecond=0),
                callback=form.get("StatusCallback", ""),
                validity=form.get("ValidityPeriod", ""),
                status="accepted" if service else "queued",
            )
            self._texts[text.sid] = text
        if self._outbox is not None:
            self._outbox.write(text.name(), text.files())
        return json_answer(201, text.resource(), effect=True)

    def _refusal(self, form: Form) -> Answer | None:
        to, body = form.get("To", ""), form.get("Body", "")
        if not to:
            return error(21604)
        if not form.get("From") and not form.get("MessagingServiceSid"):
            return error(21603)
        if not body:
            return error(21602)
        if len(body) > LONGEST_BODY:
            return error(21617)
        code = self._codes.get(to) or magic_code(to)
        if code is not None and to not in self._opted_in:
            return error(code, f": {to}")
        return None if NUMBER.fullmatch(to) else error(21211, f": {to}")

    def _single(self, sid: str) -> Answer:
        with self._lock:
            found = self._texts.get(sid)
            return json_answer(200, found.resource()) if found else error(20404)

    def _list(self, request: Request) -> Answer:
        """Newest first, filtered, in pages that link to each other."""
        query = request.query
        size, page = min(int(query.get("PageSize") or 50), 1000), int(query.get("Page") or 0)
        found = [text.resource() for text in reversed(self.texts()) if _wanted(text, query)]
        shown = found[page * size : (page + 1) * size]

        def uri(number: int) -> str:
            return f"{request.path}?" + urlencode({**query, "PageSize": size, "Page": number})

        envelope = {
            "messages": shown,
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + max(len(shown) - 1, 0),
            "uri": uri(page),
            "first_page_uri": uri(0),
            "next_page_uri": uri(page + 1) if (page + 1) * size < len(found) else None,
            "previous_page_uri": uri(page - 1) if page else None,
        }
        return json_answer(200, envelope)


def _wanted(text: Text, query: Form) -> bool:
    day = text.created.date().isoformat()
    return (
        query.get("To", text.to) == text.to
        and query.get("From", text.sender or "") == (text.sender or "")
        and day.startswith(query.get("DateSent", "")[:10])
        and query.get("DateSent>", "")[:10] <= day
        and day <= query.get("DateSent<", "9999")[:10]
    )
