"""What people do with payment plans in tests, and what can be seen of them; as in story 10."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlmodel import col, select

from activities import ledger
from activities.plans import claim_total
from models.cases import FreezeRow, NoticeRow
from models.database import transaction
from models.money import Money
from models.news import (
    CUSTOMER,
    Instalment,
    PaymentRegistered,
    PlanApproved,
    PlanAsked,
    PlanContinued,
    PlanEnded,
)
from models.plans import InstalmentRow, PlanRow
from rules.plans import draw_up
from tests.story import Story, clock

FIRST = date(2026, 9, 1)


async def rykker_1_has_gone(story: Story, until: str = "2026-08-14 10:00") -> None:
    """Invoice 1001 is due on 3 August; rykker 1 left on 11 August with its fee."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until(until, released=True)
    assert story.sent[-1] == "2026-08-11 09:00 rykker-1"


def owed(story: Story, day: date) -> Money:
    with transaction(story.engines.database) as session:
        return claim_total(session, story.case, day)


def left_to_pay(story: Story) -> Money:
    """What the ledger sums up to."""
    with transaction(story.engines.database) as session:
        return ledger.Balances(ledger.entries(session, story.case.id)).total(story.settings.currency)


def drawn(story: Story, count: int = 3, day: date = date(2026, 8, 14), first: date = FIRST) -> tuple[Instalment, ...]:
    return draw_up(owed(story, day), count, first)


def approval(story: Story, instalments: tuple[Instalment, ...], name: str = "plan-1") -> PlanApproved:
    return PlanApproved(
        id=f"approve-{name}", by=story.actor("anna"), plan_id=f"{story.creditor}-{name}", instalments=instalments
    )


async def approve(story: Story, instalments: tuple[Instalment, ...] = (), name: str = "plan-1") -> str:
    return await story.command("approve_plan", approval(story, instalments or drawn(story), name))


async def ask(story: Story, instalments: tuple[Instalment, ...], name: str = "asked-1") -> None:
    news = PlanAsked(id=f"{story.creditor}-{name}", instalments=instalments, by=CUSTOMER)
    await story.tell("plan_asked", news)


async def end(story: Story, name: str = "plan-1", reason: str = "no answer") -> str:
    plan = f"{story.creditor}-{name}"
    return await story.command(
        "end_plan", PlanEnded(id=f"end-{name}", by=story.actor("anna"), plan_id=plan, reason=reason)
    )


async def go_on(story: Story, until: date, news: str = "continue-1", name: str = "plan-1") -> str:
    plan = f"{story.creditor}-{name}"
    told = PlanContinued(id=news, by=story.actor("anna"), plan_id=plan, until=until, reason="they called")
    return await story.command("continue_plan", told)


async def pay(story: Story, amount: str, day: str, name: str = "p-1", currency: str = "DKK") -> None:
    """Money that a person registers before the books know it."""
    money, value = Money.of(amount, currency), date.fromisoformat(day)
    await story.tell("payment_registered", PaymentRegistered(id=name, amount=money, value_date=value))


def plan(story: Story, name: str = "plan-1") -> PlanRow:
    with transaction(story.engines.database) as session:
        return session.get_one(PlanRow, f"{story.creditor}-{name}")


def instalments(story: Story, name: str = "plan-1") -> list[tuple[str, str, str, str]]:
    """Due, amount, paid on, missed on."""
    with transaction(story.engines.database) as session:
        query = select(InstalmentRow).where(InstalmentRow.plan_id == f"{story.creditor}-{name}")
        rows = session.exec(query.order_by(col(InstalmentRow.number)))
        return [
            (str(r.due), str(Decimal(r.amount_minor) / 100), str(r.paid_on or ""), str(r.missed_on or "")) for r in rows
        ]


def freeze(story: Story, kind: str) -> FreezeRow:
    with transaction(story.engines.database) as session:
        return session.exec(select(FreezeRow).where(FreezeRow.case_id == story.case.id, FreezeRow.kind == kind)).one()


def notices(story: Story) -> list[tuple[str, str, str, str]]:
    """When, for which rep, title and amount of what people are told of missed instalments."""
    with transaction(story.engines.database) as session:
        query = select(NoticeRow).where(NoticeRow.case_id == story.case.id).order_by(col(NoticeRow.at))
        rows = [row for row in session.exec(query) if ":missed:" in row.id]
        return [(clock(r.at), r.owner, r.line["title"], r.line["amount"]) for r in rows]
