"""The books of the invented creditor Nordlys ApS on a given day: a customer for every situation worth seeing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from standins.economic.book import Book
from standins.economic.records import Company
from standins.registers.companies import Companies

NORDLYS = Company(
    agreement_number=123456,
    name="Nordlys ApS",
    cvr="77777776",
    address="Lysgade 8",
    zip="8000",
    city="Aarhus C",
    country="Danmark",
    email="bogholderi@nordlys.example",
    bank_sort_code="3000",
    bank_account="1234567890",
)
DANISH, ENGLISH, NORWEGIAN = 1, 2, 5
LARS, SIGNE = 1, 2
"""The two sales persons, by the number the books know them under."""

# Number, name, registration number, e-mail, mobile, sales person. The numbers have valid check digits and no owner.
CUSTOMERS = (
    (1001, "Havn A/S", "99999993", "faktura@havn.example", "20123401", LARS),
    (1002, "Ærø Værktøj ApS", "99999985", "faktura@aeroe.example bogholderi@aeroe.example", "20123402", SIGNE),
    (1003, "Kro & Kunst I/S", "99999977", "", "", LARS),
    (1004, "Byg & Bolig ApS", "99999969", "kreditor@bygbolig.example", "20123404", SIGNE),
    (1005, "Strandens Rengøring ApS", "99999950", "kontor@strandens.example", "20123405", LARS),
    (1006, "Fjordens Maskinfabrik A/S", "99999942", "finans@fjordens.example", "20123406", SIGNE),
    (1007, "Nordsee Handel GmbH", "", "buchhaltung@nordsee.example", "", SIGNE),
    (1008, "Fjellheim AS", "999999980", "faktura@fjellheim.example", "+47 401 23 408", LARS),
    (1009, "Lighthouse Studio ApS", "99999934", "accounts@lighthouse.example", "20123409", LARS),
    (1010, "Møllegårdens Bageri ApS", "99999926", "bageri@moelle.example", "20123410", SIGNE),
    (1011, "Klint Arkitekter ApS", "99999918", "post@klint.example", "20123411", LARS),
    (1012, "Mette Holm", "", "mette@holm.example", "20123412", SIGNE),
)
FURTHER: dict[int, dict[str, Any]] = {
    1003: {"phone": "62 52 00 03"},
    1007: {"country": "Tyskland", "zip": "20457", "city": "Hamburg", "currency": "EUR", "language": ENGLISH},
    1008: {"country": "Norge", "zip": "5003", "city": "Bergen", "language": NORWEGIAN},
    1009: {"language": ENGLISH},
}

# Number, customer, gross, days from today to the due date (negative: late).
OPEN = (
    (1001, 1001, "12500.00", 4),
    (1002, 1002, "8750.00", 0),
    (1003, 1003, "3200.00", -21),
    (1004, 1004, "18400.00", -40),
    (1005, 1004, "6125.00", -7),
    (1006, 1005, "10500.00", -10),
    (1007, 1006, "6250.00", -10),
    (1009, 1007, "1480.00", -7),
    (1010, 1008, "9900.00", -10),
    (1011, 1009, "4375.00", -3),
    (1012, 1010, "2812.50", -3),
    (1013, 1010, "5600.00", -21),
    (1014, 1011, "22000.00", 10),
    (1015, 1011, "14300.00", -40),
    (1016, 1012, "1875.00", -7),
    (1017, 1002, "3450.00", 10),
    (1018, 1005, "7200.00", 4),
    (1019, 1009, "6600.00", 0),
    (1020, 1008, "5250.00", 10),
    (1021, 1012, "950.00", 4),
    (1022, 1007, "2200.00", 10),
)

# Number, customer, gross, days from today to the due date, days late when it was paid. Klint pays late every time.
PAID = (
    (981, 1001, "9800.00", -75, 0),
    (982, 1002, "4100.00", -70, 2),
    (983, 1004, "12750.00", -95, 12),
    (984, 1011, "16000.00", -150, 45),
    (985, 1011, "11250.00", -110, 38),
    (986, 1011, "8125.00", -80, 34),
    (987, 1010, "3300.00", -60, 5),
    (988, 1012, "1500.00", -65, 0),
)


def sample_book(today: date) -> Book:
    """Twelve customers, 21 open invoices, one open credit note, and what was settled before."""
    book = Book(NORDLYS)
    book.day = lambda: today
    _add_customers(book)
    for number, customer, gross, offset, late in PAID:
        due = today + timedelta(days=offset)
        book.add_invoice(number, customer, Decimal(gross), due)
        book.register_payment(number, on=due + timedelta(days=late))
    book.add_invoice(989, 1006, Decimal("2500.00"), today - timedelta(days=50))
    book.book_credit_note(990, 1006, Decimal("2500.00"), invoice=989, on=today - timedelta(days=55))
    for number, customer, gross, offset in OPEN:
        rate = Decimal("745.93") if book.customers[customer].currency == "EUR" else Decimal(100)
        book.add_invoice(number, customer, Decimal(gross), today + timedelta(days=offset), rate=rate)
    book.register_payment(1006, Decimal("6000.00"), on=today - timedelta(days=5))
    book.book_credit_note(1008, 1006, Decimal("1250.00"), on=today - timedelta(days=6))
    return book


def sample_companies(today: date) -> Companies:
    """Every customer with a number, and the creditor, all healthy."""
    companies = Companies()
    companies.day = lambda: today
    companies.add(NORDLYS.cvr, NORDLYS.name)
    for _, name, registration, *_ in CUSTOMERS:
        if registration:
            companies.add(registration, name, country="NO" if len(registration) == 9 else "DK")
    return companies


def _add_customers(book: Book) -> None:
    for number, name, registration, email, mobile, sales_person in CUSTOMERS:
        book.add_customer(
            number,
            name,
            cvr=registration,
            email=email,
            mobile=mobile,
            sales_person=sales_person,
            address=f"Kajen {number - 1000}",
            **FURTHER.get(number, {}),
        )
    book.add_contact(11, 1001, "Bo Havn", email="bo@havn.example", phone="20123401")
    book.add_contact(
        12, 1009, "Emma Clark", email="emma@lighthouse.example", notes="English-speaking", receive_reminders=True
    )
