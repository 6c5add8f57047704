"""What would be forgotten if nobody looked: from the picture of a creditor to findings, each with its safe repair."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from models.creditor import CreditorSettings
from models.forgotten import (
    Case,
    Claimed,
    Finding,
    Invoice,
    Matter,
    Notice,
    Picture,
    Reading,
    Repair,
    Returned,
    Run,
    Stopped,
    TextsRefused,
)
from rules.calendar import local, office_time

OVERDUE = timedelta(hours=2)
"""So much office time a due step may take to be sent, held or withdrawn, and a heads-up to be given. Our choice."""
CLAIMED = timedelta(minutes=30)
"""Real time after which a message that was about to be handed over is asked after; a send takes minutes at most."""
TOLD_WITHIN = timedelta(minutes=5)
"""Real time after a round of the mirror in which its cases have been told."""
UNREAD = timedelta(hours=6)
"""Real time after which books that were not read as a whole are an alarm; they are read four times an hour."""
UNCLEAR = timedelta(days=2)
"""Real time after which what the books say and nobody understands is an alarm."""
REFUSED = timedelta(days=3)
"""Real time for which a text that was refused for how our account is set is an alarm: over a weekend. Our choice."""
LASTS = timedelta(minutes=10)
"""What a later sweep, at least so long after the first, still finds is an alarm: the repair did not help."""


def forgotten(seen: Picture, as_of: datetime, now: datetime, settings: CreditorSettings) -> list[Finding]:
    """Everything that was found. `as_of` is business time, `now` real time, for the age of data.

    One cause is one finding: a case whose workflow is gone or wedged is not overdue beside.
    """
    told_by_now = seen.reading.last_at is not None and seen.reading.last_at <= now - TOLD_WITHIN
    deaf = {case.case_id for case in seen.cases if not case.runs or case.workflow_id in seen.wedged}
    notices = [n for n in seen.notices if n.case_id not in deaf and _late(n.at, as_of, settings)]
    claimed = [m for m in seen.claimed if m.case_id not in deaf and m.since <= now - CLAIMED]
    explained = {notice.case_id for notice in notices} | {message.case_id for message in claimed}
    return [
        *_books(seen.reading, now),
        *(_wedged(workflow_id, seen) for workflow_id in seen.wedged),
        *(_stray(run) for run in seen.runs if run.workflow_id not in seen.wedged and not _ending(run, as_of)),
        *(_marked(customer) for customer in seen.marked if told_by_now),
        *(_text(text.inbox_id, text.case_id) for text in seen.texts),
        *(_not_judged(case_id) for case_id in seen.not_judged),
        *(_stopped(channel) for channel in seen.stopped),
        *(_texts_refused(one) for one in seen.texts_refused if one.last_at > now - REFUSED),
        *(_returned(one) for one in seen.returned),
        *(_no_heads_up(notice, seen, settings) for notice in notices),
        *(_hung(message, seen) for message in claimed),
        *(
            finding
            for case in seen.cases
            if case.workflow_id not in seen.wedged
            for finding in _case(case, told_by_now, case.case_id in explained, as_of, settings)
        ),
    ]


def lasts(first_seen_at: datetime, as_of: datetime) -> bool:
    """Whether what was first seen then, and is still found now, is an alarm."""
    return as_of - first_seen_at >= LASTS


def taken_in(invoice: Invoice) -> bool:
    """Whether the ledger of the case has what the books say. What people told beforehand need not be there yet."""
    if invoice.principal != invoice.gross:
        return False
    paid = invoice.gross - invoice.remainder
    return invoice.in_books <= paid <= invoice.in_books + invoice.by_hand


def _case(
    case: Case, told_by_now: bool, explained: bool, as_of: datetime, settings: CreditorSettings
) -> Iterator[Finding]:
    if not case.runs:
        yield _about(case, Matter.no_workflow, f"case {case.case_id} is open, but its workflow does not run")
        return
    strange = [invoice.number for invoice in case.invoices if not taken_in(invoice)]
    if told_by_now and (case.marked or strange):
        what = f"invoice {', '.join(strange)}" if strange else f"customer {case.customer_number}"
        says = f"the books changed ({what}), but case {case.case_id} has not taken it in"
        yield _about(case, Matter.untold_books, says)
    elif case.due is not None and not explained and _late(max(case.due, case.heard or case.due), as_of, settings):
        due = f"{local(case.due, settings):%Y-%m-%d %H:%M}"
        says = f"{case.step or 'the next look'} of case {case.case_id} was due at {due}, and nothing has happened"
        yield _about(case, Matter.overdue, says)


def _about(case: Case, matter: Matter, says: str) -> Finding:
    return Finding(
        matter=matter,
        about=case.case_id,
        says=says,
        repair=Repair.tell_case,
        case_id=case.case_id,
        customer_number=case.customer_number,
    )


def _late(since: datetime, as_of: datetime, settings: CreditorSettings) -> bool:
    return office_time(since, as_of, settings) > OVERDUE


def _books(reading: Reading, now: datetime) -> Iterator[Finding]:
    whole = reading.whole_at or reading.since
    if whole <= now - UNREAD:
        why = reading.problem[:300] or "see that the worker runs and that the schedule of the mirror is not paused"
        says = f"the books have not been read as a whole since {whole:%Y-%m-%d %H:%M} UTC: {why}"
        yield Finding(matter=Matter.books_unread, about="books", says=says)
    if reading.unclear_since is not None and reading.unclear_since <= now - UNCLEAR:
        says = (
            f"{reading.unclear} documents of the books have not been understood since "
            f"{reading.unclear_since:%Y-%m-%d}; put them right in the books, their customers are not reminded of them"
        )
        yield Finding(matter=Matter.books_unclear, about="books", says=says)


def _wedged(workflow_id: str, seen: Picture) -> Finding:
    case_id = next((case.case_id for case in seen.cases if case.workflow_id == workflow_id), "")
    says = (
        f"workflow {workflow_id} cannot go on: its code fails at every try. The failure stands at the end of `temporal "
        f"workflow show --workflow-id '{workflow_id}'`; it goes on by itself once a worker with sound code runs"
    )
    return Finding(matter=Matter.wedged, about=workflow_id, says=says, case_id=case_id)


def _ending(run: Run, as_of: datetime) -> bool:
    """A run whose case has just been closed still has its last word to say: people are told of what is left."""
    return run.closed_at is not None and as_of - run.closed_at < LASTS


def _stray(run: Run) -> Finding:
    if run.case_id and run.outcome:
        says = f"workflow {run.workflow_id} runs for case {run.case_id}, which is closed ({run.outcome})"
        return Finding(
            matter=Matter.stray_workflow,
            about=run.workflow_id,
            says=says,
            repair=Repair.wake_run,
            case_id=run.case_id,
        )
    says = (
        f"workflow {run.workflow_id} runs for a case that the database does not know; was a backup restored? Nothing "
        f"is sent for it. End it with `temporal workflow terminate --workflow-id '{run.workflow_id}'`"
    )
    return Finding(matter=Matter.stray_workflow, about=run.workflow_id, says=says)


def _marked(customer: str) -> Finding:
    says = f"the books of customer {customer} changed, and nobody has looked whether a case is to be opened"
    return Finding(
        matter=Matter.untold_books, about=customer, says=says, repair=Repair.tell_case, customer_number=customer
    )


def _text(inbox_id: str, case_id: str) -> Finding:
    says = f"somebody wrote ({inbox_id}), and case {case_id} has not been told"
    return Finding(matter=Matter.untold_text, about=inbox_id, says=says, repair=Repair.tell_text, case_id=case_id)


def _stopped(channel: Stopped) -> Finding:
    says = f"nothing leaves by {channel.channel}: {channel.reason}. It is tried again four times an hour"
    return Finding(matter=Matter.channel_stopped, about=channel.channel, says=says)


def _texts_refused(one: TextsRefused) -> Finding:
    says = (
        f"some texts do not leave, last on {one.last_at:%Y-%m-%d %H:%M} UTC: {one.reason}. Put it right at Twilio "
        f"(countries, sender, trial account); e-mail goes on. This ends {REFUSED.days} days after the last of them"
    )
    return Finding(matter=Matter.texts_refused, about=one.code, says=says)


def _returned(one: Returned) -> Finding:
    says = (
        f"what is mailed to {one.person} does not arrive ({one.said}), so neither heads-ups nor alarms do. See that "
        "the address is right and that SendGrid does not have it on one of its suppression lists"
    )
    return Finding(matter=Matter.mail_returned, about=one.person, says=says)


def _not_judged(case_id: str) -> Finding:
    says = f"what is on record of case {case_id} makes no sense to the sweep; the log of the worker says why"
    return Finding(matter=Matter.not_judged, about=case_id, says=says, case_id=case_id)


def _no_heads_up(notice: Notice, seen: Picture, settings: CreditorSettings) -> Finding:
    since = f"{local(notice.at, settings):%Y-%m-%d %H:%M}"
    says = (
        f"nobody has been told of {notice.about} since {since}; nothing leaves before. See that e-mail works and that "
        "the admins' addresses are right"
    )
    return _of_case(notice.case_id, seen, Matter.no_heads_up, notice.about, says)


def _hung(message: Claimed, seen: Picture) -> Finding:
    says = (
        f"the {message.channel} {message.message_id} of case {message.case_id} was about to be handed over at "
        f"{message.since:%Y-%m-%d %H:%M} UTC, and how that ended is not on record"
    )
    return _of_case(message.case_id, seen, Matter.claimed, message.message_id, says)


def _of_case(case_id: str, seen: Picture, matter: Matter, about: str, says: str) -> Finding:
    """A finding whose repair is to let its case look again, where that can hear."""
    customer = next((case.customer_number for case in seen.cases if case.case_id == case_id), "")
    repair = Repair.tell_case if customer else Repair.none
    return Finding(matter=matter, about=about, says=says, repair=repair, case_id=case_id, customer_number=customer)
