"""Everything that a customer's page shows, read in one look at the database."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fastapi import Response
from sqlmodel import Session

from activities.composing import case_code, language_of
from activities.facts import case_facts, customer_of
from activities.placeholders import one_line, written_date, written_money
from models.books import BookCustomer
from models.cases import CaseRow
from models.creditor import CreditorSettings
from models.database import reading
from models.letters import Language
from models.money import Money
from models.parties import CreditorRow
from web.links import Visit
from web.page_claim import Owed, owed
from web.page_forms import TOPICS
from web.page_instalment import InstalmentAsked, instalment_asked
from web.page_pay import ways_to_pay
from web.page_state import State, state_of
from web.page_words import sayer, shown
from web.reach import Reach


@dataclass(frozen=True)
class Seen:
    """Whom a page is about, as it stands in its head and foot."""

    creditor: str
    address: str
    registration_number: str
    phone: str
    email: str
    customer: str
    customer_number: str
    case_code: str
    today: str

    @property
    def phone_digits(self) -> str:
        return "".join(char for char in self.phone if char.isdigit() or char == "+")


@dataclass(frozen=True)
class Sent:
    """What came with a form, so that nobody has to write it again."""

    topic: str = ""
    text: str = ""
    day: str = ""
    count: int = 0
    first: str = ""
    form: str = ""


@dataclass(frozen=True)
class Refused:
    """What is wrong with a form: the names of sentences, or sentences, by field; and which form it is."""

    opened: str = ""
    """question, promise, plan; that form is unfolded."""
    sent: Sent = field(default_factory=Sent)
    problems: Mapping[str, str] = field(default_factory=dict)
    status: int = 422


NOTHING_REFUSED = Refused(status=200)


@dataclass(frozen=True)
class Look:
    """One look at a case: who, in which language, what is owed, and where it stands."""

    case: CaseRow
    customer: BookCustomer
    language: Language
    seen: Seen
    owed: Owed
    instalment: InstalmentAsked | None
    """What is to be paid now while a plan is in force."""
    state: State

    @property
    def asks_for(self) -> tuple[tuple[str, ...], Money]:
        """The invoices that a payment made today is for, and how much it is."""
        asked = self.instalment
        return (asked.numbers, asked.amount) if asked else (self.owed.numbers, self.owed.to_pay)


def look(session: Session, visit: Visit) -> Look:
    """A case as its page shows it on the day of the visit."""
    case, settings = session.get_one(CaseRow, visit.case.id), visit.settings
    facts = case_facts(session, case)
    customer = customer_of(session, case.creditor_id, case.customer_number)
    language = language_of(customer, settings)
    owing = owed(session, facts, visit.today, language)
    return Look(
        case=case,
        customer=customer,
        language=language,
        seen=_seen(session.get_one(CreditorRow, case.creditor_id).name, case, settings, customer, visit, language),
        owed=owing,
        instalment=instalment_asked(session, case, facts, owing, language),
        state=state_of(session, case, settings, owing, language),
    )


def page(reach: Reach, visit: Visit, refused: Refused = NOTHING_REFUSED) -> Response:
    """The page itself; with `refused` as the answer to a form that was not right."""
    with reading(reach.database) as session:
        found = look(session, visit)
    settings, language, problems = visit.settings, found.language, refused.problems
    say = sayer(language)
    last_promise = visit.today + timedelta(days=settings.promise_days)
    days = {
        "today": visit.today,
        "last_promise": last_promise,
        "last_plan": visit.today + timedelta(days=settings.plan_days),
    }
    return shown(
        "page.html.j2",
        language,
        refused.status,
        path=visit.path,
        seen=found.seen,
        state=found.state,
        owed=found.owed,
        asked=found.instalment,
        payment=ways_to_pay(settings, found.customer, *found.asks_for, language),
        money=lambda amount: written_money(amount, language),
        form=refused.sent.form or secrets.token_hex(16),
        topics=TOPICS,
        counts=range(min(2, settings.plan_instalments), settings.plan_instalments + 1),
        days={name: day.isoformat() for name, day in days.items()},
        last_promise=written_date(last_promise, language),
        problems={where: say(name) if name.startswith("problem_") else name for where, name in problems.items()},
        opened=refused.opened,
        sent=refused.sent,
    )


def note(reach: Reach, visit: Visit, title: str, text: str, status: int = 200, **values: Any) -> Response:
    """One thing to say to the customer of a case, with the way back to its page; `title` and `text` name sentences."""
    with reading(reach.database) as session:
        found = look(session, visit)
    say = sayer(found.language)
    told = {"title": say(title), "text": say(text, **values)}
    return shown("note.html.j2", found.language, status, seen=found.seen, path=visit.path, **told)


def _seen(
    creditor: str, case: CaseRow, settings: CreditorSettings, customer: BookCustomer, visit: Visit, language: Language
) -> Seen:
    return Seen(
        creditor=one_line(creditor),
        address=one_line(settings.address),
        registration_number=one_line(settings.registration_number),
        phone=one_line(settings.phone),
        email=one_line(settings.reply_to or settings.sender_email),
        customer=one_line(customer.name),
        customer_number=one_line(customer.number),
        case_code=case_code(case.id),
        today=written_date(visit.today, language),
    )
