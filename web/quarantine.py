"""The quarantine of the first day: what waits in it, and what admins decide over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlmodel import Session

from activities.backlog_release import give_up, lock_quarantine, not_in_quarantine, open_cases_of, release
from activities.quarantine import Quarantined, quarantined
from models.cases import CaseRow
from models.database import transaction
from models.news import BooksChanged, Role
from rules.backlog import Filter
from rules.calendar import local_day
from web.answers import Limit, Offset, Page
from web.bodies import Because, Number
from web.callers import Caller, SignedIn, admins_only
from web.engine import tell_all
from web.mistakes import Mistake
from web.problems import Problem
from web.quarantine_lines import QuarantinedCustomer, Totals, by_customer, customer_lines, in_order, totals_of
from web.reach import Reach, Reached

router = APIRouter(prefix="/quarantine", tags=["quarantine"])

NEXT_READING = "with the next reading of the books, within 15 minutes"
Days = Annotated[int, Field(ge=0, le=100_000)]
LeastAmount = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
Named = Annotated[Number, Field(min_length=1)]
Some = Annotated[list[Named], Field(min_length=1, max_length=5000)]


class QuarantinePage(Page[QuarantinedCustomer]):
    """A page of customers, and what all of them together come to."""

    totals: Totals


class Part(BaseModel):
    """A part of the quarantine, by properties of its invoices; at least one of them."""

    model_config = ConfigDict(extra="forbid")

    min_days_late: Days | None = None
    max_days_late: Days | None = None
    min_amount: LeastAmount | None = None
    customer: Named | None = None
    flagged: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Part:
        if not self.model_dump(exclude_none=True):
            raise ValueError("names nothing; to release everything say min_days_late 0")
        return self

    @property
    def meant(self) -> Filter:
        return Filter(**self.model_dump())


class ToRelease(Because):
    """What is released and why: invoices by number, customers by number, or whatever fits a filter."""

    invoices: Some | None = None
    customers: Some | None = None
    filter: Part | None = None
    dry_run: bool = False
    """Only show what would be released; nothing is written."""

    @model_validator(mode="after")
    def _one_way(self) -> ToRelease:
        if sum(way is not None for way in (self.invoices, self.customers, self.filter)) != 1:
            raise ValueError("must name exactly one of invoices, customers and filter")
        return self


class ToGiveUp(Because):
    """The invoices that are given up for good, and why."""

    invoices: Some


class Decided(BaseModel):
    """What was decided over, or would be."""

    id: str
    """Of the cohort or the decision, as the trail has it; empty when nothing was done."""
    said: str
    totals: Totals


class Released(Decided):
    """What was released, or would be, and where it starts."""

    dry_run: bool
    first_proposal: datetime | None
    """When the first proposal comes, at the earliest; the hold window and its release stay as they are."""
    items: list[QuarantinedCustomer]


@router.get("", summary="What was overdue when the books were connected and waits for a decision")
def read_quarantine(
    caller: SignedIn,
    reach: Reached,
    min_days_late: Days | None = None,
    max_days_late: Days | None = None,
    min_amount: Annotated[LeastAmount | None, Query(description="What is left of an invoice, at least.")] = None,
    customer: Annotated[Named | None, Query(description="Number of the customer.")] = None,
    flagged: Annotated[bool | None, Query(description="Only those that need a decision, or only the others.")] = None,
    sort: Annotated[
        Literal["oldest", "amount", "customer"], Query(description="Which customers come first.")
    ] = "oldest",
    limit: Limit = 50,
    offset: Offset = 0,
) -> QuarantinePage:
    meant = Filter(min_days_late, max_days_late, min_amount, customer, flagged)
    now = reach.clock()
    owner = None if caller.role is Role.admin else caller.books_number
    with transaction(reach.database) as session:
        fitting = _fitting(session, caller, now, meant, owner)
        ordered = in_order(by_customer(fitting), sort)
        shown = [one for some in ordered[offset : offset + limit] for one in some]
        return QuarantinePage(
            items=customer_lines(session, caller, shown, now),
            total=len(ordered),
            limit=limit,
            offset=offset,
            totals=totals_of(fitting),
        )


@router.post("/release", summary="Let reminders of invoices in quarantine begin, at their first step; admins only")
async def release_backlog(
    caller: Annotated[Caller, Depends(admins_only("release invoices from the quarantine"))],
    reach: Reached,
    body: ToRelease,
) -> Released:
    answer, cases = await run_in_threadpool(_release, reach, caller, body)
    if answer.id:
        # A case that cannot be told now is told by the next reading of the books, for its customer counts as changed.
        await tell_all(reach, cases, BooksChanged(id=f"books:{answer.id}", by=caller.actor))
    return answer


@router.post("/give-up", summary="Leave invoices in quarantine out of reminders for good; admins only")
def give_up_backlog(
    caller: Annotated[Caller, Depends(admins_only("give up invoices in the quarantine"))],
    reach: Reached,
    body: ToGiveUp,
) -> Decided:
    now = reach.clock()
    with transaction(reach.database) as session:
        lock_quarantine(session, caller.creditor)
        chosen = _named(session, caller, now, body.invoices)
        decision = give_up(session, caller.creditor, chosen, body.reason, now, caller.actor)
        return Decided(id=decision, said="Given up for good; no reminder goes out for them.", totals=totals_of(chosen))


def _release(reach: Reach, caller: Caller, body: ToRelease) -> tuple[Released, list[CaseRow]]:
    now = reach.clock()
    with transaction(reach.database) as session:
        if not body.dry_run:
            lock_quarantine(session, caller.creditor)
        chosen = _chosen(session, caller, now, body)
        items = customer_lines(session, caller, chosen, now)
        days = [line.earliest for item in items for line in item.invoices if line.earliest is not None]
        cohort, cases = "", []
        if not body.dry_run:
            cohort = release(session, caller.creditor, chosen, body.reason, now, caller.actor)
            cases = open_cases_of(session, caller.creditor, {one.backlog.customer for one in chosen})
    answer = Released(
        id=cohort,
        said=_said(chosen, body.dry_run),
        totals=totals_of(chosen),
        dry_run=body.dry_run,
        first_proposal=min(days, default=None),
        items=items,
    )
    return answer, cases


def _said(chosen: Sequence[Quarantined], dry_run: bool) -> str:
    if not chosen:
        return "Nothing in the quarantine fits; nothing was released."
    if dry_run:
        return "This is what would be released; nothing was changed."
    return f"Released. Open cases are told at once; new ones are opened {NEXT_READING}."


def _chosen(session: Session, caller: Caller, now: datetime, body: ToRelease) -> list[Quarantined]:
    if body.invoices is not None:
        return _named(session, caller, now, body.invoices)
    if body.filter is not None:
        return _fitting(session, caller, now, body.filter.meant)
    assert body.customers is not None
    found = by_customer(_fitting(session, caller, now, Filter()))
    strange = [(n, number) for n, number in enumerate(body.customers) if number not in found]
    if strange:
        raise _refused("customers", strange, lambda _: "has nothing in the quarantine")
    return [one for number in dict.fromkeys(body.customers) for one in found[number]]


def _named(session: Session, caller: Caller, now: datetime, numbers: Sequence[str]) -> list[Quarantined]:
    """Invoices by their numbers; refused as a whole when one of them is not there to be decided over."""
    found = {one.backlog.number: one for one in _fitting(session, caller, now, Filter())}
    strange = [(n, number) for n, number in enumerate(numbers) if number not in found]
    if strange:
        raise _refused("invoices", strange, lambda number: not_in_quarantine(session, caller.creditor, number))
    return [found[number] for number in dict.fromkeys(numbers)]


def _refused(field: str, strange: Sequence[tuple[int, str]], why: Callable[[str], str]) -> Problem:
    mistakes = [Mistake(where=f"{field}[{n}]", what=f"{number} {why(number)}") for n, number in strange]
    told = "; ".join(mistake.what for mistake in mistakes)
    return Problem(
        409, f"Nothing was changed. {told}. Leave them out; GET /quarantine lists the others.", errors=mistakes
    )


def _fitting(
    session: Session, caller: Caller, now: datetime, meant: Filter, owner: str | None = None
) -> list[Quarantined]:
    found = quarantined(session, caller.creditor, local_day(now, caller.settings), owner)
    return [one for one in found if meant.fits(one.backlog)]
