"""What the case refuses to be told by whom: sentences for the person who asked. Empty means that it may be done."""

from __future__ import annotations

from datetime import date, timedelta

from models.case import Kind, Move
from models.news import (
    Clarified,
    Ended,
    Held,
    LadderMoved,
    PlanApproved,
    PlanContinued,
    PlanEnded,
    Release,
    Resolved,
    Resumed,
    Role,
    Snoozed,
    TaskDone,
)

LONGEST_SNOOZE = timedelta(days=366)
"""Nothing is forgotten: a case that should rest longer is held, which a person has to answer for."""
UNKNOWN = "unknown"
"""The kind of stop that a message with an unknown outcome is."""
IN_FORCE = "plan"
"""The kind of stop that a payment plan in force is."""


def release_refused(release: Release, move: Move | None) -> str:
    if release.by.role is not Role.admin:
        return "only an admin releases a reminder; ask one, or hold the case"
    if move is not None and move.kind is Kind.propose and f".{move.step}." in release.proposal_id:
        return "the heads-up for this proposal is being given; release it in a minute"
    if move is None or move.kind is not Kind.stand or move.proposal_id != release.proposal_id:
        return "this proposal no longer stands; look at the queue for the current one"
    if move.digest != release.digest:
        return "the digest is not that of the proposal as it stands now; read the proposal again before you release it"
    return ""


def stranger_refused(news: Held | Snoozed | TaskDone, owner: str, what: str = "stops the case") -> str:
    """Reps act for their own customers only."""
    if news.by.role is Role.admin or (news.by.role is Role.rep and news.by.id == owner):
        return ""
    return f"this customer belongs to another rep; only the owner or an admin {what}"


def snooze_refused(news: Snoozed, owner: str, today: date) -> str:
    if stranger := stranger_refused(news, owner):
        return stranger
    if news.until <= today:
        return f"a snooze ends after today, {today}; {news.until} is over"
    if news.until > today + LONGEST_SNOOZE:
        return f"a snooze ends within a year; {news.until} is too far off"
    return ""


def resume_refused(news: Resumed, move: Move | None, unheard: bool) -> str:
    """A plan in force is not resumed over: it is continued or ended, in so many words."""
    if news.by.role is not Role.admin:
        return "only an admin resumes a case; reps hold and snooze"
    if unheard:
        return ""
    if move is None or move.kind is not Kind.frozen:
        return "nothing stops this case; there is nothing to resume"
    if move.stops and set(move.stops) == {IN_FORCE}:
        return "a payment plan is in force; end the plan, and the ladder goes on"
    if move.stops and set(move.stops) <= {IN_FORCE, UNKNOWN}:
        return "nobody knows whether a message went out; look it up and say so (clarify), and the ladder goes on"
    return ""


def ladder_refused(news: LadderMoved, ladder: str) -> str:
    if news.by.role is not Role.admin:
        return "only an admin moves a case to another ladder; reps hold and snooze"
    if ladder == news.target:
        return f"the case climbs {news.target} already; there is nothing to move"
    return ""


def admins_matter(news: Clarified | Resolved | PlanApproved | PlanContinued | PlanEnded | Ended) -> str:
    """What decides over money or over the end of a case is an admin's to say."""
    asked = {
        "clarified": "says what became of a message",
        "resolve": "resolves a question",
        "plan_approved": "approves a payment plan",
        "plan_continued": "continues a payment plan",
        "plan_ended": "ends a payment plan",
        "end": "ends a case that is not paid",
    }
    return "" if news.by.role is Role.admin else f"only an admin {asked[news.kind]}; reps hold and snooze"


def resolve_refused(news: Resolved, move: Move | None, unheard: bool) -> str:
    if refused := admins_matter(news):
        return refused
    questioned = move is not None and "question" in move.stops
    return "" if questioned or unheard else "no question of the customer is open; there is nothing to resolve"


def approve_refused(news: PlanApproved, plan: str) -> str:
    if refused := admins_matter(news):
        return refused
    if plan:
        return f"the payment plan {plan} is in force; end it before another begins"
    return ""
