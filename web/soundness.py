"""Whether a ladder or the settings can be worked with; what is refused here would stop cases later on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from activities.apology import check_apology
from activities.wording import check_wording
from activities.wording_sandbox import WordingProblem
from models.clock import real_now
from models.creditor import CreditorSettings
from models.dispatch import MailAddress
from models.ladder import Ladder
from models.letters import Language
from rules.calendar import local_day
from rules.ladder import problems
from rules.law.packs import PACKS
from rules.lawful_ladder import problems_in
from web.bodies import one_line
from web.mistakes import Mistake

LINES = ("address", "registration_number", "phone", "sender_name", "sms_sender")
"""Settings that stand in one line of a message, or in its head."""
LONGEST_LINE = 200
CLOCKS = ("propose_from", "send_from", "send_until")


def wordings_in(folders: Sequence[Path]) -> list[str]:
    """Names of the wordings that a creditor can use; files with an underscore are parts of others."""
    found = (path.name for folder in folders for lang in Language for path in (folder / lang.value).glob("*.j2"))
    return sorted({name.split(".")[0] for name in found if not name.startswith("_")})


def wording_mistakes(folders: Sequence[Path], wordings: Sequence[str]) -> list[Mistake]:
    """What is wrong with the templates of some wordings, in every language: a customer may read any of them."""
    return [_told(problem) for problem in check_wording(folders, tuple(Language), wordings)]


def apology_mistakes(folders: Sequence[Path]) -> list[Mistake]:
    """What is wrong with the words of an apology, which no step uses."""
    return [_told(problem) for problem in check_apology(folders, tuple(Language))]


def ladder_mistakes(ladder: Ladder, folders: Sequence[Path], country: str, on: date) -> list[Mistake]:
    """Everything that is wrong with a ladder of a creditor in a country, and with the templates that its steps use.

    The law as it stands on a day is asked once the ladder can be climbed at all.
    """
    known = wordings_in(folders)
    used = sorted({step.wording for step in ladder.steps if not step.is_task} & set(known))
    titles = [("title", ladder.title), *((f"steps[{n}].title", step.title) for n, step in enumerate(ladder.steps))]
    unsound = [Mistake(where=where, what=what) for where, what in _lines(titles)]
    shape = [Mistake(where="steps", what=problem) for problem in problems(ladder, known)]
    unsound += shape or [Mistake(where=where, what=what) for where, what in _law(ladder, country, on)]
    return unsound + wording_mistakes(folders, used)


def _law(ladder: Ladder, country: str, on: date) -> Iterator[tuple[str, str]]:
    places = {step.name: n for n, step in enumerate(ladder.steps)}
    for illegal in problems_in(ladder, country, on):
        where = f"steps[{places[illegal.step]}].{illegal.field}" if illegal.step else illegal.field
        yield where, str(illegal)


def activation_mistakes(ladder: Ladder, settings: CreditorSettings, on: date) -> list[Mistake]:
    """Why new cases may not climb a saved ladder: the law may have moved since it was saved."""
    return [Mistake(where="ladder", what=str(illegal)) for illegal in problems_in(ladder, settings.country, on)]


def law_day(settings: CreditorSettings) -> date:
    """The day whose law is asked: today, where the creditor is."""
    return local_day(real_now(), settings)


def settings_mistakes(settings: CreditorSettings) -> list[Mistake]:
    """Settings that are each well-formed but with which nothing could be proposed or sent."""
    return [
        Mistake(where=where, what=what) for where, what in (*_country(settings), *_clocks(settings), *_words(settings))
    ]


def _country(settings: CreditorSettings) -> Iterator[tuple[str, str]]:
    if settings.country not in PACKS:
        yield "country", f"is none whose law Rykker knows; there are: {', '.join(PACKS)}"
    elif settings.day_count is not None and settings.day_count not in PACKS[settings.country].day_counts:
        allowed = ", ".join(PACKS[settings.country].day_counts)
        yield "day_count", f"is not how {PACKS[settings.country].name} counts days; there is: {allowed}"


def _clocks(settings: CreditorSettings) -> Iterator[tuple[str, str]]:
    for name in CLOCKS:
        if getattr(settings, name).tzinfo is not None:
            yield name, "is a time on the creditor's own clock; leave the offset out"
            return
    if settings.send_from >= settings.send_until:
        yield "send_until", "must be later than send_from"
    if settings.propose_from >= settings.send_until:
        yield "propose_from", "must be earlier than send_until"


def _words(settings: CreditorSettings) -> Iterator[tuple[str, str]]:
    lines = [(name, getattr(settings, name)) for name in LINES]
    lines += [(f"payment_lines[{n}]", line) for n, line in enumerate(settings.payment_lines)]
    yield from _lines(lines)
    if settings.module_on and not settings.sender_email:
        yield "sender_email", "is empty; heads-ups and reminders need a sender while module_on is true"
    for name, address in (("sender_email", settings.sender_email), ("reply_to", settings.reply_to)):
        if address and not _mailable(address):
            yield name, "is not one e-mail address"


def _lines(texts: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for where, text in texts:
        try:
            one_line(text)
        except ValueError as error:
            yield where, str(error)
        if len(text) > LONGEST_LINE:
            yield where, f"has {len(text)} characters; at most {LONGEST_LINE} fit in a line"


def _mailable(address: str) -> bool:
    """By the same rule as the mail itself: what passes here can be put on an envelope."""
    try:
        MailAddress(address=address)
    except ValidationError:
        return False
    return True


def _told(problem: WordingProblem) -> Mistake:
    where = problem.file if problem.line is None else f"{problem.file}, line {problem.line}"
    return Mistake(where=where, what=str(problem).removeprefix(f"{where}: "))
