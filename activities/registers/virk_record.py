"""Where a Danish company's status lives in its record, and which of the places counts.

First the composed status, then the notices of Statstidende, then the status history, then the life periods; the last
two may lag behind, so they never make a company healthier, only worse. Source: CVR-indeks datakatalog v73.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from activities.books.economic_fields import Malformed, part_of, text_of, value_of
from activities.registers.found import Word, day_of, lines_of
from models.company import CompanyState, Consequence
from rules.company_status import meaning, normalised
from rules.company_status_dk import BANKRUPTCY_NOTICE, COMPOSITION_NOTICE, LIFE_ENDED, WRONGLY_REGISTERED

BANKRUPTCY, COMPOSITION = 1, 3
"""`kreditoplysningkode`."""
LIFTED = 2
"""`statuskode`: the decree is revoked."""


def read_record(record: Mapping[str, Any]) -> Word:
    """What one record says; raises Malformed when it does not say that the company is active, nor anything else."""
    said = _said(record)
    state = meaning("DK", said.raw).state if said else None
    if said and state is CompanyState.gone:
        return said
    if record.get("fejlRegistreret") is True:
        return Word(WRONGLY_REGISTERED)
    notices = lines_of(record, "status")
    if bankrupt := _open_bankruptcy(notices or []):
        return Word(said.raw, bankrupt.since) if said and state is CompanyState.insolvent else bankrupt
    if said and meaning("DK", said.raw).consequence not in (Consequence.go_on, Consequence.warn):
        return said
    worse = _other_notice(notices or []) or _worse_line(record) or _end_of_life(record)
    if worse:
        return worse
    if said is None:
        raise Malformed("it names no status")
    if notices is None or not isinstance(value_of(_last_period(record), "periode"), Mapping):
        raise Malformed("its notices or its life periods are missing")
    return said


def _said(record: Mapping[str, Any]) -> Word | None:
    """The composed status, or where it is missing the current line of the history."""
    metadata = part_of(record, "virksomhedMetadata")
    composed, line = text_of(metadata, "sammensatStatus"), _current_line(record)
    if not composed:
        if value_of(metadata, "sammensatStatus") not in (None, ""):
            raise Malformed("its composed status is not text")
        return line
    if line and normalised(line.raw) == normalised(composed):
        return Word(composed, line.since)
    return Word(composed, _ended_on(record) if meaning("DK", composed).state is CompanyState.gone else None)


def _current_line(record: Mapping[str, Any]) -> Word | None:
    """The line of the status history that is in force; of several the one that began last."""
    history = lines_of(record, "virksomhedsstatus")
    if history is None and record.get("virksomhedsstatus") is not None:
        raise Malformed("its status history is not a list")
    lines = [line for line in history or [] if _in_force(line)]
    if not lines:
        return None
    latest = max(lines, key=lambda line: _starts(line) or date.min)
    return Word(text_of(latest, "status") or "virksomhedsstatus without a word", _starts(latest))


def _worse_line(record: Mapping[str, Any]) -> Word | None:
    line = _current_line(record)
    return line if line and meaning("DK", line.raw).consequence is not Consequence.go_on else None


def _open_bankruptcy(notices: list[Any]) -> Word | None:
    """The first notice of a bankruptcy that no later notice has lifted; an ended period alone lifts nothing."""
    found = [(_place(notice, at), notice) for at, notice in enumerate(notices) if _credit(notice) == BANKRUPTCY]
    found.sort(key=lambda one: one[0])
    open_since: Word | None = None
    for _, notice in found:
        if value_of(notice, "statuskode") == LIFTED:
            open_since = None
        elif open_since is None:
            open_since = Word(BANKRUPTCY_NOTICE, _starts(notice))
    return open_since


def _other_notice(notices: list[Any]) -> Word | None:
    """A notice in force that is no bankruptcy: a composition, or one that we do not know."""
    words = [
        Word(COMPOSITION_NOTICE, _starts(notice))
        if _credit(notice) == COMPOSITION
        else Word("a notice of an unknown kind", _starts(notice))
        for notice in notices
        if _credit(notice) != BANKRUPTCY and _in_force(notice)
    ]
    return min(words, key=lambda word: (word.raw != COMPOSITION_NOTICE, word.since or date.min), default=None)


def _end_of_life(record: Mapping[str, Any]) -> Word | None:
    last = _last_period(record)
    return None if last is None or _in_force(last) else Word(LIFE_ENDED, _ended_on(record))


def _ended_on(record: Mapping[str, Any]) -> date | None:
    return day_of(value_of(part_of(_last_period(record), "periode"), "gyldigTil"))


def _last_period(record: Mapping[str, Any]) -> Any:
    return max(lines_of(record, "livsforloeb") or [], key=lambda line: _starts(line) or date.min, default=None)


def _credit(notice: Any) -> Any:
    return value_of(notice, "kreditoplysningkode")


def _place(notice: Any, at: int) -> tuple[date, int]:
    """By day, then as listed; without a day a lifting counts as the earliest and anything else as the latest."""
    undated = date.min if value_of(notice, "statuskode") == LIFTED else date.max
    return _starts(notice) or undated, at


def _starts(line: Any) -> date | None:
    return day_of(value_of(part_of(line, "periode"), "gyldigFra"))


def _in_force(line: Any) -> bool:
    return value_of(part_of(line, "periode"), "gyldigTil") is None
