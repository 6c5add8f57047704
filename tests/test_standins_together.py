"""All four at once: the sample book, the state that outlives a restart, and the command."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from sendgrid.helpers.eventwebhook import EventWebhook, EventWebhookHeader
from stdnum.dk import cvr
from stdnum.no import orgnr

from standins import saved
from standins.economic.book import Book
from standins.economic.server import APP_SECRET, GRANT
from standins.sample_book import sample_book, sample_companies
from standins.server import running
from standins.together import together
from tests.receiver import Receiver

TODAY = date(2026, 11, 22)
TOKENS = {"X-AppSecretToken": APP_SECRET, "X-AgreementGrantToken": GRANT}


@pytest.fixture(scope="module")
def book() -> Book:
    return sample_book(TODAY)


def offsets(book: Book, customer: int | None = None) -> Counter[int]:
    """How many open invoices fall due so many days from today."""
    open_ones = [one for one in book.invoices.values() if one.remainder > 0 and customer in (None, one.customer)]
    return Counter((one.due - TODAY).days for one in open_ones if one.due)


def test_the_sample_book_has_an_invoice_for_every_stage(book: Book) -> None:
    assert set(offsets(book)) == {10, 4, 0, -3, -7, -10, -21, -40}
    assert (len(book.customers), sum(offsets(book).values())) == (12, 21)
    havn = book.invoices[1001]
    assert (book.customers[1001].name, havn.customer, havn.gross) == ("Havn A/S", 1001, Decimal("12500.00"))
    assert havn.due == date(2026, 11, 26)


def test_the_sample_book_has_a_customer_for_every_trouble(book: Book) -> None:
    customers = book.customers
    assert len(customers[1002].email.split()) == 2
    assert (customers[1003].email, customers[1003].mobile) == ("", "")
    assert set(offsets(book, 1004)) == {-40, -7}
    assert book.invoices[1006].remainder == Decimal("4500.00")
    assert book.invoices[1008].remainder == Decimal("-1250.00")
    assert {one.currency for one in book.invoices.values()} == {"DKK", "EUR"}
    assert (customers[1008].country, customers[1009].language) == ("Norge", 2)
    assert {one.sales_person for one in customers.values()} == {1, 2}
    assert sum(not one.remainder for one in book.invoices.values()) == 10


def test_the_sample_book_is_the_same_each_time_and_follows_the_day(book: Book) -> None:
    assert sample_book(TODAY).snapshot() == book.snapshot()
    assert sample_book(date(2026, 8, 3)).invoices[1001].due == date(2026, 8, 7)


def test_sample_numbers_are_valid_and_known_to_the_registers(book: Book) -> None:
    companies = sample_companies(TODAY)
    for customer in book.customers.values():
        if customer.cvr:
            country, check = ("NO", orgnr) if len(customer.cvr) == 9 else ("DK", cvr)
            assert check.is_valid(customer.cvr)
            assert companies.find(customer.cvr, country) is not None


def test_changes_outlive_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "state" / "books.json"
    with together(today=TODAY, state=state) as four:
        four.economic.book.register_payment(1001, Decimal("5000"))
        four.economic.book.book_credit_note(1100, 1002, Decimal("100"), invoice=1002)
        four.registers.companies.set_status("99999993", "bankrupt")
        before = four.economic.book.snapshot()
    with together(today=TODAY, state=state) as four:
        book = four.economic.book
        assert book.snapshot() == before
        assert book.invoices[1001].remainder == Decimal("7500.00")
        assert four.registers.companies.all("DK")[1].state == "bankrupt"
        # What is restored can be changed on, and is numbered on.
        book.register_payment(1001)
        assert len(set(book.entries)) == len(before.entries) + 1
    assert [path.name for path in state.parent.iterdir()] == ["books.json"]


def test_a_change_is_saved_once_and_whole(tmp_path: Path) -> None:
    book = sample_book(TODAY)
    saved.Keeper(tmp_path / "state.json", book, sample_companies(TODAY))
    keep, times = book.on_change, 0

    def counted() -> None:
        nonlocal times
        times += 1
        assert keep is not None
        keep()

    book.on_change = counted
    book.book_credit_note(1100, 1002, Decimal("100"), invoice=1002)
    assert times == 1
    assert saved.load(tmp_path / "state.json")[0].snapshot() == book.snapshot()


def test_a_state_file_of_something_else_is_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "state.json"
    foreign.write_text('{"hello": 1}')
    with pytest.raises(ValueError, match="move it away"), together(today=TODAY, state=foreign):
        pass
    assert foreign.read_text() == '{"hello": 1}'


def test_the_day_of_all_four_moves_together() -> None:
    with together(today=TODAY) as four:
        four.set_today(date(2026, 12, 1))
        for server in (four.economic, four.sendgrid, four.twilio, four.registers):
            assert server.today == date(2026, 12, 1)


def command(*more: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-m", "standins", "--today", "2026-11-22", *more]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_says_where_it_is_serves_and_ends_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with command("--outbox", str(tmp_path / "outbox"), "--state", str(tmp_path / "state.json")) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        secrets = said["credentials"]
        tokens = {
            "X-AppSecretToken": secrets["economic_app_secret"],
            "X-AgreementGrantToken": secrets["economic_grant"],
        }
        assert (
            httpx.get(f"{said['economic']}/customers/1001", headers=tokens, trust_env=False, verify=False).json()[
                "name"
            ]
            == "Havn A/S"
        )
        text = {"To": "+4520123401", "From": "Nordlys", "Body": "Hej"}
        messages = f"{said['twilio']}/2010-04-01/Accounts/{secrets['twilio_sid']}/Messages.json"
        login = (secrets["twilio_sid"], secrets["twilio_token"])
        assert httpx.post(messages, data=text, auth=login, trust_env=False, verify=False).status_code == 201
        assert (tmp_path / "outbox" / "0001-+4520123401.sms.txt").exists()
        process.send_signal(number)
        rest, errors = process.communicate(timeout=60)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_the_command_reports_what_becomes_of_messages() -> None:
    with (
        running(Receiver()) as hook,
        command("--events-to", f"{hook.url}/events", "--calls-back") as process,
    ):
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        secrets = said["credentials"]
        mail = {
            "personalizations": [{"to": [{"email": "faktura@havn.example"}]}],
            "from": {"email": "rykker@nordlys.example"},
            "subject": "Rykker",
            "content": [{"type": "text/plain", "value": "Hej"}],
        }
        key = {"Authorization": f"Bearer {secrets['sendgrid_key']}"}
        httpx.post(f"{said['sendgrid']}/v3/mail/send", json=mail, headers=key, trust_env=False, verify=False)
        [events] = hook.heard(1)
        text = {"To": "+4520123401", "From": "Nordlys", "Body": "Hej", "StatusCallback": f"{hook.url}/status"}
        messages = f"{said['twilio']}/2010-04-01/Accounts/{secrets['twilio_sid']}/Messages.json"
        login = (secrets["twilio_sid"], secrets["twilio_token"])
        httpx.post(messages, data=text, auth=login, trust_env=False, verify=False)
        entries = hook.heard(3)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert errors == ""
    assert [entry.path for entry in entries] == ["/events", "/status", "/status"]
    signature, stamp = (
        events.headers[name.lower()] for name in (EventWebhookHeader.SIGNATURE, EventWebhookHeader.TIMESTAMP)
    )
    assert EventWebhook(secrets["sendgrid_event_key"]).verify_signature(events.body, signature, stamp)


def test_a_taken_port_is_said_in_one_line() -> None:
    with together(today=TODAY) as four, command("--economic-port", str(four.economic.port)) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.startswith("standins: ")
    assert errors.count("\n") == 1
