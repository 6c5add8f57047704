"""A proposal as the API shows it: a line in the queue, and everything that a release approves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlmodel import Session, col, select

from activities.channels.gsm7 import sms_segments
from models.cases import CaseRow, MessageRow, ProposalRow, VerdictRow
from models.composition import Composition
from models.creditor import CreditorSettings
from models.deliveries import DeliveryRow
from models.letters import Channel, InterestPeriod, Letter, LetterInvoice, Rendered
from models.money import Money
from web.answers import Amount, shown


class ProposalLine(BaseModel):
    """A proposal in the queue."""

    id: str
    case_id: str
    customer_number: str
    customer: str
    step: str
    state: str
    """proposed, sent, withdrawn, unknown, undelivered"""
    invoices: list[str]
    amount: Amount
    """Everything it asks for: principal, interest, fees and compensation."""
    digest: str
    """What a release must name."""
    proposed_at: datetime
    heads_up_at: datetime | None
    """When admins and the owning rep were told; None until then."""
    send_at: datetime
    """The earliest instant at which it may leave, once it is released."""
    released_at: datetime | None
    released_by: str
    held_why: str
    ended_at: datetime | None
    ended_why: str


class Figures(BaseModel):
    """One invoice as the message names it."""

    number: str
    invoice_date: date
    due_date: date
    days_late: int
    amount: Amount
    outstanding: Amount


class Asked(BaseModel):
    """What the message asks for, part by part, and what it says of later ones; `amount` is the total of it."""

    principal: Amount
    fee: Amount
    """Of this very message; it stands on the ledger once the message has gone."""
    earlier_fees: Amount
    interest: Amount
    interest_periods: list[InterestPeriod]
    """The days and rates it was calculated with."""
    compensation: Amount
    total: Amount
    instalment: Amount | None
    """What is open of the instalment that it reminds of: then that is the total, whatever else is owed."""
    announced_fee: Amount | None
    """What a later reminder may charge; None when it announces nothing."""
    announced_rate: Decimal | None
    """Percent a year that late payment bears, where a message from before the due date says so."""

    @classmethod
    def by(cls, letter: Letter) -> Asked:
        charges = letter.charges
        return cls(
            principal=Amount.of(letter.principal),
            fee=Amount.of(charges.fee),
            earlier_fees=Amount.of(charges.earlier_fees),
            interest=Amount.of(charges.interest),
            interest_periods=list(charges.interest_periods),
            compensation=Amount.of(charges.compensation),
            total=Amount.of(letter.total),
            instalment=Amount.of(letter.instalment.outstanding) if letter.instalment else None,
            announced_fee=Amount.of(charges.announced_fee) if charges.announced_fee else None,
            announced_rate=charges.announced_rate,
        )


class Recipient(BaseModel):
    channel: Channel
    address: str


class Text(BaseModel):
    """The words on one channel, exactly as they are sent."""

    channel: Channel
    subject: str
    text: str
    html: str
    sms_segments: int | None
    """How many parts the SMS is sent and paid as; None for an e-mail."""


class VerdictLine(BaseModel):
    """What one guard said."""

    guard: str
    answer: str
    """cleared, wait, held"""
    why: str
    inputs: dict[str, Any]


class Round(BaseModel):
    """One run of all guards over the proposal."""

    round: int
    at: datetime
    data_age_seconds: float
    """How old the payment picture was."""
    verdicts: list[VerdictLine]


class DeliveryReport(BaseModel):
    """One thing the provider reported of a message."""

    word: str
    """accepted, delivered, failed, complained, other"""
    said: str
    """In the provider's own word."""
    at: datetime
    reason: str
    reference: str
    received_at: datetime
    taken_at: datetime | None
    """When it went on record with the case; None while that is still to come."""


class Message(BaseModel):
    """What became of the message on one channel."""

    channel: Channel
    state: str
    """claimed, sent, failed, not_sent, unknown"""
    reason: str
    provider_reference: str
    attempts: int
    at: datetime
    settled_at: datetime | None
    delivery: str
    """delivered, failed; empty while the provider has reported neither"""
    delivered_at: datetime | None
    """The provider's time of that."""
    delivery_reason: str
    reports: list[DeliveryReport]


class ProposalFile(ProposalLine):
    """Everything a person looks at before releasing it, and everything that came of it."""

    round: int
    hold_hours: int
    """Length of its hold window."""
    hold_window_ends_at: datetime | None
    """None until the heads-up has been given."""
    letter_date: date
    final_date: date | None
    """The deadline that it gives the customer, if it gives one."""
    language: str
    asked: Asked
    figures: list[Figures]
    also_open: list[Figures]
    """Other unpaid invoices of the customer that it is not about."""
    payment_lines: list[str]
    payment_reference: str
    recipients: list[Recipient]
    texts: list[Text]
    notes: list[str]
    """What the admin should know and the customer is not told."""
    rounds: list[Round]
    messages: list[Message]


def proposal_lines(session: Session, rows: Sequence[ProposalRow], zone: ZoneInfo) -> list[ProposalLine]:
    """Proposals as lines of the queue."""
    query = select(CaseRow.id, CaseRow.customer_number).where(col(CaseRow.id).in_({row.case_id for row in rows}))
    numbers = dict(session.exec(query).all())
    return [
        shown(
            ProposalLine,
            row,
            zone,
            customer_number=numbers[row.case_id],
            customer=row.composition["letter"]["customer_name"],
            amount=Amount.of(Money(minor=row.amount_minor, currency=row.currency)),
        )
        for row in rows
    ]


def proposal_file(session: Session, row: ProposalRow, settings: CreditorSettings) -> ProposalFile:
    """The whole file of a proposal."""
    [line] = proposal_lines(session, [row], settings.tz)
    composition = Composition.model_validate(row.composition)
    letter = composition.letter
    messages = select(MessageRow).where(MessageRow.proposal_id == row.id).order_by(col(MessageRow.channel))
    window = timedelta(hours=row.hold_hours)
    return ProposalFile(
        **line.model_dump(),
        round=row.round,
        hold_hours=row.hold_hours,
        hold_window_ends_at=(row.heads_up_at + window).astimezone(settings.tz) if row.heads_up_at else None,
        letter_date=row.letter_date,
        final_date=letter.final_date,
        language=letter.language,
        asked=Asked.by(letter),
        figures=[_figures(invoice) for invoice in letter.invoices],
        also_open=[_figures(invoice) for invoice in letter.also_open],
        payment_lines=list(letter.payment_lines),
        payment_reference=letter.payment_reference,
        recipients=[Recipient(channel=r.channel, address=r.address) for r in composition.recipients],
        texts=[_text(rendered) for rendered in composition.rendered],
        notes=list(composition.notes),
        rounds=_rounds(session, row, settings.tz),
        messages=[
            shown(Message, message, settings.tz, reports=_reports(session, message, settings.tz))
            for message in session.exec(messages)
        ],
    )


def _reports(session: Session, message: MessageRow, zone: ZoneInfo) -> list[DeliveryReport]:
    query = select(DeliveryRow).where(DeliveryRow.message_id == message.id)
    ordered = query.order_by(col(DeliveryRow.at), col(DeliveryRow.received_at), col(DeliveryRow.source))
    return [shown(DeliveryReport, row, zone) for row in session.exec(ordered)]


def _figures(invoice: LetterInvoice) -> Figures:
    return Figures(
        number=invoice.number,
        invoice_date=invoice.invoice_date,
        due_date=invoice.due_date,
        days_late=invoice.days_late,
        amount=Amount.of(invoice.amount),
        outstanding=Amount.of(invoice.outstanding),
    )


def _text(rendered: Rendered) -> Text:
    segments = sms_segments(rendered.text) if rendered.channel is Channel.sms else None
    return Text(**rendered.model_dump(), sms_segments=segments)


def _rounds(session: Session, row: ProposalRow, zone: ZoneInfo) -> list[Round]:
    """Every run of the guards, oldest first; all answers of all of them."""
    query = select(VerdictRow).where(VerdictRow.proposal_id == row.id)
    verdicts = list(session.exec(query.order_by(col(VerdictRow.round), col(VerdictRow.guard))))
    rounds = []
    for number in sorted({verdict.round for verdict in verdicts}):
        said = [verdict for verdict in verdicts if verdict.round == number]
        rounds.append(shown(Round, said[0], zone, verdicts=[shown(VerdictLine, verdict, zone) for verdict in said]))
    return rounds
