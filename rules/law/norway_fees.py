"""Norway's fees for letters: how many there may be, from which day, and after which missed deadline."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from models.claim import ClaimLetter, LetterKind
from rules.law.pack import Earliest, Past, PastLetter
from rules.law.tables import reviewed, table

FIRST_FEE = 14
"""Days after the due date before any letter may carry a fee."""
FEE_DEADLINE = 14
"""Least days of a deadline that makes a later fee possible once it is missed."""
FEE_SOURCE = "inkassoforskriften §§ 1-2 and 1-3, https://juridika.no/no/forskrift/1989-07-14-562/kapittel_1"
MOST_LIGHT_FEES = 2
"""Fees of 1/20 of the base rate: two reminders, or one reminder and one inkassovarsel."""
MOST_DEMAND_FEES = 1
FEES_AGAIN = 6
"""Months after the last fee letter; from the day after, the count begins anew."""


def fee(kind: LetterKind, day: date) -> tuple[int, str]:
    """The fee in force on the day of sending; Refusal where nobody has found it."""
    column = "demand_fee_nok" if kind is LetterKind.demand else "reminder_fee_nok"
    amount, source = table("fees_no").figure(column, day)
    return int(amount * 100), f"{FEE_SOURCE} ({source})"


def fee_reason(letter: ClaimLetter, past: Past, compensation: int) -> str:
    """Why a letter that claims so much compensation may not carry its fee; empty when it may."""
    if not reviewed("NO", letter.sent):
        return "regime_not_reviewed"
    if letter.on_plan:
        return "fee_not_allowed"
    if not past.delivered:
        return "invoice_not_delivered"
    if letter.sent < past.due + timedelta(days=FIRST_FEE):
        return "fee_before_due_plus_14"
    if compensation or past.invoice in past.compensated:
        return "fee_offset_by_compensation"
    counted = _counted(past)
    if counted and letter.sent > _months_later(counted[-1].sent):
        counted = []
    same = _same(letter.kind, counted)
    if _limit_reached(letter.kind, same):
        return "fee_limit_reached"
    missed = any(deadline < letter.sent for deadline in _deadlines(past, same))
    if (letter.kind is LetterKind.demand or same) and not missed:
        return "fee_no_missed_14_day_deadline"
    return ""


def earliest_fee(kind: LetterKind, past: Past) -> Earliest | None:
    """As far as dates decide it; a letter that has yet to set a deadline of 14 days can only make it later."""
    first = Earliest(past.due + timedelta(days=FIRST_FEE), f"{FIRST_FEE} days after the due date", FEE_SOURCE)
    counted = _counted(past)
    same = _same(kind, counted)
    again = _months_later(counted[-1].sent) + timedelta(days=1) if counted else date.min
    if _limit_reached(kind, same):
        then = Earliest(again, f"{FEES_AGAIN} months since the last fee letter", FEE_SOURCE)
    elif (kind is LetterKind.demand or same) and (deadlines := _deadlines(past, same)):
        missed = min(deadlines) + timedelta(days=1)
        day = min(missed, again) if same else missed
        then = Earliest(day, f"the deadline {min(deadlines)} of the letter before must be over", FEE_SOURCE)
    elif same:
        then = Earliest(again, f"the letter before set no deadline of {FEE_DEADLINE} days", FEE_SOURCE)
    else:
        return first
    return max(first, then, key=lambda earliest: earliest.day)


def _same(kind: LetterKind, counted: list[PastLetter]) -> list[PastLetter]:
    """Fee letters that share a limit: demands have theirs, reminders and notices another."""
    return [sent for sent in counted if (sent.kind is LetterKind.demand) is (kind is LetterKind.demand)]


def _limit_reached(kind: LetterKind, same: list[PastLetter]) -> bool:
    if kind is LetterKind.formal_notice and any(sent.kind is LetterKind.formal_notice for sent in same):
        return True
    return len(same) >= (MOST_DEMAND_FEES if kind is LetterKind.demand else MOST_LIGHT_FEES)


def _counted(past: Past) -> list[PastLetter]:
    """Fee letters on this claim since the count last began anew."""
    counted: list[PastLetter] = []
    for sent in past.letters:
        if not sent.fee or sent.invoice != past.invoice:
            continue
        if counted and sent.sent > _months_later(counted[-1].sent):
            counted = []
        counted.append(sent)
    return counted


def _months_later(day: date) -> date:
    """The same day of the month; where the month has none, its last."""
    years, month = divmod(day.month - 1 + FEES_AGAIN, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _deadlines(past: Past, same: list[PastLetter]) -> list[date]:
    """Deadlines of at least 14 days that the debtor has to miss first: of the fee letter before, or of any reminder."""
    before = same[-1:] or [sent for sent in past.letters if past.invoice in sent.covers]
    return [
        sent.deadline
        for sent in before
        if sent.kind is not LetterKind.demand
        and sent.deadline is not None
        and (sent.deadline - sent.sent).days >= FEE_DEADLINE
    ]
