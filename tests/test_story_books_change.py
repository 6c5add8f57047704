"""Invoices that change in the books: another amount, another due date, gone, and back again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import select

from models.cases import FreezeRow
from models.columns import Json
from models.database import transaction
from models.mirror import InvoiceRow
from models.news import BooksChanged, Resolved
from standins.economic.records import Invoice
from tests import case_news
from tests.case_news import resume
from tests.story import HAVN, Story, at

# Runs around every test here; pytest finds a fixture by the name that it has in the module.
mended = case_news.mended
pytestmark = pytest.mark.anyio


def moved(story: Story, due: str, number: int = 1001) -> None:
    """The books give an invoice another due date."""
    invoice: Invoice = story.book.invoices[number]
    invoice.due = date.fromisoformat(due)
    story.book.entries[story.book.entry_of_invoice[number]].due = invoice.due


def figures(story: Story) -> list[Json]:
    with transaction(story.engines.database) as session:
        rows = session.exec(select(FreezeRow).where(FreezeRow.case_id == story.case.id))
        return [figure for row in rows for figure in row.figures]


def mirrored(story: Story, number: str = "1001") -> InvoiceRow:
    with transaction(story.engines.database) as session:
        return session.get_one(InvoiceRow, (story.creditor, number))


async def test_what_the_books_mark_as_disputed_is_a_question_until_an_admin_settles_it(story: Story) -> None:
    await story.stands_released()
    with transaction(story.engines.database) as session:
        session.get_one(InvoiceRow, (story.creditor, "1001")).disputed = True
    await story.tell("books_changed", BooksChanged(id="b-1"))
    await story.until("2026-08-13 12:00", released=True)
    assert story.freezes == ["question: the books mark invoice 1001 as disputed"]
    assert story.sent == []
    settled = Resolved(id="r-1", by=story.actor("anna"), outcome="answered", reason="delivered on 3 July")
    await story.command("resolve", settled)
    await story.tell("books_changed", BooksChanged(id="b-2"))
    await story.until("2026-08-20 12:00", released=True)
    assert story.freezes == [], "it was answered, whatever the books go on to say"
    assert story.sent == ["2026-08-18 09:00 rykker-1"]


async def test_a_due_date_that_changes_after_a_reminder_stands_pauses_the_case_with_both_dates(story: Story) -> None:
    await story.stands_released()
    moved(story, "2026-08-24")
    await story.told_by_the_books("2026-08-10 13:00")
    said = "nvoice 1001 was due 2026-08-03 and is due 2026-08-24 in the books, 12500.00 DKK left"
    assert story.told("due date changed") == [f"I{said}"]
    assert story.freezes == [f"review: i{said}"]
    assert figures(story) == [{"invoice": "1001", "before": "due 2026-08-03", "after": "due 2026-08-24"}]
    assert story.proposal("rykker-1").state == "withdrawn"
    assert mirrored(story).due_date_before == date(2026, 8, 3)
    await story.told_by_the_books("2026-08-10 13:15")
    assert len(story.told("due date changed")) == 1, "the same reading again changes nothing"
    await resume(story)
    await story.until("2026-09-02 12:00", released=True)
    assert story.sent == ["2026-09-01 09:00 rykker-1"], "seven days after the new due date, and the hold window"
    assert "24. august 2026" in story.mails[-1].text
    assert "3. august 2026" not in story.mails[-1].text


async def test_after_a_sent_reminder_interest_and_ladder_go_by_the_new_date(story: Story) -> None:
    await story.stands_released()
    await story.until("2026-08-11 12:00", released=True)
    assert ("1001", "interest", Decimal("27.40")) in story.ledger
    moved(story, "2026-08-06")
    await story.told_by_the_books("2026-08-12 12:00")
    assert len(story.freezes) == 1
    assert sum(amount for _, kind, amount in story.ledger if kind == "interest") == Decimal("17.12")
    await resume(story)
    await story.until("2026-09-01 12:00", released=True)
    assert story.sent[-1] == "2026-08-28 09:00 rykker-2"


async def test_before_anybody_was_reminded_the_ladder_simply_goes_by_the_new_date(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    moved(story, "2026-08-17")
    await story.told_by_the_books("2026-07-29 12:15")
    assert (story.freezes, len(story.told("due date changed"))) == ([], 1)
    await story.until("2026-08-14 12:00", released=True)
    assert story.sent == ["2026-08-14 09:00 nudge"]


async def test_there_and_back_are_each_recorded_once(story: Story) -> None:
    await story.stands_released()
    for moment, due in (("13:00", "2026-08-20"), ("13:15", "2026-08-03"), ("13:30", "2026-08-20")):
        moved(story, due)
        await story.told_by_the_books(f"2026-08-10 {moment}")
        await story.told_by_the_books(f"2026-08-10 {moment}")
    assert [line.split(" in the books")[0] for line in story.told("due date changed")] == [
        "Invoice 1001 was due 2026-08-03 and is due 2026-08-20",
        "Invoice 1001 was due 2026-08-20 and is due 2026-08-03",
        "Invoice 1001 was due 2026-08-03 and is due 2026-08-20",
    ]
    assert len(story.freezes) == 1, "the case stands still since the first, and nothing stands that told a date"


async def test_a_change_from_before_the_case_is_no_news_to_it(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-10-01")
    await story.begins("2026-07-29 12:00")
    moved(story, "2026-08-03")
    await story.mirror(at("2026-07-29 12:15"))
    assert len(story.cases) == 1
    assert (story.told("due date changed"), story.freezes) == ([], [])


async def test_an_invoice_that_disappears_pauses_the_case_and_is_not_taken_as_paid(story: Story) -> None:
    await story.stands_released()
    invoice, entry = story.book.invoices[1001], story.book.entry_of_invoice[1001]
    line = story.book.entries[entry]
    story.book.remove_invoice(1001)
    await story.told_by_the_books("2026-08-10 13:00")
    said = "the books no longer have invoice 1001; that is not the same as paid"
    assert story.freezes == [f"review: {said}, 12500.00 DKK left"]
    assert story.told("invoice missing") == [f"T{said[1:]}"]
    assert figures(story) == [{"invoice": "1001", "before": "12500.00 DKK", "after": "not in the books"}]
    since = mirrored(story).missing_since
    await story.told_by_the_books("2026-08-10 13:15")
    assert (mirrored(story).missing_since, len(story.told("invoice missing"))) == (since, 1)
    assert story.balance(1001) == 12500
    await story.until("2026-08-12 12:00", released=True)
    assert story.sent == []
    story.book.invoices[1001] = invoice
    story.book.invoices_of[HAVN].append(1001)
    story.book.entries[entry] = line
    story.book.entries_of[HAVN].append(entry)
    story.book.entry_of_invoice[1001] = entry
    await story.told_by_the_books("2026-08-12 13:00")
    assert mirrored(story).missing_since is None
    assert story.told("invoice back") == ["Invoice 1001 is in the books again, 12500.00 DKK left"]
    assert len(story.freezes) == 1, "the stop stays for the person"
    await story.told_by_the_books("2026-08-12 13:15")
    assert len(story.told("invoice back")) == 1
    story.book.remove_invoice(1001)
    await story.told_by_the_books("2026-08-12 13:30")
    assert (len(story.told("invoice missing")), len(story.freezes)) == (2, 2), "gone again is news again"


async def test_for_a_customer_without_a_case_nothing_is_opened_for_what_disappeared(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-20")
    await story.begins("2026-08-01 12:00")
    story.book.remove_invoice(1001)
    await story.mirror(at("2026-08-01 12:15"))
    assert mirrored(story).missing_since is not None
    await story.mirror(at("2026-08-28 12:00"))
    assert story.cases == []
    assert story.trail == []


async def test_an_invoice_that_grows_pauses_with_the_old_and_the_new_figure(story: Story) -> None:
    await story.stands_released()
    invoice = story.book.invoices[1001]
    invoice.gross = invoice.remainder = Decimal("13000.00")
    await story.told_by_the_books("2026-08-10 13:00")
    assert story.freezes == ["review: invoice 1001 was 12500.00 DKK and is 13000.00 DKK in the books"]
    assert figures(story) == [{"invoice": "1001", "before": "12500.00 DKK", "after": "13000.00 DKK"}]
    await resume(story)
    await story.until("2026-08-12 12:00", released=True)
    assert "13.000,00" in story.mails[-1].text
