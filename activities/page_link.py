"""The address of a customer's page: the case's own key, signed by this installation. Composed again it is the same."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import BadSignature, Signer
from sqlmodel import Session

from models.cases import CaseRow
from models.settings import Settings

FILE = "link-secret"
"""Where in the data folder the secret stands that was not given in the environment."""
SHORTEST_SECRET = 32
KEY_BYTES = 12
"""96 bits: nobody guesses a case, and a link still fits into an SMS."""


@dataclass(frozen=True)
class PageLinks:
    """Makes and reads the tokens of the links, `<key>.<signature>`; the key alone opens nothing."""

    public_url: str
    secret: str

    @classmethod
    def of(cls, settings: Settings) -> PageLinks:
        """The links of this installation; raises ValueError for a secret that is too short to be one."""
        secret = settings.rykker_link_secret.get_secret_value() or _kept(settings.rykker_data / FILE)
        if len(secret) < SHORTEST_SECRET:
            raise ValueError(
                f"RYKKER_LINK_SECRET has {len(secret)} characters and needs {SHORTEST_SECRET}; make one with "
                "openssl rand -hex 32, and give the same to the worker and the API"
            )
        return cls(settings.public_url.rstrip("/"), secret)

    def address(self, key: str) -> str:
        """The whole link to the page of a case."""
        return f"{self.public_url}/c/{self.token(key)}"

    def token(self, key: str) -> str:
        return self._signer.sign(key).decode()

    def key(self, token: str) -> str:
        """The key that a token carries; empty when it was not signed here, character by character."""
        try:
            key = self._signer.unsign(token).decode()
        except (BadSignature, UnicodeError):
            return ""
        # A signature has spellings that read the same in base64; only ours counts.
        return key if secrets.compare_digest(self.token(key).encode(), token.encode()) else ""

    @property
    def _signer(self) -> Signer:
        return Signer(self.secret, salt="rykker.page", key_derivation="hmac")


def new_page_key() -> str:
    """A key for the page of a case; giving a case another one revokes every link to it."""
    return secrets.token_urlsafe(KEY_BYTES)


def page_address(session: Session, case_id: str, links: PageLinks) -> str:
    """The link to the page of a case; one from before there were pages gets its key now."""
    case = session.get_one(CaseRow, case_id)
    case.page_key = case.page_key or new_page_key()
    return links.address(case.page_key)


def _kept(file: Path) -> str:
    """The secret of this data folder, made once: whoever comes first writes it, and all others read that one."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{FILE}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as writing:
            writing.write(secrets.token_hex(32))
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text(encoding="ascii").strip()
