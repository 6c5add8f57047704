"""Finds the case that a message from outside belongs to: by the address it was sent to, a code in it, or its sender."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass

from sqlmodel import Session, col, func, or_, select

from activities.channels.addresses import email_addresses, mobile_number
from activities.composing import case_code
from activities.reply_address import tags_in
from models.books import BookCustomer
from models.cases import CaseRow
from models.creditor import CreditorSettings
from models.incoming import Incoming
from models.mirror import CustomerRow
from models.parties import CreditorRow

CODE = re.compile(r"\bR[A-Z2-7]{6}\b")


@dataclass(frozen=True)
class Whose:
    """An open case, or why there is none; with the creditor as far as it can be told."""

    case: CaseRow | None = None
    creditor: str | None = None
    why: str = ""


def whose_mail(session: Session, mail: Incoming) -> list[Whose]:
    """By the tag of the address, which may be several; else by the sender. Never by the subject."""
    tags = tags_in(mail.to)
    tagged = {case.id: case for tag in tags if (case := _tagged(session, *tag)) is not None}
    if found := [Whose(case, case.creditor_id) for case in tagged.values() if case.closed_at is None]:
        return found
    if tagged:
        return _after_closed(session, list(tagged.values()))
    known = creditors(session)
    named = {tag[0] for tag in tags} & known.keys()
    written_to = {address for one in mail.to for address in _folded(one)}
    named = named or {name for name, settings in known.items() if written_to & _own_addresses(settings)}
    customers = customers_by_email(session, mail.senders, named or known)
    return [_of_customers(session, customers, named or known, "e-mail address")]


def whose_text(session: Session, text: Incoming) -> list[Whose]:
    """By the code of the case in the text; else by the sender's number."""
    asked = asked_by_text(session, text)
    if case := _coded(session, text.text, asked):
        return [Whose(case, case.creditor_id)] if case.closed_at is None else _after_closed(session, [case])
    return [_of_customers(session, customers_by_number(session, text.senders, asked), asked, "number")]


def creditors(session: Session) -> dict[str, CreditorSettings]:
    """Every creditor of this installation, with its settings."""
    return {row.id: CreditorSettings.model_validate(row.settings) for row in session.exec(select(CreditorRow))}


def asked_by_text(session: Session, text: Incoming) -> dict[str, CreditorSettings]:
    """The creditors a text may be for: those that send from the number it was sent to, else all."""
    known = creditors(session)
    senders = {name: settings for name, settings in known.items() if "".join(settings.sms_sender.split()) in text.to}
    return senders or known


def customers_by_email(session: Session, senders: Iterable[str], among: Collection[str]) -> list[CustomerRow]:
    """The customers of some creditors whose field in the books holds one of the addresses."""
    wanted = {address for sender in senders for address in _folded(sender)}
    field = col(CustomerRow.document)["email"].as_string()
    like = [field.icontains(f"{address.partition('@')[0]}@", autoescape=True) for address in wanted]
    if not like:
        return []
    query = select(CustomerRow).where(col(CustomerRow.creditor_id).in_(list(among)), or_(*like))
    return [row for row in session.exec(query) if wanted & set(_folded(_in_books(row).email))]


def customers_by_number(
    session: Session, numbers: Iterable[str], among: dict[str, CreditorSettings]
) -> list[CustomerRow]:
    """The customers of some creditors to whom texts go under one of the numbers (E.164)."""
    wanted = {number for number in numbers if re.fullmatch(r"\+[1-9]\d{6,14}", number)}
    # Books write numbers with all kinds of signs between the digits; what remains is looked at closely.
    patterns = [f"%{'%'.join(number[-6:])}%" for number in wanted]
    fields = [col(CustomerRow.document)[name].as_string() for name in ("mobile", "phone")]
    if not patterns:
        return []
    like = or_(*(field.like(pattern) for field in fields for pattern in patterns))
    found = []
    for row in session.exec(select(CustomerRow).where(col(CustomerRow.creditor_id).in_(list(among)), like)):
        customer = _in_books(row)
        country = customer.country or among[row.creditor_id].country
        if mobile_number(customer.mobile, customer.phone, country) in wanted:
            found.append(row)
    return found


def open_cases(session: Session, customers: Sequence[CustomerRow]) -> list[CaseRow]:
    """The open cases of some customers."""
    return _open_of(session, {(row.creditor_id, row.number) for row in customers})


def _open_of(session: Session, wanted: Set[tuple[str, str]]) -> list[CaseRow]:
    """The open cases of customers, by creditor and number."""
    query = select(CaseRow).where(
        col(CaseRow.closed_at).is_(None), col(CaseRow.customer_number).in_({number for _, number in wanted})
    )
    rows = session.exec(query.order_by(col(CaseRow.id)))
    return [row for row in rows if (row.creditor_id, row.customer_number) in wanted]


def _of_customers(session: Session, customers: Sequence[CustomerRow], asked: Collection[str], what: str) -> Whose:
    cases = open_cases(session, customers)
    if len(cases) == 1:
        return Whose(cases[0], cases[0].creditor_id)
    numbers = ", ".join(sorted({row.number for row in customers}))
    about = {case.creditor_id for case in cases} or {row.creditor_id for row in customers} or set(asked)
    creditor = about.pop() if len(about) == 1 else None
    if cases:
        return Whose(None, creditor, f"{len(cases)} customers with an open case share the sender's {what}: {numbers}")
    if customers:
        return Whose(None, creditor, f"the sender's {what} is that of customer {numbers}, who has no open case")
    return Whose(None, creditor, f"no customer has the sender's {what}")


def _after_closed(session: Session, closed: Sequence[CaseRow]) -> list[Whose]:
    """An answer to an old message is about what its customer owes now; where that is nothing, a person looks at it."""
    if still := _open_of(session, {(case.creditor_id, case.customer_number) for case in closed}):
        return [Whose(case, case.creditor_id) for case in still]
    case = closed[0]
    return [Whose(None, case.creditor_id, f"case {case.id}, which it answers, is closed ({case.outcome})")]


def _tagged(session: Session, creditor: str, key: str) -> CaseRow | None:
    """Mail programs may have changed the case of the letters on the way."""
    own = select(CaseRow).where(CaseRow.creditor_id == creditor)
    exact = session.exec(own.where(CaseRow.page_key == key)).first()
    if exact is not None:
        return exact
    alike = session.exec(own.where(func.lower(CaseRow.page_key) == key.lower())).all()
    return alike[0] if len(alike) == 1 else None


def _coded(session: Session, text: str, asked: Collection[str]) -> CaseRow | None:
    """The newest case whose code stands in a text; an open one goes before a closed one."""
    codes = set(CODE.findall(text.upper()))
    if not codes:
        return None
    query = select(CaseRow).where(col(CaseRow.creditor_id).in_(list(asked)))
    newest = query.order_by(col(CaseRow.closed_at).is_not(None), col(CaseRow.opened_at).desc())
    return next((case for case in session.exec(newest) if case_code(case.id) in codes), None)


def _in_books(row: CustomerRow) -> BookCustomer:
    return BookCustomer.model_validate(row.document)


def _folded(text: str) -> list[str]:
    return [address.casefold() for address in email_addresses(text).usable]


def _own_addresses(settings: CreditorSettings) -> set[str]:
    return {address for own in (settings.reply_to, settings.sender_email) for address in _folded(own)}
