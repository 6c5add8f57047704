"""`rykker replay`: a small invented book of the past on the real engine, day by day, and the check that judges it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import typer
from rich.console import Console
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from activities.books.csv_columns import ColumnMapping
from activities.books.csv_file import CsvBooks
from commands.past_books import PastBooks, reachable
from commands.replay import told
from commands.replay_command import replay_command
from commands.replay_figures import (
    Figures,
    MessageFigures,
    SentStep,
    StepFigures,
    TooLate,
    sent_after_settlement,
)
from commands.replay_plan import ReplayRefused, planned
from commands.replay_run import Progress, replay_on
from commands.replay_stage import Stage
from models.books import BookCustomer, BookInvoice
from models.database import reading, transaction
from models.parties import CreditorRow
from tests.story import Engines

BOOK = """\
Nr,Kunde,Dato,Forfald,Beløb,Betalt,Tvist
A1,Alfa,04-02-2013,04-03-2013,"1.000,00",20-02-2013,Nej
A2,Alfa,08-03-2013,08-04-2013,"2.500,50",18-04-2013,Nej
B1,Beta,06-04-2013,06-05-2013,"3.000,00",31-05-2013,Ja
B2,Beta,02-08-2013,02-09-2013,"4.000,00",10-09-2013,Nej
C1,Gamma,10-05-2013,10-06-2013,"5.000,00",,Nej
C2,Gamma,01-02-2013,01-03-2013,"600,00",22-02-2013,Ja
C3,Gamma,31-02-2013,01-04-2013,"600,00",,Nej
A2,Alfa,01-03-2013,01-04-2013,"7,00",,Nej
C4,Gamma,01-02-2013,01-03-2013,"0,00",,Nej
"""
MAPS = (
    *("number=Nr", "customer=Kunde", "invoice_date=Dato", "due_date=Forfald", "amount=Beløb"),
    *("settled_date=Betalt", "disputed=Tvist", "date_format=%d-%m-%Y", "decimal_mark=,"),
)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    file = tmp_path / "past.csv"
    file.write_text(BOOK, encoding="utf-8")
    return file


@pytest.fixture
def stage(engines: Engines) -> Stage:
    """The session's own server, worker and stand-ins."""
    e = engines
    return Stage(e.client, e.database, e.shelf, e.sendgrid, e.twilio, e.task_queue)


# Cases that run at the same time without a workflow cache push each other's local activities out; they run again.
@pytest.mark.filterwarnings("ignore:Cannot find activity to cancel:UserWarning")
@pytest.mark.anyio
async def test_every_case_lives_through_its_past_and_only_what_was_unpaid_is_reminded(stage: Stage, book: Path) -> None:
    seen: list[Progress] = []
    figures = await replay_on(stage, planned(book, "dk-standard", columns=MAPS), seen.append, every=0.2)
    assert [(one.on.isoformat(), one.step, *one.invoices) for one in sorted(figures.sent, key=lambda one: one.on)] == [
        ("2013-04-05", "nudge", "A2"),
        ("2013-04-16", "rykker-1", "A2"),
        ("2013-05-03", "nudge", "B1"),
        ("2013-05-22", "rykker-1", "B1"),  # asked on 6 May, answered on 20 May, a holiday
        ("2013-06-07", "nudge", "C1"),
        ("2013-06-18", "rykker-1", "C1"),
        ("2013-07-02", "rykker-2", "C1"),
        ("2013-07-16", "inkassovarsel", "C1"),
        ("2013-08-30", "nudge", "B2"),
    ]
    assert figures.steps == [
        StepFigures(step="nudge", title="pre-due nudge", proposed=4, sent=4),
        # B2 was paid on the very day on which its released reminder was to leave.
        StepFigures(step="rykker-1", title="first reminder", proposed=4, sent=3, withdrawn_paid=1),
        StepFigures(step="rykker-2", title="second reminder", proposed=1, sent=1),
        StepFigures(step="inkassovarsel", title="formal collection notice", proposed=1, sent=1),
        StepFigures(step="phone-call", title="phone call", tasks=1),
    ]
    assert (figures.invoices, figures.customers, figures.invented_addresses) == (6, 3, 3)
    assert (figures.cases_opened, figures.cases_closed) == (4, {"paid": 3})
    assert figures.cases_open == {"waiting: the ladder has been climbed; a person decides what happens next": 1}
    assert (figures.questions_disputed, figures.questions_asked, figures.questions_answered) == (2, 1, 1)
    assert (figures.first_day, figures.last_day, figures.days) == (date(2013, 2, 1), date(2013, 9, 10), 222)
    assert figures.unreadable == {
        "line 8": "invoice_date '31-02-2013' is not a date like %d-%m-%Y",
        "line 9": "number A2 stands on line 3 already",
        "line 10": "the amount is zero, there is nothing to pay",
    }
    assert figures.messages == [
        MessageFigures(channel="email", recorded=9, received=9),
        MessageFigures(channel="sms", recorded=0, received=0),
    ]
    assert (figures.held, figures.not_proposed, figures.failures) == ({}, {}, [])
    last = seen[-1]
    assert (last.tally.customers, last.tally.invoices, last.sent) == (3, 6, 9)


@pytest.mark.anyio
async def test_a_ladder_of_ones_own_and_a_shorter_answer_give_other_dates(stage: Stage, book: Path) -> None:
    own = book.with_name("own.toml")
    own.write_text(
        'name = "dk-standard"\ntitle = "Mine"\n[[steps]]\nname = "late"\ntitle = "late"\noffset_days = 3\n'
        'channels = ["email"]\nwording = "reminder-1"\ndeadline_days = 10\n',
        encoding="utf-8",
    )
    plan = planned(book, str(own), columns=MAPS, answer_after=2, jobs=1)
    figures = await replay_on(stage, plan, lambda _: None, every=5)
    # B1's question can only be asked when its case opens, on 10 May behind Ascension Day, and is answered on the 12th.
    assert sorted((one.on.isoformat(), *one.invoices) for one in figures.sent) == [
        ("2013-04-12", "A2"),
        ("2013-05-14", "B1"),
        ("2013-06-14", "C1"),
        ("2013-09-06", "B2"),
    ]
    assert figures.failures == []


# --- the check ---


@pytest.fixture
def figures() -> Callable[..., Figures]:
    """Figures of a replay in which all went well, and what is to be different."""

    def made(**different: object) -> Figures:
        nothing: dict[str, object] = {
            **dict.fromkeys(("file", "ladder"), ""),
            **dict.fromkeys(("invoices", "customers", "invented_addresses", "cases_opened"), 0),
            **dict.fromkeys(("questions_disputed", "questions_asked", "questions_answered"), 0),
            **dict.fromkeys(("events_mean", "events_most", "seconds"), 0),
            **{name: {} for name in ("unreadable", "cases_closed", "cases_open", "held", "not_proposed")},
            **{name: [] for name in ("steps", "messages", "sent", "sent_after_settlement")},
            **dict.fromkeys(("first_day", "last_day")),
        }
        return Figures.model_validate({**nothing, **different})

    return made


def sent(on: str, *invoices: str) -> SentStep:
    step = "rykker-1"
    return SentStep(proposal="p", customer="Alfa", step=step, on=date.fromisoformat(on), invoices=invoices)


@pytest.mark.parametrize(
    ("settled", "late"),
    [(None, False), (date(2013, 4, 17), False), (date(2013, 4, 16), True), (date(2013, 4, 15), True)],
)
def test_a_reminder_on_or_after_the_settlement_of_one_of_its_invoices_is_found(
    settled: date | None, late: bool
) -> None:
    days = {"A1": None, "A2": settled}
    found = sent_after_settlement([sent("2013-04-16", "A1", "A2")], days)
    assert [(one.invoice, one.settled) for one in found] == ([("A2", settled)] if late else [])


LATE = TooLate(proposal="p", step="rykker-1", sent=date(2013, 4, 16), invoice="A2", settled=date(2013, 4, 16))
LOST = MessageFigures(channel="email", recorded=9, received=8)


@pytest.mark.parametrize(
    ("different", "code", "words"),
    [
        ({}, 0, "Passed"),
        ({"sent_after_settlement": [LATE]}, 1, "rykker-1 on 2013-04-16, invoice A2 settled 2013-04-16"),
        ({"messages": [LOST]}, 1, "9 messages by email are on record as sent, 8 were received"),
    ],
)
def test_the_run_fails_when_a_paid_invoice_was_reminded_or_a_message_is_missing(
    figures: Callable[..., Figures], tmp_path: Path, different: dict[str, object], code: int, words: str
) -> None:
    console = Console(record=True, width=200, file=io.StringIO())
    file = tmp_path / "figures.json"
    assert told(console, figures(**different), file) == code
    assert words in console.export_text()
    assert Figures.model_validate_json(file.read_text()) == figures(**different)


# --- what cannot be replayed ---


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--ladder", "us-standard"], "no such preset and no such file; the presets are dk-gentle, dk-standard,"),
        (
            ["--ladder", "dk-standard", "--map", "number=No"],
            "column 'No' for number is missing; the columns are Nr, Kunde",
        ),
        (
            ["--ladder", "dk-standard", "--map", "nummer=Nr"],
            "'nummer=Nr' is not name=column with one of the names number,",
        ),
        (["--ladder", "dk-standard", "--map", "date_format=%Y-%m-%d"], "has no invoice that can be read"),
        (["--ladder", "dk-standard", "--currency", "kroner"], "--currency 'kroner'"),
        (
            ["--ladder", "dk-standard", "--json", "/nowhere/figures.json"],
            "--json /nowhere/figures.json cannot be written",
        ),
        (["--ladder", "{folder}/broken.toml"], "broken.toml"),
        (["--ladder", "{folder}/back.toml"], "the steps must be in order of their days"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_started(book: Path, options: list[str], words: str) -> None:
    (book.parent / "broken.toml").write_text("name =", encoding="utf-8")
    step = '[[steps]]\nname = "{}"\ntitle = "x"\noffset_days = {}\nchannels = ["email"]\nwording = "nudge"\n'
    (book.parent / "back.toml").write_text('name = "b"\ntitle = "b"\n' + step.format("a", 9) + step.format("b", 2))
    given = [option.format(folder=book.parent) for option in options]
    answer = replayed(str(book), *[part for one in MAPS for part in ("--map", one)], *given)
    assert (answer.exit_code, words in " ".join(answer.output.split())) == (2, True), answer.output


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    answer = replayed(str(tmp_path / "gone.csv"), "--ladder", "dk-standard")
    assert answer.exit_code == 2
    assert "gone.csv cannot be read: No such file or directory" in answer.output


def replayed(*options: str) -> Result:
    app = typer.Typer()
    app.command()(replay_command)
    return CliRunner().invoke(app, [*options], env={"COLUMNS": "300"})


# --- the books of the past ---


def test_the_books_of_a_day_know_neither_what_was_paid_later_nor_a_dispute_before_its_day(book: Path) -> None:
    books = PastBooks(CsvBooks(book, ColumnMapping.from_options(MAPS), "DKK"))

    def seen(number: str, day: str) -> tuple[int, bool] | None:
        found = books.invoice(number, date.fromisoformat(day))
        return (found.remainder.minor, found.disputed) if found else None

    assert seen("B1", "2013-04-05") is None
    assert seen("B1", "2013-05-05") == (300_000, False)
    assert seen("B1", "2013-05-06") == (300_000, True)
    assert seen("B1", "2013-05-31") == (0, True)
    listed = [i for i in books.open_invoices(date(2013, 5, 5)) if isinstance(i, BookInvoice)]
    assert [(i.number, i.disputed) for i in listed] == [("B1", False)]
    assert books.pdf("B1") is None


def test_only_a_customer_who_cannot_be_reached_gets_an_invented_address() -> None:
    found = [
        reachable(BookCustomer(number=number, name="x", email=email)).email
        for number, email in (("0379-NEVHP", ""), ("12", "a@b.example"), ("Ø 1", ""), ("Å 1", ""))
    ]
    assert found[:2] == ["0379-NEVHP@replay.example", "a@b.example"]
    assert len(set(found)) == 4
    assert all(re.fullmatch(r"[\w.-]+@[\w.]+", address, re.ASCII) for address in found)


def test_a_reader_waits_for_no_writer_and_sees_what_was_written_before(database: Engine) -> None:
    with transaction(database) as writing:
        writing.add(CreditorRow(id="unwritten", name="x", settings={}, books={}))
        writing.flush()
        with reading(database) as session:
            assert session.get(CreditorRow, "unwritten") is None
        writing.rollback()


def test_the_first_customers_are_those_the_file_names_first(book: Path) -> None:
    assert sorted(planned(book, "dk-standard", columns=MAPS, customers=1).book.rows) == ["A1", "A2"]
    with pytest.raises(ReplayRefused, match="--map"):
        planned(book, "dk-standard")
