"""The demo's timelines: per case what happened, on which day, and why; on the terminal and as files."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from activities import ledger
from commands.sample import sample_settings
from models.cases import CaseRow
from models.database import transaction
from models.mirror import CustomerRow
from models.record import TrailRow
from rules.calendar import local
from web.record_file import ChargesLine, left_to_pay

TOLD = (
    "proposed",
    "released",
    "sent",
    "held",
    "withdrawn",
    "channel lost",
    "not delivered",
    "undelivered",
    "frozen",
    "thawed",
    "resumed",
    "payment",
    "credit",
    "reversal",
    "task",
    "closed",
    "unknown",
    "crossed",
    "interest corrected",
    "dated anew",
    "passed over",
    "noted",
    "opened",
)
"""Kinds of trail entries that make a readable story; plans and heads-ups are left to the full trail."""


def write_report(console: Console, database: Engine, folder: Path) -> None:
    """One table per case on the terminal, and the same as a text file; then what was charged over all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    with transaction(database) as session:
        for case in session.exec(select(CaseRow).order_by(col(CaseRow.id))):
            table = timeline(session, case)
            console.print(table)
            with (folder / f"{case.id}.txt").open("w", encoding="utf-8") as file:
                Console(file=file, width=140).print(table)
        console.print(charged(session))


def timeline(session: Session, case: CaseRow) -> Table:
    """What happened in a case, a line each."""
    customer = session.get(CustomerRow, (case.creditor_id, case.customer_number))
    ended = f"closed: {case.outcome}" if case.closed_at else f"{case.state}: {case.why}"
    name = customer.name if customer else case.customer_number
    sums = left_to_pay(ledger.entries(session, case.id))
    money = "; ".join(
        f"{total.amount} {total.currency} left, {_told(c)}" for total, c in zip(sums.total, sums.charges, strict=True)
    )
    table = Table(title=f"{case.id}  {name}  ({ended})", title_justify="left", caption=money, caption_justify="left")
    for heading in ("when", "what", "who", "how and why"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "when")
    query = (
        select(TrailRow).where(TrailRow.case_id == case.id, col(TrailRow.kind).in_(TOLD)).order_by(col(TrailRow.seq))
    )
    for row in session.exec(query):
        when = f"{local(row.at, sample_settings()):%a %d %b %H:%M}"
        table.add_row(when, row.kind, row.actor, row.text)
    return table


def charged(session: Session) -> Table:
    """Fees, interest and compensation of every case, as the ledger has them; what was waived is taken off."""
    table = Table(title="What was charged", title_justify="left")
    table.add_column("case", no_wrap=True)
    for heading in ("principal", "fees", "interest", "compensation", "total left"):
        table.add_column(heading, justify="right", overflow="fold")
    for case in session.exec(select(CaseRow).order_by(col(CaseRow.id))):
        sums = left_to_pay(ledger.entries(session, case.id))
        for left, on_top, total in zip(sums.outstanding, sums.charges, sums.total, strict=True):
            amounts = (left, on_top.fees, on_top.interest, on_top.compensation)
            table.add_row(case.id, *(a.amount for a in amounts), f"{total.amount} {total.currency}")
    return table


def _told(charges: ChargesLine) -> str:
    return f"of it fees {charges.fees.amount} and interest {charges.interest.amount}"
