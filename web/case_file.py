"""A case as the API shows it: a line in a list, and the whole file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlmodel import Session, col, select

from activities import ledger
from activities.company_standing import company_of_customer
from activities.facts import settings_of
from activities.tasks import NOTE
from models.cases import CaseRow, FreezeRow, PassedOverRow, ProposalRow, TaskRow
from models.columns import Json
from models.inbox import InboxRow
from models.mirror import CompanyRow, CustomerRow
from models.record import EntryRow
from rules.calendar import local_day
from web.answers import shown
from web.business_time import business_now
from web.company_file import CompanyFile, company_file
from web.inbox_files import InboxFile, files_of
from web.plan_file import PlanFile, plan_files
from web.proposal_file import ProposalLine, proposal_lines
from web.record_file import InvoiceBalance, LeftToPay, balances, left_to_pay


class CaseLine(LeftToPay):
    """A case in a list."""

    id: str
    case_number: int
    customer_number: str
    customer: str
    state: str
    """waiting, proposed, held, frozen, closed"""
    why: str
    next_step: str
    next_at: datetime | None
    opened_at: datetime
    closed_at: datetime | None
    outcome: str
    ladder_name: str
    ladder_version: int


class Freeze(BaseModel):
    """Something that stops the case, or stopped it."""

    kind: str
    reason: str
    since: datetime
    until: datetime | None
    by: str
    ended_at: datetime | None
    ended_by: str
    owner: str
    back_at: datetime | None
    outcome: str
    about: str
    figures: list[Json]


class Task(BaseModel):
    """Something a person has to do."""

    id: str
    step: str
    title: str
    at: datetime
    invoices: list[str]
    text: str
    """What the person may need for it: a script for the call, or an apology to send."""
    done_at: datetime | None


class Question(BaseModel):
    """What the customer asked or wrote back, in its own words; and what came in automatically."""

    id: str
    channel: str
    """staff, page, email, sms"""
    topic: str
    sender: str
    subject: str
    text: str
    received_at: datetime
    files: list[InboxFile]


class PassedOver(BaseModel):
    """A step that was left out for an invoice."""

    invoice_number: str
    step: str
    reason: str


class CaseFile(CaseLine):
    """Everything about a case but the entries of its ledger and its trail."""

    owner: str
    """The number by which the books call the rep who owns the customer."""
    invoices: list[InvoiceBalance]
    freezes: list[Freeze]
    proposals: list[ProposalLine]
    tasks: list[Task]
    questions: list[Question]
    plans: list[PlanFile]
    passed_over: list[PassedOver]
    company: CompanyFile | None
    """How the customer's company stands; null for a person, and without the company watch."""


def case_lines(session: Session, cases: Sequence[CaseRow], zone: ZoneInfo) -> list[CaseLine]:
    """Cases of one creditor as lines, with two queries for all of them."""
    names = {key: row.name for key, row in _customers(session, cases).items()}
    entries: defaultdict[str, list[EntryRow]] = defaultdict(list)
    for row in session.exec(select(EntryRow).where(col(EntryRow.case_id).in_([case.id for case in cases]))):
        entries[row.case_id].append(row)
    return [
        shown(
            CaseLine,
            case,
            zone,
            customer=names.get(case.customer_number, case.customer_number),
            **dict(left_to_pay(entries[case.id])),
        )
        for case in cases
    ]


def case_file(session: Session, case: CaseRow, zone: ZoneInfo) -> CaseFile:
    """The whole file of a case."""
    [line] = case_lines(session, [case], zone)
    customer = _customers(session, [case]).get(case.customer_number)
    freezes = select(FreezeRow).where(FreezeRow.case_id == case.id).order_by(col(FreezeRow.since))
    proposals = select(ProposalRow).where(ProposalRow.case_id == case.id).order_by(col(ProposalRow.proposed_at))
    tasks = select(TaskRow).where(TaskRow.case_id == case.id).order_by(col(TaskRow.at))
    written = select(InboxRow).where(InboxRow.case_id == case.id, InboxRow.topic != NOTE)
    questions = written.order_by(col(InboxRow.received_at))
    asked = list(session.exec(questions))
    files = files_of(session, [row.id for row in asked])
    passed = select(PassedOverRow).where(PassedOverRow.case_id == case.id)
    return CaseFile(
        **line.model_dump(),
        owner=customer.owner if customer else "",
        invoices=balances(ledger.entries(session, case.id)),
        freezes=[shown(Freeze, row, zone) for row in session.exec(freezes)],
        proposals=proposal_lines(session, list(session.exec(proposals)), zone),
        tasks=[shown(Task, row, zone) for row in session.exec(tasks)],
        questions=[shown(Question, row, zone, files=files.get(row.id, [])) for row in asked],
        plans=plan_files(session, case, zone),
        passed_over=[shown(PassedOver, row, zone) for row in session.exec(passed)],
        company=_company(session, case, customer, zone),
    )


def _company(session: Session, case: CaseRow, customer: CustomerRow | None, zone: ZoneInfo) -> CompanyFile | None:
    settings = settings_of(session, case.creditor_id)
    company = company_of_customer(customer, settings.country) if settings.company_watch else None
    if company is None:
        return None
    today = local_day(business_now(session, case), settings)
    return company_file(company, session.get(CompanyRow, company), today, zone)


def _customers(session: Session, cases: Sequence[CaseRow]) -> dict[str, CustomerRow]:
    """The customers of cases of one creditor, by their numbers."""
    query = select(CustomerRow).where(
        col(CustomerRow.creditor_id).in_({case.creditor_id for case in cases}),
        col(CustomerRow.number).in_({case.customer_number for case in cases}),
    )
    return {row.number: row for row in session.exec(query)}
