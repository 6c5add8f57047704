"""Reading the books from CSV files: what they knew on a day, and that a bad line spoils nothing but itself."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from activities.books.csv_columns import ColumnMapping
from activities.books.csv_file import CsvBooks
from models.books import BookCustomer, BookInvoice, Books, BooksRefused, BooksUnavailable, Unreadable
from models.money import Money

TODAY = date(2026, 11, 22)
HEADER = "number,customer,name,email,invoice_date,due_date,amount,currency,settled_date,disputed"
PLAIN = ColumnMapping()
REAL_BOOK = Path(__file__).parents[2] / "shared" / "data" / "accounts-receivable.csv"
REAL_COLUMNS = (
    "number=invoiceNumber",
    "customer=customerID",
    "country=countryCode",
    "invoice_date=InvoiceDate",
    "due_date=DueDate",
    "amount=InvoiceAmount",
    "disputed=Disputed",
    "settled_date=SettledDate",
    "date_format=%m/%d/%Y",
)

Write = Callable[..., CsvBooks]


@pytest.fixture
def book(tmp_path: Path) -> Write:
    """Writes the lines below the usual header and opens the file."""

    def write(
        *lines: str,
        header: str = HEADER,
        columns: ColumnMapping = PLAIN,
        payments: Sequence[str] = (),
        encoding: str = "utf-8",
        **options: Path,
    ) -> CsvBooks:
        path = tmp_path / "invoices.csv"
        path.write_bytes("\n".join([header, *lines, ""]).encode(encoding))
        if payments:
            paid = tmp_path / "payments.csv"
            paid.write_text("\n".join(["number,date,amount,customer", *payments, ""]))
            options["payments_path"] = paid
        return CsvBooks(path, columns, "DKK", **options)

    return write


def dkk(amount: str) -> Money:
    return Money.of(amount, "DKK")


def invoice_of(books: CsvBooks, number: str = "101", as_of: date = TODAY) -> BookInvoice:
    found = books.invoice(number, as_of)
    assert found is not None
    return found


def open_numbers(books: CsvBooks, as_of: date = TODAY) -> list[str]:
    return [found.number for found in books.open_invoices(as_of) if isinstance(found, BookInvoice)]


def problems(books: CsvBooks) -> list[tuple[str, str]]:
    return [(found.where, found.reason) for found in books.open_invoices(TODAY) if isinstance(found, Unreadable)]


GOOD = "101,C1,Ærø ApS,faktura@aero.example,2026-10-01,2026-10-31,1000.50,,,"


# --- lines and what they mean ---


def test_a_line_is_an_invoice(book: Write) -> None:
    books: Books = book(GOOD)
    assert list(books.open_invoices(TODAY)) == [
        BookInvoice(
            number="101",
            customer_number="C1",
            invoice_date=date(2026, 10, 1),
            due_date=date(2026, 10, 31),
            gross=dkk("1000.50"),
            remainder=dkk("1000.50"),
        )
    ]
    books.close()


def test_a_customer_is_known_from_the_lines_that_name_it_the_last_one_winning(book: Write) -> None:
    header = f"{HEADER},mobile,country,language,registration_number,address,owner,phone"
    books = book(
        "101,C1,Old,old@aero.example,2026-10-01,2026-10-31,10,,,,20123456,Danmark,NO,99999993,Havnegade 6,2,62520000",
        "102,C1,Ærø ApS,,2026-10-02,2026-10-31,10,NOK,,,,,,,,,",
        "103,C2,,,2026-10-02,2026-10-31,10,,,,,,xx,,,,",
        header=header,
    )
    assert list(books.customers(["C1", "C2", "C3", "C1"], TODAY)) == [
        BookCustomer(
            number="C1",
            name="Ærø ApS",
            email="old@aero.example",
            mobile="20123456",
            phone="62520000",
            country="Danmark",
            registration_number="99999993",
            language="nb",
            owner="2",
            currency="NOK",
            address="Havnegade 6",
        ),
        BookCustomer(number="C2", name="C2"),
    ]


def test_a_negative_amount_is_a_credit_note_and_stays_open_until_it_is_settled(book: Write) -> None:
    books = book("102,C1,,,2026-10-01,2026-09-01,-250,,2026-11-01,")
    note = invoice_of(books, "102", date(2026, 10, 31))
    assert note.is_credit_note
    assert (note.remainder, invoice_of(books, "102").remainder) == (dkk("-250"), dkk("0"))
    assert open_numbers(books, date(2026, 10, 31)) == ["102"]


def test_an_invoice_without_a_due_date_has_none(book: Write) -> None:
    assert invoice_of(book("101,C1,,,2026-10-01,,10,,,")).due_date is None


@pytest.mark.parametrize("word", ["Yes", "ja", "TRUE", "1", "x"])
def test_a_dispute_is_marked_in_the_words_people_use(book: Write, word: str) -> None:
    assert invoice_of(book(f"101,C1,,,2026-10-01,2026-10-31,10,,,{word}")).disputed
    assert not invoice_of(book("101,C1,,,2026-10-01,2026-10-31,10,,,No")).disputed


# --- what was known on a day ---


def test_an_invoice_exists_from_its_date_and_is_settled_from_its_settlement_on(book: Write) -> None:
    books = book("101,C1,,,2026-10-01,2026-10-31,10,,2026-11-05,")
    assert books.invoice("101", date(2026, 9, 30)) is None
    assert open_numbers(books, date(2026, 9, 30)) == []
    assert open_numbers(books, date(2026, 10, 1)) == ["101"]
    assert open_numbers(books, date(2026, 11, 4)) == ["101"]
    assert open_numbers(books, date(2026, 11, 5)) == []
    day_before, day_itself = (invoice_of(books, as_of=date(2026, 11, day)) for day in (4, 5))
    assert (day_before.remainder, day_before.settled_on) == (dkk("10"), None)
    assert (day_itself.remainder, day_itself.settled_on) == (dkk("0"), date(2026, 11, 5))


def test_payments_lower_the_remainder_from_their_day_on(book: Write) -> None:
    books = book(GOOD, payments=["101,2026-11-10,400,", "101,2026-11-20,600.50,"])
    remainders = [invoice_of(books, as_of=date(2026, 11, day)).remainder for day in (9, 10, 19, 20)]
    assert remainders == [dkk("1000.50"), dkk("600.50"), dkk("600.50"), dkk("0")]
    assert invoice_of(books).settled_on == date(2026, 11, 20)
    assert open_numbers(books) == []


def test_a_payment_taken_back_opens_the_invoice_again(book: Write) -> None:
    books = book(GOOD, payments=["101,2026-11-10,1000.50,", "101,2026-11-15,-1000.50,"])
    assert invoice_of(books, as_of=date(2026, 11, 14)).remainder == dkk("0")
    assert invoice_of(books, as_of=date(2026, 11, 15)).remainder == dkk("1000.50")


def test_money_beyond_the_invoice_before_it_or_without_one_is_unapplied_credit(book: Write) -> None:
    books = book(
        GOOD,
        "102,C1,,,2026-12-01,2026-12-31,100,,,",
        payments=["101,2026-11-10,1100.50,", "102,2026-11-11,70,", ",2026-11-12,5,C1", "999,2026-11-13,7,C1"],
    )
    days = (9, 10, 11, 12, 13)
    credit = [books.unapplied_credit("C1", "DKK", date(2026, 11, day)) for day in days]
    assert credit == [dkk(amount) for amount in ("0", "100", "170", "175", "182")]
    assert books.unapplied_credit("C1", "DKK", date(2026, 12, 1)) == dkk("112")
    assert invoice_of(books).remainder == dkk("0")
    assert books.unapplied_credit("C1", "NOK", TODAY) == Money(minor=0, currency="NOK")
    assert books.unapplied_credit("C9", "DKK", TODAY) == dkk("0")


# --- bad lines ---


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",C1,,,2026-10-01,2026-10-31,10,,,", "number is missing"),
        ("1,,,,2026-10-01,2026-10-31,10,,,", "customer is missing"),
        ("1,C1,,,31-10-2026,2026-10-31,10,,,", "invoice_date '31-10-2026' is not a date like %Y-%m-%d"),
        ("1,C1,,,,2026-10-31,10,,,", "invoice_date '' is not a date like %Y-%m-%d"),
        ("1,C1,,,2026-10-01,2026-02-30,10,,,", "due_date '2026-02-30' is not a date like %Y-%m-%d"),
        ("1,C1,,,2026-10-01,2026-10-31,10,,soon,", "settled_date 'soon' is not a date like %Y-%m-%d"),
        ("1,C1,,,2026-10-01,2026-09-30,10,,,", "it is due on 2026-09-30, before its own date 2026-10-01"),
        ("1,C1,,,2026-10-01,2026-10-31,,,,", "amount '' is not an amount with the decimal mark '.'"),
        ("1,C1,,,2026-10-01,2026-10-31,ten,,,", "amount 'ten' is not an amount with the decimal mark '.'"),
        ('1,C1,,,2026-10-01,2026-10-31,"12,50",,,', "amount '12,50' is not an amount with the decimal mark '.'"),
        ("1,C1,,,2026-10-01,2026-10-31,1e3,,,", "amount '1e3' is not an amount with the decimal mark '.'"),
        ("1,C1,,,2026-10-01,2026-10-31,10.005,,,", "amount '10.005' has more than two decimals"),
        ("1,C1,,,2026-10-01,2026-10-31,0.00,,,", "the amount is zero, there is nothing to pay"),
        ("1,C1,,,2026-10-01,2026-10-31,10,kroner,,", "currency 'KRONER' is not a code of three letters"),
        ("101,C1,,,2026-10-01,2026-10-31,10,,,", "number 101 stands on line 2 already"),
        ("1,C1,,,2026-10-01,2026-10-31,10", "it has 7 cells where the first line has 10"),
        ("1,C1,,,2026-10-01,2026-10-31,10,,,,more", "it has 11 cells where the first line has 10"),
        ('1,C1,"open,,2026-10-01,2026-10-31,10,,,', "its quotation marks do not match"),
        ('1,C1,"Rør" ApS,,2026-10-01,2026-10-31,10,,,', "its quotation marks do not match"),
    ],
)
def test_a_bad_line_is_told_by_its_number_and_stops_no_other(book: Write, line: str, reason: str) -> None:
    books = book(GOOD, line, GOOD.replace("101", "102", 1))
    assert problems(books) == [("line 3", reason)]
    assert open_numbers(books) == ["101", "102"]


def test_a_line_in_another_encoding_spoils_only_itself(book: Write, tmp_path: Path) -> None:
    books = book()
    lines = [
        HEADER.encode(),
        GOOD.encode(),
        GOOD.replace("101", "102").encode("cp1252"),
        GOOD.replace("101", "103").encode(),
    ]
    (tmp_path / "invoices.csv").write_bytes(b"\r\n".join(lines))
    assert problems(books) == [("line 3", "it holds bytes that are not utf-8-sig")]
    assert open_numbers(books) == ["101", "103"]


def test_bad_payments_are_told_by_their_own_lines(book: Write) -> None:
    books = book(
        GOOD,
        payments=[
            "999,2026-11-10,10,",
            "101,10/11/2026,10,",
            "101,2026-11-10,x,",
            "101,2026-11-10,0,",
            "101,2026-11-10,1,",
        ],
    )
    assert [where for where, _ in problems(books)] == [f"payments line {line}" for line in (2, 3, 4, 5)]
    assert problems(books)[0][1] == "it names no invoice and no customer of the book"
    assert invoice_of(books).remainder == dkk("999.50")


def test_blank_lines_and_empty_cells_at_the_end_are_nothing(book: Write) -> None:
    books = book("", GOOD, ",,,,,,,,,", f"{GOOD.replace('101', '102', 1)},,,", "   ")
    assert problems(books) == []
    assert open_numbers(books) == ["101", "102"]


def test_a_quoted_cell_may_run_over_lines_and_the_count_goes_on(book: Write) -> None:
    books = book('101,C1,"Ærø\nVærktøj, ApS",,2026-10-01,2026-10-31,10,,,', "bad")
    assert [one.name for one in books.customers(["C1"], TODAY) if isinstance(one, BookCustomer)] == [
        "Ærø\nVærktøj, ApS"
    ]
    assert problems(books) == [("line 4", "it has 1 cells where the first line has 10")]


def test_a_quotation_mark_left_open_swallows_no_other_invoice(book: Write) -> None:
    inches = [GOOD.replace("101", "102").replace("Ærø ApS", name) for name in ('"19 tommer', "ApS", 'Rør 19"')]
    books = book(GOOD, inches[0], inches[1].replace("102", "103"), inches[2].replace("102", "104"), 'x,"', 'y",1')
    assert open_numbers(books) == ["101", "103", "104"]
    assert [where for where, _ in problems(books)] == ["line 3", "line 6", "line 7"]


def test_a_file_with_a_hundred_bad_lines_still_gives_the_good_ones(book: Write) -> None:
    books = book(*['"' for _ in range(99)], GOOD)
    assert open_numbers(books) == ["101"]


# --- columns ---


def test_any_column_name_date_format_and_number_style_can_be_mapped(book: Write) -> None:
    columns = ColumnMapping.from_options(
        [
            "number=Fakturanr.",
            "customer = Kunde",
            "invoice_date=Dato",
            "due_date=Forfald",
            "amount=Beløb",
            "currency=Valuta",
            "date_format=%d.%m.%Y",
            "decimal_mark=,",
            "encoding=cp1252",
        ]
    )
    header = "fakturanr.;KUNDE;Dato; Forfald ;Beløb;Valuta"
    books = book("7;C1;01.10.2026;31.10.2026;12.345,60;nok", header=header, columns=columns, encoding="cp1252")
    found = invoice_of(books, "7")
    assert found.gross == Money(minor=1234560, currency="NOK")
    assert found.due_date == date(2026, 10, 31)


def test_a_byte_order_mark_is_no_part_of_the_first_name(book: Write) -> None:
    assert open_numbers(book(GOOD, encoding="utf-8-sig")) == ["101"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out_from_the_first_line(book: Write, delimiter: str) -> None:
    assert open_numbers(book(GOOD.replace(",", delimiter), header=HEADER.replace(",", delimiter))) == ["101"]


def test_a_file_without_a_needed_column_is_one_error_that_names_the_columns_found(book: Write) -> None:
    books = book("1,C1", header="Number,customer,total")
    message = (
        "invoices.csv: column 'invoice_date' for invoice_date is missing, 'due_date' for due_date is missing, "
        "'amount' for amount is missing; the columns are Number, customer, total"
    )
    for _ in range(2):
        with pytest.raises(BooksRefused) as caught:
            books.open_invoices(TODAY)
        assert str(caught.value) == message


def test_a_column_that_was_named_must_be_there_and_only_once(book: Write) -> None:
    with pytest.raises(BooksRefused, match="'Mail' for email is missing"):
        book(GOOD, columns=ColumnMapping(email="Mail")).invoice("101", TODAY)
    with pytest.raises(BooksRefused, match="'amount' for amount stands there more than once"):
        book(GOOD, header=HEADER.replace("email", "Amount")).invoice("101", TODAY)


def test_a_payments_file_without_its_columns_is_refused_by_name(book: Write, tmp_path: Path) -> None:
    paid = tmp_path / "paid.csv"
    paid.write_text("number,amount\n")
    with pytest.raises(BooksRefused, match=r"paid.csv: column 'date' for payment_date is missing"):
        book(GOOD, payments_path=paid).invoice("101", TODAY)


@pytest.mark.parametrize("content", ["", "\n101,C1\n"])
def test_a_file_without_a_first_line_is_refused(book: Write, tmp_path: Path, content: str) -> None:
    books = book()
    (tmp_path / "invoices.csv").write_text(content)
    with pytest.raises(BooksRefused, match="the first line is empty"):
        books.open_invoices(TODAY)


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("number", "'number' is not name=column with one of the names number, customer"),
        ("nummer=x", "'nummer=x' is not name=column"),
        ("date_format=%Y-%m", "date_format: Value error, must name day, month and year"),
        ("decimal_mark=:", "decimal_mark: "),
        ("delimiter=ab", "delimiter: "),
        ("encoding=latin-99", "encoding: Value error, latin-99 is not a text encoding"),
    ],
)
def test_a_wrong_option_says_what_is_wrong(option: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        ColumnMapping.from_options([option])


# --- the files themselves ---


def test_a_file_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    books = CsvBooks(tmp_path / "none.csv", PLAIN, "DKK")
    for question in (
        lambda: books.read_at(),
        lambda: books.open_invoices(TODAY),
        lambda: books.customers(["1"], TODAY),
        lambda: books.invoice("1", TODAY),
        lambda: books.unapplied_credit("1", "DKK", TODAY),
    ):
        with pytest.raises(BooksUnavailable, match=r"none.csv cannot be read: No such file"):
            question()
    with pytest.raises(BooksUnavailable, match="Is a directory"):
        CsvBooks(tmp_path, PLAIN, "DKK").open_invoices(TODAY)


def test_the_answer_is_as_old_as_the_older_file(book: Write, tmp_path: Path) -> None:
    books = book(GOOD, payments=["101,2026-11-10,1,"])
    os.utime(tmp_path / "invoices.csv", (1_700_000_000, 1_700_000_000))
    os.utime(tmp_path / "payments.csv", (1_700_000_060, 1_700_000_060))
    assert books.read_at() == datetime.fromtimestamp(1_700_000_000, UTC)


def test_a_changed_file_is_read_again_and_a_list_being_read_stays_as_it_was(book: Write, tmp_path: Path) -> None:
    books = book(GOOD)
    listed = books.open_invoices(TODAY)
    path = tmp_path / "invoices.csv"
    path.write_text("\n".join([HEADER, GOOD.replace("101", "102", 1)]))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert open_numbers(books) == ["102"]
    assert [found.number for found in listed if isinstance(found, BookInvoice)] == ["101"]
    path.unlink()
    with pytest.raises(BooksUnavailable):
        books.invoice("102", TODAY)


def test_a_file_that_is_being_written_is_unavailable(
    book: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = book(GOOD)
    stamps = iter([((1, 1),), ((2, 1),)])
    monkeypatch.setattr(books, "_stamp", lambda: next(stamps))
    with pytest.raises(BooksUnavailable, match="being written"):
        books.open_invoices(TODAY)


def test_documents_come_from_the_folder_that_was_named(book: Write, tmp_path: Path) -> None:
    folder = tmp_path / "pdf"
    folder.mkdir()
    (folder / "101.pdf").write_bytes(b"%PDF-1.4 ...")
    (folder / "102.pdf").write_bytes(b"<html>")
    (tmp_path / "secret.pdf").write_bytes(b"%PDF-1.4 secret")
    lines = [GOOD.replace("101", number, 1) for number in ("101", "102", "103", "../secret")]
    books = book(*lines, pdf_dir=folder)
    assert books.pdf("101") == b"%PDF-1.4 ..."
    assert [books.pdf(number) for number in ("103", "../secret", "unknown")] == [None] * 3
    with pytest.raises(BooksUnavailable, match=r"102.pdf is not a PDF"):
        books.pdf("102")
    assert book(GOOD).pdf("101") is None


# --- a whole book ---


@pytest.mark.skipif(not REAL_BOOK.exists(), reason="the sample book is not beside the project")
def test_the_sample_book_loads_whole_and_replays_its_days() -> None:
    books = CsvBooks(REAL_BOOK, ColumnMapping.from_options(REAL_COLUMNS), "DKK")
    last_day = date(2014, 1, 9)
    days = [date(2012, 1, 2), date(2012, 1, 3), date(2013, 3, 1), date(2014, 1, 8), last_day]
    assert [len(open_numbers(books, day)) for day in days] == [0, 5, 91, 1, 0]
    assert list(books.open_invoices(last_day)) == []
    found = invoice_of(books, "0000611365", date(2013, 1, 14))
    assert (found.gross, found.remainder, found.settled_on) == (dkk("55.94"), dkk("55.94"), None)
    assert invoice_of(books, "0000611365", date(2013, 1, 15)).settled_on == date(2013, 1, 15)
    (customer,) = books.customers(["0379-NEVHP"], last_day)
    assert customer == BookCustomer(number="0379-NEVHP", name="0379-NEVHP", country="391")


def test_a_large_file_is_parsed_once(book: Write) -> None:
    books = book(*(f"{number},C{number % 500},,,2026-10-01,2026-10-31,10,,," for number in range(20_000)))
    assert len(open_numbers(books)) == 20_000
    started = time.monotonic()
    for number in range(200):
        assert books.invoice(str(number), TODAY) is not None
    assert time.monotonic() - started < 1
