"""An accepted text message and its JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from standins.outbox import slug
from standins.twilio.codes import NOT_DELIVERED

VERSION = "2010-04-01"
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_ESCAPED = frozenset("€^{}[]~\\|")


@dataclass
class Text:
    """A text message; status and error change later, the rest does not."""

    sid: str
    account: str
    to: str
    sender: str | None
    service: str | None
    body: str
    created: datetime
    callback: str
    validity: str
    status: str = "queued"
    error_code: int | None = None

    def shown(self) -> dict[str, Any]:
        return {**self.__dict__, "created": self.created.isoformat()}

    def resource(self) -> dict[str, Any]:
        """The answer of the API; dates in the form of mail headers."""
        own = f"/{VERSION}/Accounts/{self.account}/Messages/{self.sid}"
        when = format_datetime(self.created)
        gone = self.status not in ("queued", "accepted", "sending")
        return {
            "account_sid": self.account,
            "api_version": VERSION,
            "body": self.body,
            "date_created": when,
            "date_sent": when if gone else None,
            "date_updated": when,
            "direction": "outbound-api",
            "error_code": self.error_code,
            "error_message": self._error_message(),
            "from": self.sender,
            "num_media": "0",
            "num_segments": "0" if self.service else str(segments(self.body)),
            "price": None,
            "price_unit": "USD",
            "messaging_service_sid": self.service,
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{own}/Media.json"},
            "to": self.to,
            "uri": f"{own}.json",
        }

    def _error_message(self) -> str | None:
        return None if self.error_code is None else NOT_DELIVERED.get(self.error_code, f"Error {self.error_code}")

    def name(self) -> str:
        return slug(self.to)

    def files(self) -> dict[str, bytes]:
        lines = [
            f"From: {self.sender or self.service}",
            f"To: {self.to}",
            f"Date: {self.created.isoformat()}",
            f"Sid: {self.sid}",
            f"Segments: {segments(self.body)}",
            "",
            self.body,
        ]
        return {".sms.txt": "\n".join(lines).encode("utf-8")}


def segments(body: str) -> int:
    """Parts of a text: 160 units alone or 153 each in GSM-7, where €^{}[]~\\| count twice; else 70 or 67 in UCS-2."""
    if all(letter in GSM or letter in GSM_ESCAPED for letter in body):
        units = sum(2 if letter in GSM_ESCAPED else 1 for letter in body)
        alone, each = 160, 153
    else:
        units = len(body.encode("utf-16-le")) // 2
        alone, each = 70, 67
    return 1 if units <= alone else -(-units // each)
