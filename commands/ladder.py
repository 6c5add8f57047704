"""`rykker ladder check`: whether a ladder in a file can be climbed, and is legal by the law of its country."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from rich.console import Console

from commands.seed import read_ladder
from models.claim import Refusal
from models.ladder import Ladder
from models.money import Money
from models.settings import TEMPLATES
from rules.ladder import problems
from rules.law.packs import PACKS
from rules.lawful_ladder import OURS, Illegal, problems_in
from rules.model_claim import Rung, climb
from web.soundness import wordings_in


def check(console: Console, file: Path, on: date, own_wording: Sequence[Path] = ()) -> int:
    """0 for a sound ladder with its facts, 1 with every problem of it, 2 when the file cannot be read."""
    try:
        ladder = read_ladder(file)
    except OSError as error:
        return _said(console, [f"{file} cannot be read: {error.strerror}"], 2)
    except ValueError as error:
        return _said(console, [str(error)], 2)
    wordings = wordings_in([*own_wording, TEMPLATES / "wording"])
    if shape := problems(ladder, wordings):
        lines = [line for problem in shape for line in (problem, f"  source: {OURS}")]
        return _said(console, [f"{ladder.name} cannot be climbed:", *lines, "The law is asked once it can be."], 1)
    if illegal := problems_in(ladder, ladder.country, on):
        lines = [line for problem in illegal for line in _problem(problem)]
        return _said(console, [f"{ladder.name} is not legal on {on}:", *lines], 1)
    pack = PACKS[ladder.country]
    head = f"{ladder.name} is sound by the law of {pack.name} on {on}. Days are counted from the due date."
    return _said(console, [head, *_facts(ladder, on)], 0)


def _said(console: Console, lines: Sequence[str], code: int) -> int:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return code


def _problem(problem: Illegal) -> Iterator[str]:
    yield f"step {problem.step}, {problem.field}" if problem.step else problem.field
    yield f"  rule: {problem.rule}"
    yield f"  source: {problem.source}"
    yield f"  nearest legal value: {problem.nearest}"


def _facts(ladder: Ladder, on: date) -> Iterator[str]:
    for rung in climb(ladder, PACKS[ladder.country], on):
        step = rung.step
        facts = [f"by {' and '.join(step.channels)}", *_charged(rung)]
        if step.sufficient:
            facts.append(f"{' or '.join(step.sufficient)} is enough")
        if step.deadline_days is not None:
            facts.append(f"{step.deadline_days} days to pay")
        if step.gap_days:
            facts.append(f"at least {step.gap_days} days after the step before")
        yield f"  day {rung.day:+4d}  {step.name}: {step.title}; {', '.join(facts)}"


def _charged(rung: Rung) -> Iterator[str]:
    """What the step charges on the day whose law is asked."""
    if rung.step.is_task:
        return
    yield _fee(rung) if rung.step.fee else "no fee"
    if rung.step.compensation:
        yield "compensation from businesses"


def _fee(rung: Rung) -> str:
    try:
        amount, _ = rung.pack.fee(rung.kind, rung.on)
    except Refusal as missing:
        return str(missing)
    return f"fee {Money(minor=amount, currency=rung.pack.currency)}"
