"""`rykker trail verify`: walks the hash chains of the database, or checks a case export by its file alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from sqlmodel import Session, col, select

from activities.export_check import FORMAT, anchor_fault
from activities.export_file import NoExport, read
from activities.trail import first_broken_link, other_than_anchored
from models.anchor import Anchor
from models.database import migrate, open_database, transaction
from models.parties import CreditorRow
from models.record import TrailHeadRow, TrailRow
from models.settings import Settings

WHOLE, BROKEN, UNUSABLE = 0, 1, 2


def verify(console: Console, what: str, anchor: str) -> int:
    """0 when everything is whole, 1 when something is not, 2 for what cannot be checked at all."""
    try:
        noted = Anchor.read(anchor) if anchor else None
    except ValueError as error:
        return _say(console, f"{anchor}: {error}.", UNUSABLE)
    if Path(what).is_file():
        return _verify_file(console, Path(what), noted)
    if "/" in what or Path(what).suffix in (".html", ".json"):
        return _say(console, f"There is no file {what}.", UNUSABLE)
    return _verify_database(console, what, noted)


def _verify_file(console: Console, file: Path, noted: Anchor | None) -> int:
    """Needs no database, no settings and no network."""
    try:
        export, found = read(file.read_bytes())
    except (NoExport, OSError) as error:
        return _say(console, f"{file}: no case export of Rykker: {error}.", UNUSABLE)
    if noted is not None and not found and (fault := anchor_fault(export, noted)):
        found.append(fault)
    for fault in found:
        _say(console, f"{file}: {fault}", BROKEN)
    return BROKEN if found else _say(console, f"{file}: {_whole(export, noted)}", WHOLE)


def _whole(export: dict[str, Any], noted: Anchor | None) -> str:
    record, head = export["record"], Anchor(**export["head"])
    links = sum("seq" in entry for entry in export["chain"])
    anchored = f", and agrees with the anchor of link {noted.seq}" if noted else ""
    older = "" if record["format"] == FORMAT else f" ({record['format']}: its data, not what a page shows)"
    return f"whole: case {record['case']['id']}, {links} links, head {head}{anchored}{older}"


def _verify_database(console: Console, creditor: str, noted: Anchor | None) -> int:
    address = Settings().database
    migrate(address)
    database = open_database(address)
    with transaction(database) as session:
        known = sorted(session.exec(select(CreditorRow.id)))
        if creditor and creditor not in known:
            said = f"There is no creditor {creditor}; there are: {', '.join(known) or 'none yet'}."
            return _say(console, said, UNUSABLE)
        names = [creditor] if creditor else known
        if noted is not None and len(names) != 1:
            said = "Say whose anchor it is: rykker trail verify CREDITOR --anchor SEQ:HASH; "
            return _say(console, f"{said}there are: {', '.join(known) or 'none yet'}.", UNUSABLE)
        return max((_walk(console, session, name, noted) for name in names), default=WHOLE)


def _walk(console: Console, session: Session, creditor: str, noted: Anchor | None) -> int:
    query = select(TrailRow).where(TrailRow.creditor_id == creditor).order_by(col(TrailRow.seq))
    head = session.get(TrailHeadRow, creditor)
    problem = first_broken_link(session.exec(query.execution_options(yield_per=1000)), head)
    if not problem and noted is not None:
        problem = other_than_anchored(session, creditor, noted)
    if problem:
        return _say(console, f"{creditor}: broken, {problem}", BROKEN)
    anchored = f", in agreement with the anchor of link {noted.seq}" if noted else ""
    return _say(console, f"{creditor}: {head.seq if head else 0} links, unbroken{anchored}", WHOLE)


def _say(console: Console, line: str, code: int) -> int:
    """One line, however narrow the terminal is; what stands in a file is no markup."""
    console.print(line, soft_wrap=True, markup=False, highlight=False)
    return code
