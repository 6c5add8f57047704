"""E-mail by SendGrid: one POST per message, and an honest word on how it ended."""

from __future__ import annotations

import json
import logging
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from http.client import HTTPException
from socket import gaierror
from typing import Any
from urllib.error import URLError
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

import python_http_client
from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from activities.channels.calls import asks_for_fewer, checked_base_url, checked_secret, is_loopback, within
from models.clock import real_now
from models.dispatch import MailAddress, MailMessage
from models.outcomes import Accepted, NotSent, Outcome, Refused, Unknown

# At DEBUG the package writes the key, the recipients and the whole letter into the log.
logging.getLogger("python_http_client").setLevel(logging.WARNING)

_REFUSALS = {
    400: "SendGrid found a fault in the message (400)",
    401: "SendGrid does not know the API key (401)",
    403: "SendGrid forbids it (403): the key lacks the right to send, or the sender is not verified",
    404: "nothing answers at the SendGrid address (404)",
    405: "the SendGrid address takes no mail (405)",
    413: "the message is too large for SendGrid (413)",
    415: "SendGrid does not take this kind of request (415)",
    451: "SendGrid refuses for reasons of data residency (451)",
}


class SendGridMail:
    """Hands e-mail to SendGrid (integrations/sendgrid.md section 8).

    `timeout` is in seconds per socket operation, `deadline` in seconds for the whole call. `clock` gives the instant
    that `retry_at` counts from. Proxies of the environment are used only when asked for, and never on loopback.
    Raises ValueError for a key or address that cannot work.
    """

    def __init__(
        self,
        api_key: str,
        host: str = "https://api.sendgrid.com",
        timeout: float = 10.0,
        deadline: float = 30.0,
        *,
        clock: Callable[[], datetime] = real_now,
        environment_proxies: bool = False,
    ) -> None:
        self._api_key = checked_secret(api_key, "SendGrid API key")
        self._host = checked_base_url(host)
        self._timeout = timeout
        self._deadline = deadline
        self._clock = clock
        self._proxies = environment_proxies and not is_loopback(self._host)

    def send(self, message: MailMessage) -> Outcome:
        """Hand over one message, once; never raises and never tries again."""
        return within(self._deadline, lambda: self._post(message))

    def _post(self, message: MailMessage) -> Outcome:
        try:
            answer = self._client().mail.send.post(request_body=_body(message))
        except HTTPError as error:
            return _refused(error.status_code, error.body, error.headers, self._clock())
        except URLError as error:
            return _not_delivered(error.reason, large=bool(message.attachments))
        except TimeoutError:
            return Unknown(reason=f"SendGrid gave no answer within {self._timeout:g} s")
        except (HTTPException, ConnectionError) as error:
            return Unknown(reason=f"the connection to SendGrid broke before its answer ({type(error).__name__})")
        return _taken(answer.status_code, answer.headers)

    def _client(self) -> python_http_client.Client:
        """A client of its own for every call: the package shares headers between calls, so threads must not."""
        library = SendGridAPIClient(self._api_key, host=self._host)
        opener = build_opener(_NoRedirects, *([] if self._proxies else [ProxyHandler({})]))
        return _DirectClient(opener, self._host, library.client.request_headers, 3, timeout=self._timeout)


class _NoRedirects(HTTPRedirectHandler):
    """urllib would follow a 302 as a GET and hand the API key to whatever host it names."""

    def redirect_request(self, *_: Any, **__: Any) -> Request | None:
        return None


class _DirectClient(python_http_client.Client):  # type: ignore[misc]
    """The package's client with our opener instead of urllib's default one."""

    def __init__(self, opener: OpenerDirector, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._opener = opener

    def _build_client(self, name: str | None = None) -> _DirectClient:
        path = [*self._url_path, name] if name else self._url_path
        return _DirectClient(self._opener, self.host, self.request_headers, self._version, path, timeout=self.timeout)

    def _make_request(self, opener: OpenerDirector, request: Request, timeout: float | None = None) -> Any:
        return super()._make_request(self._opener, request, timeout)


def _body(message: MailMessage) -> dict[str, Any]:
    """The request as SendGrid wants it: no tracking, no unsubscribe group, no bypass of its suppressions."""
    content = [{"type": "text/plain", "value": message.text}]
    if message.html:
        content.append({"type": "text/html", "value": message.html})
    body: dict[str, Any] = {
        "personalizations": [{"to": [_address(to) for to in message.to]}],
        "from": _address(message.sender),
        "subject": message.subject,
        "content": content,
        "custom_args": {"message_id": message.message_id},
        "headers": {"X-Entity-Ref-ID": message.message_id},
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
        },
    }
    if message.reply_to is not None:
        body["reply_to"] = _address(message.reply_to)
    if message.attachments:
        body["attachments"] = [
            {
                "content": b64encode(attachment.content).decode("ascii"),
                "type": attachment.media_type,
                "filename": attachment.filename,
                "disposition": "attachment",
            }
            for attachment in message.attachments
        ]
    return body


def _address(address: MailAddress) -> dict[str, str]:
    return {"email": address.address, "name": address.name} if address.name else {"email": address.address}


def _taken(status: int, headers: Mapping[str, str]) -> Outcome:
    """What an answer without error means: only 202 is a mail on its way."""
    if status == 202:
        return Accepted(reference=(headers.get("X-Message-Id") or "").strip())
    if status == 200 and "html" not in (headers.get("Content-Type") or "").lower():
        reason = "SendGrid only checked the message (200): sandbox mode is on, no mail leaves"
        return Refused(reason=reason, channel_stopped=True)
    return Unknown(reason=f"SendGrid's address gave an answer that is not SendGrid's ({status})")


def _refused(status: int, body: object, headers: Mapping[str, str], now: datetime) -> Outcome:
    if status == 429:
        return asks_for_fewer("SendGrid", headers, now)
    if 300 <= status < 400:
        return Refused(reason=f"SendGrid's address redirects elsewhere ({status}); it was not followed")
    if status not in _REFUSALS:
        return Unknown(reason=f"SendGrid answered with an error that leaves it open ({status})")
    fields = _faulty_fields(body) if status == 400 else []
    reason = f"{_REFUSALS[status]}: {', '.join(fields)}" if fields else _REFUSALS[status]
    places = [re.fullmatch(r"personalizations\.\d+\.to\.(\d{1,4})\.email", field) for field in fields]
    faulty = tuple(sorted({int(place[1]) for place in places if place}))
    return Refused(reason=reason, address_unusable=bool(faulty), faulty=faulty, channel_stopped=status in (401, 403))


def _faulty_fields(body: object) -> list[str]:
    """Paths of the fields SendGrid complains of; its sentences stay out, for they may quote an address."""
    try:
        errors = json.loads(body if isinstance(body, bytes | str) else b"")["errors"]
        fields = [error.get("field") for error in errors]
    except (ValueError, TypeError, KeyError, AttributeError):
        return []
    paths = [field for field in fields if isinstance(field, str) and re.fullmatch(r"[a-z_]+(\.[a-z_0-9]+)*", field)]
    return [path for path in paths[:5] if path != "null"]


def _not_delivered(cause: object, *, large: bool) -> Outcome:
    """What urllib wraps happened while connecting or writing; only the first is certain not to have arrived."""
    if isinstance(cause, ConnectionRefusedError | gaierror):
        return NotSent(reason=f"SendGrid could not be reached ({type(cause).__name__})")
    if isinstance(cause, TimeoutError) and not large:
        return NotSent(reason="SendGrid could not be reached (timeout)")
    return Unknown(reason=f"the connection to SendGrid broke while sending ({type(cause).__name__})")
