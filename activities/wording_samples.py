"""Invented letters with which templates are tried out before a real one needs them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from models.letters import Charges, InterestPeriod, Language, Letter, LetterInstalment, LetterInvoice
from models.money import Money
from rules.instalment_reminder import WORDING

_DAY = date(2026, 8, 11)
_DAYS_LATE = {"nudge": -4, "due-date": 0, "overdue": 2}
"""At the other wordings 8."""


def samples(language: Language, wording: str) -> Iterator[Letter]:
    """Letters that between them take every branch of the built-in wording.

    No amount or date is a part of another, so that a missing one is not taken for named.
    """
    if wording == WORDING:
        yield from _of_a_plan(language)
        return
    late, currency = _DAYS_LATE.get(wording, 8), "NOK" if language is Language.nb else "DKK"
    formal = wording == "collection-notice"
    plain = _plain(language, wording, late, currency)
    yield _with(plain, Charges.none(currency), announced_fee=_money(10_031, currency), announced_rate=Decimal("10.05"))
    several = {
        "invoices": tuple(_invoice(f"20{number}", late - number, 100_000 + number, currency) for number in range(6)),
        "also_open": (_invoice("3001", 1, 5_000, currency), _invoice("3002", -20, 1_250_000, currency)),
        "final_date": plain.final_date if formal else None,
        "customer_address": "",
        "phone": "",
    }
    yield _with(plain.model_copy(update=several), Charges.none(currency), announced_rate=Decimal("12.25"))
    everything = Charges(
        fee=_money(10_047, currency),
        earlier_fees=_money(20_053, currency),
        compensation=_money(31_061, currency),
        interest=_money(7_279, currency),
        interest_periods=(
            InterestPeriod(first_day=date(2026, 6, 7), last_day=date(2026, 6, 30), rate=Decimal("9.75")),
            InterestPeriod(first_day=date(2026, 7, 1), last_day=date(2026, 7, 1), rate=Decimal("10.05")),
        ),
    )
    again = {"previous_letter_date": date(2026, 7, 23), "invoices": several["invoices"]}
    yield _with(plain.model_copy(update=again), everything)
    once = {
        "invoices": (_invoice("4001", late + 8, 833_389, currency),),
        "final_date": several["final_date"],
        "previous_letter_date": date(2026, 7, 23),
    }
    interest = Charges.none(currency).model_copy(
        update={"interest": everything.interest, "interest_periods": everything.interest_periods[:1]}
    )
    yield _with(plain.model_copy(update=once), interest, announced_fee=_money(10_031, currency))


def _of_a_plan(language: Language) -> Iterator[Letter]:
    """An instalment that is reminded of, of which nothing is paid, and then a part."""
    currency = "NOK" if language is Language.nb else "DKK"
    plain = _plain(language, WORDING, 8, currency).model_copy(update={"final_date": None})
    first = LetterInstalment(
        number=17,
        count=19,
        due_date=_DAY + timedelta(days=3),
        amount=_money(421_255, currency),
        outstanding=_money(421_255, currency),
        plan_left=_money(1_263_767, currency),
    )
    yield plain.model_copy(update={"instalment": first, "total": first.outstanding})
    partly = first.model_copy(update={"outstanding": _money(321_043, currency), "plan_left": _money(632_198, currency)})
    several = {
        "invoices": tuple(_invoice(f"20{number}", 8 - number, 100_000 + number, currency) for number in range(6)),
        "also_open": (_invoice("3001", -20, 1_250_000, currency),),
        "phone": "",
        "payment_reference": "",
    }
    yield _with(plain.model_copy(update=several), Charges.none(currency)).model_copy(
        update={"instalment": partly, "total": partly.outstanding}
    )


def _with(letter: Letter, charges: Charges, **announced: object) -> Letter:
    """The letter with some charges, added up."""
    charges = charges.model_copy(update=announced)
    principal = Money(minor=sum(i.outstanding.minor for i in letter.invoices), currency=letter.total.currency)
    return letter.model_copy(update={"charges": charges, "principal": principal, "total": principal + charges.sum})


def _plain(language: Language, wording: str, late: int, currency: str) -> Letter:
    return Letter(
        wording=wording,
        language=language,
        creditor_name="Nordlys & Søn",
        creditor_address="Havnegade 1, 8000 Aarhus C",
        creditor_registration_number="10101010",
        sender_name="Mette Holm",
        reply_to="bogholderi@nordlys.example",
        phone="70 10 20 30",
        customer_name="Havn <A/S>",
        customer_number="4711",
        customer_address="Kajen 2, 9000 Aalborg",
        letter_date=_DAY,
        final_date=_DAY + timedelta(days=14),
        invoices=(_invoice("1001", late, 1_250_000, currency),),
        also_open=(),
        principal=_money(1_250_000, currency),
        charges=Charges.none(currency),
        total=_money(1_250_000, currency),
        payment_lines=("reg.nr. 1234, konto 0012345678",),
        payment_reference="1001-4711",
        case_code="K7Q2",
        page_url="https://rykker.example/c/k7Qz_3vB-9xTn5Lw.0123456789abcdefghijklmnopA",
    )


def _invoice(number: str, days_late: int, outstanding: int, currency: str) -> LetterInvoice:
    due = _DAY - timedelta(days=days_late)
    return LetterInvoice(
        number=number,
        invoice_date=due - timedelta(days=30),
        due_date=due,
        days_late=days_late,
        amount=_money(1_250_000, currency),
        outstanding=_money(outstanding, currency),
    )


def _money(minor: int, currency: str) -> Money:
    return Money(minor=minor, currency=currency)
