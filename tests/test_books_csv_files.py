"""The files of a CSV book: missing, changed, half written, and the documents beside them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from activities.books.csv_file import CsvBooks
from models.books import BookInvoice, BooksUnavailable
from tests import csv_files
from tests.csv_files import GOOD, HEADER, PLAIN, TODAY, Write, open_numbers

# pytest finds a fixture by the name that it has in the module.
book = csv_files.book


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
