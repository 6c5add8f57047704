"""Norway: forsinkelsesrenteloven (1976), inkassoloven (1988) and inkassoforskriften (1989), as of 2026-11-22."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import holidays

from models.claim import Category, ClaimLetter, DayCount, Debtor, Interval, LetterKind, Refusal, Ruling
from rules.law.formal_letters import FormalLetters, handover_reason
from rules.law.norway_fees import FEE_DEADLINE, earliest_fee, fee, fee_reason
from rules.law.pack import CountryPack, Part, Past, PastLetter
from rules.law.tables import MISSING, reviewed, table

NOTICE_DAYS = 14
NOTICE_SOURCE = "inkassoloven § 9, https://www.inkassoguiden.no/inkassosporsmal/317-inkassovarsel-her-er-reglene-for-inkassovarsling"
FORMAL = FormalLetters(
    frozenset({LetterKind.formal_notice, LetterKind.demand}), "an inkassovarsel", NOTICE_DAYS, NOTICE_SOURCE
)
DEADLINE_SOURCE = "https://info.altinn.no/nn/starte-og-drive/rekneskap-og-revisjon/purring-og-inkasso/"
COMPENSATION_SOURCE = (
    "forsinkelsesrenteloven § 3 a, https://www.regjeringen.no/nn/dokumenter/prop-150-l-20112012/id700167/?ch=7"
)
RATE_SOURCE = "forsinkelsesrenteloven § 3, https://www.regjeringen.no/no/dokumenter/forsinkelsesrenteloven/id429519/"


def rate(day: date, due: date) -> tuple[Decimal, str]:
    """One published total for everybody; the due date changes nothing."""
    total, source = table("rates_no").figure("total_percent", day)
    return total, f"{RATE_SOURCE} ({source})"


def judge(letter: ClaimLetter, past: Past) -> Ruling:
    if reason := _letter_reason(letter, past):
        return Ruling(letter="refused", letter_reason=reason, invoice=past.invoice)
    amount, compensation_reason = _compensated(letter, past)
    charged, no_fee, source = 0, "", ""
    if letter.fee_wanted:
        no_fee = fee_reason(letter, past, amount)
        if not no_fee:
            try:
                charged, source = fee(letter.kind, letter.sent)
            except Refusal as missing:
                no_fee = missing.reason
    return Ruling(
        fee=charged,
        fee_reason=no_fee,
        fee_source=source,
        compensation=amount,
        compensation_reason=compensation_reason,
        invoice=past.invoice,
    )


def _letter_reason(letter: ClaimLetter, past: Past) -> str:
    if letter.kind in FORMAL.kinds and not reviewed("NO", letter.sent):
        return "regime_not_reviewed"
    return FORMAL.reason(letter, past)


def _compensated(letter: ClaimLetter, past: Past) -> tuple[int, str]:
    """Compensation that a letter claims, net of the fees it absorbs."""
    if not letter.compensation_wanted:
        return 0, ""
    if not past.delivered:
        return 0, "invoice_not_delivered"
    amount, reason, _ = compensation(past.debtor, past.due, letter.sent)
    if reason:
        return 0, reason
    late = past.late(letter.sent)
    if not late:
        return 0, "compensation_not_after_due_date"
    fresh = [invoice for invoice in late if invoice not in past.compensated]
    if not fresh:
        return 0, "compensation_already_claimed"
    net = sum(max(amount - past.fees_on(invoice), 0) for invoice in fresh)
    return net, "" if net else "compensation_offset_by_fees"


def compensation(debtor: Debtor, due: date, day: date) -> tuple[int, str, str]:
    """The figure in force on the day of the letter."""
    if not debtor.trades:
        return 0, "compensation_not_business", COMPENSATION_SOURCE
    try:
        amount, source = table("compensation_no").figure("amount_nok", day)
    except Refusal:
        return 0, MISSING, COMPENSATION_SOURCE
    return int(amount * 100), "", f"{COMPENSATION_SOURCE} ({source})"


def shortest_deadline(kind: LetterKind, with_fee: bool) -> tuple[int, str]:
    if kind in FORMAL.kinds:
        return NOTICE_DAYS, NOTICE_SOURCE
    return (FEE_DEADLINE, DEADLINE_SOURCE) if with_fee else (0, "")


def handover(day: date, fee_wanted: bool, charged: int, notices: tuple[PastLetter, ...]) -> tuple[str, int, str]:
    if reason := handover_reason(day, notices):
        return reason, 0, ""
    return "", 0, "fee_not_allowed" if fee_wanted else ""


def banking_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("NO", years=year))


_CONTENT = f"inkassoloven § 9, {DEADLINE_SOURCE}"
NOTICE_PARTS = (
    Part("heading Inkassovarsel", (), True,
         {"nb": ("inkassovarsel", "varsel om inkasso"), "da": ("inkassovarsel",), "en": ("inkassovarsel",)}, _CONTENT),
    Part("that collection starts if it is not paid", (), True,
         {"nb": ("til inkasso",), "da": ("til inkasso",), "en": ("debt collection", "collection")}, _CONTENT),
    Part("principal and additions apart", ("principal", "total"), True, {}, _CONTENT),
    Part("each addition", ("interest", "fee", "earlier_fees", "compensation"), False, {}, _CONTENT),
    Part("what it concerns", ("invoice_numbers", "due_dates"), True, {}, _CONTENT),
    Part("deadline as a date", ("final_date",), True, {}, _CONTENT),
    Part("how to object", ("reply_to",), True, {}, "FinKN 2025-240; our choice"),
    Part("how to pay", ("payment_lines",), True, {}, _CONTENT),
)  # fmt: skip

NORWAY = CountryPack(
    country="NO",
    name="Norway",
    currency="NOK",
    words={
        "purring": LetterKind.reminder,
        "inkassovarsel": LetterKind.formal_notice,
        "betalingsoppfordring": LetterKind.demand,
    },
    rate=rate,
    interval=Interval.from_day_after,
    day_counts=(DayCount.actual_actual,),
    allocation=(Category.principal, Category.interest, Category.compensation, Category.fees),
    equal_sum_is_direction=False,
    banking_holidays=banking_holidays,
    offices_closed=((12, 24), (12, 31)),
    judge=judge,
    compensation=compensation,
    earliest_letter=FORMAL.earliest,
    earliest_fee=earliest_fee,
    fee=fee,
    shortest_deadline=shortest_deadline,
    handover=handover,
    notice_parts=NOTICE_PARTS,
    compensation_by_letter=True,
    consumers=True,
    agreed_rate_capped=True,
)
