"""What is to be replayed, checked before anything is started: the file, its columns, the ladder, the creditor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from activities.books.csv_book import Book
from activities.books.csv_columns import ColumnMapping
from commands.past_books import read_past
from commands.seed import preset_ladders, read_ladder
from models.creditor import CreditorSettings
from models.ladder import Ladder
from models.letters import Language
from models.settings import TEMPLATES
from rules.ladder import problems
from web.soundness import wordings_in

ZONES = {"DK": ("Europe/Copenhagen", Language.da), "NO": ("Europe/Oslo", Language.nb)}


class ReplayRefused(Exception):
    """The replay cannot begin; says what is wrong, where, and what to do."""


@dataclass(frozen=True)
class Plan:
    """Everything a replay needs to know."""

    file: Path
    columns: ColumnMapping
    book: Book
    ladder: Ladder
    settings: CreditorSettings
    answer_after: timedelta
    jobs: int


def planned(
    file: Path,
    ladder: str,
    *,
    columns: Iterable[str] = (),
    currency: str = "DKK",
    country: Literal["DK", "NO"] = "DK",
    answer_after: int = 14,
    customers: int | None = None,
    jobs: int = 12,
) -> Plan:
    """Check everything and read the file; raises ReplayRefused."""
    mapping = _columns(columns)
    climbed = _ladder(ladder)
    settings = _settings(climbed, currency, country)
    return Plan(
        file=file,
        columns=mapping,
        book=_book(file, mapping, currency, customers),
        ladder=climbed,
        settings=settings,
        answer_after=timedelta(days=answer_after),
        jobs=jobs,
    )


def _columns(columns: Iterable[str]) -> ColumnMapping:
    try:
        return ColumnMapping.from_options(columns)
    except ValueError as error:
        raise ReplayRefused(f"--map {error}") from None


def _ladder(name: str) -> Ladder:
    """A preset by its name, or a ladder of one's own from a file; an illegal one is not replayed."""
    presets = {ladder.name: ladder for ladder in preset_ladders()}
    path = Path(name)
    if name in presets:
        ladder = presets[name]
    elif path.is_file():
        try:
            ladder = read_ladder(path)
        except ValueError as error:
            raise ReplayRefused(f"--ladder {error}") from None
    else:
        raise ReplayRefused(
            f"--ladder {name}: there is no such preset and no such file; the presets are {', '.join(sorted(presets))}"
        )
    wrong = problems(ladder, wordings_in([TEMPLATES / "wording"]))
    if wrong:
        raise ReplayRefused("\n".join([f"--ladder {name} cannot be climbed:", *wrong]))
    return ladder


def _book(file: Path, columns: ColumnMapping, currency: str, customers: int | None) -> Book:
    try:
        book = read_past(file, columns, currency, customers)
    except OSError as error:
        raise ReplayRefused(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeError:
        raise ReplayRefused(
            f"{file} is not {columns.encoding} text; name its encoding with --map encoding=..."
        ) from None
    except ValueError as error:
        raise ReplayRefused(
            f"{error}. Say which column holds what with --map, like --map number=invoiceNumber"
        ) from None
    if not book.rows:
        first = f"; the first: {book.unreadable[0].where}, {book.unreadable[0].reason}" if book.unreadable else ""
        raise ReplayRefused(f"{file} has no invoice that can be read, {len(book.unreadable)} lines cannot{first}")
    return book


def _settings(ladder: Ladder, currency: str, country: Literal["DK", "NO"]) -> CreditorSettings:
    """An invented creditor: nobody outside this process ever sees what it writes."""
    zone, language = ZONES[country]
    try:
        return CreditorSettings(
            company_watch=False,
            ladder=ladder.name,
            zone=zone,
            country=country,
            currency=currency,
            language=language,
            address="Replay",
            registration_number="Replay",
            sender_name="Replay",
            sender_email="replay@replay.example",
            payment_lines=("Replay",),
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise ReplayRefused(f"--{first['loc'][0]} {first['input']!r}: {first['msg']}") from None
