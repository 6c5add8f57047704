"""A bad line of a CSV book is told by its number and spoils nothing but itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.books import BookCustomer
from tests import csv_files
from tests.csv_files import GOOD, HEADER, TODAY, Write, dkk, invoice_of, open_numbers, problems

# pytest finds a fixture by the name that it has in the module.
book = csv_files.book


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
