"""What the law has against a composed letter: the ruling on it, and the parts that its text must have and has not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from activities.composing import Composed
from activities.placeholders import placeholders
from models.facts import CaseFacts
from models.ladder import Step, StepKind
from models.letters import Channel
from rules.law.pack import Part
from rules.law.packs import pack_of
from rules.law.reasons import said
from rules.lawful import LETTERS


def against(facts: CaseFacts, step: Step, composed: Composed) -> tuple[str, ...]:
    """Everything that speaks against sending it, in words; empty when it is lawful."""
    if step.kind not in LETTERS:
        return ()
    pack = pack_of(facts.settings.country)
    found = []
    # A reminder that can charge nothing may still go; a formal notice without its figures may not.
    if composed.ruling.letter_reason and (composed.ruling.letter == "refused" or step.kind is StepKind.formal_notice):
        found.append(said(composed.ruling.letter_reason, pack.country))
    if step.kind is StepKind.formal_notice:
        if not any(r.channel in pack.notice_channels for r in composed.composition.recipients):
            found.append(f"a formal notice goes by {' or '.join(pack.notice_channels)}, and there is no such address")
        found += [
            f"the notice does not say: {part.name} ({part.source})" for part in missing(composed, pack.notice_parts)
        ]
    return tuple(found)


def missing(composed: Composed, parts: tuple[Part, ...]) -> Iterator[Part]:
    """Parts that the written letter has to have and has not, in its text or in its HTML."""
    letter = composed.composition.letter
    words = composed.composition.words(Channel.email)
    if words is None:
        return
    shown = placeholders(letter)
    values = {
        **vars(shown),
        "invoice_numbers": tuple(invoice.number for invoice in shown.invoices),
        "invoice_dates": tuple(invoice.invoice_date for invoice in shown.invoices),
        "due_dates": tuple(invoice.due_date for invoice in shown.invoices),
    }
    texts = [f"{words.subject}\n{words.text}", f"{words.subject}\n{unescape(re.sub(r'<[^>]+>', '', words.html))}"]
    for part in parts:
        phrases = part.phrases.get(letter.language.value, ())
        for text in texts:
            if part.phrases and not any(phrase in text.casefold() for phrase in phrases):
                yield part
                break
            if not all(_said(values[name], text, part.needed) for name in part.names):
                yield part
                break


def _said(value: object, text: str, needed: bool) -> bool:
    """Whether a placeholder's value stands in the text; one without a value is only missing where it is needed."""
    wanted = [str(v) for v in value] if isinstance(value, tuple) else [str(value)]
    if not any(wanted):
        return not needed
    return all(one in text for one in wanted if one)
