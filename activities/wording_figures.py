"""Whether the figures of a letter agree with each other; nothing is put into words before they do."""

from __future__ import annotations

from collections.abc import Iterator

from activities.wording_sandbox import WordingError, WordingProblem
from models.letters import Charges, Letter
from models.money import Money, total
from rules.instalment_reminder import WORDING


def check_figures(letter: Letter) -> None:
    """Refuse a letter that contradicts itself, or that lacks what the law wants in it; raises WordingError."""
    for reason in _wrong(letter):
        raise WordingError(WordingProblem(file=f"{letter.language.value}/{letter.wording}", reason=reason))


def _wrong(letter: Letter) -> Iterator[str]:
    """What is wrong, the most basic first; sums are looked at only once all amounts are in one currency."""
    charges, currency = letter.charges, letter.total.currency
    if not letter.invoices:
        yield "the letter names no invoice"
    if letter.wording == "collection-notice" and letter.final_date is None:
        yield "a collection notice needs a final date"
    if letter.wording == "collection-notice" and not letter.reply_to.strip():
        yield "a collection notice needs an address for objections"
    if any(money.currency != currency for i in letter.invoices for money in (i.amount, i.outstanding)):
        yield "the invoices are not all in the currency of the total"
    if any(money.currency != currency for money in (letter.principal, *_amounts(charges))):
        yield "principal and charges are not all in the currency of the total"
    if any(money.minor < 0 for money in _amounts(charges)):
        yield "a charge is negative"
    if total([invoice.outstanding for invoice in letter.invoices], currency) != letter.principal:
        yield "the invoices do not add up to the principal"
    if letter.instalment is not None or letter.wording == WORDING:
        yield from _wrong_instalment(letter)
    elif letter.principal + charges.sum != letter.total:
        yield "principal and charges do not add up to the total"
    if charges.interest.minor and not charges.interest_periods:
        yield "interest is claimed without the rates and days it was calculated with"
    if charges.fee.minor and letter.final_date is None:
        yield "a letter that carries a fee must set a date to pay by"


def _wrong_instalment(letter: Letter) -> Iterator[str]:
    """A letter about an instalment asks for what is open of it, and charges nothing."""
    instalment, charges = letter.instalment, letter.charges
    if instalment is None:
        yield "the letter names no instalment"
        return
    if charges.sum.minor or charges.announced_fee is not None:
        yield "a reminder of an instalment charges and announces nothing"
    if letter.total != instalment.outstanding:
        yield "the letter does not ask for what is left of the instalment"
    if any(money.currency != letter.total.currency for money in (instalment.amount, instalment.plan_left)):
        yield "the instalment is not in the currency of the total"
    elif not 0 < instalment.outstanding.minor <= min(instalment.amount.minor, instalment.plan_left.minor):
        yield "more is left of the instalment than of the plan, or nothing at all"


def _amounts(charges: Charges) -> tuple[Money, ...]:
    announced = () if charges.announced_fee is None else (charges.announced_fee,)
    return (charges.fee, charges.earlier_fees, charges.compensation, charges.interest, *announced)
