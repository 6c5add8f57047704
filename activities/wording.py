"""Puts a letter into words, from templates that a creditor may replace one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path

from activities.channels.gsm7 import sms_segments, to_gsm7
from activities.placeholders import one_line, placeholders
from activities.wording_figures import check_figures
from activities.wording_reading import read_template
from activities.wording_samples import samples
from activities.wording_sandbox import PLACEHOLDERS, WordingError, WordingProblem, fill
from models.letters import Channel, Language, Letter, Rendered

BUILT_IN = Path(__file__).parent.parent / "templates" / "wording"
"""The wording that comes with the product; the last folder to look in."""
LONGEST_SMS = 1600
"""Characters the provider takes in one text (integrations/twilio.md section 2)."""
_CLAIMED = (
    *("fee", "earlier_fees", "interest", "interest_periods", "compensation", "total"),
    *("announced_fee", "announced_rate", "final_date"),
)
"""Placeholders that every e-mail must name wherever they are not empty."""
_OF_INSTALMENT = ("instalment_due_date", "instalment_amount", "plan_left")
"""The same of a letter about an instalment, instead of the due dates of its invoices."""
_PARTS = ("subject.txt", "email.txt", "email.html", "sms.txt")


def render(letter: Letter, channels: Sequence[Channel], folders: Sequence[Path]) -> tuple[Rendered, ...]:
    """The words of a letter for each channel, in the order given; a phone call has none and is left out.

    Folders are searched in order, file by file: a creditor's own first, `BUILT_IN` last. Raises WordingError.
    """
    check_figures(letter)
    values = vars(placeholders(letter))
    stem = f"{letter.language.value}/{letter.wording}"
    words: list[Rendered] = []
    for channel in channels:
        if channel is Channel.email:
            subject = one_line(fill(f"{stem}.subject.txt.j2", values, folders))
            text = tidy(fill(f"{stem}.email.txt.j2", values, folders))
            html = fill(f"{stem}.email.html.j2", values, folders).strip() + "\n"
            words.append(Rendered(channel=channel, subject=subject, text=text, html=html))
        elif channel is Channel.sms:
            text = to_gsm7(one_line(fill(f"{stem}.sms.txt.j2", values, folders)))
            words.append(Rendered(channel=channel, text=text))
    for rendered in words:
        _check_words(rendered, stem)
    return tuple(words)


def check_wording(
    folders: Sequence[Path], languages: Sequence[Language], wordings: Sequence[str]
) -> list[WordingProblem]:
    """Everything that is wrong with the templates, found by reading them and by rendering sample letters.

    Branches that no sample takes are read too, so a wrong placeholder is found before the first letter that needs it.
    """
    problems: list[WordingProblem] = []
    for language in languages:
        for wording in wordings:
            for part in _PARTS:
                problems += read_template(f"{language.value}/{wording}.{part}.j2", folders)
            for sample in samples(language, wording):
                try:
                    email, _sms = render(sample, (Channel.email, Channel.sms), folders)
                except WordingError as error:
                    problems.append(error.problem)
                else:
                    problems += _left_out(sample, email)
    return list(dict.fromkeys(problems))


def _check_words(rendered: Rendered, stem: str) -> None:
    if rendered.channel is Channel.email and not rendered.subject:
        raise WordingError(WordingProblem(file=f"{stem}.subject.txt.j2", reason="the subject is empty"))
    if not rendered.text.strip():
        raise WordingError(WordingProblem(file=f"{stem}.{rendered.channel.value}.txt.j2", reason="the text is empty"))
    if rendered.channel is Channel.sms and len(rendered.text) > LONGEST_SMS:
        reason = f"the text has {len(rendered.text)} characters; a provider takes {LONGEST_SMS}"
        raise WordingError(WordingProblem(file=f"{stem}.sms.txt.j2", reason=reason))


def tidy(text: str) -> str:
    """Plain text as a reader expects it: no blanks at line ends, at most one empty line in a row."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


def _left_out(letter: Letter, email: Rendered) -> Iterator[WordingProblem]:
    """What every e-mail must name and this one does not."""
    shown = placeholders(letter)
    reminded = letter.instalment is not None
    needed = {
        "invoice_numbers": [invoice.number for invoice in shown.invoices],
        "due_date": [] if reminded else [shown.due_date],
        "instalment_number": [str(shown.instalment_number)] if reminded else [],
        **{name: [getattr(shown, name)] for name in _OF_INSTALMENT},
        **{name: [getattr(shown, name)] for name in _CLAIMED},
        "payment_lines": list(shown.payment_lines),
        "payment_reference": [shown.payment_reference],
        "creditor_name": [shown.creditor_name],
        "reply_to": [shown.reply_to],
        "page_url": [shown.page_url],
        # Inkassoloven § 10(2) wants payments received in the notice; elsewhere the invoices may stand for themselves.
        "settled": [shown.settled] if letter.wording == "collection-notice" else [],
    }
    html = unescape(re.sub(r"<[^>]+>", "", email.html))
    for part, text in (("email.txt", email.text), ("email.html", html)):
        for placeholder, values in needed.items():
            if any(value not in text for value in values):
                file = f"{letter.language.value}/{letter.wording}.{part}.j2"
                yield WordingProblem(file=file, placeholder=placeholder, reason=f"{placeholder} is never named")


__all__ = [
    "BUILT_IN",
    "PLACEHOLDERS",
    "WordingError",
    "WordingProblem",
    "check_wording",
    "render",
    "sms_segments",
    "tidy",
]
