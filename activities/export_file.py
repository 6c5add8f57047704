"""A case export as it is found in a file: the JSON, or the page with the JSON in it."""

from __future__ import annotations

import json
from typing import Any

from activities.case_export_page import data_in_page, page_faults
from activities.export_check import WITHOUT_PLACES, faults


class NoExport(ValueError):
    """A file that is no case export, with the reason."""


def read(content: bytes) -> tuple[dict[str, Any], list[str]]:
    """The export in a file, and everything that is wrong with it and where; NoExport for any other file."""
    try:
        text = content.decode("utf-8")
        page = text.lstrip().startswith("<")
        export, found = _parse(data_in_page(text) if page else text)
    except RecursionError:
        raise NoExport("it is nested too deeply") from None
    except ValueError as error:
        raise NoExport(f"it cannot be read: {error}") from None
    if not isinstance(export, dict) or not isinstance(export.get("record"), dict) or "chain" not in export:
        raise NoExport("it has no record and no chain")
    found += faults(export)
    if page and export["record"].get("format") != WITHOUT_PLACES:
        found += page_faults(text, export)
    return export, found


def _parse(text: str) -> tuple[Any, list[str]]:
    """JSON, and the names that stand twice in one object: each program reads such in its own way."""
    found: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        found.extend(f"{name} stands twice in one object" for name in set(names) if names.count(name) > 1)
        return dict(pairs)

    return json.loads(text, object_pairs_hook=once), found
