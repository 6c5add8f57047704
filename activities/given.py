"""Whether a step counts as given: from the fate of its messages to that of its proposal, its charges, and who knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from activities import trail
from activities.charges import charged, post_charges, uncharge
from activities.facts import case_facts
from activities.freezes import TITLES, end_freeze, freeze
from activities.messages import LEFT, claim, leave, messages_of
from activities.notices import put_notice
from activities.settle import withdraw
from models.cases import CaseRow, FreezeRow, MessageRow, ProposalRow
from models.claim import LetterKind
from models.composition import Composition
from models.facts import CaseFacts
from models.ladder import Ladder, Step
from models.letters import Channel
from models.money import Money
from models.news import ENGINE, Actor, DeliveryReported
from models.parties import LadderRow
from rules.calendar import local_day
from rules.instalment_reminder import is_reminder, step_of
from rules.lawful import LETTERS

ASKED_FOR = timedelta(hours=2)
"""So long an unknown outcome waits for the provider's own word before it is put before a person."""
BEGUN = frozenset({"claimed", "sent", "unknown"})
"""States of a message that was handed over, or may have been."""


def conclude(session: Session, case: CaseRow, row: ProposalRow, as_of: datetime) -> None:
    """Bring a proposal, its charges and its stops in line with what is known of its messages."""
    facts, messages = case_facts(session, case), messages_of(session, row)
    step = _step(session, facts, row)
    if not _counts(step, messages):
        _not_given(session, case, facts, row, messages, as_of)
        return
    before = row.state
    row.state = "unknown" if any(m.state == "unknown" for m in messages) else "sent"
    row.ended_at, row.held_why = row.ended_at or as_of, ""
    if step is not None:
        _count(session, case, facts, step, row, messages, as_of)
    session.flush()
    if row.state != before:
        _on_the_trail(session, case, facts, row, messages, as_of)
        if row.state == "unknown":
            _ask_for(session, case, row, messages, as_of)
        elif before == "unknown":
            settled(session, case, row, as_of, f"What became of the {row.step} is known: it went out")


def went_after_all(session: Session, case: CaseRow, row: ProposalRow, message: MessageRow, as_of: datetime) -> None:
    """A proposal that had been given up counts from the day it went; what stands in its place is taken back."""
    facts = case_facts(session, case)
    if not _counts(_step(session, facts, row), messages_of(session, row)):
        return
    row.ended_at, row.ended_why = message.at, ""
    conclude(session, case, row, as_of)
    if facts.standing is not None and facts.standing.step == row.step:
        withdraw(session, case, facts.standing.proposal_id, as_of, f"the {row.step} before it went out after all")


def settled(session: Session, case: CaseRow, row: ProposalRow, as_of: datetime, text: str, by: Actor = ENGINE) -> None:
    """Nothing is unknown about a proposal any more, so that does not stop its case."""
    stop = session.get(FreezeRow, f"{case.id}:{row.id}:unknown")
    if stop is not None and stop.ended_at is None:
        end_freeze(session, case, stop, as_of, by, text)


def conclude_what_was_begun(session: Session, case: CaseRow, as_of: datetime) -> None:
    """What an attempt that died has handed over is concluded before anything else happens to its proposal.

    What it had claimed has an unknown outcome, and what it had not come to is left.
    """
    query = select(ProposalRow).where(ProposalRow.case_id == case.id, ProposalRow.state == "proposed")
    for row in session.exec(query):
        messages = messages_of(session, row)
        if not {message.state for message in messages} & BEGUN:
            continue
        for message in messages:
            if message.state == "claimed":
                claim(session, row.id, Channel(message.channel), as_of)
        for rendered in Composition.model_validate(row.composition).rendered:
            leave(session, row.id, rendered.channel, as_of, LEFT)
        session.flush()
        conclude(session, case, row, as_of)


def _step(session: Session, facts: CaseFacts, row: ProposalRow) -> Step | None:
    """The step, also where the case has been moved to a ladder that does not have it; None where none has."""
    try:
        return step_of(facts, row.step)
    except KeyError:
        query = select(LadderRow).where(LadderRow.creditor_id == row.creditor_id)
        newest = session.exec(query.order_by(col(LadderRow.version).desc()))
        ladders = (Ladder.model_validate(known.document) for known in newest)
        return next((step for ladder in ladders for step in ladder.steps if step.name == row.step), None)


def _counts(step: Step | None, messages: Sequence[MessageRow]) -> bool:
    """Whether something went out, or may have, on a channel that suffices for the step."""
    return any(m.stands and (step is None or m.channel in step.enough) for m in messages)


def _count(
    session: Session,
    case: CaseRow,
    facts: CaseFacts,
    step: Step,
    row: ProposalRow,
    messages: Sequence[MessageRow],
    as_of: datetime,
) -> None:
    """What went out, as the law counts it, and what it charges: only a written letter does, and only once it has gone.

    One of which nobody knows whether it arrived counts as a letter and charges nothing.
    """
    if step.kind in LETTERS or not (step.before_due or is_reminder(step.name)):
        # A friendly word after the due date is a reminder as well: the law counts every kind. An instalment that is
        # reminded of is not due yet.
        row.letter_kind = LETTERS.get(step.kind, LetterKind.reminder)
    written = any(m.channel == Channel.email and m.state == "sent" and m.stands for m in messages)
    if not written:
        uncharge(session, case, row, as_of)
    elif case.closed_at is None and not charged(session, case, row):
        letter = Composition.model_validate(row.composition).letter
        row.deadline = letter.final_date
        row.announced_fee = letter.charges.announced_fee is not None
        # The letter itself does not stand between it and the one before.
        others = facts.model_copy(update={"letters": tuple(x for x in facts.letters if x.proposal_id != row.id)})
        if not _followed(others, row):
            row.fee_minor = post_charges(session, case, others, step, row.id, row.invoices, row.letter_date)


def _followed(facts: CaseFacts, row: ProposalRow) -> bool:
    """Whether another letter went later: its figures were worked out without this one, which adds nothing to them."""
    assert row.ended_at is not None
    day = local_day(row.ended_at, facts.settings)
    return any(letter.sent > day and set(letter.invoices) & set(row.invoices) for letter in facts.letters)


def _not_given(
    session: Session,
    case: CaseRow,
    facts: CaseFacts,
    row: ProposalRow,
    messages: Sequence[MessageRow],
    as_of: datetime,
) -> None:
    """The step reached nobody: it charges nothing, no gap counts from it, and the ladder does not go on from it."""
    uncharge(session, case, row, as_of)
    row.letter_kind = ""
    returned = [m for m in messages if m.delivery == "failed"]
    how = "; ".join(f"{m.channel}: {m.delivery if m in returned else m.state}" for m in messages)
    why = f"the {row.step} reached nobody ({how}); it does not count as given"
    row.state, row.ended_why = ("undelivered" if returned else "withdrawn"), why
    session.flush()
    trail.write(
        session,
        case.creditor_id,
        f"{row.id}:{row.state}",
        as_of,
        row.state,
        f"{why[0].upper()}{why[1:]}",
        case_id=case.id,
        proposal=row.id,
        messages={m.channel: {"state": m.state, "delivery": m.delivery} for m in messages},
    )
    settled(session, case, row, as_of, f"What became of the {row.step} is known: it reached nobody")
    if returned and case.closed_at is None:
        freeze(session, case, DeliveryReported(id=f"{row.id}:undelivered"), as_of, "undelivered", why)
    elif returned:
        tell_not_delivered(session, case, facts, row, returned[0], as_of)


def tell_not_delivered(
    session: Session,
    case: CaseRow,
    facts: CaseFacts,
    row: ProposalRow,
    message: MessageRow,
    as_of: datetime,
    what: str = "failed",
) -> None:
    """Have the admins and the owner told that a message `failed` or was `lost`; or that it went `after all`."""
    kind = "review" if what == "after all" else "undelivered"
    title = f"{TITLES[kind][facts.settings.language]} ({row.step}, {message.channel})"
    amount = str(Money(minor=row.amount_minor, currency=row.currency))
    put_notice(session, case, f"{message.id}:{what}", facts.owner, as_of, title, row.invoices, amount)


def _ask_for(
    session: Session, case: CaseRow, row: ProposalRow, messages: Sequence[MessageRow], as_of: datetime
) -> None:
    """Stop the case until the provider's own word is there; a person is told when that does not come."""
    lost = "; ".join(f"{m.channel}: {m.reason}" for m in messages if m.state == "unknown")
    reason = f"whether the {row.step} went out cannot be known ({lost}); it is not sent again"
    back_at = as_of + ASKED_FOR
    freeze(session, case, DeliveryReported(id=f"{row.id}:unknown"), as_of, "unknown", reason, back_at=back_at)


def _on_the_trail(
    session: Session,
    case: CaseRow,
    facts: CaseFacts,
    row: ProposalRow,
    messages: Sequence[MessageRow],
    as_of: datetime,
) -> None:
    """One line that the step went out, and one for every channel that was lost, of which people are told as well."""
    for message in messages:
        if message.state in ("failed", "not_sent"):
            # The step has gone out on another channel; this one is not tried again.
            message.state = "failed"
            text = f"{row.step} did not go by {message.channel}: {message.reason}"
            key = f"{message.id}:lost"
            trail.write(session, case.creditor_id, key, as_of, "channel lost", text, case_id=case.id, proposal=row.id)
            tell_not_delivered(session, case, facts, row, message, as_of, "lost")
    went = [m for m in messages if m.state in ("sent", "unknown")]
    by = " and ".join(m.channel + (" (unknown)" if m.state == "unknown" else "") for m in went)
    trail.write(
        session,
        case.creditor_id,
        f"{row.id}:{row.state}",
        as_of,
        row.state,
        f"{row.step} sent by {by}: invoices {', '.join(row.invoices)}, {row.amount_minor / 100:.2f} {row.currency}"
        + (f", of it a fee of {row.fee_minor / 100:.2f}" if row.fee_minor else "")
        if row.state == "sent"
        else f"{row.step} handed over by {by}; whether it arrived cannot be known",
        case_id=case.id,
        proposal=row.id,
        digest=row.digest,
        fee=row.fee_minor,
        messages={m.channel: {"state": m.state, "reference": m.provider_reference} for m in messages},
    )
