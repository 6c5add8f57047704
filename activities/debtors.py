"""Who a customer is in the eyes of the law: a business where its registration number proves it."""

from __future__ import annotations

from stdnum.dk import cvr
from stdnum.no import orgnr

from models.books import BookCustomer
from models.claim import Debtor

NUMBERS = {"DK": cvr.is_valid, "NO": orgnr.is_valid}


def debtor_of(customer: BookCustomer, country: str) -> Debtor:
    """Business with a valid registration number of any country we know, otherwise unknown, which counts as consumer.

    The number is tried in the creditor's own country first; a customer abroad is known by that country's number.
    """
    number = customer.registration_number.strip()
    if not number:
        return Debtor.unknown
    own_first = sorted(NUMBERS, key=lambda known: known != country)
    return Debtor.business if any(NUMBERS[known](number) for known in own_first) else Debtor.unknown
