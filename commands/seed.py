"""Puts a creditor with its people and ladders into a database."""

from __future__ import annotations

import hashlib
import json
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from sqlmodel import Session

from models.creditor import BooksSource, CreditorSettings
from models.ladder import Ladder
from models.parties import CreditorRow, LadderRow, PersonRow
from models.settings import TEMPLATES
from web.mistakes import mistakes_of


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


def presets_of(country: str) -> list[Ladder]:
    """Those of them that keep the law of a country."""
    return [ladder for ladder in preset_ladders() if ladder.country == country]


def read_ladder(path: Path) -> Ladder:
    """A ladder from its TOML or JSON file; raises ValueError that names the file and the places when it is not one."""
    try:
        text = path.read_text(encoding="utf-8")
        return Ladder.model_validate(json.loads(text) if path.suffix == ".json" else tomllib.loads(text))
    except ValidationError as error:
        mistakes = mistakes_of({**mistake, "loc": ("body", *mistake["loc"])} for mistake in error.errors())
        told = "; ".join(f"{mistake.where} {mistake.what}" for mistake in mistakes)
        raise ValueError(f"{path} is no ladder yet: {told}") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error


def add_creditor(
    session: Session,
    creditor: str,
    name: str,
    settings: CreditorSettings,
    books: BooksSource,
    people: list[NewPerson],
    *,
    quarantines: bool = True,
) -> None:
    """Add a creditor with its people and the preset ladders of its country.

    `quarantines`: what is overdue when its books are first read waits for an admin's release.
    """
    session.add(
        CreditorRow(
            id=creditor,
            name=name,
            settings=settings.model_dump(mode="json"),
            books=books.model_dump(mode="json"),
            quarantines=quarantines,
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
    add_presets(session, creditor, settings.country)


def add_presets(session: Session, creditor: str, country: str) -> None:
    """Give a creditor the preset ladders of a country; one of the same name that it has already stays."""
    for ladder in presets_of(country):
        if session.get(LadderRow, (creditor, ladder.name, 1)) is None:
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
