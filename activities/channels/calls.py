"""What a call to any provider has in common: where it may go, how long it may take, when to come again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from threading import Thread
from urllib.parse import urlsplit

from models.outcomes import NotSent, Outcome, Unknown

LONGEST_WAIT = timedelta(seconds=300)
"""A provider may not put us off for longer at a time (integrations/libraries.md section 4)."""
SILENT_WAIT = timedelta(seconds=60)
"""How long a provider is left alone that asks for fewer requests and names no time. Our choice."""


def checked_base_url(url: str) -> str:
    """A base address without trailing slash; raises ValueError unless it is https, or http on loopback."""
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("http", "https") or parts.username or parts.query or parts.fragment:
        raise ValueError("the provider's address must be a plain https address")
    if parts.scheme == "http" and not is_loopback(url):
        raise ValueError("the provider's address must begin with https unless it is on this machine")
    return url.rstrip("/")


def is_loopback(url: str) -> bool:
    """Whether an address stays on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def checked_secret(value: str, what: str) -> str:
    """A key or id that fits into a header; raises ValueError, without the value, for anything else."""
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError(f"the {what} is empty or has characters that do not belong in it")
    return value


def within(deadline: float, call: Callable[[], Outcome]) -> Outcome:
    """What a call came to, or Unknown when it takes longer than `deadline` seconds in all.

    The libraries' own timeouts run per socket operation, so a dripping answer would hold them for ever. The thread
    that is given up cannot be stopped and may still hand the message over: hence Unknown, never NotSent. It is a
    daemon, so that it does not hold up the end of the process. Nothing is raised.
    """
    answers: list[Outcome] = []

    def work() -> None:
        try:
            answers.append(call())
        except BaseException as error:  # the thread's own last line of defence; its kind is all that may be told
            answers.append(Unknown(reason=f"unforeseen {type(error).__name__}"))

    worker = Thread(target=work, name="provider-call", daemon=True)
    try:
        worker.start()
    except RuntimeError:
        return NotSent(reason="no thread could be started")
    worker.join(deadline)
    return answers[0] if answers else Unknown(reason=f"no complete answer within {deadline:g} s")


def asks_for_fewer(provider: str, headers: Mapping[str, str], now: datetime) -> NotSent:
    """What a 429 means: nothing was made, and the message waits as long as asked, or a while where no time is named."""
    at = retry_at(headers, now) or now + SILENT_WAIT
    return NotSent(reason=f"{provider} asks for fewer requests (429)", retry_at=at)


def retry_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When a provider that answered 429 wants to be asked again, at most `LONGEST_WAIT` from now; None if it is silent.

    Reads Retry-After (seconds or HTTP date) and X-RateLimit-Reset (epoch seconds). Both instants are taken relative
    to the answer's own Date, so that neither a wrong clock nor a moved one here makes a difference.
    """
    fields = {name.lower(): value.strip() for name, value in headers.items()}
    answered = _http_date(fields.get("date", "")) or now
    wait: timedelta | None = None
    after, reset = fields.get("retry-after", ""), fields.get("x-ratelimit-reset", "")
    if _is_count(after):
        wait = timedelta(seconds=int(after))
    elif instant := _http_date(after):
        wait = instant - answered
    elif _is_count(reset):
        wait = timedelta(seconds=int(reset) - int(answered.timestamp()))
    return None if wait is None else now + min(max(wait, timedelta(0)), LONGEST_WAIT)


def _is_count(text: str) -> bool:
    # Longer runs of digits are no count of seconds, and would overflow a timedelta.
    return text.isascii() and text.isdigit() and len(text) <= 11


def _http_date(text: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
