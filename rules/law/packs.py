"""The countries whose law Rykker knows; a new one joins here."""

from __future__ import annotations

from models.claim import Refusal
from rules.law.denmark import DENMARK
from rules.law.european_union import EUROPEAN_UNION
from rules.law.norway import NORWAY
from rules.law.pack import CountryPack

PACKS: dict[str, CountryPack] = {pack.country: pack for pack in (DENMARK, NORWAY, EUROPEAN_UNION)}


def pack_of(country: str) -> CountryPack:
    """The pack of a country; Refusal `country_unknown` when there is none."""
    if country not in PACKS:
        raise Refusal("country_unknown", f"there are no rules for {country!r}; there are: {', '.join(PACKS)}")
    return PACKS[country]
