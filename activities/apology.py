"""The apology for a reminder that crossed a payment in the mail; a person copies it, nothing sends it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from activities.placeholders import one_line, placeholders
from activities.wording import BUILT_IN, tidy
from activities.wording_reading import read_template
from activities.wording_samples import samples
from activities.wording_sandbox import WordingError, WordingProblem, fill
from models.letters import Channel, Language, Letter, Rendered

_NAME = "_apology"
"""With an underscore, as it is no wording that a step of a ladder could use."""
_PARTS = ("subject.txt", "email.txt")


def apology(letter: Letter, folders: Sequence[Path] = (BUILT_IN,)) -> Rendered:
    """Subject and text of the apology for `letter`, the reminder that was sent although its invoices had been paid.

    Raises WordingError.
    """
    values = vars(placeholders(letter))
    subject, text = (fill(_file(letter.language, part), values, folders) for part in _PARTS)
    return Rendered(channel=Channel.email, subject=one_line(subject), text=tidy(text))


def check_apology(folders: Sequence[Path], languages: Sequence[Language]) -> list[WordingProblem]:
    """Everything that is wrong with the templates of the apology."""
    problems: list[WordingProblem] = []
    for language in languages:
        for part in _PARTS:
            problems += read_template(_file(language, part), folders)
        for sample in samples(language, "reminder-1"):
            try:
                said = apology(sample, folders)
            except WordingError as error:
                problems.append(error.problem)
            else:
                if any(invoice.number not in said.text for invoice in sample.invoices):
                    problems.append(_unnamed(language))
    return list(dict.fromkeys(problems))


def _unnamed(language: Language) -> WordingProblem:
    reason = "the invoices are never named"
    return WordingProblem(file=_file(language, "email.txt"), placeholder="invoices", reason=reason)


def _file(language: Language, part: str) -> str:
    return f"{language.value}/{_NAME}.{part}.j2"
