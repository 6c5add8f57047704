"""What the word of a register means for a claim, and what a person should do about it.

Every word that is not on a country's list is odd and goes to a person; no answer is unknown and never healthy.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta

from models.company import Advice, CompanyState, CompanyStatus, Consequence, Meaning, Source
from rules.company_status_dk import DENMARK
from rules.company_status_no import NORWAY

COUNTRIES: Mapping[str, Mapping[str, Meaning]] = {"DK": DENMARK, "NO": NORWAY}

UNHEARD_OF = Meaning(
    state=CompanyState.odd,
    consequence=Consequence.ask,
    text="Nothing is known about this status: read the register's own page and decide; nothing goes out until then.",
)


def normalised(raw: str) -> str:
    """A register's word in upper case without blanks and hyphens, as the lists have it."""
    composed = unicodedata.normalize("NFC", raw).upper()
    return "".join(sign for sign in composed if not sign.isspace() and unicodedata.category(sign) != "Pd")


def meaning(country: str, raw: str) -> Meaning:
    """What a word means in a country; `UNHEARD_OF` when it is on no list."""
    return COUNTRIES.get(country, {}).get(normalised(raw), UNHEARD_OF)


def advice(status: CompanyStatus, today: date) -> Advice:
    """What to do next about a company; `today` only tells whether a time limit has passed."""
    if status.state is CompanyState.unknown:
        return Advice(
            consequence=Consequence.ask,
            text=f"No register gave an answer ({status.problem}). Keep the last known state with its date; "
            "nothing goes out that adds a fee or threatens collection until the state is known.",
        )
    known = meaning(status.country, status.raw)
    if known.state is not status.state:
        # Read under an earlier list, or put together by hand: neither of the two is to be trusted.
        known = UNHEARD_OF
    if known is UNHEARD_OF:
        return Advice(consequence=known.consequence, text=f"The register says “{status.raw}”. {known.text}")
    text = known.text.replace("{trustee}", f" {status.trustee}" if status.trustee else "")
    if known.filing_days is None:
        return Advice(consequence=known.consequence, text=text)
    if status.since is None:
        late = "The register gives no date: look up the notice in Statstidende."
        return Advice(consequence=known.consequence, text=f"{text} {late}")
    by = status.since + timedelta(days=known.filing_days)
    late = f"The time limit is {by}."
    if by < today:
        late = f"The time limit was {by}; a late claim is usually taken until the distribution (from memory, confirm)."
    return Advice(consequence=known.consequence, text=f"{text} {late}", by=by)


def believed(known: CompanyStatus | None, read: CompanyStatus) -> CompanyStatus:
    """What to hold for true after a reading; what stays keeps the date at which it was read.

    No answer replaces nothing that is known. cvrapi cannot see a reconstruction or a winding-up, so its all-clear
    does not replace a bad word of Virk's; its bad word does.
    """
    if known is None or known.state is CompanyState.unknown:
        return read
    blind = read.source is Source.cvrapi and read.state is CompanyState.healthy
    if read.state is CompanyState.unknown or (blind and known.source is Source.virk and known.state != read.state):
        return known
    return read
