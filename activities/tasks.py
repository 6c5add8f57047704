"""Tasks for people: putting one before a person with its script, and what follows from what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from activities import trail
from activities.closing import waive_charges
from activities.facts import case_facts, settings_of
from activities.freezes import freeze
from activities.hand_over import forbidden, hand_over_or_stop, refusal_key, refuse
from activities.notices import put_notice
from activities.questions import open_question
from models.case import Move
from models.cases import CaseRow, TaskRow
from models.facts import CaseFacts
from models.inbox import InboxRow
from models.ladder import Ladder, Step
from models.money import total
from models.news import ENGINE, Ended, PromiseGiven, QuestionOpened, TaskDone
from rules.after_ladder import DECISION, Decision
from rules.calendar import after_bank_days, local_day
from rules.due_steps import due_steps, invoices_due
from rules.next_move import decision_due
from rules.task_results import not_theirs, promise_out_of_bounds, unfitting_day, unknown_result

DECIDE = {
    "da": "afgør efter {days} dage: vent, ring, opgiv eller giv til inkasso",
    "nb": "avgjør etter {days} dager: vent, ring, oppgi eller gi til inkasso",
    "en": "decide after {days} days: wait, call, give up or hand to a collector",
}
CALL = {"da": "telefonopkald", "nb": "telefonsamtale", "en": "phone call"}
NOTE = "note"
"""The topic of what staff wrote about a task; like all free text it is stored first and travels as an id."""


# --- asking ---


def ask(session: Session, case: CaseRow, facts: CaseFacts, move: Move, as_of: datetime) -> str:
    """Put the task that is due on record, with its heads-up and its line on the trail; its id."""
    decision = decision_due(facts, as_of)
    if decision is not None and decision.step == move.step:
        return _ask_to_decide(session, case, facts, decision, as_of)
    numbers = [i.number for i in invoices_due(facts, move.step, as_of)]
    row = TaskRow(
        id=f"{case.id}.{move.step}.{_short('+'.join(numbers))}",
        case_id=case.id,
        step=move.step,
        title=move.title,
        at=as_of,
        invoices=numbers,
        text=facts.ladder.step(move.step).script,
    )
    return _put(session, case, facts, row)


def _ask_to_decide(session: Session, case: CaseRow, facts: CaseFacts, decision: Decision, as_of: datetime) -> str:
    """What is to become of it, and whether the law would let it be handed over today. It takes the last one's place."""
    numbers, day = [i.number for i in decision.invoices], local_day(as_of, facts.settings)
    for earlier in _open_decisions(session, case):
        _close(session, case, earlier, TaskDone(id=decision.step, by=ENGINE, task_id="", result="asked again"), as_of)
    against = forbidden(session, facts, day, numbers)
    law = f"Not to be handed over today: {against.sentence}" if against else "The law lets it be handed over today."
    row = TaskRow(
        id=f"{case.id}.{decision.step}.{_short('+'.join((str(day), *numbers)))}",
        case_id=case.id,
        step=decision.step,
        title=DECIDE[facts.settings.language].format(days=decision.days),
        at=as_of,
        invoices=numbers,
        text=law,
        kind=DECISION,
    )
    return _put(session, case, facts, row)


def _ask_for_call(session: Session, case: CaseRow, facts: CaseFacts, decided: TaskRow, at: datetime) -> None:
    """Another call, in the words of the ladder's own."""
    step = _calling(facts.ladder)
    row = TaskRow(
        id=f"{decided.id}.call",
        case_id=case.id,
        step=step.name if step else "phone-call",
        title=step.title if step else CALL[facts.settings.language],
        at=at,
        invoices=list(decided.invoices),
        text=step.script if step else "",
    )
    _put(session, case, facts, row)


def _put(session: Session, case: CaseRow, facts: CaseFacts, row: TaskRow) -> str:
    row.owner = facts.owner
    session.add(row)
    amounts = [i.balance for i in facts.invoices if i.number in row.invoices]
    amount = total(amounts, amounts[0].currency)
    put_notice(session, case, row.id, facts.owner, row.at, row.title, row.invoices, str(amount))
    text = f"A {row.title} is asked for: invoices {', '.join(row.invoices)}, {amount}"
    if row.kind == DECISION:
        text = f"A decision is asked for ({row.step}): invoices {', '.join(row.invoices)}, {amount}. {row.text}"
    key = f"{row.id}:asked"
    trail.write(session, case.creditor_id, key, row.at, "task", text, case_id=case.id, step=row.step, task=row.id)
    return row.id


# --- what came of it ---


def finish(session: Session, case: CaseRow, news: TaskDone, at: datetime) -> None:
    """Put on record what came of a task and do what follows from it. The first answer counts; a refused one does not.

    Also for a task that a closed case has left behind.
    """
    row = session.get(TaskRow, news.task_id, with_for_update=True)
    if row is None or row.case_id != case.id or row.done_at is not None:
        return
    if trail.has(session, case.creditor_id, refusal_key(case, news.id)):
        return
    facts = case_facts(session, case)
    if why := _refused(session, facts, row, news, at):
        refuse(session, case, news, at, f"{row.title}: {news.result.replace('_', ' ')} is refused", why)
        return
    written = session.get(InboxRow, news.id)
    row.note = written.text if written else news.note
    _close(session, case, row, news, at)
    _follow(session, case, facts, row, news, at)


def _refused(session: Session, facts: CaseFacts, row: TaskRow, news: TaskDone, at: datetime) -> str:
    """Why a task cannot end like this; empty when it can."""
    known = unknown_result(row.kind, news.result) or unfitting_day(news.result, news.day)
    if why := known or not_theirs(news.result, news.by.role):
        return why
    today = local_day(at, facts.settings)
    if news.day is not None:
        return promise_out_of_bounds(news.day, today)
    if news.result == "hand_over":
        against = forbidden(session, facts, today, climbed(facts, at))
        return against.sentence if against else ""
    return ""


def _follow(session: Session, case: CaseRow, facts: CaseFacts, row: TaskRow, news: TaskDone, at: datetime) -> None:
    """What comes of the result: a stop, another task, the end of the case, a waiver; or nothing at all."""
    match row.kind, news.result:
        case "call", "promise":
            assert news.day is not None
            until = after_bank_days(news.day, settings_of(session, case.creditor_id))
            given = PromiseGiven(id=news.id, day=news.day, by=news.by)
            freeze(session, case, given, at, "promise", f"the customer said it will pay by {news.day}", until)
        case "call", "question":
            open_question(session, case, QuestionOpened(id=news.id, topic="other", by=news.by), at)
        case "decision", "call":
            _ask_for_call(session, case, facts, row, at)
        case "decision", ("stop" | "hand_over"):
            ended = Ended(
                id=news.id,
                by=news.by,
                outcome="stopped" if news.result == "stop" else "handed_over",
                reason=row.note or f"decided by {news.by}",
            )
            hand_over_or_stop(session, case, facts, climbed(facts, at), ended, at)
        case "charges", "waive":
            waive_charges(session, case, at, f"decided by {news.by}")


def climbed(facts: CaseFacts, as_of: datetime) -> list[str]:
    """The invoices that a decision is about: all that are open and have no step before them."""
    climbing = {due.invoice.number for due in due_steps(facts, as_of)}
    aside = {i.number for i in facts.invoices if i.set_aside}
    return [i.number for i in facts.invoices if i.balance.minor > 0 and i.number not in climbing | aside]


def _close(session: Session, case: CaseRow, row: TaskRow, news: TaskDone, at: datetime) -> None:
    """A task is done. The note stays with the task: a trail can never be cleared of what people said on the phone."""
    row.done_at, row.result, row.done_by = at, news.result, str(news.by)
    day = f", by {news.day}" if news.day else ""
    text = f"{row.title}: {news.result.replace('_', ' ')}{day}"
    key = f"{row.id}:done"
    trail.write(
        session,
        case.creditor_id,
        key,
        at,
        "task done",
        text,
        case_id=case.id,
        actor=news.by,
        task=row.id,
        result=news.result,
        day=news.day,
        news=news.id,
    )


def _open_decisions(session: Session, case: CaseRow) -> Sequence[TaskRow]:
    query = select(TaskRow).where(TaskRow.case_id == case.id, TaskRow.kind == DECISION, col(TaskRow.done_at).is_(None))
    return list(session.exec(query))


def _calling(ladder: Ladder) -> Step | None:
    return next((step for step in reversed(ladder.steps) if step.is_task), None)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
