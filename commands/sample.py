"""The sample creditor of `rykker run` and `rykker demo`: Nordlys ApS, with an admin and two reps."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import select

from commands.seed import NewPerson, add_creditor, new_token
from models.creditor import CreditorSettings, EconomicSource
from models.database import transaction
from models.parties import CreditorRow

NORDLYS = "nordlys"


def sample_settings() -> CreditorSettings:
    """Nordlys as it would have filled in its settings."""
    return CreditorSettings(
        address="Nordre Kaj 1, 1000 København K",
        registration_number="77777776",
        phone="+45 70 10 20 30",
        sender_name="Nordlys ApS",
        sender_email="bogholderi@nordlys.example",
        reply_to="bogholderi@nordlys.example",
        payment_lines=("Bank: reg. 1234, konto 0012345678",),
    )


def ensure_sample(database: Engine, data: Path) -> dict[str, str] | None:
    """Add Nordlys to an empty database; its tokens by person, also on later runs. None where others live there."""
    kept = data / "tokens.json"
    with transaction(database) as session:
        creditors = list(session.exec(select(CreditorRow.id)))
        if creditors:
            return dict(json.loads(kept.read_text("utf-8"))) if NORDLYS in creditors and kept.exists() else None
        tokens = {person: new_token() for person in ("anna", "rasmus", "ida")}
        people = [
            NewPerson("anna", "Anna Lund", "anna@nordlys.example", "admin", token=tokens["anna"]),
            NewPerson("rasmus", "Rasmus Friis", "rasmus@nordlys.example", "rep", "1", tokens["rasmus"]),
            NewPerson("ida", "Ida Holst", "ida@nordlys.example", "rep", "2", tokens["ida"]),
        ]
        add_creditor(session, NORDLYS, "Nordlys ApS", sample_settings(), EconomicSource(), people, quarantines=False)
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(tokens), "utf-8")
    return tokens
