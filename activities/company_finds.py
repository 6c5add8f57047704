"""Takes in what the registers found out about a case's company: it stops the case, and says what to file by when."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlmodel import Session

from activities import ledger, trail
from activities.claims import claim_of
from activities.company_standing import INSOLVENCY, decree_day, noted_key
from activities.facts import case_facts, owner_of, settings_of
from activities.freezes import comes_back, freeze
from activities.notices import put_notice
from models.cases import CaseRow
from models.claim import Refusal
from models.creditor import CreditorSettings
from models.mirror import CompanyRow, CustomerRow
from models.money import Money, total
from models.news import InsolvencyFound, Noted
from rules.calendar import at_local, local_day
from rules.law.statement import work_out

TITLES = {"da": "til orientering", "nb": "til orientering", "en": "for your information"}
AHEAD = timedelta(days=7)
"""So long before a time limit the stop comes back to a person. Our choice."""


def insolvency(session: Session, case: CaseRow, news: InsolvencyFound, at: datetime) -> None:
    """Stop the case, with the claim to file where there is a decree."""
    settings = settings_of(session, case.creditor_id)
    if not news.number:
        freeze(session, case, news, at, INSOLVENCY, f"{news.status} ({news.source or 'register'})")
        return
    reason = news.status
    if (decree := decree_day(news.id)) is not None and (claim := _to_file(session, case, decree)):
        reason = f"{reason} {claim}"
    country, _, number = news.number.partition(" ")
    row = session.get(CompanyRow, (country, number))
    # Names of people stand in heads-ups and answers, not in reasons, which travel through Temporal.
    trustee = f" Trustee: {row.trustee}." if row and row.trustee and row.since == news.since else ""
    back = _back_at(news.by_day, at, settings)
    freeze(session, case, news, at, INSOLVENCY, reason, about=news.id, back_at=back, told=reason + trustee)


def noted(session: Session, case: CaseRow, news: Noted, at: datetime) -> None:
    """Put a note on the trail, and before people where they have to know of it."""
    key = noted_key(case.id, news.id)
    if news.tell and not trail.has(session, case.creditor_id, key):
        settings = settings_of(session, case.creditor_id)
        owner = owner_of(session, case.creditor_id, session.get(CustomerRow, (case.creditor_id, case.customer_number)))
        claim = ledger.Balances(ledger.entries(session, case.id))
        still_open = [number for number in claim.principal if claim.balance(number).minor > 0]
        title = f"{TITLES[settings.language]} ({news.what})"
        put_notice(session, case, key, owner, at, title, still_open, str(claim.total(settings.currency)))
    trail.write(session, case.creditor_id, key, at, "noted", news.what, case_id=case.id, actor=news.by, about=news.id)


def _to_file(session: Session, case: CaseRow, decree: date) -> str:
    """What is owed with interest to the day of the decree, in words; what is due later counts with its principal."""
    facts = case_facts(session, case)
    currency = facts.settings.currency
    later = [
        i.balance
        for i in facts.invoices
        if i.due_date is not None and i.due_date > decree and i.balance.currency == currency and not i.set_aside
    ]
    try:
        claim = claim_of(session, facts, decree)
        owed = work_out(claim).open.total if claim.invoices else 0
    except Refusal:
        return ""
    added = total(later, currency)
    rest = f" and {added} that falls due later" if added.minor > 0 else ""
    return f"To file: {Money(minor=owed, currency=currency)}, with charges and interest to {decree}{rest}."


def _back_at(by: date | None, at: datetime, settings: CreditorSettings) -> datetime:
    """As every stop, or well before the time limit; when that is near already, tomorrow."""
    usual, today = comes_back(at, settings), local_day(at, settings)
    if by is None or by < today:
        return usual
    day = max(by - AHEAD, today + timedelta(days=1))
    return min(usual, at_local(day, settings.propose_from, settings))
