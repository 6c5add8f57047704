"""Balances are sums of entries: principal, what settled it, what was charged on top, and what was waived of that."""

from __future__ import annotations

from datetime import date
from typing import Any

from activities.ledger import Balances
from models.money import Money
from models.record import EntryRow
from web.record_file import balances, left_to_pay


def entry(kind: str, minor: int, invoice: str = "1001", currency: str = "DKK", **basis: Any) -> EntryRow:
    return EntryRow(
        creditor_id="nordlys",
        case_id="nordlys.1001.1",
        invoice_number=invoice,
        kind=kind,
        amount_minor=minor,
        currency=currency,
        effective_date=date(2026, 8, 11),
        key=kind,
        basis=basis,
    )


RYKKER_1 = [entry("principal", 1_250_000), entry("fee", 10_000), entry("interest", 2_740)]


def dkk(minor: int) -> Money:
    return Money(minor=minor, currency="DKK")


def test_charges_stand_beside_the_principal_and_do_not_raise_it() -> None:
    sums = Balances(RYKKER_1)
    assert sums.balance("1001") == dkk(1_250_000)
    assert (sums.charge("1001", "fee"), sums.charge("1001", "interest")) == (dkk(10_000), dkk(2_740))
    assert sums.charge("1001", "compensation") == dkk(0)
    assert sums.total("DKK") == dkk(1_262_740)


def test_a_waiver_takes_back_the_kind_that_it_names() -> None:
    sums = Balances([*RYKKER_1, entry("waiver", -10_000, of="fee"), entry("waiver", -740, of="interest")])
    assert (sums.charged("1001", "fee"), sums.waived("1001", "fee")) == (dkk(10_000), dkk(10_000))
    assert sums.charge("1001", "fee") == dkk(0)
    assert sums.charge("1001", "interest") == dkk(2_000)
    assert sums.balance("1001") == dkk(1_250_000), "a waiver is no payment"


def test_a_correction_of_interest_is_part_of_its_sum() -> None:
    assert Balances([*RYKKER_1, entry("interest", -343)]).charge("1001", "interest") == dkk(2_397)


def test_payments_and_credits_settle_principal_and_a_reversal_restores_it() -> None:
    paid = [entry("payment", -500_000, source="by hand"), entry("credit", -50_000), entry("reversal", 50_000)]
    sums = Balances([*RYKKER_1, *paid])
    assert sums.settled("1001") == dkk(500_000)
    assert sums.balance("1001") == dkk(750_000)
    assert sums.total("DKK") == dkk(762_740)


def test_what_is_paid_beyond_the_principal_pays_charges_but_no_other_invoice() -> None:
    whole = [*RYKKER_1, entry("payment", -1_262_740), entry("principal", 80_000, "1002")]
    sums = Balances(whole)
    assert sums.balance("1001") == dkk(0)
    assert sums.charge("1001", "fee") == dkk(10_000), "what was charged stays on record"
    assert sums.total("DKK") == dkk(80_000)
    assert Balances([*whole, entry("payment", -50_000)]).total("DKK") == dkk(80_000)


def test_sums_of_two_currencies_are_never_put_together() -> None:
    left = left_to_pay([*RYKKER_1, entry("principal", 148_000, "1009", "EUR")])
    assert [(line.amount, line.currency) for line in left.total] == [("12627.40", "DKK"), ("1480.00", "EUR")]
    assert [line.fees.amount for line in left.charges] == ["100.00", "0.00"]
    assert [line.amount for line in left.outstanding] == ["12500.00", "1480.00"]


def test_each_invoice_shows_its_own_charges() -> None:
    lines = balances([*RYKKER_1, entry("principal", 80_000, "1002"), entry("compensation", 31_000, "1002")])
    shown = [(line.invoice_number, line.fees.amount, line.interest.amount, line.compensation.amount) for line in lines]
    assert shown == [("1001", "100.00", "27.40", "0.00"), ("1002", "0.00", "0.00", "310.00")]


def test_a_case_without_entries_owes_nothing() -> None:
    left = left_to_pay([])
    assert (left.outstanding, left.charges, left.total) == ([], [], [])
