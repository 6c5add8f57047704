"""Money as integer minor units with a currency; the one place where amounts are rounded."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from pydantic import BaseModel, ConfigDict, Field


class CurrencyMismatch(ValueError):
    """Two amounts in different currencies were put together."""


class Money(BaseModel):
    """An amount in minor units (øre) of one currency (ISO 4217)."""

    model_config = ConfigDict(frozen=True)

    minor: int
    currency: str = Field(pattern=r"^[A-Z]{3}$")

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> Money:
        """Read an amount in major units; raises ValueError for more than two decimals."""
        exact = Decimal(amount) * 100
        if exact != exact.to_integral_value():
            raise ValueError(f"{amount} {currency} has more than two decimals")
        return cls(minor=int(exact), currency=currency)

    @classmethod
    def rounded(cls, amount: Decimal, currency: str) -> Money:
        """Round an amount in major units half up to the minor unit."""
        return cls(minor=int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)), currency=currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, always with two decimals."""
        return (Decimal(self.minor) / 100).quantize(Decimal("0.01"))

    def __add__(self, other: Money) -> Money:
        return Money(minor=self.minor + self._same(other).minor, currency=self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(minor=self.minor - self._same(other).minor, currency=self.currency)

    def __neg__(self) -> Money:
        return Money(minor=-self.minor, currency=self.currency)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self} and {other} are in different currencies")
        return other


def total(amounts: list[Money], currency: str) -> Money:
    """The sum of amounts that must all be in `currency`; zero for none."""
    result = Money(minor=0, currency=currency)
    for amount in amounts:
        result = result + amount
    return result
