"""From the free text of the books to recipients that a provider takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import phonenumbers
from babel import Locale
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberType
from pydantic import BaseModel, ConfigDict


class Addresses(BaseModel):
    """The e-mail addresses found in a field, and what in it is none."""

    model_config = ConfigDict(frozen=True)

    usable: tuple[str, ...]
    rejected: tuple[tuple[str, str], ...]
    """Masked text and reason, fit for the trail and the page."""


class NoNumber(BaseModel):
    """Why a customer cannot be reached by SMS."""

    model_config = ConfigDict(frozen=True)

    reason: str


def email_addresses(text: str) -> Addresses:
    """Every usable address of a field that may hold several, in its order and without repetition.

    Internationalised domains are written in ASCII; letters beyond ASCII before the @ are refused, as few servers
    take them. Nothing is looked up.
    """
    usable: dict[str, str] = {}
    rejected: list[tuple[str, str]] = []
    for word in _words(text):
        try:
            # The defaults are what we want: `.example` passes (email-validator leaves it out of its special-use names),
            # while `.test`, `.invalid` and `.localhost` are refused. test_environment would let `.test` through in
            # production, and globally_deliverable=False would accept addresses without a public domain.
            valid = validate_email(word, check_deliverability=False, allow_smtputf8=False)
        except EmailNotValidError as error:
            rejected.append((masked(word), str(error)))
        else:
            address = valid.ascii_email or valid.normalized
            usable.setdefault(address.casefold(), address)
    return Addresses(usable=tuple(usable.values()), rejected=tuple(rejected))


def mobile_number(mobile: str, phone: str, country: str) -> str | NoNumber:
    """The number for an SMS in E.164: the mobile field first, then the telephone field.

    `country` is free text (`Danmark`, `Norway`, `NO`); without a known one only numbers with a country code count,
    since eight digits may belong to a stranger in the other country. Danish numbers cannot be told apart by kind,
    so there every valid subscriber number passes and the provider settles it; Norwegian ones must be mobile.
    """
    region, reasons = region_of(country), []
    for part in re.split(r"[;,/|]|\b(?:eller|or)\b", f"{mobile};{phone}"):
        if not any(char.isdigit() for char in part):
            continue
        try:
            number = phonenumbers.parse(re.sub(r"^\D*00(?=[1-9])", "+", part), region)
        except NumberParseException as error:
            unreadable = error.error_type != NumberParseException.INVALID_COUNTRY_CODE
            reasons.append("not a telephone number" if unreadable else "no country code, and the country is not known")
            continue
        if not phonenumbers.is_valid_number(number):
            reasons.append("not a valid telephone number")
        elif not _takes_texts(number):
            reasons.append("not a mobile number")
        else:
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return NoNumber(reason=reasons[0] if reasons else "no telephone number")


def region_of(country: str) -> str | None:
    """ISO 3166 code of a country given as that code or by its name in a northern language; None if not known."""
    return _regions().get(" ".join(country.split()).casefold())


def masked(text: str) -> str:
    """`bo@firma.dk` as `b***@f***`: enough to find it in the books, too little to use."""
    return "@".join(f"{part[:1]}***" for part in text.split("@", 1))


def _words(text: str) -> Iterator[str]:
    """The pieces that should be addresses; a name before `<bo@firma.example>` is not one."""
    bare = re.sub(r"[^;,<>]*<([^<>]*)>", r" \1 ", text)
    for word in re.split(r"[\s;,]+", bare):
        if stripped := word.strip("<>()[]\"'").removeprefix("mailto:").rstrip("."):
            yield stripped


def _takes_texts(number: phonenumbers.PhoneNumber) -> bool:
    kind = phonenumbers.number_type(number)
    if number.country_code == phonenumbers.country_code_for_region("NO"):
        return bool(kind == PhoneNumberType.MOBILE)
    return kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


@cache
def _regions() -> dict[str, str]:
    known: dict[str, str] = {}
    for language in ("sv", "de", "nn", "en", "nb", "da"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code in phonenumbers.SUPPORTED_REGIONS:
                known[name.casefold()] = known[code.casefold()] = code
    return known
