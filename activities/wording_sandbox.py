"""Where a template that a creditor wrote is run, and how what goes wrong in it is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.loaders import split_template_path
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict

from activities.placeholders import InvoicePlaceholders, Placeholders

PLACEHOLDERS = tuple(field.name for field in fields(Placeholders))
INVOICE_PLACEHOLDERS = tuple(field.name for field in fields(InvoicePlaceholders))

# Only what prose needs. `safe` and its kin are missing on purpose: a customer's name must never become markup.
_FILTERS = (
    *("capitalize", "default", "escape", "e", "first", "join", "last", "length", "list", "lower", "replace"),
    *("round", "title", "trim", "truncate", "upper", "wordwrap"),
)


class WordingProblem(BaseModel):
    """One thing that is wrong with a template, where it is, and what could stand there instead."""

    model_config = ConfigDict(frozen=True)

    file: str
    """Relative to the wording folders, such as `da/nudge.email.txt.j2`."""
    line: int | None = None
    placeholder: str | None = None
    reason: str
    known: tuple[str, ...] = ()
    """The placeholders that exist at that place, where a wrong one was used."""

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        if not self.known or self.placeholder is None:
            return f"{where}: {self.reason}"
        near = get_close_matches(self.placeholder, self.known, n=1)
        guess = f" Did you mean {near[0]}?" if near else ""
        return f"{where}: {self.reason}.{guess} The placeholders are {', '.join(self.known)}"


class WordingError(Exception):
    """A letter could not be put into words; `problem` says where and why."""

    def __init__(self, problem: WordingProblem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@lru_cache(maxsize=64)
def sandbox(folders: tuple[Path, ...], *, html: bool) -> ImmutableSandboxedEnvironment:
    """An environment without globals, Python attributes or raw output, in which undefined names are errors.

    Escaping goes by what is being made, not by the file's name: a shared text part must be escaped inside HTML too.
    """
    made = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(lambda name: _source(name, folders)),
        undefined=StrictUndefined,
        autoescape=html,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in _FILTERS}
    return made


def _source(name: str, folders: Sequence[Path]) -> tuple[str, str, Callable[[], bool]] | None:
    """Text, path and freshness of a template in the first folder that has it.

    Jinja's own loader asks only whether the file it found has changed, and would overlook one that a creditor adds
    in front of it.
    """
    pieces = split_template_path(name)
    found = _first(pieces, folders)
    if found is None:
        return None
    return found[0].read_text(encoding="utf-8"), str(found[0]), lambda: _first(pieces, folders) == found


def _first(pieces: list[str], folders: Sequence[Path]) -> tuple[Path, int, int, int] | None:
    """A template's path, with what tells an edited file from the one before."""
    for folder in folders:
        path = folder.joinpath(*pieces)
        if path.is_file():
            state = path.stat()
            return path, state.st_mtime_ns, state.st_size, state.st_ino
    return None


def fill(name: str, values: dict[str, object], folders: Sequence[Path]) -> str:
    """One template filled in; whatever goes wrong inside it is a WordingError, never another exception."""
    try:
        return sandbox(tuple(folders), html=name.endswith(".html.j2")).get_template(name).render(values)
    except Exception as error:
        raise WordingError(problem_of(error, name, folders)) from error


def problem_of(error: Exception, name: str, folders: Sequence[Path]) -> WordingProblem:
    """Where in which template an exception arose, and which placeholder was to blame."""
    if isinstance(error, TemplateSyntaxError):
        return WordingProblem(file=error.name or name, line=error.lineno, reason=error.message or "syntax error")
    if isinstance(error, TemplateNotFound):
        return WordingProblem(file=error.name or name, reason="no wording folder has this file")
    file, line = _place(error, name, folders)
    said = str(error).rstrip(".") if isinstance(error, TemplateError) else f"{type(error).__name__}: {error}"
    if forbidden := re.search(r"access to attribute '(\w+)'", said):
        reason = f"{forbidden[1]} may not be used in a template"
        return WordingProblem(file=file, line=line, placeholder=forbidden[1], reason=reason, known=PLACEHOLDERS)
    if unknown := re.match(r"'(\w+)' is undefined", said):
        return unknown_placeholder(unknown[1], file, line)
    if missing := re.match(r"'(.+) object' has no attribute '(\w+)'", said):
        known = INVOICE_PLACEHOLDERS if missing[1].endswith(InvoicePlaceholders.__name__) else PLACEHOLDERS
        return unknown_placeholder(missing[2], file, line, known)
    return WordingProblem(file=file, line=line, reason=said)


def unknown_placeholder(
    placeholder: str, file: str, line: int | None, known: tuple[str, ...] = PLACEHOLDERS
) -> WordingProblem:
    """The problem of a name that stands for nothing."""
    reason = f"there is no placeholder {placeholder}"
    return WordingProblem(file=file, line=line, placeholder=placeholder, reason=reason, known=known)


def _place(error: Exception, name: str, folders: Sequence[Path]) -> tuple[str, int | None]:
    """The innermost template line in the traceback, as a file relative to its wording folder."""
    found: tuple[str, int | None] = (name, None)
    step = error.__traceback__
    while step is not None:
        source = Path(step.tb_frame.f_code.co_filename)
        for folder in folders:
            if source.suffix == ".j2" and source.is_relative_to(folder):
                found = (source.relative_to(folder).as_posix(), step.tb_lineno)
        step = step.tb_next
    return found
