"""A CSV file as a source of invoices, and optionally a second one with payments: what the files knew on a given day."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from activities.books.csv_book import Book, read_book
from activities.books.csv_columns import ColumnMapping
from models.books import BookCustomer, BookInvoice, BooksRefused, BooksUnavailable, Unreadable
from models.money import Money

Stamp = tuple[tuple[int, int], ...]
"""Modification time in nanoseconds and size of each file."""


@dataclass(frozen=True)
class _Loaded:
    stamp: Stamp
    book: Book


class CsvBooks:
    """The files behind the interface `Books`; read when first asked, and again when they change.

    An invoice is known from its own date on, a settlement and a payment from their day on. Without `pdf_dir` there are
    no documents; with it, `<number>.pdf`. A file that cannot be read is BooksUnavailable, one whose columns are not
    the mapped ones is BooksRefused.
    """

    def __init__(
        self,
        path: Path | str,
        columns: ColumnMapping,
        currency: str,
        *,
        payments_path: Path | str | None = None,
        pdf_dir: Path | str | None = None,
    ) -> None:
        self._path = Path(path)
        self._columns = columns
        self._currency = currency
        self._payments_path = Path(payments_path) if payments_path else None
        self._pdf_dir = Path(pdf_dir) if pdf_dir else None
        self._loaded: _Loaded | None = None
        self._one_at_a_time = threading.Lock()

    def read_at(self) -> datetime:
        """When the files were last written; of two the older, because both must be up to date."""
        oldest = min(modified for modified, _ in self._load().stamp)
        return datetime.fromtimestamp(oldest / 1e9, UTC)

    def open_invoices(self, as_of: date) -> Iterator[BookInvoice | Unreadable]:
        """The invoices open on that day in the order of the file, then every line that could not be understood."""
        return self._load().book.open_invoices(as_of)

    def customers(self, numbers: Sequence[str], as_of: date) -> Iterator[BookCustomer | Unreadable]:
        """As the last line says that names them; what a customer was called earlier is not kept."""
        book = self._load().book
        return (found for number in dict.fromkeys(numbers) if (found := book.customer(number)) is not None)

    def invoice(self, number: str, as_of: date) -> BookInvoice | None:
        return self._load().book.invoice(number, as_of)

    def unapplied_credit(self, customer_number: str, currency: str, as_of: date) -> Money:
        """From the payments file: what names no invoice, is more than its invoice, or came before it."""
        return self._load().book.unapplied_credit(customer_number, currency, as_of)

    def pdf(self, number: str) -> bytes | None:
        if self._pdf_dir is None or number not in self._load().book.rows or Path(number).name != number:
            return None
        try:
            document = (self._pdf_dir / f"{number}.pdf").read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise BooksUnavailable(f"{number}.pdf cannot be read: {error.strerror}") from None
        if not document.startswith(b"%PDF-"):
            raise BooksUnavailable(f"{number}.pdf is not a PDF")
        return document

    def close(self) -> None:
        """Nothing stays open between two questions."""

    def _load(self) -> _Loaded:
        with self._one_at_a_time:
            stamp = self._stamp()
            if self._loaded is None or self._loaded.stamp != stamp:
                self._loaded = _Loaded(stamp, self._read())
                if self._stamp() != stamp:
                    self._loaded = None
                    raise BooksUnavailable(f"{self._path.name} is being written at this moment")
            return self._loaded

    def _stamp(self) -> Stamp:
        try:
            files = [path.stat() for path in (self._path, self._payments_path) if path is not None]
        except OSError as error:
            raise BooksUnavailable(f"{error.filename} cannot be read: {error.strerror}") from None
        return tuple((file.st_mtime_ns, file.st_size) for file in files)

    def _read(self) -> Book:
        try:
            return read_book(self._path, self._payments_path, self._columns, self._currency)
        except OSError as error:
            raise BooksUnavailable(f"{error.filename} cannot be read: {error.strerror}") from None
        except UnicodeError:
            raise BooksUnavailable(f"{self._path.name} is not {self._columns.encoding} text") from None
        except ValueError as error:
            raise BooksRefused(str(error)) from None
