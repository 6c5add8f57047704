"""What stops a case, and what lets it go on; each with its line on the trail, an owner, and a day it comes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from activities import ledger, trail
from activities.facts import owner_of, settings_of
from activities.notices import put_notice
from models.cases import CaseRow, FreezeRow
from models.columns import Json
from models.creditor import CreditorSettings
from models.mirror import CustomerRow
from models.news import ENGINE, Actor, News, Resumed
from rules.calendar import at_local, local_day

PLAN = "plan"
"""The stop that a payment plan in force is; only the plan itself ends it."""
UNKNOWN = "unknown"
"""The stop of a message with an unknown outcome; the provider's word or a person's ends it."""
TOLD_AT_ONCE = ("question", "review", "insolvency", "promise", "plan_asked", "undelivered")
"""What comes from outside is made known to people when it comes; who stops a case by hand knows."""
TITLES = {
    "question": {"da": "spørgsmål fra kunden", "nb": "spørsmål fra kunden", "en": "question of the customer"},
    "review": {"da": "gennemse tallene", "nb": "se gjennom tallene", "en": "review the figures"},
    "insolvency": {"da": "virksomheden er ikke aktiv", "nb": "selskapet er ikke aktivt", "en": "company not active"},
    "promise": {"da": "kunden lover at betale", "nb": "kunden lover å betale", "en": "promise to pay"},
    "plan_asked": {"da": "ønske om betalingsaftale", "nb": "ønske om betalingsavtale", "en": "payment plan asked for"},
    "plan": {"da": "manglende rate", "nb": "manglende avdrag", "en": "missed instalment"},
    "hold": {"da": "sat på hold", "nb": "satt på vent", "en": "on hold"},
    "correction": {"da": "bogføringen er ikke rettet", "nb": "regnskapet er ikke rettet", "en": "books not corrected"},
    "unknown": {"da": "ukendt udfald", "nb": "ukjent utfall", "en": "unknown outcome"},
    "undelivered": {"da": "ikke leveret", "nb": "ikke levert", "en": "not delivered"},
}


def freeze(
    session: Session,
    case: CaseRow,
    news: News,
    at: datetime,
    kind: str,
    reason: str,
    until: datetime | None = None,
    *,
    about: str = "",
    figures: Sequence[Json] = (),
    back_at: datetime | None = None,
    told: str = "",
) -> None:
    """Stop the case until a person, or a time, ends it. What no time ends comes back to its owner.

    `told`: what people are told in place of the reason.
    """
    freeze_id = f"{case.id}:{news.id}"
    if session.get(FreezeRow, freeze_id) is not None:
        return
    settings = settings_of(session, case.creditor_id)
    row = FreezeRow(
        id=freeze_id,
        case_id=case.id,
        kind=kind,
        reason=reason,
        since=at,
        until=until,
        by=str(news.by),
        owner=owner_of(session, case.creditor_id, session.get(CustomerRow, (case.creditor_id, case.customer_number))),
        back_at=None if until else back_at or comes_back(at, settings),
        about=about,
        figures=list(figures),
    )
    session.add(row)
    if kind in TOLD_AT_ONCE:
        tell_of(session, case, row, freeze_id, at, settings, told)
    ends = f" until {until.date()}" if until else ""
    trail.write(
        session,
        case.creditor_id,
        f"{freeze_id}:frozen",
        at,
        "frozen",
        f"Stopped{ends} ({kind}): {reason}",
        case_id=case.id,
        actor=news.by,
        freeze=kind,
        until=until,
        owner=row.owner,
        back_at=row.back_at,
        about=about,
        figures=list(figures),
    )


def side_by_side(before: ledger.Balances, after: ledger.Balances, invoices: Sequence[str]) -> list[Json]:
    """What was left of each invoice, and what is left now: for the person who reviews a change."""
    return [
        {"invoice": number, "before": str(before.balance(number)), "after": str(after.balance(number))}
        for number in invoices
    ]


def comes_back(at: datetime, settings: CreditorSettings) -> datetime:
    """When a stop comes back to a person: in the morning, after as many days as the creditor lets it rest."""
    return at_local(local_day(at, settings) + timedelta(days=settings.freeze_days), settings.propose_from, settings)


def tell_of(
    session: Session,
    case: CaseRow,
    row: FreezeRow,
    about: str,
    at: datetime,
    settings: CreditorSettings,
    told: str = "",
) -> None:
    """Have the admins and the owner of a stop told of it."""
    claim = ledger.Balances(ledger.entries(session, case.id))
    still_open = [number for number in claim.principal if claim.balance(number).minor > 0]
    title = f"{TITLES[row.kind][settings.language]} ({told or row.reason})"
    put_notice(session, case, about, row.owner, at, title, still_open, str(claim.total(settings.currency)))


def open_freezes(session: Session, case: CaseRow) -> list[FreezeRow]:
    """What stops the case now, oldest first."""
    query = select(FreezeRow).where(FreezeRow.case_id == case.id, col(FreezeRow.ended_at).is_(None))
    return list(session.exec(query.order_by(col(FreezeRow.since), col(FreezeRow.id))))


def end_freezes(session: Session, case: CaseRow, as_of: datetime) -> None:
    """End the freezes whose time is over. A promise that was not kept is made known to a person."""
    settings = settings_of(session, case.creditor_id)
    for row in open_freezes(session, case):
        if row.until is None or row.until > as_of:
            continue
        end_freeze(session, case, row, as_of, ENGINE, f"The {row.kind} is over: {row.reason}")
        if row.kind == "promise":
            tell_of(session, case, row, f"{row.id}:broken", as_of, settings)


def come_back(session: Session, case: CaseRow, as_of: datetime) -> None:
    """Put stops that have lasted long enough before their owner again: a heads-up and a line, never a send."""
    settings = settings_of(session, case.creditor_id)
    for row in open_freezes(session, case):
        if row.kind == PLAN or row.back_at is None or row.back_at > as_of:
            continue
        row.times_back += 1
        row.back_at = comes_back(as_of, settings)
        key = f"{row.id}:back:{row.times_back}"
        tell_of(session, case, row, key, as_of, settings)
        since = local_day(row.since, settings)
        text = f"Comes back to {row.owner or 'the admins'}: stopped since {since} ({row.kind}): {row.reason}"
        trail.write(
            session,
            case.creditor_id,
            key,
            as_of,
            "came back",
            text,
            case_id=case.id,
            freeze=row.kind,
            owner=row.owner,
            times=row.times_back,
            again=row.back_at,
        )


def end_freeze(session: Session, case: CaseRow, row: FreezeRow, at: datetime, by: Actor, text: str) -> None:
    """One stop is over; whether the case goes on depends on the others."""
    row.ended_at, row.ended_by = at, str(by)
    trail.write(
        session, case.creditor_id, f"{row.id}:ended", at, "thawed", text, case_id=case.id, actor=by, freeze=row.kind
    )


def resume(session: Session, case: CaseRow, news: Resumed, at: datetime) -> None:
    """End the stops that the admin has seen, but a payment plan, which is ended as such, and what has to be clarified.

    What came after a resume that is taken in again goes on stopping the case.
    """
    key = f"{case.id}:resumed:{news.id}"
    if trail.has(session, case.creditor_id, key):
        return
    kinds = []
    for row in open_freezes(session, case):
        if row.kind in (PLAN, UNKNOWN) or not news.means(row.id):
            continue
        row.ended_at, row.ended_by = at, str(news.by)
        kinds.append(row.kind)
    trail.write(
        session,
        case.creditor_id,
        key,
        at,
        "resumed",
        f"Resumed ({', '.join(kinds) or 'nothing stopped it'}): {news.reason}",
        case_id=case.id,
        actor=news.by,
        ended=kinds,
    )
