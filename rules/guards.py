"""The last look before a send: named pure functions over one value. All of them run, all answers are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from models.facts import Answer, GuardFacts, Verdict
from models.money import total
from rules.calendar import after, local_day, sending_time
from rules.due_steps import passed_over
from rules.instalment_reminder import PLAN, no_longer, step_of, stopping
from rules.lawful import earliest

PLANS = (PLAN, "plan_asked")
"""Stops that a payment plan is, or will be once an admin has decided."""
INSOLVENCY = "insolvency"

Guard = Callable[[GuardFacts, datetime], Verdict]


def module_on(facts: GuardFacts, as_of: datetime) -> Verdict:
    on = facts.case.settings.module_on
    return _verdict("module_on", on, "the reminder module is switched off", module="on" if on else "off")


def unpaid(facts: GuardFacts, as_of: datetime) -> Verdict:
    """The books, read live, still have every invoice of the proposal open; an unread book says nothing here."""
    live = facts.live
    settled = [n for n in facts.standing.invoices if n in live.remainders and live.remainders[n].minor <= 0]
    missing = [n for n in facts.standing.invoices if not live.error and n not in live.remainders]
    why = "; ".join(
        [f"invoice {n} is paid or credited" for n in settled]
        + [f"the books no longer have invoice {n}; that is not the same as paid, a person must look" for n in missing]
    )
    return _verdict("unpaid", not why, why, **{f"remainder {n}": str(m) for n, m in live.remainders.items()})


def balance_positive(facts: GuardFacts, as_of: datetime) -> Verdict:
    """Something is owed for this proposal and on the account as a whole, and credit was looked at by a person."""
    currency = facts.case.settings.currency
    proposal = total([i.balance for i in facts.case.invoices if i.number in facts.standing.invoices], currency)
    account = total([i.balance for i in facts.case.invoices if i.balance.currency == currency], currency)
    credit, unseen = facts.live.unapplied_credit, facts.news_of_credit
    if credit is not None and credit.currency == currency:
        account = account - credit
    inputs = {"proposal": str(proposal), "account": str(account), "unapplied": str(credit or "not read")}
    if proposal.minor <= 0 or account.minor <= 0:
        why = f"{proposal} is left on the proposal and {account} on the customer's account"
        return _verdict("balance_positive", False, why, **inputs)
    why = f"{unseen} of the customer stands against no invoice in the books, and nobody has looked at it"
    return _verdict("balance_positive", unseen is None or unseen.minor <= 0, why, **inputs)


def figures_unchanged(facts: GuardFacts, as_of: datetime) -> Verdict:
    changes = list(facts.changes)
    step = step_of(facts.case, facts.standing.step)
    for invoice in facts.case.invoices:
        if invoice.number in facts.standing.invoices and (late := passed_over(facts.case, invoice, step, as_of)):
            changes.append(late)
    if over := no_longer(facts.case, step.name, as_of):
        changes.append(over)
    if facts.digest_now != facts.standing.digest and not changes:
        changes.append("the message would read differently today")
    return _verdict(
        "figures_unchanged", not changes, "; ".join(changes), proposed=facts.standing.digest, now=facts.digest_now
    )


def fresh(facts: GuardFacts, as_of: datetime) -> Verdict:
    allowed = timedelta(minutes=facts.case.settings.fresh_minutes)
    age = timedelta(seconds=facts.live.age_seconds)
    inputs = {"age": str(age), "allowed": str(allowed)}
    if facts.live.error:
        return _verdict("fresh", False, f"the books could not be read: {facts.live.error}", **inputs)
    why = f"what is known of payments is {age} old, {allowed} is allowed"
    return _verdict("fresh", age <= allowed, why, **inputs)


def no_open_question(facts: GuardFacts, as_of: datetime) -> Verdict:
    """No question of the customer is open, and nothing else that a person has to look at first."""
    others = (*PLANS, INSOLVENCY)
    stops = [f"{freeze.kind}: {freeze.reason}" for freeze in facts.case.freezes if freeze.kind not in others]
    return _verdict("no_open_question", not stops, "; ".join(stops), freezes=str(len(stops)))


def no_active_plan(facts: GuardFacts, as_of: datetime) -> Verdict:
    """No plan is in force or asked for; the reminder of an instalment may leave while its own plan is in force."""
    found = stopping(facts.case, facts.standing.step)
    stops = [f"{freeze.kind}: {freeze.reason}" for freeze in found if freeze.kind in PLANS]
    return _verdict("no_active_plan", not stops, "; ".join(stops), plans=str(len(stops)))


def solvent(facts: GuardFacts, as_of: datetime) -> Verdict:
    """The register has the company as active, by an answer that is new enough; persons stand in no register."""
    settings, company = facts.case.settings, facts.case.company
    stops = [freeze.reason for freeze in facts.case.freezes if freeze.kind == INSOLVENCY]
    if stops:
        return _verdict("solvent", False, "; ".join(stops), stops=str(len(stops)))
    if not settings.company_watch:
        return _verdict("solvent", True, "", watch="off")
    if not facts.case.debtor.trades:
        return _verdict("solvent", True, "", customer="no company number")
    if company is None:
        return _verdict("solvent", False, "the company register has never answered for this customer")
    age, allowed = timedelta(seconds=company.age_seconds), timedelta(hours=settings.company_hours)
    inputs = {"company": company.number, "status": company.state, "said": company.said, "age": str(age)}
    if age > allowed:
        # Without the age itself: a reason that stays the same is said once, however often it is looked at.
        why = f"the register's last answer is more than {allowed} old"
        return _verdict("solvent", False, why, **inputs)
    why = f"the register has the company as {company.state} ({company.said}); a person decides"
    return _verdict("solvent", company.allowed or company.accepted, why, accepted=str(company.accepted), **inputs)


def recipient(facts: GuardFacts, as_of: datetime) -> Verdict:
    why = facts.recipient_problem or "no usable address on a channel that suffices for the step"
    return _verdict("recipient", facts.recipients > 0, why, usable=str(facts.recipients))


def spacing(facts: GuardFacts, as_of: datetime) -> Verdict:
    """So many days since the last message to this customer, and since this step's predecessor on each invoice.

    What the law asks for counts as well, from the last letter that really went out.
    """
    settings = facts.case.settings
    today = local_day(as_of, settings)
    step = step_of(facts.case, facts.standing.step)
    clear_from = today
    if facts.case.last_message_at is not None:
        clear_from = local_day(facts.case.last_message_at, settings) + timedelta(days=settings.message_gap_days)
    for invoice in facts.case.invoices:
        sent = [s.at for s in invoice.sent if s.at is not None]
        if invoice.number in facts.standing.invoices and sent:
            clear_from = max(clear_from, local_day(max(sent), settings) + timedelta(days=step.gap_days))
        if invoice.number in facts.standing.invoices:
            as_sent = step if facts.charges_fee else step.model_copy(update={"fee": False})
            if (legal := earliest(facts.case, invoice, as_sent, today)) is not None:
                clear_from = max(clear_from, legal.day)
    last = str(facts.case.last_message_at or "never")
    why = f"the next message to this customer may leave on {clear_from} at the earliest"
    return _verdict("spacing", clear_from <= today, why, last_message=last, clear_from=str(clear_from))


def lawful(facts: GuardFacts, as_of: datetime) -> Verdict:
    """The country's rules let this very letter go today: its kind, its fee, its deadline, its content."""
    against = list(facts.unlawful)
    inputs = {"country": facts.case.settings.country, "letter_date": str(facts.standing.letter_date)}
    return _verdict("lawful", not against, "; ".join(against), **inputs)


def released(facts: GuardFacts, as_of: datetime) -> Verdict:
    digest = facts.released_digest
    inputs = {"released": digest or "nothing", "proposed": facts.standing.digest}
    if not digest:
        return _verdict("released", False, "no admin has released this proposal", **inputs)
    ok = digest == facts.standing.digest and facts.released_by_admin
    return _verdict("released", ok, "the release is for other figures, wording or recipients", **inputs)


def noticed(facts: GuardFacts, as_of: datetime) -> Verdict:
    """The heads-up was given and the hold window since then is over."""
    if facts.standing.heads_up_at is None:
        return _verdict("noticed", False, "no heads-up has been given yet", heads_up="none")
    over = after(facts.standing.heads_up_at, timedelta(hours=facts.standing.hold_hours))
    inputs = {"heads_up": facts.standing.heads_up_at.isoformat(), "window_over": over.isoformat()}
    if as_of < over:
        return Verdict(
            guard="noticed", answer=Answer.wait, why=f"the hold window runs until {over}", until=over, inputs=inputs
        )
    return _verdict("noticed", True, "", **inputs)


def hours(facts: GuardFacts, as_of: datetime) -> Verdict:
    opens = sending_time(as_of, facts.case.settings)
    inputs = {"now": as_of.isoformat(), "next_opening": opens.isoformat()}
    if opens > as_of:
        return Verdict(
            guard="hours", answer=Answer.wait, why=f"outside sending hours until {opens}", until=opens, inputs=inputs
        )
    return _verdict("hours", True, "", **inputs)


GUARDS: tuple[Guard, ...] = (
    module_on,
    unpaid,
    balance_positive,
    figures_unchanged,
    fresh,
    no_open_question,
    no_active_plan,
    solvent,
    recipient,
    spacing,
    lawful,
    released,
    noticed,
    hours,
)
"""In the order in which they are shown."""


def judge(facts: GuardFacts, as_of: datetime) -> tuple[Verdict, ...]:
    """The verdicts of all guards; none is skipped, whatever the others said."""
    return tuple(guard(facts, as_of) for guard in GUARDS)


def _verdict(guard: str, ok: bool, why: str, **inputs: str) -> Verdict:
    return Verdict(
        guard=guard, answer=Answer.cleared if ok else Answer.held, why="" if ok else why, inputs=dict(inputs)
    )
