"""Which flag or date of a Norwegian record counts, and the trustee's name among the roles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from activities.books.economic_fields import Malformed, part_of, text_of, value_of
from activities.registers.found import LONGEST_NAME, Word, day_of, lines_of, shown
from rules.company_status_no import (
    ACTIVE,
    BANKRUPT,
    DELETED,
    DELETED_SOLE_TRADER,
    FORCED_DISSOLUTION,
    FOREIGN_INSOLVENCY,
    RECONSTRUCTION,
    WINDING_UP,
)

FLAGS = (BANKRUPT, WINDING_UP, FORCED_DISSOLUTION)
TRUSTEE = "BOBE"
FORCED_DATE = re.compile(r"tvangs\w*Dato")
"""One date for each reason: no manager, auditor, accounts or board, or deletion that was due."""
TELLING = re.compile(r"konkurs\w*|under[A-Z]\w*|tvangs\w*|slettedato")
"""Fields that tell of trouble when they are set, also such as may be added later."""


def living_word(document: Mapping[str, Any]) -> Word:
    """The gravest signal of a living company; raises Malformed when a flag is missing and nothing else is set."""
    forced = next((key for key in document if FORCED_DATE.fullmatch(key) and document[key] is not None), "")
    signals = (
        (BANKRUPT, "konkursdato"),
        (RECONSTRUCTION, RECONSTRUCTION),
        (FOREIGN_INSOLVENCY, FOREIGN_INSOLVENCY),
        (FORCED_DISSOLUTION, forced),
        (WINDING_UP, "underAvviklingDato"),
    )
    for signal, dated in signals:
        if value_of(document, signal) is True or value_of(document, dated) is not None:
            return Word(signal, day_of(value_of(document, dated)))
    known = {*FLAGS, *(dated for _, dated in signals)}
    for key, value in document.items():
        if TELLING.fullmatch(key) and key not in known and value not in (None, False):
            return Word(key, day_of(value))
    unsaid = [flag for flag in FLAGS if value_of(document, flag) is not False]
    if unsaid:
        raise Malformed(f"{', '.join(unsaid)} is missing or neither true nor false")
    return Word(ACTIVE)


def deleted_word(document: Mapping[str, Any]) -> Word:
    """A company that is deleted; for a sole trader (ENK) the word says so, because the owner goes on owing."""
    sole_trader = text_of(part_of(document, "organisasjonsform"), "kode") == "ENK"
    return Word(DELETED_SOLE_TRADER if sole_trader else DELETED, day_of(value_of(document, "slettedato")))


def trustee_of(roles: Any) -> str:
    """The name of the trustee who has not stepped down; empty when none is found.

    The shape is from memory: a person's name in parts, or a firm's name as text or lines.
    """
    for group in _lines(roles, "rollegrupper"):
        for role in _lines(group, "roller"):
            kind = text_of(part_of(role, "type"), "kode") or text_of(part_of(group, "type"), "kode")
            if kind == TRUSTEE and value_of(role, "fratraadt") is not True and (name := _name_in(role)):
                return name
    return ""


def _name_in(role: Any) -> str:
    name = part_of(part_of(role, "person"), "navn")
    parts = [text_of(name, key) for key in ("fornavn", "mellomnavn", "etternavn")]
    firm = value_of(part_of(role, "enhet"), "navn")
    lines = firm if isinstance(firm, list) else [firm]
    return shown(" ".join([*parts, *(line for line in lines if isinstance(line, str))]), LONGEST_NAME)


def _lines(document: Any, key: str) -> list[Any]:
    return (lines_of(document, key) or []) if isinstance(document, Mapping) else []
