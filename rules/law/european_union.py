"""The European floor: directive 2011/7/EU between businesses, without what any country has added to it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import holidays

from models.claim import Category, ClaimLetter, DayCount, Debtor, Interval, LetterKind, Ruling
from rules.law.formal_letters import FormalLetters
from rules.law.pack import CountryPack, Earliest, Past, PastLetter
from rules.law.tables import reviewed, table

SOURCE = "directive 2011/7/EU"
SURCHARGE = 8
COMPENSATION = 40_00
"""Cent per late invoice of a business or public debtor, without a reminder; articles 6(1) and 6(2), case C-78/22."""
FORMAL = FormalLetters(frozenset({LetterKind.formal_notice, LetterKind.demand}), "a formal notice", 0, SOURCE)


def rate(day: date, due: date) -> tuple[Decimal, str]:
    reference, source = table("rates_eu").figure("reference_percent", day)
    return reference + SURCHARGE, f"{SOURCE}, art. 2(6): reference rate {reference} + {SURCHARGE} points ({source})"


def fee(kind: LetterKind, day: date) -> tuple[int, str]:
    return 0, f"{SOURCE} knows no reminder fee"


def judge(letter: ClaimLetter, past: Past) -> Ruling:
    unreviewed = letter.kind in FORMAL.kinds and not reviewed("EU", letter.sent)
    if reason := "regime_not_reviewed" if unreviewed else FORMAL.reason(letter, past):
        return Ruling(letter="refused", letter_reason=reason, invoice=past.invoice)
    return Ruling(fee_reason="fee_not_allowed" if letter.fee_wanted else "", invoice=past.invoice)


def compensation(debtor: Debtor, due: date, day: date) -> tuple[int, str, str]:
    if not debtor.trades:
        return 0, "compensation_not_business", f"{SOURCE}, art. 6"
    return COMPENSATION, "", f"{SOURCE}, art. 6"


def earliest_fee(kind: LetterKind, past: Past) -> Earliest | None:
    return None


def shortest_deadline(kind: LetterKind, with_fee: bool) -> tuple[int, str]:
    return 0, ""


def handover(day: date, fee_wanted: bool, charged: int, notices: tuple[PastLetter, ...]) -> tuple[str, int, str]:
    return "", 0, "fee_not_allowed" if fee_wanted else ""


def banking_holidays(year: int) -> frozenset[date]:
    """The closing days of TARGET, the payment system of the euro."""
    return frozenset(holidays.financial_holidays("ECB", years=year))


EUROPEAN_UNION = CountryPack(
    country="EU",
    name="European Union",
    currency="EUR",
    words={"reminder": LetterKind.reminder, "formal-notice": LetterKind.formal_notice},
    rate=rate,
    interval=Interval.from_day_after,
    day_counts=(DayCount.actual_actual, DayCount.actual_365),
    allocation=(Category.principal, Category.interest, Category.compensation, Category.fees),
    equal_sum_is_direction=False,
    banking_holidays=banking_holidays,
    offices_closed=(),
    judge=judge,
    compensation=compensation,
    earliest_letter=FORMAL.earliest,
    earliest_fee=earliest_fee,
    fee=fee,
    shortest_deadline=shortest_deadline,
    handover=handover,
    notice_parts=(),
    compensation_by_letter=False,
    consumers=False,
    agreed_rate_capped=False,
)
