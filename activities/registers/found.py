"""What asking one register about several companies came to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from models.company import CompanyState, CompanyStatus, Source
from rules.company_status import meaning

LONGEST_WORD = 80
LONGEST_NAME = 120


@dataclass
class Found:
    """Statuses that the register gave, `unknown` among them where it has spoken, and who it gave no answer about."""

    statuses: dict[str, CompanyStatus] = field(default_factory=dict)
    unanswered: dict[str, str] = field(default_factory=dict)
    """Number and trouble: asking again, or somebody else, may help."""

    def none_about(self, numbers: Iterable[str], trouble: str) -> None:
        self.unanswered.update(dict.fromkeys(numbers, trouble))


@dataclass(frozen=True)
class Word:
    """What a register says about a company, and the day that it holds from."""

    raw: str
    since: date | None = None


def read_as(
    country: str, number: str, source: Source, word: Word, read_at: datetime, trustee: str = ""
) -> CompanyStatus:
    """The status behind a register's word."""
    return CompanyStatus(
        number=number,
        country=country,
        # From the whole word: cut short, an unheard-of one might look like one that is known.
        state=meaning(country, word.raw).state,
        raw=shown(word.raw, LONGEST_WORD),
        source=source,
        since=word.since,
        read_at=read_at,
        trustee=trustee,
    )


def not_known(country: str, number: str, source: Source, problem: str, read_at: datetime) -> CompanyStatus:
    """A status that is no status, and why."""
    return CompanyStatus(
        number=number,
        country=country,
        state=CompanyState.unknown,
        source=source,
        read_at=read_at,
        problem=problem,
    )


def shown(text: str, longest: int) -> str:
    """Text from outside, short and in one printable line."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text[:longest]).split())


def day_of(value: Any) -> date | None:
    """A plain date, or the day of an instant; None for anything else, which then says nothing."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def lines_of(document: Mapping[str, Any], key: str) -> list[Any] | None:
    """A list; None when it is missing or something else."""
    value = document.get(key)
    return value if isinstance(value, list) else None
