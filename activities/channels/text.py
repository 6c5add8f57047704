"""SMS by Twilio: one POST per message, and an honest word on how it ended."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from requests import Response, Session
from requests.exceptions import ConnectionError as ConnectionFailed
from requests.exceptions import ConnectTimeout, ReadTimeout, RequestException
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError

from activities.channels.calls import asks_for_fewer, checked_base_url, checked_secret, is_loopback, within
from models.clock import real_now
from models.dispatch import TextMessage
from models.outcomes import Accepted, NotSent, Outcome, Refused, Unknown

# At INFO the package writes recipients, headers and addresses of every request into the log.
_QUIET = logging.getLogger("twilio.http_client")
_QUIET.setLevel(logging.WARNING)

VALID_FOR = 14_400
"""Seconds that Twilio may hold a text back; longer, and one queued in the afternoon could arrive at night."""

LISTED = 50
"""So many of the newest texts to a number are looked through."""
_BAD_NUMBERS = {21211: "the number is not valid", 21614: "the number is not a mobile number"}
_OPTED_OUT = 21610
_ACCOUNT_FAULTS = {
    20003: "Twilio does not accept the account's credentials",
    20404: "Twilio does not know the account",
    21606: "the sender is not one Twilio lets this account use",
}
_SETTINGS = {
    21408: "texts to this country are not enabled for the account",
    21608: "a trial account may only write to verified numbers",
    21612: "Twilio cannot carry texts from this sender to this number",
}
"""How our account is set keeps some texts from leaving, and others not; people have to hear of it."""
SETTINGS_CODES = frozenset(str(code) for code in _SETTINGS)
_OTHER_FAULTS = {**_SETTINGS, 21617: "the text is too long"}


class TwilioText:
    """Hands SMS to Twilio (integrations/twilio.md section 8).

    `timeout` is in seconds per socket operation, `deadline` in seconds for the whole call. `status_callback` is the
    public address for delivery reports; the message's id is added to it as `message_id`. `clock` gives the instant
    that `retry_at` counts from. Proxies of the environment are used only when asked for, and never on loopback.
    Raises ValueError for credentials, a sender or an address that cannot work.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        sender: str,
        base_url: str | None = None,
        timeout: float = 10.0,
        deadline: float = 30.0,
        *,
        status_callback: str | None = None,
        clock: Callable[[], datetime] = real_now,
        environment_proxies: bool = False,
    ) -> None:
        self._account_sid = checked_secret(account_sid, "Twilio account SID")
        self._auth_token = checked_secret(auth_token, "Twilio auth token")
        if not sender:
            raise ValueError("no sender of texts is named: neither sms_sender of the creditor nor TWILIO_SENDER")
        self._sender = sender
        self._base_url = None if base_url is None else checked_base_url(base_url)
        self._timeout = timeout
        self._deadline = deadline
        self._status_callback = status_callback
        self._clock = clock
        self._proxies = environment_proxies and not (base_url and is_loopback(base_url))

    def send(self, message: TextMessage) -> Outcome:
        """Hand over one message, once; never raises and never tries again."""
        return within(self._deadline, lambda: self._post(message))

    def accepted(self, message: TextMessage) -> tuple[Accepted, ...]:
        """What Twilio lists with this very text to this number, the newest first; empty when it does not answer.

        For a message of which it is not known whether it was taken (integrations/twilio.md section 8.4).
        """
        found: list[Accepted] = []

        def look() -> Outcome:
            with Session() as session:
                session.trust_env = self._proxies
                listed = self._client(session, []).messages.list(to=message.to, limit=LISTED)
                found.extend(Accepted(reference=one.sid) for one in listed if one.sid and one.body == message.body)
            return NotSent(reason="only looked")

        within(self._deadline, look)
        return tuple(found)

    def _post(self, message: TextMessage) -> Outcome:
        seen: list[Response] = []
        with Session() as session:
            session.trust_env = self._proxies
            try:
                created = self._client(session, seen).messages.create(**self._parameters(message))
            except TwilioException as error:
                return self._refused(error, seen)
            except ReadTimeout:
                return Unknown(reason=f"Twilio gave no answer within {self._timeout:g} s")
            except RequestException as error:
                return _not_delivered(error)
            except ValueError:
                return Unknown(reason="Twilio took the message but its answer cannot be read")
        if not isinstance(created.sid, str) or not created.sid:
            return Unknown(reason="Twilio took the message but gave it no id")
        return Accepted(reference=created.sid)

    def _client(self, session: Session, seen: list[Response]) -> Client:
        """A client of its own for every call: the package parks the answer on it, so threads must not share one.

        The session is ours, so that no stale pooled connection can turn a send into an Unknown, and it is closed.
        """

        def keep(response: Response, **_: Any) -> None:
            seen.append(response)

        http = TwilioHttpClient(
            pool_connections=False, timeout=self._timeout, request_hooks={"response": keep}, logger=_QUIET
        )
        http.session = session
        client = Client(self._account_sid, self._auth_token, http_client=http)
        if self._base_url is not None:
            client.api.base_url = self._base_url
        return client

    def _parameters(self, message: TextMessage) -> dict[str, Any]:
        parameters: dict[str, Any] = {
            "to": message.to,
            "from_": self._sender,
            "body": message.body,
            "validity_period": VALID_FOR,
        }
        if self._status_callback is not None:
            join = "&" if "?" in self._status_callback else "?"
            query = urlencode({"message_id": message.message_id})
            parameters["status_callback"] = f"{self._status_callback}{join}{query}"
        return parameters

    def _refused(self, error: TwilioException, seen: list[Response]) -> Outcome:
        """What an error answer means. Its real status counts: the newer error bodies carry a status of their own."""
        status = seen[-1].status_code if seen else 0
        code = getattr(error, "code", None)
        headers: Mapping[str, str] = seen[-1].headers if seen else {}
        if status == 429:
            return asks_for_fewer("Twilio", headers, self._clock())
        if 300 <= status < 400:
            return Refused(reason=f"Twilio's address redirects elsewhere ({status}); it was not followed")
        if 400 <= status < 500:
            return _refusal(status, code if isinstance(code, int) else None)
        return Unknown(reason=f"Twilio answered with an error that leaves it open ({status})")


class NoText:
    """Stands where an account is not set up: nothing leaves, which is certain, and people hear why."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def send(self, _: TextMessage) -> Refused:
        return Refused(reason=self._reason, channel_stopped=True)

    def accepted(self, _: TextMessage) -> tuple[Accepted, ...]:
        return ()


def code_in(reason: str) -> str:
    """Twilio's code at the end of the reason of a refusal; empty where it gave none."""
    code = re.search(r", code (\d{4,6})\)$", reason)
    return code[1] if code else ""


def _refusal(status: int, code: int | None) -> Refused:
    """A no that is certain, with what it says about the number and about our account."""
    where = f"({status})" if code is None or code < 1000 else f"({status}, code {code})"
    if code in _BAD_NUMBERS:
        return Refused(reason=f"{_BAD_NUMBERS[code]} {where}", address_unusable=True)
    if code == _OPTED_OUT:
        return Refused(reason=f"the recipient asked for no more texts {where}", opted_out=True)
    if code in _ACCOUNT_FAULTS or status in (401, 403):
        known = _ACCOUNT_FAULTS.get(code or 0, "Twilio does not let the account do this")
        return Refused(reason=f"{known} {where}", channel_stopped=True)
    return Refused(reason=f"{_OTHER_FAULTS.get(code or 0, 'Twilio found a fault in the message')} {where}")


def _not_delivered(error: RequestException) -> Outcome:
    """What happened before there was an answer; only a connection that was never made is certain not to have sent."""
    if isinstance(error, ConnectTimeout):
        return NotSent(reason="Twilio could not be reached (timeout)")
    cause = error.args[0] if error.args else None
    if isinstance(error, ConnectionFailed) and isinstance(cause, MaxRetryError):
        reason = cause.reason
        if isinstance(reason, NewConnectionError | NameResolutionError):
            return NotSent(reason=f"Twilio could not be reached ({type(reason).__name__})")
    return Unknown(reason=f"the connection to Twilio broke before its answer ({type(error).__name__})")
