"""What people do to a case, and what they tell it. The workflow of the case writes all of it down, not the API."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sqlmodel import Session, select

from activities import ledger
from models.cases import CaseRow
from models.database import transaction
from models.inbox import InboxRow
from models.money import Money
from models.news import Held, PaymentRegistered, QuestionOpened, Resumed, Snoozed
from models.record import TrailRow
from web.answers import Amount, Done
from web.bodies import Because, CustomerQuestion, Going, Payment, Until
from web.callers import Caller, SignedIn, admins_only
from web.case_stops import stops_seen
from web.engine import command, tell
from web.mistakes import Mistake
from web.problems import invalid
from web.reach import Reach, Reached
from web.visible import OpenCase

router = APIRouter(prefix="/cases/{case_id}", tags=["commands"])


class Registered(BaseModel):
    """A payment or a question that was handed to the case; the case takes it in within moments."""

    id: str
    case_id: str
    said: str
    amount: Amount | None = None


@router.post("/hold", summary="Stop the case until an admin resumes it")
async def hold(case: OpenCase, caller: SignedIn, reach: Reached, body: Because) -> Done:
    return await hold_case(reach, case, caller, body.reason)


@router.post("/snooze", summary="Stop the case until a day")
async def snooze(case: OpenCase, caller: SignedIn, reach: Reached, body: Until) -> Done:
    news = Snoozed(id=f"snooze-{uuid4().hex}", by=caller.actor, until=body.until, reason=body.reason)
    return Done(said=await command(reach, case, "snooze", news), case_id=case.id)


@router.post("/resume", summary="Let a stopped case go on; admins only")
async def resume(
    case: OpenCase, caller: Annotated[Caller, Depends(admins_only("resume a case"))], reach: Reached, body: Going
) -> Done:
    seen = await run_in_threadpool(stops_seen, reach, case, body)
    news = Resumed(id=f"resume-{uuid4().hex}", by=caller.actor, reason=body.reason, stops=seen)
    return Done(said=await command(reach, case, "resume", news), case_id=case.id)


@router.post("/payments", status_code=202, summary="Register a payment before the books know it; admins only")
async def register_payment(
    case: OpenCase,
    caller: Annotated[Caller, Depends(admins_only("register a payment"))],
    reach: Reached,
    body: Payment,
) -> Registered:
    amount = Money.of(body.amount, caller.settings.currency)
    news = PaymentRegistered(
        id=payment_id(case, body.reference, amount, body.value_date.isoformat()),
        amount=amount,
        value_date=body.value_date,
        invoice_number=body.invoice_number,
        reference=body.reference,
        by=caller.actor,
    )
    if await run_in_threadpool(_known, reach, case, news):
        said = (
            "Registered before and not again: same case, reference, amount and value date. If it is another payment, "
            "give it a reference of its own."
        )
    else:
        await tell(reach, case, "payment_registered", news)
        said = "Handed to the case; its ledger shows it in a moment."
    return Registered(id=news.id, case_id=case.id, said=said, amount=Amount.of(amount))


@router.post("/questions", status_code=202, summary="Write down what a customer asks; the case stops")
async def ask(case: OpenCase, caller: SignedIn, reach: Reached, body: CustomerQuestion) -> Registered:
    news = QuestionOpened(id=f"question-{uuid4().hex}", topic=body.topic, by=caller.actor)
    await run_in_threadpool(_keep, reach, case, news, body.text)
    await tell(reach, case, "question_opened", news)
    said = "Kept, and handed to the case; nothing is sent until an admin resumes it."
    return Registered(id=news.id, case_id=case.id, said=said)


async def hold_case(reach: Reach, case: CaseRow, caller: Caller, reason: str) -> Done:
    """Stop a case; also what holding one of its proposals comes to."""
    news = Held(id=f"hold-{uuid4().hex}", by=caller.actor, reason=reason)
    return Done(said=await command(reach, case, "hold", news), case_id=case.id)


def payment_id(case: CaseRow, reference: str, amount: Money, value_date: str) -> str:
    """The same payment has the same id, however often and by whomever it is sent in."""
    told = json.dumps([case.id, reference, amount.minor, amount.currency, value_date])
    return f"payment-{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def _known(reach: Reach, case: CaseRow, news: PaymentRegistered) -> bool:
    """Whether the case has this payment on record; raises Problem for an invoice that is not part of the case."""
    with transaction(reach.database) as session:
        _refuse_strange_invoice(session, case, news.invoice_number)
        key = f"{case.id}:payment:{news.id}"
        query = select(TrailRow.seq).where(TrailRow.creditor_id == case.creditor_id, TrailRow.key == key)
        return session.exec(query).first() is not None


def _refuse_strange_invoice(session: Session, case: CaseRow, number: str) -> None:
    """The engine would put the money against the oldest invoice instead, which is not what was meant."""
    numbers = ledger.Balances(ledger.entries(session, case.id)).principal
    if number and number not in numbers:
        what = f"is not part of this case, which is about {', '.join(sorted(numbers))}; leave it out to pay the oldest"
        raise invalid([Mistake(where="invoice_number", what=what)])


def _keep(reach: Reach, case: CaseRow, news: QuestionOpened, text: str) -> None:
    """What people write stays in the database; the case hears only of its id."""
    with transaction(reach.database) as session:
        session.add(InboxRow(id=news.id, creditor_id=case.creditor_id, case_id=case.id, topic=news.topic, text=text))
