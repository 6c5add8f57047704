"""Takes in what a case was told: entries on the ledger, freezes, the trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, select

from activities import deliveries, ledger, trail
from activities.company_finds import insolvency, noted
from activities.facts import settings_of
from activities.freezes import freeze, resume, side_by_side
from activities.hand_over import end_case
from activities.moved_ladder import move_to_ladder
from activities.plan_news import take_in_plan
from activities.plans import invoices_of_plan, plan_in_force, received
from activities.questions import open_question, promise, resolve
from activities.tasks import finish
from models.cases import CaseRow
from models.mirror import InvoiceRow
from models.money import Money
from models.news import (
    BooksChanged,
    Clarified,
    CreditRegistered,
    DeliveryReported,
    Ended,
    Held,
    InsolvencyFound,
    LadderMoved,
    Noted,
    PaymentRegistered,
    PlanApproved,
    PlanAsked,
    PlanContinued,
    PlanEnded,
    PromiseGiven,
    QuestionOpened,
    Resolved,
    Resumed,
    Snoozed,
    TaskDone,
    Told,
)
from rules.calendar import at_local


def take_in(session: Session, case: CaseRow, told: Told) -> None:
    """Put one piece of news on ledger, freezes and trail; taking in the same again changes nothing."""
    news = told.news
    match news:
        case PaymentRegistered() | CreditRegistered():
            _money(session, case, news, told.at)
        case QuestionOpened():
            open_question(session, case, news, told.at)
        case Resolved():
            resolve(session, case, news, told.at)
        case PromiseGiven():
            promise(session, case, news, told.at)
        case Noted():
            noted(session, case, news, told.at)
        case PlanAsked() | PlanApproved() | PlanContinued() | PlanEnded():
            take_in_plan(session, case, news, told.at)
        case Ended():
            end_case(session, case, news, told.at)
        case TaskDone():
            finish(session, case, news, told.at)
        case InsolvencyFound():
            insolvency(session, case, news, told.at)
        case Held():
            freeze(session, case, news, told.at, "hold", news.reason)
        case Snoozed():
            settings = settings_of(session, case.creditor_id)
            until = at_local(news.until, settings.propose_from, settings)
            freeze(session, case, news, told.at, "snooze", news.reason, until)
        case Resumed():
            resume(session, case, news, told.at)
        case LadderMoved():
            move_to_ladder(session, case, news, told.at)
        case Clarified():
            deliveries.clarify(session, case, news, told.at)
        case BooksChanged() | DeliveryReported():
            pass


def _money(session: Session, case: CaseRow, news: PaymentRegistered | CreditRegistered, at: datetime) -> None:
    """Money told by a person: against the named invoice, without a name the oldest first.

    While a plan is in force, a payment without a name is the plan's until nothing is left of it.
    """
    claim = ledger.Balances(ledger.entries(session, case.id))
    if any(row.key == f"{news.kind}:{news.id}:0" for row in claim.rows):
        return
    fitting = [n for n, principal in claim.principal.items() if principal.currency == news.amount.currency]
    if news.invoice_number and news.invoice_number not in claim.principal:
        reason = f"names invoice {news.invoice_number}, which the case does not know"
        freeze(session, case, news, at, "review", f"a {news.kind} of {news.amount} {reason}")
        return
    if news.amount.minor <= 0 or not fitting or (news.invoice_number and news.invoice_number not in fitting):
        freeze(session, case, news, at, "review", f"a {news.kind} of {news.amount} fits no invoice of the case")
        return
    dues = {
        i.number: str(i.due_date or i.invoice_date)
        for i in session.exec(select(InvoiceRow).where(InvoiceRow.creditor_id == case.creditor_id))
        if i.number in claim.principal
    }
    open_first = sorted(fitting, key=lambda n: (dues.get(n, "9999"), n))
    targets = [news.invoice_number] if news.invoice_number else open_first
    own, agreed = _agreed(session, case, news, targets)
    room = {number: claim.balance(number).minor for number in targets}
    parts, _ = _spread(agreed, own, room)
    room = {number: room[number] - parts.get(number, 0) for number in targets}
    others = [number for number in targets if number not in own] or targets
    more, left = _spread(news.amount.minor - agreed, others, room)
    parts = {number: parts.get(number, 0) + more.get(number, 0) for number in (parts | more)}
    for n, (number, share) in enumerate(parts.items()):
        ledger.post(
            session,
            case.creditor_id,
            case.id,
            number,
            news.kind,
            Money(minor=-share, currency=news.amount.currency),
            news.value_date,
            f"{news.kind}:{news.id}:{n}",
            source=ledger.BY_HAND,
            reference=news.reference,
            by=str(news.by),
        )
    after = ledger.Balances(ledger.entries(session, case.id))
    open_before = [n for n in claim.principal if claim.balance(n).minor > 0]
    part_paid = [n for n in open_before if 0 < after.balance(n).minor < claim.balance(n).minor and n not in own]
    trail.write(
        session,
        case.creditor_id,
        f"{case.id}:{news.kind}:{news.id}",
        at,
        news.kind,
        f"{news.amount} {'credited' if news.kind == 'credit' else 'paid'}, value date {news.value_date}",
        case_id=case.id,
        actor=news.by,
        reference=news.reference,
        parts=[{"invoice": number, "amount": share} for number, share in parts.items()],
        too_much=left,
    )
    # More than the principal is what a plan asks for: its charges are in it.
    too_much = [n for n in ledger.paid_too_much(claim, after) if left or n not in own]
    if part_paid or too_much:
        changed = [n for n in claim.principal if after.left(n) != claim.left(n)]
        said = "; ".join(f"invoice {n}: {claim.balance(n)} before, {after.balance(n)} now" for n in changed)
        what = f"part {news.kind}" if part_paid else f"{news.kind} of more than was owed"
        figures = side_by_side(claim, after, changed)
        freeze(session, case, news, at, "review", f"{what}: {said}", figures=figures)


def _agreed(
    session: Session, case: CaseRow, news: PaymentRegistered | CreditRegistered, targets: Sequence[str]
) -> tuple[list[str], int]:
    """Those that the plan in force is about, and how much of the money is for them; a credit was not agreed on."""
    plan = plan_in_force(session, case)
    if plan is None or news.kind != "payment":
        return [], 0
    of_plan = invoices_of_plan(session, case, plan)
    own = [number for number in targets if number in of_plan]
    left = plan.total_minor + plan.paid_before_minor - received(session, case, plan)
    return own, min(news.amount.minor, max(left, 0)) if own else 0


def _spread(minor: int, targets: Sequence[str], room: Mapping[str, int]) -> tuple[dict[str, int], int]:
    """Put an amount against what is open, in order. What finds nothing open is on the last one; how much that is."""
    parts: dict[str, int] = {}
    left = minor
    for number in targets:
        share = min(left, room[number])
        if share > 0:
            parts[number] = share
            left -= share
    if left:
        parts[targets[-1]] = parts.get(targets[-1], 0) + left
    return parts, left
