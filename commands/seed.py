"""Puts a creditor with its people and ladders into a database."""

from __future__ import annotations

import hashlib
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from models.creditor import BooksSource, CreditorSettings
from models.ladder import Ladder
from models.parties import CreditorRow, LadderRow, PersonRow
from models.settings import TEMPLATES


@dataclass(frozen=True)
class NewPerson:
    """A person to be added; `token` is given out once and kept only as its hash."""

    id: str
    name: str
    email: str
    role: str
    books_number: str = ""
    token: str = ""


def preset_ladders() -> list[Ladder]:
    """The ladders that come with Rykker."""
    return [read_ladder(path) for path in sorted((TEMPLATES / "ladders").glob("*.toml"))]


def read_ladder(path: Path) -> Ladder:
    """A ladder from its TOML file; raises ValueError with the place when it is not one."""
    try:
        return Ladder.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


def add_creditor(
    session: Session,
    creditor: str,
    name: str,
    settings: CreditorSettings,
    books: BooksSource,
    people: list[NewPerson],
) -> None:
    """Add a creditor with its people and the preset ladders."""
    session.add(
        CreditorRow(
            id=creditor, name=name, settings=settings.model_dump(mode="json"), books=books.model_dump(mode="json")
        )
    )
    session.flush()
    for person in people:
        session.add(
            PersonRow(
                id=person.id,
                creditor_id=creditor,
                name=person.name,
                email=person.email,
                role=person.role,
                books_number=person.books_number,
                token_hash=token_hash(person.token) if person.token else "",
            )
        )
    for ladder in preset_ladders():
        session.add(
            LadderRow(
                creditor_id=creditor,
                name=ladder.name,
                version=1,
                document=ladder.model_dump(mode="json"),
                saved_by="rykker",
            )
        )


def new_token() -> str:
    """A bearer token that cannot be guessed."""
    return "ryk_" + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is kept of a token. It is long and random, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
