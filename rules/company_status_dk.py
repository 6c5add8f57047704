"""The words of the Danish register and what they mean, normalised: upper case, no blanks, no hyphens.

Words: Erhvervsstyrelsen, CVR-indeks datakatalog v73, and Lasso-jbb/Lasso-Builder `packages/spec/src/status.ts`; sole
traders only ever show AKTIV or OPHØRT. Actions: konkursloven and erhvervsstyrelsen.dk, per entry. What rests on
memory says so in the text.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.company import CompanyState, Consequence, Meaning

BANKRUPTCY_NOTICE = "Konkurs"
COMPOSITION_NOTICE = "Tvangsakkord"
LIFE_ENDED = "livsforløb ended"
"""Virk's life periods have an end although no status tells how it came to it."""
WRONGLY_REGISTERED = "fejlRegistreret"

CVRAPI_ACTIVE = "no enddate, no creditbankrupt"
CVRAPI_BANKRUPT = "creditbankrupt"
CVRAPI_ENDED = "enddate"

FILING_DAYS = 28
"""Four weeks from the notice: konkursloven § 128."""

ACTIVE = Meaning(state=CompanyState.healthy, consequence=Consequence.go_on, text="The company is active: go on.")
SEEMS_ACTIVE = Meaning(
    state=CompanyState.healthy,
    consequence=Consequence.go_on,
    text="Neither ended nor bankrupt: go on; cvrapi cannot show a reconstruction or a winding-up, Virk can.",
)
BANKRUPT = Meaning(
    state=CompanyState.insolvent,
    consequence=Consequence.freeze,
    text="Bankrupt: stop letters and fees, and file the claim with the trustee (kurator){trustee}, documents attached, "
    "within 4 weeks of the notice (konkursloven § 128), with interest only to the date of the decree.",
    filing_days=FILING_DAYS,
)
RECONSTRUCTION = Meaning(
    state=CompanyState.restructuring,
    consequence=Consequence.freeze,
    text="In reconstruction: no letters, fees or enforcement; file the claim with the reconstructor and take payment "
    "in advance for new deliveries (konkursloven chapters 2 a and 2 b: from memory, confirm).",
)
COMPOSITION = Meaning(
    state=CompanyState.restructuring,
    consequence=Consequence.freeze,
    text="A compulsory composition (tvangsakkord) is announced: no automatic letters; a person reads the notice in "
    "Statstidende and files the claim.",
)
LIQUIDATION = Meaning(
    state=CompanyState.winding_up,
    consequence=Consequence.freeze,
    text="In voluntary liquidation, solvent by definition: stop the ladder and file the claim with the liquidator "
    "(likvidator) before the notice to creditors ends (3 months: from memory, confirm).",
)
FORCED_DISSOLUTION = Meaning(
    state=CompanyState.winding_up,
    consequence=Consequence.freeze,
    text="In compulsory dissolution: no automatic letters and no new credit; send the claim to the probate court "
    "(skifteretten) or the liquidator and look again every week, it may be resumed within 3 months.",
)
RESUMED = Meaning(
    state=CompanyState.winding_up,
    consequence=Consequence.warn,
    text="The company is being revived (reassumering): go on, but give no new credit.",
)
NOT_YET = Meaning(
    state=CompanyState.odd,
    consequence=Consequence.ask,
    text="The company's start date lies ahead: check that this is the right party and number.",
)
VOID = Meaning(
    state=CompanyState.odd,
    consequence=Consequence.ask,
    text="The registration is void and the founders may be liable: a person decides whom to write to.",
)
MISTAKE = Meaning(
    state=CompanyState.odd,
    consequence=Consequence.ask,
    text="The register calls this entry a mistake: check that the number is right.",
)


def _dissolved(text: str) -> Meaning:
    return Meaning(state=CompanyState.gone, consequence=Consequence.dissolved, text=text)


def _passed_on(text: str) -> Meaning:
    return Meaning(state=CompanyState.gone, consequence=Consequence.successor, text=text)


MERGED = _passed_on(
    "Dissolved by merger: the continuing company owes the claim (from memory, confirm); find it in the register."
)
SPLIT = _passed_on(
    "Dissolved by division: the receiving companies owe the claim (from memory, confirm); check the division plan."
)
MOVED = _passed_on("Moved its seat abroad: the same company lives on there and still owes; find its new address.")
CLOSED = _dissolved("The company is closed in the register: no letters; a person decides what becomes of the claim.")
ENDED = _dissolved(
    "The company has ended and this answer does not tell how: no letters; find out in the register, because after a "
    "merger or division another company owes, and a sole trader still owes personally."
)

DENMARK: Mapping[str, Meaning] = {
    **dict.fromkeys(("NORMAL", "AKTIV", "IDRIFT"), ACTIVE),
    **dict.fromkeys(("UNDERKONKURS", "KONKURS", "CREDITBANKRUPT"), BANKRUPT),
    "UNDERREKONSTRUKTION": RECONSTRUCTION,
    "TVANGSAKKORD": COMPOSITION,
    **dict.fromkeys(("UNDERFRIVILLIGLIKVIDATION", "UNDERLIKVIDATION"), LIQUIDATION),
    "UNDERTVANGSOPLØSNING": FORCED_DISSOLUTION,
    **dict.fromkeys(
        ("UNDERREASSUMERING", "UNDERREASSUMMERING", "UNDERREASUMMERING", "UNDERREASUMERING"),
        RESUMED,
    ),
    "OPLØSTEFTERKONKURS": _dissolved(
        "Dissolved after bankruptcy: write the claim off, with VAT relief; only guarantors may still pay."
    ),
    "TVANGSOPLØST": _dissolved(
        "Dissolved by force: write the claim off; it reopens only if assets appear (from memory, confirm)."
    ),
    **dict.fromkeys(("OPLØST", "SLETTET", "LUKKET"), CLOSED),
    "OPLØSTEFTERERKLÆRING": _dissolved(
        "Dissolved by declaration: the owners declared all debt paid and are personally liable; claim from them."
    ),
    "OPLØSTEFTERFRIVILLIGLIKVIDATION": _dissolved(
        "Dissolved after voluntary liquidation: ask the liquidator whether the claim was overlooked."
    ),
    **dict.fromkeys(("OPLØSTEFTERFUSION", "OPLØSTEFTERGRÆNSEOVERSKRIDENDEFUSION"), MERGED),
    **dict.fromkeys(("OPLØSTEFTERSPALTNING", "OPLØSTEFTERGRÆNSEOVERSKRIDENDESPALTNING"), SPLIT),
    "OPLØSTEFTERGRÆNSEOVERSKRIDENDEHJEMSTEDSFLYTNING": MOVED,
    "OMDANNET": _passed_on(
        "Converted to another form of company, which usually carries the debt on (from memory, confirm); find it in "
        "the register."
    ),
    "OPHØRT": _dissolved(
        "Ceased: a sole trader still owes personally, in a partnership the partners do; a person writes to the owner."
    ),
    "FREMTID": NOT_YET,
    "UDENRETSVIRKNING": VOID,
    "FEJLREGISTRERET": MISTAKE,
    **dict.fromkeys(("LIVSFORLØBENDED", "ENDDATE"), ENDED),
    "NOENDDATE,NOCREDITBANKRUPT": SEEMS_ACTIVE,
}
