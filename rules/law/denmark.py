"""Denmark: renteloven (consolidated act 459/2014) and inkassoloven (1018/2014), as they stand on 2026-11-22."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import holidays

from models.claim import Category, ClaimLetter, DayCount, Debtor, Interval, LetterKind, Ruling
from rules.law.formal_letters import FormalLetters, day_after_due, handover_reason
from rules.law.pack import CountryPack, Earliest, Part, Past, PastLetter
from rules.law.tables import table

FEE = 100_00
"""Øre, at most, VAT included, for a reminder and once more for a handover; since 2002-08-01."""
FEE_SOURCE = "renteloven § 9 b, https://www.retsinformation.dk/print.aspx?id=1111"
MOST_FEES = 3
"""For one claim, and for one unbroken arrears; all invoices of a case share the count."""
SPACING = 10
"""Days between letters of which the later one carries a fee."""
SPACING_SOURCE = "renteloven § 9 b, https://elov.dk/renteloven/paragraf/9b/"
NOTICE_DAYS = 10
"""Days from dispatch to the deadline of an inkassovarsel."""
NOTICE_SOURCE = "inkassoloven § 10, https://www.elov.dk/inkassoloven/paragraf/10/"
FORMAL = FormalLetters(frozenset({LetterKind.formal_notice}), "an inkassovarsel", NOTICE_DAYS, NOTICE_SOURCE)
COMPENSATION = 310_00
"""Øre per invoice, from a business or public debtor."""
COMPENSATION_SOURCE = "renteloven § 9 a(3) and order 105/2013, https://danskelove.dk/renteloven/9a"
COMPENSATION_FROM = date(2013, 3, 1)
"""Claims due earlier have none."""
RATE_SOURCE = "renteloven § 5, https://www.elov.dk/renteloven/5/"
SURCHARGE_CHANGED = date(2013, 3, 1)
"""Due before: reference rate + 7 points; from this day: + 8."""


def rate(day: date, due: date) -> tuple[Decimal, str]:
    reference, source = table("rates_dk").figure("reference_percent", day)
    surcharge = 7 if due < SURCHARGE_CHANGED else 8
    return reference + surcharge, f"{RATE_SOURCE}: reference rate {reference} + {surcharge} points ({source})"


def fee(kind: LetterKind, day: date) -> tuple[int, str]:
    return (FEE, FEE_SOURCE) if kind is not LetterKind.demand else (0, FEE_SOURCE)


def judge(letter: ClaimLetter, past: Past) -> Ruling:
    if reason := _letter_reason(letter, past):
        return Ruling(letter="refused", letter_reason=reason, invoice=past.invoice)
    if not letter.fee_wanted:
        return Ruling(invoice=past.invoice)
    if reason := _fee_reason(letter, past):
        return Ruling(fee_reason=reason, invoice=past.invoice)
    return Ruling(fee=FEE, fee_source=FEE_SOURCE, invoice=past.invoice)


def _letter_reason(letter: ClaimLetter, past: Past) -> str:
    if reason := FORMAL.reason(letter, past):
        return reason
    return "letter_incomplete" if letter.fee_wanted and letter.deadline is None else ""


def _fee_reason(letter: ClaimLetter, past: Past) -> str:
    if letter.kind is LetterKind.demand or letter.on_plan:
        return "fee_not_allowed"
    if letter.sent <= past.due:
        return "fee_not_after_due_date"
    if letter.sent < _spaced(past).day:
        return "fee_spacing_under_10_days"
    if sum(1 for sent in past.letters if sent.fee) >= MOST_FEES:
        return "fee_limit_reached"
    return ""


def _spaced(past: Past) -> Earliest:
    """The gap counts from the last letter after the due date, whether it carried a fee or not: the strict reading."""
    about_it = [sent.sent for sent in past.letters if sent.covers & set(past.covers)]
    after_due = [day for day in about_it if day > past.due]
    if not after_due:
        return day_after_due(past, "a fee letter", FEE_SOURCE)
    day = max(after_due) + timedelta(days=SPACING)
    return Earliest(day, f"{SPACING} days since the reminder of {max(after_due)}", SPACING_SOURCE)


def earliest_fee(kind: LetterKind, past: Past) -> Earliest | None:
    return None if kind is LetterKind.demand else _spaced(past)


def shortest_deadline(kind: LetterKind, with_fee: bool) -> tuple[int, str]:
    if kind in FORMAL.kinds:
        return NOTICE_DAYS, NOTICE_SOURCE
    # The law asks that a fee letter names a date; it names no number of days.
    return (1, SPACING_SOURCE) if with_fee else (0, "")


def compensation(debtor: Debtor, due: date, day: date) -> tuple[int, str, str]:
    if not debtor.trades or due < COMPENSATION_FROM:
        return 0, "compensation_not_business", COMPENSATION_SOURCE
    return COMPENSATION, "", COMPENSATION_SOURCE


def handover(day: date, fee_wanted: bool, charged: int, notices: tuple[PastLetter, ...]) -> tuple[str, int, str]:
    if reason := handover_reason(day, notices):
        return reason, 0, ""
    if not fee_wanted:
        return "", 0, ""
    return ("", 0, "fee_not_allowed") if charged else ("", FEE, "")


def banking_holidays(year: int) -> frozenset[date]:
    """Store bededag went with 2023; 5 June is no public holiday, but banks are closed and no date is kept to it."""
    return frozenset(holidays.country_holidays("DK", years=year)) | {date(year, 6, 5)}


_CONTENT = "inkassoloven § 10(2), https://debtia.dk/ordbog/inkassoloven-paragraf-10/"
NOTICE_PARTS = (
    Part("creditor name, address and CVR number", ("creditor_name", "creditor_address", "creditor_registration_number"),
         True, {}, _CONTENT),
    Part("debtor name and address", ("customer_name", "customer_address"), True, {}, _CONTENT),
    Part("invoice number, date and due date", ("invoice_numbers", "invoice_dates", "due_dates"), True, {}, _CONTENT),
    Part("principal", ("principal",), True, {}, _CONTENT),
    Part("interest with its rate and first day", ("interest", "interest_periods"), True, {}, _CONTENT),
    Part("each fee", ("fee", "earlier_fees"), False, {}, _CONTENT),
    Part("compensation", ("compensation",), False, {}, _CONTENT),
    Part("payments received", ("settled",), False, {}, _CONTENT),
    Part("total", ("total",), True, {}, _CONTENT),
    Part("how to pay", ("payment_lines",), True, {}, _CONTENT),
    Part("where to object", ("reply_to",), True, {}, _CONTENT),
    Part("deadline as a date", ("final_date",), True, {}, _CONTENT),
    Part("that the claim otherwise goes to collection", (), True,
         {"da": ("inkasso",), "nb": ("inkasso",), "en": ("debt collection", "collection")}, _CONTENT),
    Part("that collection adds costs", (), True,
         {"da": ("omkostninger",), "nb": ("kostnader",), "en": ("costs",)}, _CONTENT),
)  # fmt: skip

DENMARK = CountryPack(
    country="DK",
    name="Denmark",
    currency="DKK",
    words={"rykker": LetterKind.reminder, "inkassovarsel": LetterKind.formal_notice},
    rate=rate,
    interval=Interval.from_due_day,
    day_counts=(DayCount.actual_actual, DayCount.actual_365, DayCount.thirty_360),
    allocation=(Category.fees, Category.compensation, Category.interest, Category.principal),
    equal_sum_is_direction=True,
    banking_holidays=banking_holidays,
    offices_closed=((12, 24), (12, 31), (6, 5)),
    judge=judge,
    compensation=compensation,
    earliest_letter=FORMAL.earliest,
    earliest_fee=earliest_fee,
    fee=fee,
    shortest_deadline=shortest_deadline,
    handover=handover,
    notice_parts=NOTICE_PARTS,
    compensation_by_letter=False,
    consumers=True,
    agreed_rate_capped=True,
)
