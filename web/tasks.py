"""Tasks: what people are asked to do, the script for it, and a place for what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlmodel import Session, col, or_, select

from activities.case_row import case_to_write
from activities.facts import settings_of
from activities.hand_over import refusal_key
from activities.tasks import NOTE, finish
from models.cases import CaseRow, TaskRow
from models.database import transaction
from models.inbox import InboxRow
from models.mirror import CustomerRow
from models.money import Money
from models.news import TaskDone
from models.record import TrailRow
from rules.task_results import LEFT_BEHIND, RESULTS, not_theirs, unfitting_day, unknown_result
from web.answers import Amount, Limit, Offset, Page, page, shown
from web.bodies import EARLIEST, LATEST, Writing
from web.business_time import business_now
from web.callers import Caller, SignedIn
from web.engine import command
from web.mistakes import Mistake
from web.problems import Problem, invalid
from web.reach import Reach, Reached
from web.visible import open_or_refuse, visible_cases

router = APIRouter(prefix="/tasks", tags=["tasks"])

TaskKind = Literal["call", "decision", "charges", "overpaid", "apology", "question"]
State = Literal["open", "done", "all"]


class TaskLine(BaseModel):
    """Something a person has to do, in a list."""

    id: str
    case_id: str
    customer_number: str
    customer: str
    kind: str
    """call, decision, charges, overpaid, apology, question"""
    step: str
    title: str
    at: datetime
    """When it was asked for."""
    invoices: list[str]
    owner: str
    """The rep whose customer it is; empty where it is up to the admins."""
    amount: Amount | None
    """What it is about, where that is an amount of its own."""
    done_at: datetime | None
    done_by: str
    result: str


class TaskFile(TaskLine):
    """A task with all that is needed for it."""

    text: str
    """A script for the call, words to send, or what the law says of handing the claim over."""
    note: str
    results: list[str]
    """How it can end."""


class Report(BaseModel):
    """What came of a task."""

    model_config = ConfigDict(extra="forbid")

    result: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
    """call: reached, promise, question, no_answer; decision: continue, call, stop, hand_over; charges: waive, keep;
    overpaid: settled; apology: sent, not_sent; question: answered, not_needed."""
    note: Annotated[Writing, Field(max_length=500)] | None = None
    """Stays in the database, with the task."""
    day: Annotated[date, Field(gt=EARLIEST, lt=LATEST)] | None = None
    """The day by which the customer promised to pay; only with a promise."""


@router.get("", summary="What waits for a person, the oldest first")
def list_tasks(
    caller: SignedIn,
    reach: Reached,
    kind: Annotated[TaskKind | None, Query(description="Only tasks of this kind.")] = None,
    state: Annotated[State, Query(description="`open` leaves out what a closed case no longer needs.")] = "open",
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[TaskLine]:
    seen = visible_cases(caller).with_only_columns(col(CaseRow.id))
    query = select(TaskRow).where(col(TaskRow.case_id).in_(seen))
    if kind is not None:
        query = query.where(TaskRow.kind == kind)
    if state == "open":
        still = seen.where(col(CaseRow.closed_at).is_(None))
        query = query.where(
            col(TaskRow.done_at).is_(None),
            or_(col(TaskRow.kind).in_(LEFT_BEHIND), col(TaskRow.case_id).in_(still)),
        )
    elif state == "done":
        query = query.where(col(TaskRow.done_at).is_not(None))
    with transaction(reach.database) as session:
        ordered = query.order_by(col(TaskRow.at), col(TaskRow.id))
        return page(session, ordered, limit, offset, lambda rows: list(_lines(session, rows, caller)))


@router.get("/{task_id}", summary="A task with its script, and how it can end")
def read_task(task_id: str, caller: SignedIn, reach: Reached) -> TaskFile:
    with transaction(reach.database) as session:
        return _file(session, _find(session, caller, task_id), caller)


@router.post(
    "/{task_id}/result",
    summary="Say what came of a task; once",
    description="A promise stops the case until its day, a question stops it until an admin settles it; `stop` and "
    "`hand_over` end the case, where the law lets it be handed over. What the result cannot be is refused with what it "
    "can be. The first answer counts: 409 says who gave it.",
)
async def report(task_id: str, caller: SignedIn, reach: Reached, body: Report) -> TaskFile:
    news = TaskDone(id=f"task-{uuid4().hex}", by=caller.actor, task_id=task_id, result=body.result, day=body.day)
    case = await run_in_threadpool(_prepare, reach, caller, news, body.note or "")
    try:
        if case.closed_at is None:
            await command(reach, case, "finish_task", news)
        else:
            await run_in_threadpool(_finish_left_behind, reach, case, news)
        return await run_in_threadpool(_outcome, reach, caller, case, news)
    except Problem as problem:
        if problem.status == 409 and body.note:
            await run_in_threadpool(_forget, reach, news)
        raise


def _prepare(reach: Reach, caller: Caller, news: TaskDone, note: str) -> CaseRow:
    """Refuse what can be refused at once, and keep what was written: free text travels as an id only."""
    with transaction(reach.database) as session:
        row = _find(session, caller, news.task_id)
        case = session.get_one(CaseRow, row.case_id)
        if wrong := unknown_result(row.kind, news.result):
            raise invalid([Mistake(where="result", what=wrong)])
        if wrong := unfitting_day(news.result, news.day):
            raise invalid([Mistake(where="day", what=wrong)])
        if refused := not_theirs(news.result, caller.role):
            raise Problem(403, f"{refused[:1].upper()}{refused[1:]}.")
        if row.done_at is not None:
            raise _done_before(session, row)
        if row.kind not in LEFT_BEHIND:
            open_or_refuse(case)
        if note:
            topic = "other" if news.result == "question" else NOTE
            session.add(InboxRow(id=news.id, creditor_id=case.creditor_id, case_id=case.id, topic=topic, text=note))
        return case


def _finish_left_behind(reach: Reach, case: CaseRow, news: TaskDone) -> None:
    """A closed case has no workflow any more that could write it down."""
    with transaction(reach.database) as session:
        case = case_to_write(session, case.id)
        finish(session, case, news, business_now(session, case))


def _outcome(reach: Reach, caller: Caller, case: CaseRow, news: TaskDone) -> TaskFile:
    """The task as it is now; a Problem where the case refused the result, or another one came first."""
    with transaction(reach.database) as session:
        row = session.get_one(TaskRow, news.task_id)
        refused = _link(session, case, refusal_key(case, news.id))
        if refused is not None:
            why = str(refused.data["why"])
            raise Problem(409, f"{why[:1].upper()}{why[1:]}. Nothing was changed.")
        done = _link(session, case, f"{row.id}:done")
        if done is None or done.data.get("news") != news.id:
            raise _done_before(session, row)
        return _file(session, row, caller)


def _forget(reach: Reach, news: TaskDone) -> None:
    """What was written about a result that was not taken belongs to nothing."""
    with transaction(reach.database) as session:
        if (row := session.get(InboxRow, news.id)) is not None:
            session.delete(row)


def _done_before(session: Session, row: TaskRow) -> Problem:
    assert row.done_at is not None
    case = session.get_one(CaseRow, row.case_id)
    day = row.done_at.astimezone(settings_of(session, case.creditor_id).tz).date()
    said = row.result.replace("_", " ")
    return Problem(409, f"This task was done before, by {row.done_by} on {day}: {said}. Nothing was changed.")


def _link(session: Session, case: CaseRow, key: str) -> TrailRow | None:
    query = select(TrailRow).where(TrailRow.creditor_id == case.creditor_id, TrailRow.key == key)
    return session.exec(query).first()


def _find(session: Session, caller: Caller, task_id: str) -> TaskRow:
    """A task by its id; one the caller may not see is answered as one that does not exist."""
    seen = visible_cases(caller).with_only_columns(col(CaseRow.id))
    query = select(TaskRow).where(TaskRow.id == task_id, col(TaskRow.case_id).in_(seen))
    row = session.exec(query).first() if task_id.isprintable() else None
    if row is None:
        raise Problem(404, "There is no such task, or it is not yours; GET /tasks lists those that are.")
    return row


def _file(session: Session, row: TaskRow, caller: Caller) -> TaskFile:
    [line] = _lines(session, [row], caller)
    return TaskFile(**line.model_dump(), text=row.text, note=row.note, results=list(RESULTS[row.kind]))


def _lines(session: Session, rows: Sequence[TaskRow], caller: Caller) -> Iterator[TaskLine]:
    query = (
        select(CaseRow.id, CaseRow.customer_number, CustomerRow.name)
        .join(
            CustomerRow,
            (col(CustomerRow.creditor_id) == col(CaseRow.creditor_id))
            & (col(CustomerRow.number) == col(CaseRow.customer_number)),
            isouter=True,
        )
        .where(col(CaseRow.id).in_({row.case_id for row in rows}))
    )
    named = {case_id: (number, name or number) for case_id, number, name in session.exec(query)}
    for row in rows:
        number, name = named[row.case_id]
        about = Amount.of(Money(minor=row.amount_minor, currency=caller.settings.currency))
        amount = about if row.amount_minor else None
        yield shown(TaskLine, row, caller.zone, customer_number=number, customer=name, amount=amount)
