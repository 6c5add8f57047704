"""Who a customer is in the eyes of the law: a business where its registration number proves it."""

from __future__ import annotations

from activities.registers.numbers import plain_number
from models.books import BookCustomer
from models.claim import Debtor

COUNTRIES = ("DK", "NO")


def debtor_of(customer: BookCustomer, country: str) -> Debtor:
    """Business with a valid registration number of any country we know, otherwise unknown, which counts as consumer.

    The number is tried in the creditor's own country first; a customer abroad is known by that country's number.
    """
    number = customer.registration_number
    own_first = sorted(COUNTRIES, key=lambda known: known != country)
    return Debtor.business if any(plain_number(known, number) for known in own_first) else Debtor.unknown
