"""A whole CSV book, from its first day to its last."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta

from activities.books.csv_columns import ColumnMapping
from models.books import BookCustomer
from tests import csv_files
from tests.csv_files import TODAY, Write, dkk, invoice_of, open_numbers

# pytest finds a fixture by the name that it has in the module.
book = csv_files.book

# A book as another program exports it: its own columns and dates, more columns than are needed, in no order of days.
EXPORTED = (
    "countryCode,customerID,PaperlessDate,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,Disputed,SettledDate,"
    "PaperlessBill,DaysToSettle,DaysLate"
)
ITS_COLUMNS = ColumnMapping.from_options(
    [
        "number=invoiceNumber",
        "customer=customerID",
        "country=countryCode",
        "invoice_date=InvoiceDate",
        "due_date=DueDate",
        "amount=InvoiceAmount",
        "disputed=Disputed",
        "settled_date=SettledDate",
        "date_format=%m/%d/%Y",
    ]
)
ONE_LINE = "391,0379-NEVHP,4/6/2013,0000611365,1/2/2013,2/1/2013,55.94,No,1/15/2013,Paper,13,0"
FIRST_DAY, LAST_DAY = date(2012, 1, 3), date(2013, 6, 17)


@dataclass(frozen=True)
class Exported:
    """One of 2,500 invoices: five a day, each paid after 4 to 32 days."""

    n: int

    @property
    def number(self) -> str:
        return f"{1_000_000 + self.n:010}"

    @property
    def issued(self) -> date:
        return FIRST_DAY + timedelta(days=self.n // 5)

    @property
    def settled(self) -> date:
        return self.issued + timedelta(days=4 + 7 * self.n % 29)

    @property
    def line(self) -> str:
        customer, disputed = f"{self.n % 100:04}-BCDFG", "Yes" if self.n % 4 == 0 else "No"
        dates = [american(day) for day in (self.issued, self.issued + timedelta(days=30), self.settled)]
        head = f"406,{customer},4/6/2013,{self.number},{dates[0]},{dates[1]},{20 + self.n % 80}.{self.n % 100:02}"
        return f"{head},{disputed},{dates[2]},Electronic,{(self.settled - self.issued).days},0"

    def is_open(self, day: date) -> bool:
        return self.issued <= day < self.settled


def american(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def test_an_exported_book_loads_whole_and_replays_its_days(book: Write) -> None:
    newest_first = [Exported(n) for n in reversed(range(2500))]
    books = book(ONE_LINE, *(one.line for one in newest_first), header=EXPORTED, columns=ITS_COLUMNS)
    days = [date(2012, 1, 2), FIRST_DAY, date(2013, 3, 1), date(2013, 6, 16), LAST_DAY]
    assert [len(open_numbers(books, day)) for day in days] == [0, 5, 90, 1, 0]
    assert list(books.open_invoices(LAST_DAY)) == []
    for day in (FIRST_DAY + timedelta(days=9 * n) for n in range(60)):
        with_the_one = [ONE_LINE.split(",")[3]] if date(2013, 1, 2) <= day < date(2013, 1, 15) else []
        assert open_numbers(books, day) == with_the_one + [one.number for one in newest_first if one.is_open(day)]
    assert [invoice_of(books, Exported(n).number, LAST_DAY).disputed for n in (400, 401)] == [True, False]


def test_a_line_of_an_exported_book_keeps_its_zeros_and_names_the_customer_by_number(book: Write) -> None:
    books = book(ONE_LINE, *(Exported(n).line for n in range(20)), header=EXPORTED, columns=ITS_COLUMNS)
    found = invoice_of(books, "0000611365", date(2013, 1, 14))
    assert (found.gross, found.remainder, found.settled_on) == (dkk("55.94"), dkk("55.94"), None)
    assert invoice_of(books, "0000611365", date(2013, 1, 15)).settled_on == date(2013, 1, 15)
    (customer,) = books.customers(["0379-NEVHP"], LAST_DAY)
    assert customer == BookCustomer(number="0379-NEVHP", name="0379-NEVHP", country="391")


def test_a_large_file_is_parsed_once(book: Write) -> None:
    books = book(*(f"{number},C{number % 500},,,2026-10-01,2026-10-31,10,,," for number in range(20_000)))
    assert len(open_numbers(books)) == 20_000
    started = time.monotonic()
    for number in range(200):
        assert books.invoice(str(number), TODAY) is not None
    assert time.monotonic() - started < 10  # read anew each time it takes a minute
