"""Brings a case's record in line with its facts: what no longer holds is withdrawn, what comes next is noted."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from activities import trail
from activities.closing import close_account
from activities.composing import WordingFolders, compose
from activities.facts import case_facts
from activities.notices import untold
from activities.wording import WordingError
from models.books import BookCustomer
from models.case import STATES, Kind, Move
from models.cases import CaseRow, PassedOverRow, ProposalRow
from models.composition import Composition, changes
from models.facts import CaseFacts, Standing
from models.news import ENGINE, Actor
from rules.due_steps import passed_over, too_late
from rules.instalment_reminder import is_reminder, no_longer, step_of, stopping
from rules.moved_ladder import out_of_turn
from rules.next_move import next_move


def settle(session: Session, case: CaseRow, as_of: datetime, folders: WordingFolders) -> Move:
    """Withdraw a proposal that no longer holds, derive the next move from the facts, and put it on record."""
    facts = case_facts(session, case)
    if _pass_over(session, case, facts, as_of):
        session.flush()
        facts = case_facts(session, case)
    if facts.standing is not None and (why := why_withdrawn(session, facts, facts.standing, as_of, folders)):
        withdraw(session, case, facts.standing.proposal_id, as_of, why)
        facts = case_facts(session, case)
    move = next_move(facts, as_of)
    note(session, case, move, as_of)
    if move.kind is Kind.close:
        close_account(session, case, facts, move.outcome, as_of)
    session.flush()
    return move.model_copy(update={"tell": untold(session, case)})


def why_withdrawn(
    session: Session, facts: CaseFacts, standing: Standing, as_of: datetime, folders: WordingFolders
) -> str:
    """Why a standing proposal no longer holds; empty when it does."""
    balances = {i.number: i.balance for i in facts.invoices}
    settled = [n for n in standing.invoices if n not in balances or balances[n].minor <= 0]
    if settled:
        return f"nothing is left to pay on {', '.join(settled)}"
    left_out = [i for i in facts.invoices if i.number in standing.invoices and i.not_reminded]
    if left_out:
        return "; ".join(f"invoice {i.number} is no longer reminded: {i.not_reminded}" for i in left_out)
    if not facts.settings.module_on:
        return "the reminder module was switched off"
    if stops := stopping(facts, standing.step):
        return f"the case was stopped ({stops[0].kind}): {stops[0].reason}"
    if over := no_longer(facts, standing.step, as_of):
        return over
    beside = is_reminder(standing.step)
    if standing.step not in facts.ladder.planned and not beside:
        return f"the case climbs the ladder {facts.ladder.name} now, which has no {standing.step}"
    step = step_of(facts, standing.step)
    for invoice in facts.invoices:
        if invoice.number in standing.invoices and (late := passed_over(facts, invoice, step, as_of)):
            return late
    try:
        now = composed_again(session, facts, standing, folders)
    except WordingError as error:
        return f"the wording is unsound: {error}"
    proposed = Composition.model_validate(session.get_one(ProposalRow, standing.proposal_id).composition)
    return "; ".join(changes(proposed, now)) or ("" if beside else out_of_turn(facts, standing))


def composed_again(
    session: Session,
    facts: CaseFacts,
    standing: Standing,
    folders: WordingFolders,
    customer: BookCustomer | None = None,
) -> Composition:
    """The standing proposal as it would be composed from the facts of this moment."""
    step = step_of(facts, standing.step)
    invoices = [i for i in facts.invoices if i.number in standing.invoices]
    return compose(session, facts, step, invoices, standing.letter_date, folders, customer).composition


def withdraw(
    session: Session, case: CaseRow, proposal_id: str, as_of: datetime, why: str, actor: Actor = ENGINE
) -> None:
    """Take a proposal back; it stays on record with the reason."""
    row = session.get_one(ProposalRow, proposal_id)
    row.state, row.ended_at, row.ended_why = "withdrawn", as_of, why
    session.flush()
    trail.write(
        session,
        case.creditor_id,
        f"{proposal_id}:withdrawn",
        as_of,
        "withdrawn",
        f"{row.step} withdrawn: {why}",
        case_id=case.id,
        actor=actor,
        proposal=proposal_id,
        was_released=row.released_at is not None,
    )


def note(session: Session, case: CaseRow, move: Move, as_of: datetime) -> None:
    """Write the next move on the case, and its reason on the trail when it is a new one."""
    case.state, case.next_step, case.next_at, case.why = STATES[move.kind], move.step, move.at, move.why
    # News of a debt can still come in between the closing and the end of the run; then the case is open again.
    case.closed_at, case.outcome = (as_of if move.kind is Kind.close else None), move.outcome
    session.add(case)
    if move.kind is Kind.close:
        text = f"Closed: {move.why}"
        trail.write(session, case.creditor_id, f"{case.id}:closed", as_of, "closed", text, case_id=case.id)
    elif move.kind in (Kind.propose, Kind.task) and move.at is not None:
        day = move.at.date()
        trail.write(
            session,
            case.creditor_id,
            f"{case.id}:planned:{move.step}:{day}:{move.why}",
            as_of,
            "planned",
            f"Next is the {move.title} on {day}: {move.why}",
            case_id=case.id,
            step=move.step,
            planned_for=move.at,
        )
    elif move.kind is Kind.frozen:
        key = f"{case.id}:waiting:{as_of.date()}:{move.why}"
        trail.write(session, case.creditor_id, key, as_of, "waiting", f"Waits: {move.why}", case_id=case.id)


def _pass_over(session: Session, case: CaseRow, facts: CaseFacts, as_of: datetime) -> bool:
    """Put steps on record that are left out because the due date is already there."""
    found = False
    for invoice in facts.invoices:
        if invoice.balance.minor <= 0 or invoice.not_reminded:
            continue
        done = {sent.step for sent in invoice.sent}
        for step in facts.ladder.climbed:
            why = too_late(facts, invoice, step, as_of)
            standing = facts.standing is not None and facts.standing.step == step.name
            if not why or step.name in done or standing:
                continue
            session.add(PassedOverRow(case_id=case.id, invoice_number=invoice.number, step=step.name, reason=why))
            key = f"{case.id}:passed over:{invoice.number}:{step.name}"
            trail.write(
                session,
                case.creditor_id,
                key,
                as_of,
                "passed over",
                f"Left out: {why}",
                case_id=case.id,
                step=step.name,
            )
            found = True
    return found
