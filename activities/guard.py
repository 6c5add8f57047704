"""The last look before a send: reads the live state, asks every guard, and keeps every answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session
from temporalio import activity

from activities import trail
from activities.business_clock import moved_on
from activities.case_row import case_to_write
from activities.composing import WordingFolders, addressee, compose
from activities.facts import case_facts, customer_of
from activities.lawful_letter import against
from activities.settle import note, settle, withdraw
from activities.shelf import Shelf
from activities.unapplied import credit_of, news_of_credit, review_credit
from activities.wording import WordingError
from models.books import BookCustomer, Books, BooksRefused, BooksUnavailable, Unreadable
from models.case import Ask, Cleared, Guarded, Kind, Move
from models.cases import CaseRow, ProposalRow, VerdictRow
from models.clock import real_now
from models.composition import Composition, changes
from models.database import transaction
from models.facts import Answer, CaseFacts, GuardFacts, Live, Standing, Verdict
from models.money import Money
from rules.after_guards import Consequence, consequence
from rules.calendar import at_local, local_day, sending_time
from rules.guards import judge
from rules.instalment_reminder import step_of
from rules.next_move import standing_move


@dataclass(frozen=True)
class Guards:
    """Judges one standing proposal."""

    database: Engine
    folders: WordingFolders
    shelf: Shelf

    @activity.defn(name="guard")
    def guard(self, ask: Ask) -> Guarded:
        """Cleared, or what comes next instead; the reason of every refusal is on record."""
        ask = ask.model_copy(update={"as_of": moved_on(ask.as_of)})
        assert ask.move is not None
        with transaction(self.database) as session:
            case = case_to_write(session, ask.case_id)
            facts = case_facts(session, case)
            standing = facts.standing
            if standing is None or standing.proposal_id != ask.move.proposal_id:
                return Guarded(move=settle(session, case, ask.as_of, self.folders))
            leaves = local_day(sending_time(ask.as_of, facts.settings), facts.settings)
            if leaves > standing.letter_date:
                return Guarded(move=self._dated_anew(session, case, facts, standing, leaves, ask))
        live, customer = self._look(facts, standing, local_day(ask.as_of, facts.settings))
        with transaction(self.database) as session:
            case = case_to_write(session, ask.case_id)
            facts = case_facts(session, case)
            if facts.standing != standing:
                return Guarded(move=settle(session, case, ask.as_of, self.folders))
            seen = self._picture(session, facts, standing, live, customer)
            return self._judge(session, case, seen, ask.as_of)

    def _look(self, facts: CaseFacts, standing: Standing, today: date) -> tuple[Live, BookCustomer | None]:
        """Read every invoice of the proposal and the customer now. A failed read is an answer too."""
        number = facts.customer_number
        try:
            books = self.shelf.books(facts.creditor)
            found = {n: books.invoice(n, today) for n in standing.invoices}
            customer = _customer(books, number, today)
            credit = books.unapplied_credit(number, facts.settings.currency, today)
            age = max((real_now() - books.read_at()).total_seconds(), 0.0)
        except (BooksUnavailable, BooksRefused) as error:
            return Live(error=str(error)), None
        remainders = {n: invoice.remainder for n, invoice in found.items() if invoice is not None}
        return Live(age_seconds=age, remainders=remainders, unapplied_credit=credit), customer

    def _picture(
        self, session: Session, facts: CaseFacts, standing: Standing, live: Live, customer: BookCustomer | None
    ) -> GuardFacts:
        """Compose the proposal again from what was just read, to see whether it would still read the same."""
        row = session.get_one(ProposalRow, standing.proposal_id)
        step = step_of(facts, standing.step)
        customer = customer or customer_of(session, facts.creditor, facts.customer_number)
        to = addressee(session, facts, customer, step)
        as_read = [
            i.model_copy(update={"balance": _least(i.balance, live.remainders.get(i.number))}) for i in facts.invoices
        ]
        seen = facts.model_copy(update={"invoices": tuple(as_read)})
        invoices = [i for i in as_read if i.number in standing.invoices]
        proposed = Composition.model_validate(row.composition)
        try:
            composed = compose(session, seen, step, invoices, standing.letter_date, self.folders, customer)
            now = composed.composition
            digest, different, unlawful = now.digest, changes(proposed, now), against(facts, step, composed)
        except WordingError as error:
            digest, different, unlawful = "", (f"the wording is unsound: {error}",), ()
        credit = credit_of(session, facts, live)
        return GuardFacts(
            case=facts,
            standing=standing,
            live=live.model_copy(update={"unapplied_credit": credit}),
            digest_now=digest,
            changes=different,
            charges_fee=proposed.letter.charges.fee.minor > 0,
            recipients=to.enough(step),
            unlawful=unlawful,
            recipient_problem="; ".join(to.problems),
            news_of_credit=None if live.error else news_of_credit(session, facts, credit),
            released_digest=row.released_digest,
            released_by_admin=row.released_by.startswith("admin "),
        )

    def _judge(self, session: Session, case: CaseRow, seen: GuardFacts, as_of: datetime) -> Guarded:
        row = session.get_one(ProposalRow, seen.standing.proposal_id)
        row.guard_rounds += 1
        verdicts = judge(seen, as_of)
        for verdict in verdicts:
            session.add(_kept(row, verdict, seen.live.age_seconds, as_of))
        stopped = review_credit(session, case, seen, as_of)
        if all(v.answer is Answer.cleared for v in verdicts):
            row.held_why = ""
            return Guarded(cleared=Cleared(proposal_id=row.id, round=row.guard_rounds))
        after = consequence(verdicts, row.guard_rounds - 1, as_of, seen.case.settings)
        _held(session, case, row, verdicts, after, as_of)
        if stopped:
            session.flush()
            return Guarded(move=settle(session, case, as_of, self.folders))
        if after.void:
            withdraw(session, case, row.id, as_of, after.why)
            session.flush()
            return Guarded(move=settle(session, case, as_of, self.folders))
        return Guarded(move=_again(session, case, seen, after, as_of))

    def _dated_anew(
        self, session: Session, case: CaseRow, facts: CaseFacts, standing: Standing, leaves: date, ask: Ask
    ) -> Move:
        """The day it was dated for is over. Write it again for the day it can leave; a release is for the old text."""
        move = settle(session, case, ask.as_of, self.folders)
        if move.kind is not Kind.stand:
            return move
        row = session.get_one(ProposalRow, standing.proposal_id)
        invoices = [i for i in facts.invoices if i.number in standing.invoices]
        step = step_of(facts, standing.step)
        composition = compose(session, facts, step, invoices, leaves, self.folders).composition
        void = " The release was for the old date and is void; release it again." if row.released_digest else ""
        row.composition, row.digest = composition.model_dump(mode="json"), composition.digest
        row.letter_date = leaves
        row.send_at = max(at_local(leaves, facts.settings.send_from, facts.settings), row.send_at)
        row.released_at, row.released_by, row.released_digest = None, "", ""
        session.flush()
        trail.write(
            session,
            case.creditor_id,
            f"{row.id}:dated:{leaves}",
            ask.as_of,
            "dated anew",
            f"The {step.title} did not leave on {standing.letter_date}; it is dated {leaves} now.{void}",
            case_id=case.id,
            proposal=row.id,
            digest=row.digest,
        )
        fresh = case_facts(session, case)
        assert fresh.standing is not None
        move = standing_move(fresh.standing, fresh, at=at_local(leaves, fresh.settings.send_until, fresh.settings))
        note(session, case, move, ask.as_of)
        return move


def _customer(books: Books, number: str, today: date) -> BookCustomer | None:
    for found in books.customers([number], today):
        if isinstance(found, Unreadable):
            raise BooksUnavailable(f"customer {number}: {found.reason}")
        return found
    return None


def _least(balance: Money, live: Money | None) -> Money:
    """What the books and the ledger agree is still owed: a payment that only one of them knows counts."""
    if live is None:
        return balance
    return Money(minor=max(min(balance.minor, live.minor), 0), currency=balance.currency)


def _kept(row: ProposalRow, verdict: Verdict, age: float, as_of: datetime) -> VerdictRow:
    return VerdictRow(
        proposal_id=row.id,
        round=row.guard_rounds,
        guard=verdict.guard,
        at=as_of,
        answer=verdict.answer,
        why=verdict.why,
        inputs=dict(verdict.inputs),
        data_age_seconds=age,
    )


def _held(
    session: Session,
    case: CaseRow,
    row: ProposalRow,
    verdicts: tuple[Verdict, ...],
    after: Consequence,
    as_of: datetime,
) -> None:
    """Say why it did not leave; the same reason again is kept with the verdicts and not said twice."""
    if row.held_why == after.why:
        return
    row.held_why = after.why
    trail.write(
        session,
        case.creditor_id,
        f"{row.id}:held:{row.guard_rounds}",
        as_of,
        "held",
        f"{row.step} held: {after.why}",
        case_id=case.id,
        proposal=row.id,
        guards={v.guard: v.answer for v in verdicts},
        round=row.guard_rounds,
    )


def _again(session: Session, case: CaseRow, seen: GuardFacts, after: Consequence, as_of: datetime) -> Move:
    """When the guards run again. Without a release the proposal waits for one, until its date is over."""
    settings = seen.case.settings
    at = after.again_at or at_local(seen.standing.letter_date, settings.send_until, settings)
    if at <= as_of:
        at = as_of + timedelta(minutes=15)
    # A move travels through Temporal; what is wrong with an address, even masked, stays in the database.
    why = after.why.replace(seen.recipient_problem, "no usable address") if seen.recipient_problem else after.why
    move = standing_move(seen.standing, seen.case, at=at, why=why)
    if after.again_at is not None:
        # Only a release that is missing may cut the wait short; any other reason keeps its time.
        move = move.model_copy(update={"send_at": at})
    note(session, case, move, as_of)
    case.state = "held"
    return move
