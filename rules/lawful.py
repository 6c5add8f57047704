"""What the law of the creditor's country says of a step: when it may come, whether it may go, what it may charge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from models.claim import ClaimLetter, LetterKind
from models.facts import CaseFacts, InvoiceFacts
from models.ladder import Step, StepKind
from rules.law.pack import CountryPack, Earliest, Past, PastLetter
from rules.law.packs import pack_of

LETTERS = {StepKind.reminder: LetterKind.reminder, StepKind.formal_notice: LetterKind.formal_notice}
"""Steps that the law counts; a nudge and a task are none of its business."""


WAITS_FOR_FEE = timedelta(days=30)
"""A letter that may charge its fee only later than this goes without one; our choice."""


def earliest(facts: CaseFacts, invoice: InvoiceFacts, step: Step, day: date) -> Earliest | None:
    """The first day on which a step meant for `day` may leave, with its fee if it has one; None where any will do."""
    if step.kind not in LETTERS or invoice.due_date is None:
        return None
    pack, past = pack_of(facts.settings.country), past_of(facts, [invoice])
    kind = LETTERS[step.kind]
    found = [pack.earliest_letter(kind, past)]
    if step.fee and may_charge(facts, [invoice]):
        with_fee = pack.earliest_fee(kind, past)
        found.append(with_fee if with_fee and with_fee.day <= day + WAITS_FOR_FEE else None)
    return max((rule for rule in found if rule is not None), key=lambda rule: rule.day, default=None)


def may_charge(facts: CaseFacts, invoices: Sequence[InvoiceFacts]) -> bool:
    """Whether a reminder fee has been announced for every invoice before; our own rule, stricter than the law."""
    return facts.settings.fees_announced or all(invoice.fee_announced for invoice in invoices)


def announces(facts: CaseFacts, step: Step) -> bool:
    """Whether a later step that is switched on charges a fee, so that this one has to say so."""
    later = [other for other in facts.ladder.steps[facts.ladder.steps.index(step) + 1 :] if other.enabled]
    return any(other.fee for other in later)


def letter_of(facts: CaseFacts, step: Step, invoices: Sequence[InvoiceFacts], day: date) -> ClaimLetter:
    """The step as the law sees it, if it leaves on a day."""
    pack = pack_of(facts.settings.country)
    return ClaimLetter(
        n=len(facts.letters) + 1,
        sent=day,
        kind=LETTERS[step.kind],
        deadline=day + timedelta(days=step.deadline_days) if step.deadline_days else None,
        fee_wanted=step.fee and may_charge(facts, invoices),
        compensation_wanted=step.compensation and pack.compensation_by_letter,
        covers=tuple(invoice.number for invoice in invoices),
    )


def past_of(facts: CaseFacts, invoices: Sequence[InvoiceFacts]) -> Past:
    """What has gone out so far, for a letter about some invoices."""
    pack = pack_of(facts.settings.country)
    dues = {i.number: effective_due(facts, i, pack) for i in facts.invoices if i.due_date is not None}
    covers = tuple(sorted((i.number for i in invoices), key=lambda number: (dues[number], number)))
    return Past(
        debtor=facts.debtor,
        invoice=covers[0],
        due=dues[covers[0]],
        delivered=True,
        letters=tuple(
            PastLetter(
                sent=letter.sent,
                kind=letter.kind,
                deadline=letter.deadline,
                fee=letter.fee,
                invoice=min(letter.invoices, key=lambda n: (dues.get(n, date.max), n)),
                covers=frozenset(letter.invoices),
            )
            for letter in facts.letters
        ),
        compensated=frozenset(i.number for i in facts.invoices if i.compensated),
        covers=covers,
    )


def effective_due(facts: CaseFacts, invoice: InvoiceFacts, pack: CountryPack) -> date:
    """The due date from which interest, fees and deadlines count."""
    assert invoice.due_date is not None
    return pack.effective_due(invoice.due_date, facts.settings.due_dates_move)
