"""What the e-conomic stand-in says of invoices, customers and contacts: the vendor's fields and no others."""

from __future__ import annotations

import httpx

from standins.economic import EconomicStandin
from tests import economic_client
from tests.economic_client import listed

# pytest finds a fixture by the name that it has in the module.
server, client = economic_client.server, economic_client.client


def test_invoices_are_listed_by_state_and_due_today_is_not_overdue(client: httpx.Client) -> None:
    assert listed(client, "/invoices/booked") == [20318, 20319, 20320, 20321, 20322]
    assert listed(client, "/invoices/paid") == [20321]
    assert listed(client, "/invoices/unpaid") == [20318, 20319, 20320, 20322]
    assert listed(client, "/invoices/overdue") == [20318, 20322]
    assert listed(client, "/invoices/not-due") == [20319, 20320]
    assert listed(client, "/customers/1112/invoices/booked") == [20320, 20321]


def test_amounts_are_written_with_two_decimals_unless_the_book_is_switched(
    server: EconomicStandin, client: httpx.Client
) -> None:
    assert '"remainder":866.00,' in client.get("/invoices/booked/20319").text
    assert '"exchangeRate":745.930000,' in client.get("/invoices/booked/20322").text
    server.book.set_bare_integers(True)
    assert '"remainder":866,' in client.get("/invoices/booked/20319").text


def test_a_single_document_has_lines_and_a_list_has_none(client: httpx.Client) -> None:
    single = client.get("/invoices/booked/20318").json()
    assert (single["netAmount"], single["vatAmount"], single["lines"][0]["totalNetAmount"]) == (8400.0, 2100.0, 8400.0)
    assert single["recipient"]["cvr"] == "99999993"
    assert single["references"]["salesPerson"]["employeeNumber"] == 2
    assert single["paymentTerms"]["paymentTermsType"] == "net"
    assert all("lines" not in one for one in client.get("/invoices/booked").json()["collection"])


def test_documents_and_customers_have_only_the_fields_of_the_vendor(client: httpx.Client) -> None:
    document = """bookedInvoiceNumber orderNumber date currency exchangeRate netAmount netAmountInBaseCurrency
        grossAmount grossAmountInBaseCurrency vatAmount roundingAmount remainder remainderInBaseCurrency
        dueDate paymentTerms customer recipient notes references layout pdf lines sent self"""
    debtor = """customerNumber currency paymentTerms customerGroup address balance dueAmount
        corporateIdentificationNumber city country email name zip telephoneAndFaxNumber mobilePhone
        barred vatZone layout attention salesPerson lastUpdated contacts templates totals
        deliveryLocations invoices eInvoicingDisabledByDefault self"""
    for number in (20318, 20322):
        assert client.get(f"/invoices/booked/{number}").json().keys() <= set(document.split())
    for number in (1112, 1113, 1117):
        assert client.get(f"/customers/{number}").json().keys() <= set(debtor.split())


def test_what_is_empty_is_left_out(client: httpx.Client) -> None:
    customer = client.get("/customers/1113").json()
    assert not {"email", "country", "mobilePhone", "barred", "salesPerson"} & customer.keys()
    assert client.get("/customers/1117").json()["email"] == "a@aero.example b@aero.example"


def test_balance_and_due_amount_follow_the_ledger(client: httpx.Client) -> None:
    customer = client.get("/customers/1117").json()
    assert (customer["balance"], customer["dueAmount"]) == (11366.0, 10500.0)
    assert client.get("/customers/1113").json()["balance"] == 745.93


def test_the_pdf_is_one(client: httpx.Client) -> None:
    answer = client.get("/invoices/booked/20318/pdf")
    assert (answer.headers["Content-Type"], answer.headers["X-CallCost"]) == ("application/pdf", "13")
    assert answer.content.startswith(b"%PDF-")
    assert b"(Faktura 20318)" in answer.content
    # The table of objects is where the trailer says, and every offset in it is true.
    start = int(answer.content.rsplit(b"startxref\n", 1)[1].split()[0])
    offsets = [int(line[:10]) for line in answer.content[start:].split(b"\n")[3:8]]
    assert all(answer.content[at:].startswith(b"%d 0 obj" % n) for n, at in enumerate(offsets, start=1))


def test_contacts_stand_on_both_surfaces_and_only_the_newer_knows_who_gets_reminders(client: httpx.Client) -> None:
    [legacy] = client.get("/customers/1117/contacts").json()["collection"]
    [newer] = client.get("/customersapi/v3.1.0/Contacts").json()["items"]
    assert (legacy["customerContactNumber"], legacy["email"]) == (12, "bo@aero.example")
    assert (newer["number"], newer["receiveReminders"], newer["isDeleted"]) == (12, True, False)
    assert "receiveReminders" not in legacy


def test_totals_agree_with_the_list(client: httpx.Client) -> None:
    totals = client.get("/invoices/totals/booked/unpaid").json()
    assert (totals["invoiceCount"], totals["grossRemainderInBaseCurrency"]) == (4, 12211.88)
    assert client.get("/invoices/totals/booked/unpaid/overdue").json()["invoiceCount"] == 2
    assert client.get("/invoices/totals/booked/unpaid/not-overdue").json()["invoiceCount"] == 2
    assert client.get("/invoices/totals/booked").json()["invoiceCount"] == 5
