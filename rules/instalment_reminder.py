"""The reminder of an instalment: a friendly word before it is due, beside the ladder, while its plan is in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.facts import CaseFacts, Freeze, InvoiceFacts
from models.ladder import Step, StepKind, Tone
from models.letters import Channel, Language
from rules.calendar import after, business_day_until, local_day, proposing_time, sending_time
from rules.due_steps import hold_hours, proposed_for
from rules.plans import part_of_plan

PLAN = "plan"
"""The kind of stop that a payment plan in force is; it stops everything but the reminder of its own instalment."""
WORDING = "instalment"
NAMED = f"{WORDING}-"
"""How the names of these steps begin; no ladder has such a step."""
TITLES = {
    Language.da: "påmindelse om rate {}",
    Language.nb: "påminnelse om avdrag {}",
    Language.en: "reminder of instalment {}",
}


@dataclass(frozen=True)
class Reminder:
    """When the customer is next reminded of an instalment, and the invoices that its plan is about."""

    step: Step
    at: datetime
    why: str
    invoices: tuple[InvoiceFacts, ...]


def is_reminder(step: str) -> bool:
    """Whether a step of that name reminds of an instalment and is no rung of a ladder."""
    return step.startswith(NAMED) and step.removeprefix(NAMED).isdecimal()


def step_of(facts: CaseFacts, name: str) -> Step:
    """The step of that name: a rung of the case's ladder, or the reminder of an instalment. KeyError: neither."""
    if not is_reminder(name):
        return facts.ladder.step(name)
    title = TITLES[facts.settings.language].format(name.removeprefix(NAMED))
    return Step(
        name=name,
        title=title,
        kind=StepKind.nudge,
        tone=Tone.friendly,
        channels=(Channel.email, Channel.sms),
        wording=WORDING,
    )


def stopping(facts: CaseFacts, step: str) -> tuple[Freeze, ...]:
    """What keeps a step from being proposed or sent: every stop, but a plan does not stop the word about itself."""
    return tuple(freeze for freeze in facts.freezes if freeze.kind != PLAN or not is_reminder(step))


def next_reminder(facts: CaseFacts, as_of: datetime) -> Reminder | None:
    """When the next unpaid instalment is reminded of; None without a plan, when it has been, or when it is too late."""
    plan = facts.plan
    if plan is None or plan.reminded:
        return None
    step, invoices = step_of(facts, f"{NAMED}{plan.number}"), covered(facts)
    if stopping(facts, step.name) or not facts.settings.plan_reminder_days or not invoices:
        return None
    day, why = max(_days(facts, plan.number, plan.due), key=lambda candidate: candidate[0])
    at = proposing_time(proposed_for(day, facts, step), as_of, facts.settings)
    leaves = after(at, timedelta(hours=hold_hours(facts, step)))
    return None if _too_late(facts, plan.due, leaves) else Reminder(step, at, why, invoices)


def no_longer(facts: CaseFacts, step: str, as_of: datetime) -> str:
    """Why the reminder of an instalment must not leave any more; empty when it may, and for every other step."""
    if not is_reminder(step):
        return ""
    number = step.removeprefix(NAMED)
    if facts.plan is None:
        return f"the plan of which instalment {number} is part is not in force"
    if f"{facts.plan.number}" != number:
        return f"instalment {number} is not the next one that is unpaid"
    if not facts.settings.plan_reminder_days:
        return "reminders of instalments were switched off"
    return _too_late(facts, facts.plan.due, as_of)


def covered(facts: CaseFacts) -> tuple[InvoiceFacts, ...]:
    """The open invoices that the plan in force is about and that may still be reminded of."""
    if facts.plan is None:
        return ()
    own = [i for i in facts.invoices if part_of_plan(i, facts.plan.since)]
    return tuple(i for i in own if i.balance.minor > 0 and not i.not_reminded)


def _days(facts: CaseFacts, number: int, due: date) -> list[tuple[date, str]]:
    """The day on which it is meant to leave, never later than the creditor wishes, and the rest between messages."""
    settings = facts.settings
    days = settings.plan_reminder_days
    meant = business_day_until(due - timedelta(days=days), settings.country)
    found = [(meant, f"instalment {number} is due {due}; the customer is reminded {days} days before")]
    if facts.last_message_at is not None:
        last, gap = local_day(facts.last_message_at, settings), settings.message_gap_days
        why = f"spacing: a message went to this customer on {last}, {gap} days must pass"
        found.append((last + timedelta(days=gap), why))
    return found


def _too_late(facts: CaseFacts, due: date, ready: datetime) -> str:
    """Why what is ready at an instant would come too late; empty when it can leave by the day it speaks of."""
    day = local_day(sending_time(ready, facts.settings), facts.settings)
    return f"a reminder on {day} of an instalment that is due {due} would come too late" if day > due else ""
