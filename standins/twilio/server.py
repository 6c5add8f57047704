"""The text service: account, magic numbers, and the record of what was accepted."""

from __future__ import annotations

import base64
import re
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from standins.exchange import Answer, Request, json_answer
from standins.outbox import Outbox
from standins.server import Standin
from standins.twilio.callbacks import (
    OF_FATE,
    UNKNOWN_ERROR,
    USUAL,
    Fate,
    is_callable_back,
    report,
    status_form,
    unknown_text,
)
from standins.twilio.codes import CODES, error, magic_code
from standins.twilio.inbound import START_WORDS, STOP_WORDS, Signed, inbound_form, post_form
from standins.twilio.listing import listing
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
        calls_back: bool = False,
    ) -> None:
        super().__init__(today)
        self.calls_back = calls_back
        """Whether every accepted text is followed by what becomes of it. A reset leaves it."""
        self.early_callbacks = False
        """Whether that is told, and answered, before the text is answered with 201; until reset."""
        self._sid = account_sid
        self._token = auth_token
        self._authorization = "Basic " + base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._outbox = outbox
        self._lock = threading.Lock()
        self._texts: dict[str, Text] = {}
        self._codes: dict[str, int] = {}
        self._opted_in: set[str] = set()
        self._fates: dict[str, tuple[Fate, int]] = {}

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

    def set_fate(self, number: str, fate: Fate, error_code: int = UNKNOWN_ERROR) -> None:
        """What becomes of texts to a number from now on, and is reported of them; the code is that of a bad end."""
        if fate not in OF_FATE:
            raise ValueError(f"unknown fate {fate!r}; known are {', '.join(OF_FATE)}")
        self._fates[number] = fate, error_code

    def set_calls_back(self, calls_back: bool) -> None:
        self.calls_back = calls_back

    def set_early_callbacks(self, early: bool) -> None:
        self.early_callbacks = early

    def forget(self) -> None:
        with self._lock:
            self._texts.clear()
        self._fates.clear()
        self.early_callbacks = False
        self._codes.clear()
        self._opted_in.clear()

    def actions(self) -> Mapping[str, Callable[..., Any]]:
        return {
            **super().actions(),
            "code": self.set_code,
            "opt_out": self.opt_out,
            "opt_in": self.opt_in,
            "status": self.set_status,
            "fate": self.set_fate,
            "calls_back": self.set_calls_back,
            "early_callbacks": self.set_early_callbacks,
        }

    def views(self) -> Mapping[str, Callable[[], Any]]:
        return {**super().views(), "texts": lambda: {"texts": [text.shown() for text in self.texts()]}}

    def hooks(self) -> Mapping[str, Callable[..., list[int]]]:
        return {"inbound": self.inbound, "status": self._fire}

    def inbound(
        self,
        hook: str,
        sender: str,
        to: str,
        body: str = "",
        *,
        sid: str = "",
        times: int = 1,
        token: str = "",
        signed: Signed = "well",
        public_url: str = "",
        more: dict[str, str] | None = None,
    ) -> list[int]:
        """Post a text to a hook, several times with the same idempotency token; the statuses it was answered with.

        A STOP closes the number here too, until a START. `public_url`: the address that is signed, if another.
        """
        word = body.strip().upper()
        if word in STOP_WORDS:
            self.opt_out(sender)
        elif word in START_WORDS:
            self.opt_in(sender)
        form = inbound_form(self._sid, sender, to, body, sid or f"SM{uuid.uuid4().hex}", more or {})
        return post_form(hook, form, token or self._token, signed, public_url or hook, times)

    def _fire(
        self,
        sid: str,
        statuses: Sequence[str],
        error_code: int | None = None,
        times: int = 1,
        signed: Signed = "well",
        url: str = "",
    ) -> list[int]:
        return self.call_back(sid, *statuses, error_code=error_code, times=times, signed=signed, url=url)

    def call_back(
        self,
        sid: str,
        *statuses: str,
        error_code: int | None = None,
        times: int = 1,
        signed: Signed = "well",
        url: str = "",
    ) -> list[int]:
        """Post statuses in this order to the callback of a text, or to `url`; the statuses it was answered with.

        A text is named by its sid or by the callback it came with, and need not be on record: an unknown sid needs
        the `url`. The error code goes with `undelivered` and `failed`. What the list shows of a text stays as it is.
        """
        found = next((one for one in self.texts() if sid in (one.sid, one.callback)), None)
        text = found or unknown_text(self._sid, sid, self.now())
        hook = url or text.callback
        if not hook:
            raise ValueError(f"no callback is known of {sid}; say `url`, the address to post to")
        forms = [status_form(text, status, error_code, self.now()) for status in statuses]
        return [one for form in forms for one in post_form(hook, form, self._token, signed, hook, times)]

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
        return listing(self.texts(), request)

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
        answer = json_answer(201, text.resource(), effect=True)
        if self.early_callbacks or self.calls_back:
            fate, code = self._fates.get(text.to, USUAL)
            told = [report(text, status, code, self._token, self.now()) for status in OF_FATE[fate]]
            if self.early_callbacks:
                self.reports.tell(told, delay=0.0).join()
            else:
                self.reports.tell(told)
        return answer

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
        callback = form.get("StatusCallback", "")
        if callback and not is_callable_back(callback):
            return error(21609, f": {callback}")
        code = self._codes.get(to) or magic_code(to)
        if code is not None and to not in self._opted_in:
            return error(code, f": {to}")
        return None if NUMBER.fullmatch(to) else error(21211, f": {to}")

    def _single(self, sid: str) -> Answer:
        with self._lock:
            found = self._texts.get(sid)
            return json_answer(200, found.resource()) if found else error(20404)
