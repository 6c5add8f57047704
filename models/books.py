"""What the books say: the value types every accounting source answers with, and the interface it stands behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Annotated, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict

from models.money import Money

Text = Annotated[str, AfterValidator(lambda text: text.replace("\x00", ""))]
"""Free text of the books; NUL is taken out, because not every database keeps it."""


class BookInvoice(BaseModel):
    """One booked document as the books have it now; a credit note has a negative gross."""

    model_config = ConfigDict(frozen=True)

    number: Text
    customer_number: Text
    invoice_date: date
    due_date: date | None
    """None when the books give none and it cannot be derived from the terms."""
    gross: Money
    remainder: Money
    """What is still to be paid; zero or below means settled."""
    terms: Text = ""
    """The kind of payment terms in the source's own word, such as `net` or `factoring`."""
    settled_on: date | None = None
    """The day of the last payment where the source knows it."""
    settled_by_credit: bool = False
    """The source knows that a credit note, not a payment, settled it."""
    disputed: bool = False
    """The source marks the invoice as disputed."""

    @property
    def is_credit_note(self) -> bool:
        return self.gross.minor < 0


class BookCustomer(BaseModel):
    """One customer as the books have it now; addresses are free text and not yet checked."""

    model_config = ConfigDict(frozen=True)

    number: Text
    name: Text
    email: Text = ""
    """May hold several addresses, separated by blanks, commas or semicolons."""
    mobile: Text = ""
    phone: Text = ""
    country: Text = ""
    registration_number: Text = ""
    """CVR or organisation number, free text."""
    language: Text = ""
    """`da`, `nb` or `en`; empty when the books do not know."""
    owner: Text = ""
    """The sales person's number in the books; maps to the rep who owns the customer."""
    currency: Text = ""
    barred: bool = False
    address: Text = ""
    """Street, post code and town in one line."""


class Unreadable(BaseModel):
    """A document or line that could not be understood: reported, and stops nothing else."""

    model_config = ConfigDict(frozen=True)

    where: str
    """`line 17` of a file or `invoice 20318` of a service."""
    reason: str


class BooksUnavailable(Exception):
    """The books could not be read now; what is owed is unknown. Trying again later may help."""


class BooksRefused(Exception):
    """The books refuse us (grant revoked, role missing, our request wrong); a person must act."""


class Books(Protocol):
    """A source of invoices, customers and payments that can only be read.

    `as_of` is the business day of the reader. A live service ignores it; a file answers with what was known that day.
    Every method raises BooksUnavailable or BooksRefused, and nothing else, when it cannot answer.
    """

    def read_at(self) -> datetime:
        """The real instant until which an answer given now is true: now for a live service, a file's own time."""
        ...

    def open_invoices(self, as_of: date) -> Iterator[BookInvoice | Unreadable]:
        """Every document with something left to pay, credit notes included, page by page.

        A document that is missing here is not thereby paid: `invoice` tells. When the source cannot vouch for the list
        being whole, an Unreadable says so.
        """
        ...

    def customers(self, numbers: Sequence[str], as_of: date) -> Iterator[BookCustomer | Unreadable]:
        """The named customers; a number the books do not know is left out."""
        ...

    def invoice(self, number: str, as_of: date) -> BookInvoice | None:
        """One document, settled or not; None when the books do not have it, which does not mean that it is paid."""
        ...

    def unapplied_credit(self, customer_number: str, currency: str, as_of: date) -> Money:
        """Money of the customer that the books hold but have put against no invoice, as a positive amount.

        Payments only: an open credit note is a document with a negative remainder and comes with `open_invoices`.
        """
        ...

    def pdf(self, number: str) -> bytes | None:
        """The invoice as PDF; None when the source keeps no documents."""
        ...

    def close(self) -> None: ...
