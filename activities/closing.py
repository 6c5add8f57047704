"""What a case leaves behind when it closes: open charges, money paid too much and open questions are a person's."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from activities import ledger, trail
from activities.facts import settings_of
from activities.freezes import end_freeze, open_freezes
from activities.notices import put_notice
from activities.plan_watch import end_plans
from models.cases import CaseRow, TaskRow
from models.facts import CaseFacts
from models.money import Money
from models.news import ENGINE
from rules.calendar import local_day

GIVEN_UP = ("withdrawn", "stopped")
"""Ways to end in which nothing more is asked of the customer."""
TITLES = {
    "charges": {
        "da": "renter og gebyrer er stadig åbne: frafald dem, eller kræv dem selv",
        "nb": "renter og gebyrer står fremdeles åpne: frafall dem, eller krev dem selv",
        "en": "interest and fees are still open: waive them, or claim them yourself",
    },
    "overpaid": {
        "da": "kunden har betalt for meget",
        "nb": "kunden har betalt for mye",
        "en": "the customer has paid too much",
    },
    "question": {
        "da": "kunden har endnu ikke fået svar på sit spørgsmål: svar kunden",
        "nb": "kunden har ennå ikke fått svar på spørsmålet sitt: svar kunden",
        "en": "the customer's question has not been answered yet: answer it",
    },
}


def close_account(session: Session, case: CaseRow, facts: CaseFacts, outcome: str, as_of: datetime) -> None:
    """Leave no charge, no question and no stop open without somebody who decides; doing it again changes nothing."""
    end_plans(session, case, outcome, as_of)
    stops = open_freezes(session, case)
    for row in stops:
        end_freeze(session, case, row, as_of, ENGINE, f"The case is closed ({outcome}): {row.reason}")
    claim = ledger.Balances(ledger.entries(session, case.id))
    settings = facts.settings
    charges = sum(claim.charge(n, kind).minor for n in claim.principal for kind in ledger.CHARGES)
    beyond = sum(max(-claim.left(number), 0) for number in claim.principal)
    if outcome in GIVEN_UP or (outcome == "paid" and settings.charges_after_payment == "waive"):
        waive_charges(session, case, as_of, f"the case is closed: {outcome}")
    elif outcome in ("paid", "credited"):
        # More than the principal pays charges as well.
        _ask_of_money(session, case, facts, "charges", charges - beyond, as_of)
    _ask_of_money(session, case, facts, "overpaid", beyond - max(charges, 0), as_of)
    # The customer was promised an answer, and paying is none.
    if asked := [row for row in stops if row.kind == "question"]:
        text = "\n".join(f"{local_day(row.since, settings)}: {row.reason}" for row in asked)
        _ask(session, case, facts, "question", as_of, text=text)


def waive_charges(session: Session, case: CaseRow, as_of: datetime, why: str) -> None:
    """Take every open charge back by an entry against it."""
    claim = ledger.Balances(ledger.entries(session, case.id))
    today = local_day(as_of, settings_of(session, case.creditor_id))
    waived = Money(minor=0, currency=settings_of(session, case.creditor_id).currency)
    for number in claim.principal:
        for kind in ledger.CHARGES:
            charge = claim.charge(number, kind)
            if charge.minor <= 0:
                continue
            at = (case.creditor_id, case.id, number)
            key = f"waiver:{kind}:{number}:{len(claim.rows)}"
            ledger.post(session, *at, "waiver", -charge, today, key, of=kind, why=why)
            waived = waived + charge
    if waived.minor:
        key = f"{case.id}:waived:{len(claim.rows)}"
        text = f"{waived} of interest and fees waived: {why}"
        trail.write(
            session,
            case.creditor_id,
            key,
            as_of,
            "waived",
            text,
            case_id=case.id,
            amount=waived.minor,
            currency=waived.currency,
        )


def _ask_of_money(session: Session, case: CaseRow, facts: CaseFacts, kind: str, minor: int, as_of: datetime) -> None:
    """A task for a person about money that nobody has decided on."""
    if minor > 0:
        _ask(session, case, facts, kind, as_of, Money(minor=minor, currency=facts.settings.currency))


def _ask(
    session: Session,
    case: CaseRow,
    facts: CaseFacts,
    kind: str,
    as_of: datetime,
    amount: Money | None = None,
    text: str = "",
) -> None:
    """A task for a person, with its heads-up and its line on the trail; `amount` where it is about one of its own."""
    task_id = f"{case.id}.{kind}"
    if session.get(TaskRow, task_id) is not None:
        return
    left = ledger.Balances(ledger.entries(session, case.id)).total(facts.settings.currency)
    title, numbers = TITLES[kind][facts.settings.language], [i.number for i in facts.invoices]
    session.add(
        TaskRow(
            id=task_id,
            case_id=case.id,
            step=kind,
            title=title,
            at=as_of,
            invoices=numbers,
            text=text,
            kind=kind,
            owner=facts.owner,
            amount_minor=amount.minor if amount else 0,
        )
    )
    put_notice(session, case, task_id, facts.owner, as_of, title, numbers, str(amount or left))
    said = f"A person decides: {title}, {amount}" if amount else f"A person is asked: {title}"
    trail.write(
        session,
        case.creditor_id,
        f"{task_id}:asked",
        as_of,
        "task",
        said,
        case_id=case.id,
        step=kind,
        amount=amount.minor if amount else 0,
    )
