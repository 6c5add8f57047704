"""Which column of a CSV file holds what, and how its dates and amounts are written."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

NEEDED = ("number", "customer", "invoice_date", "due_date", "amount")
OPTIONAL = (
    "name", "email", "mobile", "phone", "country", "registration_number", "language", "owner", "address",
    "currency", "settled_date", "disputed", "terms",
)  # fmt: skip
NEEDED_OF_PAYMENTS = ("payment_invoice", "payment_date", "payment_amount")
OPTIONAL_OF_PAYMENTS = ("payment_customer",)


class ColumnMapping(BaseModel):
    """The file's own column name for each fact; names are compared without regard to case or blanks around them.

    A column that is mapped by name must be in the file; an optional one under its default name may be absent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: str = "number"
    customer: str = "customer"
    name: str = "name"
    """The customer's number stands in where the file has no name."""
    email: str = "email"
    mobile: str = "mobile"
    phone: str = "phone"
    country: str = "country"
    registration_number: str = "registration_number"
    language: str = "language"
    owner: str = "owner"
    address: str = "address"
    invoice_date: str = "invoice_date"
    due_date: str = "due_date"
    amount: str = "amount"
    """Major units; a credit note has a negative amount."""
    currency: str = "currency"
    settled_date: str = "settled_date"
    """The day on which the invoice was paid in full; empty while it is open."""
    disputed: str = "disputed"
    terms: str = "terms"

    payment_invoice: str = "number"
    payment_date: str = "date"
    payment_amount: str = "amount"
    payment_customer: str = "customer"
    """Needed only for payments that name no invoice."""

    date_format: str = "%Y-%m-%d"
    decimal_mark: str = Field(default=".", pattern=r"^[.,]$")
    delimiter: str = Field(default="", pattern=r"^([,;|\t]|)$")
    """Found out from the first line when empty."""
    encoding: str = "utf-8-sig"

    @field_validator("date_format")
    @classmethod
    def _tells_a_whole_day(cls, value: str) -> str:
        if not all(mark in value for mark in ("%d", "%m")) or not ("%Y" in value or "%y" in value):
            raise ValueError("must name day, month and year, like %Y-%m-%d")
        return value

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, value: str) -> str:
        try:
            return codecs.lookup(value).name
        except LookupError:
            raise ValueError(f"{value} is not a text encoding") from None

    @classmethod
    def from_options(cls, options: Iterable[str]) -> ColumnMapping:
        """Read `name=column` pairs of a command line; raises ValueError that says what is wrong and what there is."""
        given: dict[str, str] = {}
        for option in options:
            name, separator, column = option.partition("=")
            if not separator or name.strip() not in cls.model_fields:
                known = ", ".join(cls.model_fields)
                raise ValueError(f"{option!r} is not name=column with one of the names {known}")
            given[name.strip()] = column if name.strip() == "delimiter" else column.strip()
        try:
            return cls(**given)
        except ValidationError as error:
            first = error.errors()[0]
            raise ValueError(f"{first['loc'][0]}: {first['msg']}") from None

    def places(self, header: Sequence[str], needed: Iterable[str], optional: Iterable[str]) -> dict[str, int]:
        """Where each fact stands in a line; raises ValueError that names what is missing and what was found."""
        found = [column.strip().casefold() for column in header]
        places: dict[str, int] = {}
        wrong: list[str] = []
        for name in (*needed, *optional):
            column = str(getattr(self, name)).strip()
            times = found.count(column.casefold())
            if times == 1:
                places[name] = found.index(column.casefold())
            elif times > 1 or name in needed or name in self.model_fields_set:
                wrong.append(f"{column!r} for {name} {'stands there more than once' if times else 'is missing'}")
        if wrong:
            raise ValueError(f"column {', '.join(wrong)}; the columns are {', '.join(header)}")
        return places
