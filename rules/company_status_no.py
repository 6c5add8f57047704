"""The signals of the Norwegian register and what they mean.

The register has no word for a company's standing: a signal is the name of the field that is set, in upper case.
Actions: konkursloven and forsinkelsesrenteloven by way of law/norway.md section 8; what rests on memory says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.company import CompanyState, Consequence, Meaning

ACTIVE = "Enhet"
"""A living entity with all three flags there and not set."""
BANKRUPT = "konkurs"
RECONSTRUCTION = "underRekonstruksjonsforhandlingDato"
FOREIGN_INSOLVENCY = "underUtenlandskInsolvensbehandlingDato"
FORCED_DISSOLUTION = "underTvangsavviklingEllerTvangsopplosning"
WINDING_UP = "underAvvikling"
DELETED = "SlettetEnhet"
DELETED_SOLE_TRADER = "SlettetEnhet ENK"
REMOVED = "410"

_STOPPED = "no automatic letters; a person reads the notice and decides at once"


def _meaning(state: CompanyState, consequence: Consequence, text: str) -> Meaning:
    return Meaning(state=state, consequence=consequence, text=text)


_DELETED = _meaning(
    CompanyState.gone,
    Consequence.dissolved,
    "Deleted from the register, which does not tell why: no letters; find out whether it merged (then another company "
    "owes) or was wound up, and if it was a sole trader (ENK) the owner stays liable (from memory, confirm).",
)

NORWAY: Mapping[str, Meaning] = {
    "ENHET": _meaning(CompanyState.healthy, Consequence.go_on, "The company is active: go on."),
    "KONKURS": _meaning(
        CompanyState.insolvent,
        Consequence.freeze,
        "Bankrupt: stop letters and fees, and file the claim with the trustee (bostyrer){trustee} before the deadline "
        "in the notice; a late claim is allowed (konkursloven § 115), and interest after the opening ranks last (from "
        "memory, confirm).",
    ),
    "UNDERREKONSTRUKSJONSFORHANDLINGDATO": _meaning(
        CompanyState.restructuring, Consequence.freeze, f"In reconstruction negotiations: {_STOPPED}."
    ),
    "UNDERUTENLANDSKINSOLVENSBEHANDLINGDATO": _meaning(
        CompanyState.restructuring, Consequence.freeze, f"In insolvency proceedings abroad: {_STOPPED}."
    ),
    "UNDERTVANGSAVVIKLINGELLERTVANGSOPPLOSNING": _meaning(
        CompanyState.winding_up,
        Consequence.freeze,
        f"In compulsory winding-up, which often ends in bankruptcy: {_STOPPED}.",
    ),
    "UNDERAVVIKLING": _meaning(
        CompanyState.winding_up,
        Consequence.freeze,
        "Being wound up voluntarily: stop the ladder and send the claim to the liquidator before the notice to "
        "creditors ends (6 weeks: from memory, confirm).",
    ),
    "SLETTETENHET": _DELETED,
    "410": _DELETED,
    "SLETTETENHETENK": _meaning(
        CompanyState.gone,
        Consequence.dissolved,
        "The sole trader (ENK) is deleted from the register: no automatic letters; the owner stays liable (from "
        "memory, confirm), so a person writes to the owner.",
    ),
}
