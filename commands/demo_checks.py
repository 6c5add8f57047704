"""What the demo promises, checked against database, stand-ins and API after it has played."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import httpx
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from activities.trail import first_broken_link
from commands.demo_money import Check, money_checks
from commands.demo_plot import (
    ASKS,
    GOES_BANKRUPT,
    IS_HELD,
    NOBODY_PAYS,
    PAYS_A_PART,
    PAYS_LATE,
    PAYS_UNSEEN,
    UNREACHABLE,
    Plot,
)
from commands.sample import NORDLYS, sample_settings
from commands.stack import Stack
from models.cases import CaseRow, FreezeRow, MessageRow, ProposalRow, TaskRow, VerdictRow
from models.composition import Composition
from models.database import transaction
from models.record import TrailHeadRow, TrailRow
from rules.calendar import local, sending_time
from rules.company_status_dk import FILING_DAYS


async def checks(stack: Stack, database: Engine, plot: Plot) -> list[Check]:
    """Every promise of the demo with what was seen."""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        mails = (await http.get(f"{stack.standins['sendgrid']}/__standin/mails")).json()["mails"]
        texts = (await http.get(f"{stack.standins['twilio']}/__standin/texts")).json()["texts"]
    with transaction(database) as session:
        found = [*_ladder(session), *_stops(session, plot), *_sends(session, mails, texts)]
        found += [*money_checks(session), _proof(session), _trail(session)]
    writes = await plot.writes_to_the_books()
    found.append(Check("nothing was ever written to the accounting", writes == 0))
    found.append(Check("the owning rep is refused a release", bool(plot.refused), plot.refused))
    return found


def _sent(session: Session, customer: str) -> list[ProposalRow]:
    query = (
        select(ProposalRow)
        .join(CaseRow)
        .where(CaseRow.customer_number == customer, ProposalRow.state == "sent")
        .order_by(col(ProposalRow.ended_at))
    )
    return list(session.exec(query))


def _days(sent: list[ProposalRow]) -> list[date]:
    return [local(p.ended_at, sample_settings()).date() for p in sent if p.ended_at is not None]


def _ladder(session: Session) -> list[Check]:
    sent = _sent(session, NOBODY_PAYS)
    steps = [p.step for p in sent]
    gaps = [(after - before).days for before, after in pairwise(_days(sent))]
    calls = list(session.exec(select(TaskRow).join(CaseRow).where(CaseRow.customer_number == NOBODY_PAYS)))
    whole = ["nudge", "rykker-1", "rykker-2", "inkassovarsel"]
    return [
        Check("who never pays climbs the whole ladder, step by step", steps == whole, ", ".join(steps)),
        Check(
            "with the gaps that the ladder asks for",
            all(g >= 3 for g in gaps) and all(g >= 10 for g in gaps[1:]),
            str(gaps),
        ),
        Check("and in the end a person is asked to call", [task.step for task in calls] == ["phone-call"]),
        Check("a customer without any address is held with a reason", _held_for(session, UNREACHABLE, "recipient")),
    ]


def _stops(session: Session, plot: Plot) -> list[Check]:
    found = []
    for customer, what in ((PAYS_UNSEEN, "paid"), (PAYS_LATE, "paid")):
        day = plot.done.get(f"{customer} {what}")
        paid = {"1002"} if customer == PAYS_UNSEEN else {"1015"}
        late = [
            p.id
            for p, sent in zip(_sent(session, customer), _days(_sent(session, customer)), strict=True)
            if day and sent > day and paid & set(p.invoices)
        ]
        found.append(Check(f"customer {customer} hears nothing more about what was paid", day is not None and not late))
    unpaid = select(VerdictRow).where(VerdictRow.guard == "unpaid", VerdictRow.answer == "held")
    found.append(
        Check("a payment only the books knew was found just before the send", session.exec(unpaid).first() is not None)
    )
    for customer, begin, end in (
        (ASKS, "asked", "answered"),
        (IS_HELD, "held", "resumed"),
        (PAYS_A_PART, "paid a part", "reviewed"),
    ):
        first, last = plot.done.get(f"{customer} {begin}"), plot.done.get(f"{customer} {end}")
        quiet = first and last and not [d for d in _days(_sent(session, customer)) if first < d < last]
        found.append(
            Check(f"customer {customer}: nothing is sent from {begin} to {end}", bool(quiet), f"{first} to {last}")
        )
    letters = [
        Composition.model_validate(p.composition).letter for p in _sent(session, PAYS_A_PART) if p.step == "rykker-2"
    ]
    found.append(
        Check(
            "after a part payment the next reminder shows what is left",
            bool(letters) and letters[0].principal.minor == 337_500,
            f"{letters[0].principal}, with charges {letters[0].total}" if letters else "none",
        )
    )
    return [*found, _insolvency(session, plot)]


def _insolvency(session: Session, plot: Plot) -> Check:
    day = plot.done.get(f"{GOES_BANKRUPT} bankrupt")
    query = (
        select(FreezeRow)
        .join(CaseRow)
        .where(CaseRow.customer_number == GOES_BANKRUPT, FreezeRow.kind == "insolvency")
        .where(col(FreezeRow.ended_at).is_(None))
    )
    stops = list(session.exec(query))
    reminded = [sent for sent in _days(_sent(session, GOES_BANKRUPT)) if day and sent > day]
    limit = str(day + timedelta(days=FILING_DAYS)) if day else ""
    return Check(
        f"customer {GOES_BANKRUPT} goes bankrupt: frozen, not reminded again, a person knows what to file by when",
        len(stops) == 1 and not reminded and "To file: " in stops[0].reason and limit in stops[0].reason,
        stops[0].reason if stops else "not found",
    )


def _sends(session: Session, mails: list[dict[str, Any]], texts: list[dict[str, Any]]) -> list[Check]:
    rows = list(session.exec(select(MessageRow).where(MessageRow.state == "sent")))
    by_mail = sum(row.channel == "email" for row in rows)
    to_customers = [m for m in mails if m["custom_args"]["message_id"].startswith("m")]
    sent = list(session.exec(select(ProposalRow).where(ProposalRow.state == "sent")))
    released = all(p.released_digest == p.digest and p.released_by.startswith("admin") for p in sent)
    settings = sample_settings()
    in_hours = all(sending_time(p.ended_at, settings) == p.ended_at for p in sent if p.ended_at)
    warned = all(
        p.heads_up_at and p.ended_at and (p.ended_at - p.heads_up_at).total_seconds() >= settings.hold_hours * 3600
        for p in sent
    )
    return [
        Check(
            "every message that was sent arrived once",
            by_mail == len(to_customers) and len(rows) - by_mail == len(texts),
            f"{by_mail} e-mails, {len(texts)} texts",
        ),
        Check("every reminder carried the invoice as PDF", all(m["attachments"] for m in to_customers)),
        Check(
            "an admin released every one of them, exactly as sent", bool(sent) and released, f"{len(sent)} reminders"
        ),
        Check("after a heads-up and a whole hold window", warned),
        Check("and only in sending hours on business days", in_hours),
    ]


def _proof(session: Session) -> Check:
    rows = list(session.exec(select(MessageRow).where(MessageRow.state == "sent")))
    proved = session.exec(select(TrailRow).where(TrailRow.creditor_id == NORDLYS, TrailRow.kind == "delivered")).all()
    return Check(
        "that each message was delivered is proved on the trail, by its provider's word",
        len(proved) == len(rows) and all(row.delivery == "delivered" for row in rows),
        f"{len(proved)} of {len(rows)} messages",
    )


def _trail(session: Session) -> Check:
    query = select(TrailRow).where(TrailRow.creditor_id == NORDLYS).order_by(col(TrailRow.seq))
    problem = first_broken_link(session.exec(query), session.get(TrailHeadRow, NORDLYS))
    return Check("the trail is unbroken", not problem, problem)


def _held_for(session: Session, customer: str, guard: str) -> bool:
    query = select(TrailRow.text).join(CaseRow, col(CaseRow.id) == col(TrailRow.case_id))
    texts = session.exec(query.where(CaseRow.customer_number == customer, TrailRow.kind == "held"))
    return any(guard in text for text in texts)
