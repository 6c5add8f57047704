"""Norway: forsinkelsesrenteloven (1976), inkassoloven (1988) and inkassoforskriften (1989), as of 2026-11-22."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from decimal import Decimal

import holidays

from models.claim import Category, ClaimLetter, DayCount, Debtor, Interval, LetterKind, Refusal, Ruling
from rules.law.pack import CountryPack, Earliest, Part, Past, PastLetter
from rules.law.tables import MISSING, reviewed_through, table

FIRST_FEE = 14
"""Days after the due date before any letter may carry a fee; and the least deadline that makes a later fee possible."""
FEE_SOURCE = "inkassoforskriften §§ 1-2 and 1-3, https://juridika.no/no/forskrift/1989-07-14-562/kapittel_1"
MOST_LIGHT_FEES = 2
"""Fees of 1/20 of the base rate: two reminders, or one reminder and one inkassovarsel."""
MOST_DEMAND_FEES = 1
FEES_AGAIN = 6
"""Months after the last fee letter; from the day after, the count begins anew."""
NOTICE_DAYS = 14
NOTICE_SOURCE = "inkassoloven § 9, https://www.inkassoguiden.no/inkassosporsmal/317-inkassovarsel-her-er-reglene-for-inkassovarsling"
DEADLINE_SOURCE = "https://info.altinn.no/nn/starte-og-drive/rekneskap-og-revisjon/purring-og-inkasso/"
COMPENSATION_SOURCE = (
    "forsinkelsesrenteloven § 3 a, https://www.regjeringen.no/nn/dokumenter/prop-150-l-20112012/id700167/?ch=7"
)
RATE_SOURCE = "forsinkelsesrenteloven § 3, https://www.regjeringen.no/no/dokumenter/forsinkelsesrenteloven/id429519/"


def rate(day: date, due: date) -> tuple[Decimal, str]:
    """One published total for everybody; the due date changes nothing."""
    total, source = table("rates_no").figure("total_percent", day)
    return total, f"{RATE_SOURCE} ({source})"


def fee(kind: LetterKind, day: date) -> tuple[int, str]:
    """The fee in force on the day of sending; Refusal where nobody has found it."""
    column = "demand_fee_nok" if kind is LetterKind.demand else "reminder_fee_nok"
    amount, source = table("fees_no").figure(column, day)
    return int(amount * 100), f"{FEE_SOURCE} ({source})"


def judge(letter: ClaimLetter, past: Past) -> Ruling:
    if reason := _letter_reason(letter, past):
        return Ruling(letter="refused", letter_reason=reason, invoice=past.invoice)
    amount, compensation_reason = _compensated(letter, past)
    charged, fee_reason, source = 0, "", ""
    if letter.fee_wanted:
        fee_reason = _fee_reason(letter, past, amount)
        if not fee_reason:
            try:
                charged, source = fee(letter.kind, letter.sent)
            except Refusal as missing:
                fee_reason = missing.reason
    return Ruling(
        fee=charged,
        fee_reason=fee_reason,
        fee_source=source,
        compensation=amount,
        compensation_reason=compensation_reason,
        invoice=past.invoice,
    )


def _letter_reason(letter: ClaimLetter, past: Past) -> str:
    formal = letter.kind is not LetterKind.reminder
    if formal and not _reviewed(letter.sent):
        return "regime_not_reviewed"
    if formal and letter.sent <= past.due:
        return "letter_not_after_due_date"
    if formal and letter.deadline is None:
        return "letter_incomplete"
    if formal and letter.deadline is not None and (letter.deadline - letter.sent).days < NOTICE_DAYS:
        return "deadline_too_short"
    return "" if letter.complete else "letter_incomplete"


def _fee_reason(letter: ClaimLetter, past: Past, compensation: int) -> str:
    if not _reviewed(letter.sent):
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
        and (sent.deadline - sent.sent).days >= NOTICE_DAYS
    ]


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
        then = Earliest(again, f"the letter before set no deadline of {NOTICE_DAYS} days", FEE_SOURCE)
    else:
        return first
    return max(first, then, key=lambda earliest: earliest.day)


def earliest_letter(kind: LetterKind, past: Past) -> Earliest | None:
    if kind is LetterKind.reminder:
        return None
    return Earliest(past.due + timedelta(days=1), "an inkassovarsel goes after the due date", NOTICE_SOURCE)


def shortest_deadline(kind: LetterKind, with_fee: bool) -> tuple[int, str]:
    if kind is not LetterKind.reminder:
        return NOTICE_DAYS, NOTICE_SOURCE
    return (FIRST_FEE, DEADLINE_SOURCE) if with_fee else (0, "")


def handover(day: date, fee_wanted: bool, charged: int, notices: tuple[PastLetter, ...]) -> tuple[str, int, str]:
    if not notices:
        return "handover_without_inkassovarsel", 0, ""
    if not any(notice.deadline is not None and day > notice.deadline for notice in notices):
        return "handover_before_deadline", 0, ""
    return "", 0, "fee_not_allowed" if fee_wanted else ""


def banking_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("NO", years=year))


def _reviewed(day: date) -> bool:
    through = reviewed_through("NO")
    return through is not None and day <= through


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
    earliest_letter=earliest_letter,
    earliest_fee=earliest_fee,
    fee=fee,
    shortest_deadline=shortest_deadline,
    handover=handover,
    notice_parts=NOTICE_PARTS,
    notice_channels=("email",),
    compensation_by_letter=True,
    consumers=True,
    agreed_rate_capped=True,
)
