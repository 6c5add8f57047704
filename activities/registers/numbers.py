"""A registration number as the registers want it, out of the free text in which the books keep it."""

from __future__ import annotations

from stdnum.dk import cvr
from stdnum.no import orgnr


def plain_number(country: str, text: str) -> str:
    """The digits alone when their check digit is right; empty for anything else and for a country without a register.

    `DK 12 34 56 78` and `NO 888 888 888 MVA` are ways to write it. A Danish number may begin with a nought.
    """
    digits = "".join(sign for sign in text.upper() if sign not in " \u00a0-.,/:")
    digits = digits.removeprefix(country)
    if country == "NO":
        digits = digits.removesuffix("MVA")
        return digits if digits.isascii() and orgnr.is_valid(digits) else ""
    if country != "DK" or len(digits) != 8 or not digits.isascii() or not digits.isdecimal():
        return ""
    # Not is_valid, which refuses a leading nought.
    return digits if int(digits) and cvr.checksum(digits) == 0 else ""
