"""Puts a due step before people: a proposal in the queue and a heads-up; or a task, where the step is a call."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select
from temporalio import activity

from activities import trail
from activities.business_clock import moved_on
from activities.case_row import case_to_write
from activities.composing import Composed, WordingFolders, compose
from activities.facts import case_facts
from activities.heads_up import HeadsUpDesk
from activities.lawful_letter import against
from activities.notices import put_notice, untold
from activities.settle import note, settle
from activities.tasks import ask as ask_for_task
from activities.wording import WordingError
from models.case import Ask, Kind, Move
from models.cases import CaseRow, NoticeRow, ProposalRow, TaskRow
from models.database import transaction
from models.facts import CaseFacts, InvoiceFacts
from models.ladder import Step
from rules.calendar import local_day, proposing_time, sending_time
from rules.due_steps import hold_hours, invoices_due
from rules.instalment_reminder import covered, is_reminder, step_of
from rules.next_move import standing_move

HELD_BACK = {
    "recipient": {
        "da": "{step} holdes tilbage: der er ingen brugbar adresse",
        "nb": "{step} holdes tilbake: det finnes ingen brukbar adresse",
        "en": "{step} is held back: there is no usable address",
    },
    "wording": {
        "da": "{step} holdes tilbage: der er en fejl i teksten",
        "nb": "{step} holdes tilbake: det er en feil i teksten",
        "en": "{step} is held back: there is a mistake in its wording",
    },
    "lawful": {
        "da": "{step} holdes tilbage: loven tillader den ikke",
        "nb": "{step} holdes tilbake: loven tillater den ikke",
        "en": "{step} is held back: the law does not allow it",
    },
}
"""What people are told; the case file says more."""


@dataclass(frozen=True)
class Propose:
    """Asynchronous only to gather what comes due together without holding a thread."""

    database: Engine
    folders: WordingFolders
    heads_up: HeadsUpDesk

    @activity.defn(name="propose")
    async def propose(self, ask: Ask) -> Move:
        """Write the proposal, give the heads-up, and say when it may leave."""
        ask = ask.model_copy(update={"as_of": moved_on(ask.as_of)})
        move = await asyncio.to_thread(self._put_forward, ask)
        if move.kind is not Kind.stand:
            return move
        await self.heads_up.give(move.proposal_id, ask.as_of)
        return await asyncio.to_thread(self._noticed, ask)

    @activity.defn(name="assign")
    async def assign(self, ask: Ask) -> Move:
        """Give a person a task, tell them, and say what comes next."""
        ask = ask.model_copy(update={"as_of": moved_on(ask.as_of)})
        task_id = await asyncio.to_thread(self._hand_over, ask)
        if task_id:
            await self.heads_up.give(task_id, ask.as_of)
        return await asyncio.to_thread(self._settle, ask)

    @activity.defn(name="tell")
    async def tell(self, ask: Ask) -> Move:
        """Tell people of tasks that came up by themselves, and say what comes next."""
        ask = ask.model_copy(update={"as_of": moved_on(ask.as_of)})
        assert ask.move is not None
        for task_id in ask.move.tell:
            await self.heads_up.give(task_id, ask.as_of)
        return await asyncio.to_thread(self._settle, ask)

    def _put_forward(self, ask: Ask) -> Move:
        with transaction(self.database) as session:
            case = case_to_write(session, ask.case_id)
            move = settle(session, case, ask.as_of, self.folders)
            facts = case_facts(session, case)
            if move.kind is not Kind.propose or move.at is None or move.at > ask.as_of:
                return move
            if facts.standing is not None:
                # It was put forward before, but its heads-up never reached anybody.
                return standing_move(facts.standing, facts)
            step = step_of(facts, move.step)
            beside = is_reminder(step.name)
            invoices = list(covered(facts)) if beside else invoices_due(facts, step.name, ask.as_of)
            earliest = ask.as_of + timedelta(hours=hold_hours(facts, step))
            letter_date = local_day(sending_time(earliest, facts.settings), facts.settings)
            held_back = partial(_hold_back, session, case, facts, move, ask, invoices)
            try:
                composed = compose(session, facts, step, invoices, letter_date, self.folders)
            except WordingError as error:
                return held_back("wording", str(error))
            if not composed.to.enough(step):
                return held_back("recipient", "; ".join(composed.to.problems))
            if unlawful := against(facts, step, composed):
                return held_back("lawful", "; ".join(unlawful))
            row = _store(session, case, facts, step, invoices, composed, ask)
            session.flush()
            standing = case_facts(session, case).standing
            assert standing is not None
            assert standing.proposal_id == row.id
            move = standing_move(standing, facts)
            note(session, case, move, ask.as_of)
            return move

    def _noticed(self, ask: Ask) -> Move:
        """The move after the heads-up, with the hold window that it started."""
        with transaction(self.database) as session:
            case = case_to_write(session, ask.case_id)
            facts = case_facts(session, case)
            if facts.standing is None:
                return settle(session, case, ask.as_of, self.folders)
            move = standing_move(facts.standing, facts)
            note(session, case, move, ask.as_of)
            return move

    def _hand_over(self, ask: Ask) -> str:
        with transaction(self.database) as session:
            case = case_to_write(session, ask.case_id)
            move = settle(session, case, ask.as_of, self.folders)
            if move.kind is not Kind.task or move.at is None or move.at > ask.as_of:
                return _unannounced_task(session, case)
            facts = case_facts(session, case)
            return ask_for_task(session, case, facts, move, ask.as_of)

    def _settle(self, ask: Ask) -> Move:
        with transaction(self.database) as session:
            case = case_to_write(session, ask.case_id)
            return settle(session, case, ask.as_of, self.folders)


def _unannounced_task(session: Session, case: CaseRow) -> str:
    """A task that an earlier attempt put on record and of which nobody has been told; empty without one."""
    query = select(NoticeRow.id).join(TaskRow, col(TaskRow.id) == col(NoticeRow.id))
    return session.exec(query.where(NoticeRow.case_id == case.id, col(NoticeRow.given_at).is_(None))).first() or ""


def _store(
    session: Session,
    case: CaseRow,
    facts: CaseFacts,
    step: Step,
    invoices: list[InvoiceFacts],
    composed: Composed,
    ask: Ask,
) -> ProposalRow:
    """The proposal, the line of its heads-up, and the trail entry."""
    composition = composed.composition
    earlier = select(func.count(col(ProposalRow.id))).where(
        ProposalRow.case_id == case.id, ProposalRow.step == step.name
    )
    number = session.exec(earlier).one() + 1
    numbers = [i.number for i in invoices]
    row = ProposalRow(
        id=f"{case.id}.{step.name}.{number}",
        creditor_id=case.creditor_id,
        case_id=case.id,
        step=step.name,
        round=number,
        digest=composition.digest,
        invoices=numbers,
        composition=composition.model_dump(mode="json"),
        amount_minor=composition.amount.minor,
        currency=composition.amount.currency,
        proposed_at=ask.as_of,
        letter_date=composition.letter.letter_date,
        hold_hours=hold_hours(facts, step),
        send_at=sending_time(ask.as_of + timedelta(hours=hold_hours(facts, step)), facts.settings),
    )
    session.add(row)
    session.flush()
    amount, name = str(composition.amount), composed.to.customer.name
    put_notice(session, case, row.id, facts.owner, ask.as_of, step.title, numbers, amount, customer=name, task=False)
    text = f"The {step.title} is proposed: invoices {', '.join(numbers)}, {composition.amount}"
    trail.write(
        session,
        case.creditor_id,
        f"{row.id}:proposed",
        ask.as_of,
        "proposed",
        text,
        case_id=case.id,
        proposal=row.id,
        step=step.name,
        digest=row.digest,
        invoices=numbers,
        amount=row.amount_minor,
        currency=row.currency,
        notes=list(composition.notes),
    )
    return row


def _hold_back(
    session: Session,
    case: CaseRow,
    facts: CaseFacts,
    move: Move,
    ask: Ask,
    invoices: list[InvoiceFacts],
    guard: str,
    why: str,
) -> Move:
    """Nothing can be proposed: people are told once for each reason, and it is tried again every day."""
    tomorrow = local_day(ask.as_of, facts.settings) + timedelta(days=1)
    again = move.model_copy(
        update={"at": proposing_time(tomorrow, ask.as_of, facts.settings), "why": _without_addresses(guard, why)}
    )
    about = f"{case.id}:held:{move.step}:{guard}:{hashlib.sha256(why.encode()).hexdigest()[:8]}"
    title = HELD_BACK[guard][facts.settings.language].format(step=move.title)
    numbers = [i.number for i in invoices]
    put_notice(session, case, about, facts.owner, ask.as_of, title, numbers, str(move.amount))
    trail.write(
        session,
        case.creditor_id,
        f"{case.id}:held:{move.step}:{tomorrow}:{guard}",
        ask.as_of,
        "held",
        f"The {move.title} is not proposed, {guard}: {why}",
        case_id=case.id,
        step=move.step,
        guard=guard,
    )
    case.state, case.next_at, case.why = "held", again.at, f"held, {guard}: {why}"
    session.add(case)
    session.flush()
    return again.model_copy(update={"tell": untold(session, case)})


def _without_addresses(guard: str, why: str) -> str:
    """A move travels through Temporal; what is wrong with an address, even masked, stays in the database."""
    return f"held, {guard}: " + ("no usable address; the case file says why" if guard == "recipient" else why)
