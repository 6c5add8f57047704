"""`rykker trail verify`: walks the hash chains and names the first broken link."""

from __future__ import annotations

from rich.console import Console
from sqlmodel import col, select

from activities.trail import first_broken_link
from models.database import migrate, open_database, transaction
from models.parties import CreditorRow
from models.record import TrailHeadRow, TrailRow
from models.settings import Settings


def verify(console: Console, creditor: str) -> int:
    """0 when every chain is whole, 1 when one is broken, 2 for an unknown creditor."""
    address = Settings().database
    migrate(address)
    database = open_database(address)
    with transaction(database) as session:
        known = sorted(session.exec(select(CreditorRow.id)))
        if creditor and creditor not in known:
            console.print(f"There is no creditor {creditor}; there are: {', '.join(known) or 'none yet'}.")
            return 2
        broken = 0
        for name in [creditor] if creditor else known:
            query = select(TrailRow).where(TrailRow.creditor_id == name).order_by(col(TrailRow.seq))
            head = session.get(TrailHeadRow, name)
            problem = first_broken_link(session.exec(query.execution_options(yield_per=1000)), head)
            broken += bool(problem)
            links = head.seq if head else 0
            console.print(f"{name}: broken, {problem}" if problem else f"{name}: {links} links, unbroken")
    return 1 if broken else 0
