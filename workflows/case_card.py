"""How a case looks in the Temporal UI: the Markdown card of its details, and the labels of its timers."""

from __future__ import annotations

from datetime import datetime

from models.case import STATES, Kind, Move


def timer_label(move: Move, due: datetime | None) -> str:
    """What a timer waits for, as the timeline shows it."""
    day = f", {due:%-d %b %Y}" if due else ""
    match move.kind:
        case Kind.propose | Kind.task:
            return f"until {move.title}{day}"
        case Kind.stand:
            return f"hold window of {move.title}{day}"
        case _:
            return f"stopped{day}: {move.why}"[:180]


def card(move: Move, released: bool) -> str:
    """State, next step, amount and why it waits, in Markdown."""
    rows = [("State", f"**{STATES[move.kind]}**"), ("Why", move.why)]
    if move.title:
        rows.insert(1, ("Next step", move.title))
    if move.at is not None:
        rows.insert(-1, ("Not before", f"{move.at:%Y-%m-%d %H:%M %Z}"))
    if move.amount is not None:
        rows.insert(-1, ("Amount", str(move.amount)))
    if move.kind is Kind.stand:
        rows.append(("Released", "yes" if released else "no, waits for an admin"))
    if move.outcome:
        rows.append(("Outcome", move.outcome))
    table = "\n".join(f"| {name} | {' '.join(value.split()).replace('|', '/')} |" for name, value in rows)
    return f"| | |\n|---|---|\n{table}"
