"""Runs a replay: all customers of a plan through their past, several at a time, on one stage."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parseaddr

from sqlmodel import col, func, select

from activities.books.csv_book import Row
from activities.books.csv_file import CsvBooks
from activities.channels.addresses import email_addresses, mobile_number
from commands import replay_figures as count
from commands.past_books import PastBooks, reachable
from commands.replay_customer import CustomerPast
from commands.replay_figures import Figures, MessageFigures
from commands.replay_plan import Plan
from commands.replay_stage import Stage
from commands.replay_tale import Tale, Tally
from commands.seed import NewPerson, add_creditor
from models.cases import ProposalRow
from models.creditor import CsvSource
from models.database import reading, transaction
from models.parties import LadderRow

ADMIN_EMAIL = "admin@replay.example"


@dataclass(frozen=True)
class Progress:
    """How far a replay has come."""

    plan: Plan
    tally: Tally
    sent: int


Watcher = Callable[[Progress], None]


async def replay_on(stage: Stage, plan: Plan, watch: Watcher, every: float) -> Figures:
    """Replay a plan on a stage that is already running."""
    began = time.monotonic()
    tale = _begin(stage, plan)
    tally = Tally()
    received_before = _received(stage, plan)
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for row in plan.book.rows.values():
        rows[row.customer].append(row)
    at_once = asyncio.Semaphore(plan.jobs)

    async def relive(number: str) -> None:
        customer = plan.book.customer(number)
        assert customer is not None
        async with at_once:
            await CustomerPast(tale, customer, rows[number], tally).relive()

    ticking = asyncio.create_task(_tick(stage, plan, tale, tally, watch, every))
    try:
        async with asyncio.TaskGroup() as group:
            for number in rows:
                group.create_task(relive(number), name=number)
    except ExceptionGroup as failed:
        # The first customer that failed took the others with it; what happened to that one is what matters.
        raise failed.exceptions[0] from None
    finally:
        ticking.cancel()
    watch(Progress(plan, tally, _sent_so_far(stage, tale)))
    received = {channel: n - received_before[channel] for channel, n in _received(stage, plan).items()}
    return _figures(stage, plan, tale, tally, received, time.monotonic() - began)


def _begin(stage: Stage, plan: Plan) -> Tale:
    """Put a creditor with one admin, its ladder and its books of the past on the stage."""
    creditor = f"replay-{uuid.uuid4().hex[:8]}"
    admin = f"{creditor}-admin"
    source = CsvSource(path=str(plan.file), columns=plan.columns.model_dump())
    with transaction(stage.database) as session:
        people = [NewPerson(admin, "Replay", ADMIN_EMAIL, "admin")]
        add_creditor(session, creditor, "Replay", plan.settings, source, people, quarantines=False)
        session.flush()
        known = session.get(LadderRow, (creditor, plan.ladder.name, 1))
        document = plan.ladder.model_dump(mode="json")
        if known is None or known.document != document:
            version = 1 if known is None else 2
            session.add(
                LadderRow(
                    creditor_id=creditor, name=plan.ladder.name, version=version, document=document, saved_by=admin
                )
            )
    books = PastBooks(CsvBooks(plan.file, plan.columns, plan.settings.currency))
    stage.shelf.put(creditor, books)
    return Tale(stage, creditor, plan.settings, books, admin, plan.answer_after)


async def _tick(stage: Stage, plan: Plan, tale: Tale, tally: Tally, watch: Watcher, every: float) -> None:
    while True:
        watch(Progress(plan, tally, await asyncio.to_thread(_sent_so_far, stage, tale)))
        await asyncio.sleep(every)


def _sent_so_far(stage: Stage, tale: Tale) -> int:
    with reading(stage.database) as session:
        query = select(func.count(col(ProposalRow.id))).where(
            ProposalRow.creditor_id == tale.creditor, ProposalRow.state == "sent"
        )
        return session.exec(query).one()


def _received(stage: Stage, plan: Plan) -> dict[str, int]:
    """What the stand-ins took for the customers of the book; heads-ups go to the admin."""
    found = [customer for number in plan.book.customers if (customer := plan.book.customer(number)) is not None]
    customers = [reachable(customer) for customer in found]
    emails = {address for customer in customers for address in email_addresses(customer.email).usable}
    numbers = {mobile_number(c.mobile, c.phone, c.country or plan.settings.country) for c in customers}
    mails = sum(any(parseaddr(to)[1] in emails for to in mail.to) for mail in stage.sendgrid.mails())
    return {"email": mails, "sms": sum(text.to in numbers for text in stage.twilio.texts())}


def _figures(stage: Stage, plan: Plan, tale: Tale, tally: Tally, received: dict[str, int], seconds: float) -> Figures:
    book = plan.book
    customers = [c for number in book.customers if (c := book.customer(number)) is not None]
    days = [d for row in book.rows.values() for d in (row.invoice_date, row.settled_date) if d is not None]
    events = list(tally.events.values())
    with reading(stage.database) as session:
        opened, closed, still_open = count.cases(session, tale.creditor)
        sent = count.sent_steps(session, tale.creditor, tale.settings)
        recorded = count.recorded_messages(session, tale.creditor)
        return Figures(
            file=plan.file.name,
            ladder=plan.ladder.name,
            invoices=len(book.rows),
            customers=len(customers),
            invented_addresses=sum(reachable(customer).email != customer.email for customer in customers),
            unreadable={line.where: line.reason for line in book.unreadable},
            first_day=min(days, default=None),
            last_day=max([*days, *tally.today.values()], default=None),
            cases_opened=opened,
            cases_closed=closed,
            cases_open=still_open,
            steps=count.step_figures(session, tale.creditor, plan.ladder),
            held=count.held_rounds(session, tale.creditor),
            not_proposed=count.not_proposed(session, tale.creditor),
            questions_disputed=sum(row.disputed for row in book.rows.values()),
            questions_asked=tally.asked,
            questions_answered=tally.answered,
            messages=[MessageFigures(channel=c, recorded=n, received=received[c]) for c, n in recorded.items()],
            sent=sent,
            sent_after_settlement=count.sent_after_settlement(sent, count.settlement_days(book)),
            events_mean=round(sum(events) / len(events), 1) if events else 0,
            events_most=max(events, default=0),
            seconds=round(seconds, 1),
        )
