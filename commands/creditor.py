"""`rykker creditor add`: a creditor, its people and its books from one TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, EmailStr, Field, ValidationError
from rich.console import Console

from commands.seed import NewPerson, add_creditor, new_token, presets_of
from models.creditor import BooksSource, CreditorSettings, EconomicSource
from models.database import migrate, open_database, transaction
from models.ladder import NAME
from models.parties import CreditorRow, PersonRow
from models.settings import Settings
from web.mistakes import Mistake
from web.soundness import activation_mistakes, law_day, settings_mistakes


class PersonFile(BaseModel):
    """A person in the file."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=NAME)
    name: str = Field(min_length=1)
    email: EmailStr
    role: Literal["admin", "rep"]
    books_number: str = ""


class CreditorFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=NAME)
    name: str = Field(min_length=1)
    settings: CreditorSettings = CreditorSettings()
    books: BooksSource = EconomicSource()
    people: list[PersonFile] = Field(min_length=1)


def add(console: Console, file: Path) -> int:
    """0 when the creditor was added, 2 with every mistake of the file otherwise."""
    try:
        asked = CreditorFile.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as error:
        console.print(f"{file} cannot be read: {error}")
        return 2
    except ValidationError as error:
        console.print(f"{file} is not right yet:")
        for mistake in error.errors():
            console.print(f"  {'.'.join(str(part) for part in mistake['loc'])}: {mistake['msg']}")
        return 2
    if not any(person.role == "admin" for person in asked.people):
        console.print(f"{file} names no admin; only an admin releases reminders, so there must be one.")
        return 2
    if mistakes := settings_mistakes(asked.settings) or _ladder_mistakes(asked.settings):
        console.print(f"{file} is not right yet:")
        for unsound in mistakes:
            console.print(f"  settings.{unsound.where}: {unsound.what}")
        return 2
    address = Settings().database
    migrate(address)
    tokens = {person.id: new_token() for person in asked.people}
    with transaction(open_database(address)) as session:
        taken = [p.id for p in asked.people if session.get(PersonRow, p.id)]
        if session.get(CreditorRow, asked.id) is not None or taken:
            console.print(f"Taken already: {', '.join([asked.id, *taken])}. Choose other ids; nothing was changed.")
            return 2
        people = [NewPerson(**person.model_dump(), token=tokens[person.id]) for person in asked.people]
        add_creditor(session, asked.id, asked.name, asked.settings, asked.books, people, quarantines=True)
    console.print(f"{asked.name} is added. What is overdue when its books are first read waits in GET /quarantine.")
    console.print("These tokens are shown only now; keep them safe:")
    for person in asked.people:
        console.print(f"  {person.role} {person.name}: {tokens[person.id]}")
    return 0


def _ladder_mistakes(settings: CreditorSettings) -> list[Mistake]:
    """A new creditor has the presets of its country; one of them is climbed, and it must be legal today."""
    presets = {ladder.name: ladder for ladder in presets_of(settings.country)}
    if settings.ladder in presets:
        return activation_mistakes(presets[settings.ladder], settings, law_day(settings))
    what = f"is no preset for {settings.country}; there are: {', '.join(presets)}"
    return [Mistake(where="ladder", what=what)]
