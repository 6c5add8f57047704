"""What a customer's page asks for while a payment plan is in force: the next instalment, not the whole claim."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from activities.instalments import instalment_rows, instalments_of
from activities.placeholders import written_date
from activities.plans import plan_in_force, received
from models.cases import CaseRow
from models.facts import CaseFacts
from models.letters import Language
from models.money import Money
from rules.calendar import local_day
from rules.plans import asked_now, part_of_plan
from web.page_claim import Owed


@dataclass(frozen=True)
class InstalmentAsked:
    """What is asked for of the plan, and what stands beside it."""

    name: str
    """Of the sentence that says which instalments these are: instalment_next, instalment_late, instalments_late."""
    first: int
    last: int
    count: int
    """How many instalments the plan has."""
    due: str
    amount: Money
    plan_left: Money
    """What is open of the whole plan, this included."""
    besides: Money
    """What is due on invoices that are no part of the plan; the page asks for it, but not in this sum."""
    numbers: tuple[str, ...]
    """The invoices of the plan."""


def instalment_asked(
    session: Session, case: CaseRow, facts: CaseFacts, owed: Owed, language: Language
) -> InstalmentAsked | None:
    """What the plan in force, or with a missed instalment, asks for on the page's day; None without one."""
    plan = plan_in_force(session, case)
    if plan is None or plan.decided_at is None:
        return None
    instalments = instalments_of(plan, instalment_rows(session, plan.id))
    came = received(session, case, plan) - plan.paid_before_minor
    now = asked_now(instalments, came, owed.as_of)
    if now is None:
        return None
    own = [i for i in facts.invoices if part_of_plan(i, local_day(plan.decided_at, facts.settings))]
    still_open = [i for i in own if i.balance.minor > 0]
    numbers = tuple(i.number for i in own)
    sentence = "instalment_next"
    if now.late:
        sentence = "instalment_late" if now.first == now.last else "instalments_late"
    return InstalmentAsked(
        name=sentence,
        first=now.first,
        last=now.last,
        count=len(instalments),
        due=written_date(now.due, language),
        amount=Money(minor=now.open, currency=plan.currency),
        plan_left=Money(minor=plan.total_minor - max(came, 0), currency=plan.currency),
        besides=owed.due_beside(numbers),
        numbers=tuple(i.number for i in still_open or own),
    )
