"""What a case does next: the only place that knows how a ladder is climbed."""

from __future__ import annotations

from datetime import datetime, timedelta

from models.case import Kind, Move
from models.facts import CaseFacts, InvoiceFacts, Standing
from models.money import total
from rules.after_ladder import Decision, ask_for, next_decision
from rules.calendar import is_business_day, local_day, proposing_time
from rules.due_steps import Due, due_steps
from rules.instalment_reminder import Reminder, is_reminder, next_reminder, step_of, stopping

OPENS_BEFORE = timedelta(days=1)
"""How long before its first step a case is opened; over closed days already on the last day before them."""


def next_move(facts: CaseFacts, as_of: datetime) -> Move:
    """The next move of a case as of a business instant."""
    open_invoices = [i for i in facts.invoices if i.balance.minor > 0 and not i.set_aside]
    if not open_invoices:
        return _closes(facts)
    reminder = next_reminder(facts, as_of)
    if frozen := _frozen(facts, reminder, as_of):
        return frozen
    if (stands := facts.standing) is not None:
        return standing_move(stands, facts) if stands.heads_up_at else _unannounced(stands, facts)
    if reminder is not None:
        return _remind(reminder, facts)
    dues = sorted(due_steps(facts, as_of), key=lambda due: (due.at, -facts.ladder.steps.index(due.step)))
    due = _most_urgent(dues, facts, as_of) if dues else None
    decision = next_decision(facts, {due.invoice.number for due in dues}, as_of)
    if decision is not None and (due is None or decision.at <= due.at):
        return ask_for(decision, facts)
    if due is None:
        return Move(kind=Kind.frozen, why=_not_reminded(open_invoices), owner=facts.owner)
    kind = Kind.task if due.step.is_task else Kind.propose
    together = [d.invoice.balance for d in dues if d.step == due.step and d.at <= due.at]
    amount = total(together, due.invoice.balance.currency)
    return Move(
        kind=kind, why=due.why, at=due.at, step=due.step.name, title=due.step.title, amount=amount, owner=facts.owner
    )


def _closes(facts: CaseFacts) -> Move:
    """Everything is settled, or what is not has been given up, withdrawn or handed over."""
    given_up = [i.set_aside for i in facts.invoices if i.balance.minor > 0]
    if given_up:
        outcome = given_up[-1]
        why = f"what is left to pay is no longer reminded: {outcome.replace('_', ' ')}"
        return Move(kind=Kind.close, why=why, outcome=outcome, owner=facts.owner)
    outcome = "credited" if facts.settled_by_credit else "paid"
    return Move(kind=Kind.close, why=f"nothing is left to pay: {outcome}", outcome=outcome, owner=facts.owner)


def standing_move(standing: Standing, facts: CaseFacts, at: datetime | None = None, why: str = "") -> Move:
    """A proposal stands; it is looked at again at `at`, by default when its hold window is over."""
    step = step_of(facts, standing.step)
    amounts = [i.balance for i in facts.invoices if i.number in standing.invoices]
    if is_reminder(step.name) and facts.plan is not None:
        amounts = [facts.plan.open]
    waiting = "released, waits for its sending time" if standing.released else "waits for an admin's release"
    return Move(
        kind=Kind.stand,
        why=why or waiting,
        at=at or standing.send_at,
        send_at=standing.send_at,
        step=step.name,
        title=step.title,
        proposal_id=standing.proposal_id,
        digest=standing.digest,
        amount=total(amounts, facts.settings.currency),
        owner=facts.owner,
    )


def _unannounced(standing: Standing, facts: CaseFacts) -> Move:
    """A proposal that nobody has been told of is announced before anything else; until then no window runs."""
    why = "the heads-up has not been given yet"
    return standing_move(standing, facts, why=why).model_copy(
        update={"kind": Kind.propose, "at": standing.proposed_at, "send_at": None, "proposal_id": "", "digest": ""}
    )


def decision_due(facts: CaseFacts, as_of: datetime) -> Decision | None:
    """The next decision on invoices for which no step is left; None where every invoice still climbs."""
    return next_decision(facts, {due.invoice.number for due in due_steps(facts, as_of)}, as_of)


def opens(facts: CaseFacts, as_of: datetime) -> bool:
    """Whether a case should be opened now: its first step comes due within a day, or when business begins again."""
    if not facts.settings.module_on:
        return False
    move, near = next_move(facts, as_of), as_of + OPENS_BEFORE
    today, tomorrow = local_day(as_of, facts.settings), local_day(near, facts.settings)
    if not all(is_business_day(day, facts.settings.country) for day in (today, tomorrow)):
        near = proposing_time(tomorrow, as_of, facts.settings)
    return move.kind in (Kind.propose, Kind.task) and move.at is not None and move.at <= near


def _remind(reminder: Reminder, facts: CaseFacts) -> Move:
    """The move that puts the reminder of an instalment before people."""
    assert facts.plan is not None
    step, amount = reminder.step, facts.plan.open
    return Move(
        kind=Kind.propose,
        why=reminder.why,
        at=reminder.at,
        step=step.name,
        title=step.title,
        amount=amount,
        owner=facts.owner,
    )


def _frozen(facts: CaseFacts, reminder: Reminder | None, as_of: datetime) -> Move | None:
    """A frozen move while anything stops the case. An end by time counts only when nothing else stops it.

    A plan in force stops the case until the day comes to remind of its instalment, and no longer while that stands.
    """
    if not facts.settings.module_on:
        return Move(kind=Kind.frozen, why="the reminder module is switched off", owner=facts.owner)
    if facts.standing is not None and not stopping(facts, facts.standing.step):
        return None
    if not facts.freezes or (reminder is not None and reminder.at <= as_of):
        return None
    first, looks = facts.freezes[0], [_looked_at_again(facts), reminder.at if reminder else None]
    return Move(
        kind=Kind.frozen,
        why=f"{first.kind}: {first.reason}",
        at=min((at for at in looks if at is not None), default=None),
        owner=facts.owner,
        stops=tuple(freeze.kind for freeze in facts.freezes),
    )


def _looked_at_again(facts: CaseFacts) -> datetime | None:
    """When the first stop comes back to a person; or, where all end by themselves, when the last of them does."""
    backs = [freeze.back_at for freeze in facts.freezes if freeze.back_at is not None]
    ends = [freeze.until for freeze in facts.freezes if freeze.until is not None]
    if len(ends) == len(facts.freezes):
        backs.append(max(ends))
    return min(backs, default=None)


def _most_urgent(dues: list[Due], facts: CaseFacts, as_of: datetime) -> Due:
    """Of several steps that are due the highest goes first; otherwise the earliest."""
    ready = [due for due in dues if due.at <= as_of]
    if not ready:
        return dues[0]
    return max(ready, key=lambda due: facts.ladder.steps.index(due.step))


def _not_reminded(open_invoices: list[InvoiceFacts]) -> str:
    left_out = "; ".join(f"{i.number}: {i.not_reminded or 'it has no due date'}" for i in open_invoices)
    return f"no invoice of the case may be reminded ({left_out}); a person decides"
