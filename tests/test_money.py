"""Money is whole minor units of one currency, and adds up to the øre."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.money import CurrencyMismatch, Money, total

amounts = st.integers(-(10**15), 10**15).map(lambda minor: Money(minor=minor, currency="DKK"))


@pytest.mark.parametrize(
    ("written", "minor"),
    [("12500.00", 1_250_000), ("12500", 1_250_000), ("0.01", 1), ("-0.01", -1), ("1e3", 100_000), ("0.10", 10)],
)
def test_an_amount_is_read_exactly(written: str, minor: int) -> None:
    assert Money.of(written, "DKK").minor == minor


@pytest.mark.parametrize("written", ["0.001", "12500.005", "1e-3"])
def test_more_than_two_decimals_are_refused_and_not_rounded_away(written: str) -> None:
    with pytest.raises(ValueError, match="has more than two decimals"):
        Money.of(written, "DKK")


@pytest.mark.parametrize(
    ("exact", "minor"),
    [("27.3972", 2740), ("27.395", 2740), ("27.3949", 2739), ("-27.395", -2740), ("0.005", 1), ("0", 0)],
)
def test_a_calculated_amount_is_rounded_half_up(exact: str, minor: int) -> None:
    assert Money.rounded(Decimal(exact), "DKK").minor == minor


@pytest.mark.parametrize("currency", ["dkk", "DK", "DKKR", "", "kr."])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(ValidationError):
        Money(minor=1, currency=currency)


def test_an_amount_is_shown_with_both_decimals_and_its_currency() -> None:
    assert [str(Money(minor=m, currency="DKK")) for m in (1_250_000, 5, 0, -10)] == [
        "12500.00 DKK",
        "0.05 DKK",
        "0.00 DKK",
        "-0.10 DKK",
    ]


def test_two_currencies_are_never_put_together() -> None:
    krone, euro = Money.of("1", "DKK"), Money.of("1", "EUR")
    with pytest.raises(CurrencyMismatch, match=r"1\.00 DKK and 1\.00 EUR are in different currencies"):
        krone + euro
    with pytest.raises(CurrencyMismatch):
        krone - euro
    with pytest.raises(CurrencyMismatch):
        total([krone], "EUR")


def test_an_amount_does_not_change_once_it_is_made() -> None:
    with pytest.raises(ValidationError):
        Money.of("1", "DKK").minor = 2  # type: ignore[misc]


def test_the_sum_of_nothing_is_nothing() -> None:
    assert total([], "NOK") == Money(minor=0, currency="NOK")


@given(amount=amounts)
def test_what_is_shown_reads_back_as_the_same(amount: Money) -> None:
    assert Money.of(amount.amount, "DKK") == amount
    assert Money.rounded(amount.amount, "DKK") == amount


@given(parts=st.lists(amounts), more=amounts)
def test_sums_lose_nothing_in_whatever_order(parts: list[Money], more: Money) -> None:
    whole = total(parts, "DKK")
    assert total(parts[::-1], "DKK") == whole
    assert whole + more - more == whole
    assert whole + -whole == Money(minor=0, currency="DKK")
    assert whole.minor == sum(part.minor for part in parts)
