"""Facts for the tests of the rules, in few words, and random ones for their properties."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st

from models.creditor import CreditorSettings
from models.facts import CaseFacts, Freeze, GuardFacts, InvoiceFacts, Live, SentStep, Standing
from models.ladder import Ladder, Step
from models.letters import Channel
from models.money import Money

COPENHAGEN, OSLO = ZoneInfo("Europe/Copenhagen"), ZoneInfo("Europe/Oslo")
DK = CreditorSettings(sender_email="bogholderi@nordlys.example")
NO = DK.model_copy(update={"zone": "Europe/Oslo", "country": "NO", "currency": "NOK"})
BOTH = (Channel.email, Channel.sms)
DIGEST = "d" * 64


def at(text: str, zone: ZoneInfo = COPENHAGEN) -> datetime:
    """`2026-08-10 14:00` on that zone's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def day(text: str) -> date:
    return date.fromisoformat(text)


def dkk(amount: str) -> Money:
    return Money.of(amount, "DKK")


def rung(name: str, offset: int | None, gap: int = 0, **more: Any) -> Step:
    """A step by e-mail and SMS."""
    fields = {"title": f"the {name}", "channels": BOTH, "wording": "reminder-1", **more}
    return Step(name=name, offset_days=offset, gap_days=gap, **fields)


STEPS = (
    rung("nudge", -4, wording="nudge"),
    rung("rykker-1", 7),
    rung("rykker-2", 21, 10, wording="reminder-2"),
    rung("notice", 35, 10, wording="collection-notice", deadline_days=10),
    rung("call", 46, 11, channels=(Channel.phone,), wording=""),
)
LADDER = Ladder(name="dk-standard", title="Denmark", steps=STEPS)


def ladder(*steps: Step) -> Ladder:
    return Ladder(name="test", title="test", steps=steps)


def invoice(number: str = "1001", due: str | None = "2026-08-03", *sent: str, left: str = "12500.00") -> InvoiceFacts:
    """An invoice and what was sent for it: `rykker-1 2026-08-11 09:00`, or `nudge` alone when it was passed over."""
    return InvoiceFacts(
        number=number,
        invoice_date=day("2026-07-04"),
        due_date=day(due) if due else None,
        gross=dkk("12500.00"),
        balance=dkk(left),
        sent=tuple(_sent(*line.split(" ", 1)) for line in sent),
    )


def _sent(step: str, when: str = "") -> SentStep:
    return SentStep(step=step, at=at(when) if when else None)


def case(*invoices: InvoiceFacts, **more: Any) -> CaseFacts:
    """A case of Havn A/S with Nordlys ApS; the last message is the last thing that was sent, unless told."""
    sent = [s.at for i in invoices for s in i.sent if s.at is not None]
    fields: dict[str, Any] = {
        "settings": DK,
        "ladder": LADDER,
        "owner": "rasmus",
        "last_message_at": max(sent, default=None),
        **more,
    }
    return CaseFacts(case_id="nordlys.1.1", creditor="nordlys", customer_number="1", invoices=invoices, **fields)


def freeze(kind: str = "hold", until: str = "", reason: str = "they will call") -> Freeze:
    return Freeze(
        id=f"f-{kind}-{until}",
        kind=kind,
        reason=reason,
        since=at("2026-08-01 10:00"),
        until=at(until) if until else None,
    )


def standing(step: str = "rykker-1", *numbers: str, **more: Any) -> Standing:
    """Rykker 1 of 1001 as it stands on 10 August, announced at 08:00."""
    fields: dict[str, Any] = {
        "digest": DIGEST,
        "proposed_at": at("2026-08-10 08:00"),
        "letter_date": day("2026-08-11"),
        "hold_hours": 24,
        "heads_up_at": at("2026-08-10 08:00"),
        "send_at": at("2026-08-11 09:00"),
        "released": True,
        **more,
    }
    return Standing(proposal_id=f"nordlys.1.1.{step}.1", step=step, invoices=numbers or ("1001",), **fields)


def guarded(**more: Any) -> GuardFacts:
    """Rykker 1 of 1001, announced, released and unchanged: everything clears on 11 August at 09:00."""
    picture = more.pop("case", case(invoice("1001", "2026-08-03", "nudge 2026-07-31 09:00")))
    proposal = more.pop("standing", standing())
    remainders = {i.number: i.balance for i in picture.invoices if i.number in proposal.invoices}
    fields: dict[str, Any] = {
        "live": Live(remainders=remainders, unapplied_credit=dkk("0")),
        "digest_now": proposal.digest,
        "recipients": 2,
        "released_digest": proposal.digest,
        "released_by_admin": True,
        **more,
    }
    return GuardFacts(case=picture, standing=proposal, **fields)


# --- random facts ---

settings.register_profile("busy machine", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("busy machine")

ZONES = ("Europe/Copenhagen", "Europe/Oslo", "Atlantic/Reykjavik", "America/Godthab", "Pacific/Auckland")
instants = st.datetimes(datetime(2025, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
dates = st.dates(date(2025, 1, 1), date(2029, 12, 31))


@st.composite
def some_settings(draw: st.DrawFn) -> CreditorSettings:
    """Settings as an admin may save them: opening before closing, proposals before closing."""
    country = draw(st.sampled_from(("DK", "NO")))
    minutes = sorted(draw(st.lists(st.integers(0, 24 * 60 - 1), min_size=2, max_size=2, unique=True)))
    opens, closes = (time_of(minute) for minute in minutes)
    propose = draw(st.integers(0, minutes[1] - 1))
    return DK.model_copy(
        update={
            "country": country,
            "zone": draw(st.sampled_from(ZONES)),
            "send_from": opens,
            "send_until": closes,
            "propose_from": time_of(propose),
            "hold_hours": draw(st.integers(1, 240)),
            "message_gap_days": draw(st.integers(1, 30)),
        }
    )


def time_of(minute: int) -> Any:
    return (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)).time()


@st.composite
def some_ladder(draw: st.DrawFn) -> Ladder:
    """A ladder as it may be saved: days that rise, a call only at the end, some steps switched off."""
    offsets = sorted(draw(st.lists(st.integers(-10, 90), min_size=1, max_size=5, unique=True)))
    steps = [
        rung(f"step-{n}", offset, draw(st.integers(0, 20)), enabled=draw(st.integers(0, 4)) > 0)
        for n, offset in enumerate(offsets)
    ]
    if draw(st.booleans()):
        steps.append(rung("call", offsets[-1] + 5, draw(st.integers(0, 20)), channels=(Channel.phone,), wording=""))
    if not any(step.enabled for step in steps):
        steps[0] = steps[0].model_copy(update={"enabled": True})
    return ladder(*steps)


@st.composite
def some_case(draw: st.DrawFn) -> CaseFacts:
    """Any case: invoices anywhere on the ladder or beside it, freezes, a standing proposal, a last message."""
    climbed = draw(some_ladder())
    names = [step.name for step in climbed.steps] + ["rung-of-another-ladder"]
    steps = st.builds(SentStep, step=st.sampled_from(names), at=st.none() | instants)
    invoices = [
        InvoiceFacts(
            number=str(1001 + n),
            invoice_date=draw(dates),
            due_date=draw(st.none() | dates),
            gross=dkk("100"),
            balance=draw(st.sampled_from((dkk("0"), dkk("0.01"), dkk("100")))),
            not_reminded=draw(st.sampled_from(("", "", "", "the claim is sold (factoring)"))),
            sent=tuple(draw(st.lists(steps, max_size=3))),
        )
        for n in range(draw(st.integers(0, 3)))
    ]
    freezes = st.builds(
        Freeze,
        id=st.uuids().map(str),
        kind=st.sampled_from(("hold", "snooze", "question", "review", "plan", "insolvency", "promise")),
        reason=st.just("why"),
        since=instants,
        until=st.none() | instants,
    )
    proposal = None
    if draw(st.booleans()) and invoices:
        proposal = standing(
            draw(st.sampled_from(climbed.steps)).name,
            *[i.number for i in invoices],
            heads_up_at=draw(st.none() | instants),
            send_at=draw(instants),
        )
    return case(
        *invoices,
        settings=draw(some_settings()).model_copy(update={"module_on": draw(st.integers(0, 4)) > 0}),
        ladder=climbed,
        freezes=tuple(draw(st.lists(freezes, max_size=draw(st.sampled_from((0, 0, 2)))))),
        standing=proposal,
        last_message_at=draw(st.none() | instants),
        settled_by_credit=draw(st.booleans()),
    )
