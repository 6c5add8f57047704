"""`rykker claim`: a claim from a file, worked out as of its day, as JSON or told to a person."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError

from models.claim import Refusal
from rules.law.explain import explain
from rules.law.form import ClaimForm, read
from rules.law.quote import quote, refused, written
from web.mistakes import mistakes_of


class Unreadable(Exception):
    """The file holds no claim; the sentences say where, what, and what to do."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(*sentences)
        self.sentences = sentences


def claim(file: str, explained: bool) -> int:
    """0 with the answer on stdout, 1 for a claim that is refused, 2 for one that cannot be read."""
    named = "standard input" if file == "-" else file
    try:
        form = form_in(_document(_text(file, named), named), named)
        statement = quote(form)
    except Unreadable as fault:
        for sentence in fault.sentences:
            typer.echo(sentence, err=True)
        return 2
    except Refusal as refusal:
        typer.echo(_json(refused(refusal)))
        typer.echo(refusal.sentence, err=True)
        return 1
    typer.echo("\n".join(explain(statement)) if explained else _json(written(form, statement)))
    return 0


def form_in(document: object, named: str) -> ClaimForm:
    """The claim in parsed JSON; Unreadable names every mistake."""
    if not isinstance(document, dict):
        raise Unreadable(f"{named} holds no claim: it must be one JSON object in braces.")
    try:
        return read(document)
    except ValidationError as error:
        found = [{**fault, "loc": ("claim", *fault["loc"])} for fault in error.errors()]
        mistakes = [f"  {mistake.where}: {mistake.what}" for mistake in mistakes_of(found)]
        raise Unreadable(f"{named} is not right yet; nothing was worked out:", *mistakes) from None


def _text(file: str, named: str) -> str:
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(f"{named} is not UTF-8 text; save it as UTF-8.") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "there is no such name"
        raise Unreadable(f"{named} cannot be read: {why}. Name a file, or - for standard input.") from None


def _document(text: str, named: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Unreadable(f"{named} is not JSON: {error.msg} at {where}. Mend it there and try again.") from None
    except (ValueError, RecursionError):
        raise Unreadable(f"{named} is no claim: a number in it is too long, or it is nested too deep.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a field that stands twice in one object, nobody knows which is meant."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Unreadable(f"The field {twice[:100]!r} stands twice in one object; leave one of them out.")
    return fields


def _json(answer: dict[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False, indent=2)
