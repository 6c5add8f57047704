"""What must hold of a case whatever happened to it, read from its record and from what the providers have."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

from sqlmodel import Session, col, select

from activities import ledger, trail
from activities.claims import claim_of
from activities.facts import case_facts
from activities.sweep_facts import picture
from activities.sweep_runs import Running
from models.cases import CaseRow, FreezeRow, MessageRow, ProposalRow
from models.clock import real_now
from models.database import transaction
from models.record import TrailHeadRow, TrailRow
from rules.calendar import local_day
from rules.forgotten import forgotten
from rules.law.statement import work_out
from tests.story import Story

GONE = ("sent", "unknown", "undelivered")
MOST_FEES, FEE = 3, 100_00
"""Danish law: three reminders of at most 100 kroner each for one claim (rules/law/denmark.py)."""
FEE_GAP, MESSAGE_GAP = timedelta(days=10), timedelta(days=3)


def broken_promises(story: Story, as_of: datetime) -> list[str]:
    """Everything that is not as promised at that moment, in words; empty is right."""
    with transaction(story.engines.database) as session:
        cases = list(session.exec(select(CaseRow).where(CaseRow.creditor_id == story.creditor)))
        proposals = list(session.exec(select(ProposalRow).where(ProposalRow.creditor_id == story.creditor)))
        gone = sorted((p for p in proposals if p.state in GONE), key=lambda p: str(p.ended_at))
        found = [line for p in gone for line in _unreleased(p)]
        found += _too_close(story, gone)
        found += [line for p in proposals for line in _without_an_end(session, p)]
        found += [line for case in cases for line in (*_fees(session, case), *_figures(session, case))]
        found += _twice(session, story, proposals)
        found += _forgotten(session, story, cases, as_of)
        links = session.exec(select(TrailRow).where(TrailRow.creditor_id == story.creditor).order_by(col(TrailRow.seq)))
        broken = trail.first_broken_link(links, session.get(TrailHeadRow, story.creditor))
    return [*found, *([f"the trail: {broken}"] if broken else [])]


def _unreleased(row: ProposalRow) -> list[str]:
    """Nothing leaves without an admin's release of that very digest, a heads-up, and the hold window after it."""
    found = []
    if row.released_digest != row.digest or not row.released_by.startswith("admin "):
        found.append(f"{row.id} left without an admin's release of its digest")
    window = timedelta(hours=row.hold_hours)
    if row.heads_up_at is None or row.ended_at is None or row.ended_at < row.heads_up_at + window:
        found.append(f"{row.id} left before its hold window was over")
    return found


def _too_close(story: Story, gone: list[ProposalRow]) -> list[str]:
    """Two messages that reached the customer are at least so many days apart."""
    days = [(p, local_day(p.ended_at, story.settings)) for p in gone if p.state != "undelivered" and p.ended_at]
    return [
        f"{b.id} on {late} follows {a.id} on {early}"
        for (a, early), (b, late) in pairwise(days)
        if late - early < MESSAGE_GAP
    ]


def _without_an_end(session: Session, row: ProposalRow) -> list[str]:
    """A step is sent, withdrawn with a reason, waiting for a person, or held with a reason."""
    if row.state == "withdrawn" and not row.ended_why:
        return [f"{row.id} was withdrawn without a reason"]
    if row.state in ("unknown", "undelivered"):
        stops = session.exec(select(FreezeRow).where(FreezeRow.id == f"{row.case_id}:{row.id}:{row.state}")).first()
        return [] if stops is not None else [f"{row.id} is {row.state} and stopped nothing"]
    if row.state == "proposed" and session.get_one(CaseRow, row.case_id).closed_at is not None:
        return [f"{row.id} still stands although its case is closed"]
    return []


def _forgotten(session: Session, story: Story, cases: list[CaseRow], as_of: datetime) -> list[str]:
    """What a sweep would find: a due step that was neither sent, held nor withdrawn, news that was not taken in."""
    running = Running({case.workflow_id: case.id for case in cases if case.closed_at is None}, ())
    seen = picture(session, story.creditor, as_of, running)
    return [f"{one.matter}: {one.says}" for one in forgotten(seen, as_of, real_now(), story.settings)]


def _fees(session: Session, case: CaseRow) -> list[str]:
    """Fees within the law, each for a written letter that went out and was not returned, and for nothing else."""
    rows = ledger.entries(session, case.id)
    posted = Counter({row.key.split(":", 1)[1]: row.amount_minor for row in rows if row.kind == "fee"})
    for row in rows:
        if row.kind == "waiver" and row.basis.get("of") == "fee" and row.basis.get("proposal"):
            posted[str(row.basis["proposal"])] += row.amount_minor
    charged = {proposal: amount for proposal, amount in posted.items() if amount}
    found = [f"a fee of {amount} for {proposal}" for proposal, amount in charged.items() if amount != FEE]
    if len(charged) > MOST_FEES:
        found.append(f"{len(charged)} fees on one claim")
    letters = [session.get_one(ProposalRow, proposal) for proposal in charged]
    for letter in letters:
        query = select(MessageRow).where(MessageRow.proposal_id == letter.id, MessageRow.channel == "email")
        mail = session.exec(query).first()
        if mail is None or mail.state != "sent" or mail.delivery == "failed":
            found.append(f"{letter.id} charges a fee, and its letter is {mail.state if mail else 'not there'}")
    for number in {number for letter in letters for number in letter.invoices}:
        days = sorted(letter.letter_date for letter in letters if number in letter.invoices)
        found += [f"fees on {a} and {b} for invoice {number}" for a, b in pairwise(days) if b - a < FEE_GAP]
    return found


def _figures(session: Session, case: CaseRow) -> list[str]:
    """The ledger sums to what the law works out from the same facts, to the day to which interest was last posted."""
    rows = ledger.entries(session, case.id)
    claim = ledger.Balances(rows)
    found = []
    for number in claim.principal if case.closed_at is None else ():
        days = [row.effective_date for row in rows if row.kind == "interest" and row.invoice_number == number]
        if not days:
            continue
        worked = work_out(claim_of(session, case_facts(session, case), max(days))).per_invoice[number]
        # A credit note corrects the invoice from its first day, also where it came after the interest was posted.
        then = ledger.Balances(row for row in rows if row.effective_date <= max(days) or row.kind == "credit")
        pairs = {
            "interest": (claim.charged(number, "interest").minor, worked.accrued),
            "principal": (then.balance(number).minor, worked.principal),
        }
        found += [
            f"invoice {number} has {posted} of {what} on the ledger, {right} by the law on {max(days)}"
            for what, (posted, right) in pairs.items()
            if posted != right
        ]
    return found


def _twice(session: Session, story: Story, proposals: list[ProposalRow]) -> list[str]:
    """Each message at most once at its provider."""
    ours = {m.id for p in proposals for m in session.exec(select(MessageRow).where(MessageRow.proposal_id == p.id))}
    mails = Counter(mail.custom_args.get("message_id", "") for mail in story.mails)
    texts = Counter(text.callback.rpartition("message_id=")[2] for text in story.texts)
    return [f"{name} went out {n} times" for name, n in (mails + texts).items() if n > 1 or name not in ours]
