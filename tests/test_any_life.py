"""Any life of a case: payments, questions, plans, holds, releases right and wrong, and time, in any order at all."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Awaitable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from activities import deliveries
from models.clock import real_now
from models.database import transaction
from models.deliveries import Report, Word
from models.letters import Channel
from models.money import Money
from models.news import (
    Actor,
    Clarified,
    CreditRegistered,
    DeliveryReported,
    Held,
    InsolvencyFound,
    PaymentRegistered,
    PlanApproved,
    PlanEnded,
    QuestionOpened,
    Release,
    Resolved,
    Resumed,
    Snoozed,
)
from rules.plans import draw_up
from tests.any_life import broken_promises
from tests.payment_plans import owed
from tests.replayed import end_cases, replay
from tests.story import COPENHAGEN, HAVN, Engines, Story, at

EXAMPLES = int(os.environ.get("LIVES", "0"))
"""So many lives are drawn at random; without it a few, the same every time."""
PATIENCE = 120.0
"""Seconds that one thing may take."""
AT_FIRST, RYKKER_1_STANDS = "2026-07-29 12:00", "2026-08-10 12:00"
RYKKER_1_HAS_GONE, RYKKER_2_HAS_GONE = "2026-08-12 12:00", "2026-08-26 12:00"
HOW = ("told of a payment", "told of a credit note", "paid in the books", "credited in the books")
numbers = itertools.count(1)


class AnyLife(RuleBasedStateMachine):
    """Does things to one case, and keeps a simple account of its own of what stops it."""

    engines: Engines
    loop: asyncio.AbstractEventLoop
    proposals = Bundle("proposals")

    def do(self, what: Awaitable[Any]) -> Any:
        """Have the engine's loop do something, and wait for it and for what comes of it."""
        return asyncio.run_coroutine_threadsafe(self._done(what), self.loop).result(PATIENCE)

    async def _done(self, what: Awaitable[Any]) -> Any:
        try:
            return await what
        finally:
            await self.story.all_quiet()

    # --- given ---

    @initialize(
        second_due=st.none() | st.sampled_from(["2026-08-04", "2026-08-10", "2026-08-20"]),
        reached=st.sampled_from([AT_FIRST, RYKKER_1_STANDS, RYKKER_1_HAS_GONE, RYKKER_2_HAS_GONE]),
        released=st.booleans(),
    )
    def begins(self, second_due: str | None, reached: str, released: bool) -> None:
        """A life is looked at from its beginning, or from somewhere in the middle of the ladder."""
        self.n = next(numbers)
        self.story = Story(self.engines, f"life-{os.getpid()}-{self.n}")
        self.story.invoice(1001, "12500.00", "2026-08-03")
        if second_due:
            self.story.invoice(1002, "800.00", second_due)
        self.now = at(reached)
        self.stops: set[str] = set()
        self.plan = ""
        self.sent_before = 0
        self.was_stopped = False
        self.do(self.story.begins(AT_FIRST))
        day_before = f"{at(reached) - timedelta(days=1):%Y-%m-%d} 23:00"
        self.do(self.story.until(max(day_before, AT_FIRST), released=True))
        self.do(self.story.until(reached, released=released))
        self.sent_before = len(self.story.mails) + len(self.story.texts)

    @property
    def anna(self) -> Actor:
        return self.story.actor("anna")

    @property
    def rasmus(self) -> Actor:
        """The rep who owns the customer."""
        return self.story.actor("rasmus")

    @property
    def standing(self) -> set[tuple[str, str]]:
        """What waits for people now: proposals and their digests."""
        return {(p.id, p.digest) for p in self.story.proposals if p.state == "proposed"}

    @property
    def closed(self) -> bool:
        return self.story.case.closed_at is not None

    def name(self, what: str) -> str:
        return f"{what}-{next(numbers)}"

    def until(self, moment: datetime) -> None:
        self.now = moment
        self.do(self.story.until(f"{moment.astimezone(COPENHAGEN):%Y-%m-%d %H:%M}"))

    # --- time and releases ---

    @rule(hours=st.sampled_from([1, 5, 20, 24, 72, 240]))
    def time_passes(self, hours: int) -> None:
        self.until(self.now + timedelta(hours=hours))

    @rule(target=proposals)
    def look_at_the_queue(self) -> tuple[str, str]:
        return self.look_at_the_queue_now()

    def look_at_the_queue_now(self) -> tuple[str, str]:
        return max(self.standing, default=("none", "none"))

    @precondition(lambda self: not self.closed)
    @rule(days=st.sampled_from([1, 2, 4, 15]))
    def the_admin_releases_what_comes(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.do(self.story.until(f"{self.now.astimezone(COPENHAGEN):%Y-%m-%d %H:%M}", released=True))

    @rule(seen=proposals, by=st.sampled_from(["anna", "rasmus", "ida"]))
    def somebody_releases_what_was_seen_before(self, seen: tuple[str, str], by: str) -> None:
        self.release(seen, by)

    @precondition(lambda self: self.standing)
    @rule(by=st.sampled_from(["anna", "rasmus", "ida"]))
    def somebody_releases_what_stands(self, by: str) -> None:
        self.release(self.look_at_the_queue_now(), by)

    def release(self, seen: tuple[str, str], by: str) -> None:
        """Only an admin, and only what stands exactly so; everybody else is refused."""
        if self.closed:
            return
        standing = self.standing
        asked = Release(id=self.name("release"), by=self.story.actor(by), proposal_id=seen[0], digest=seen[1])
        taken = self.accepted(self.story.command("release", asked))
        assert taken is (by == "anna" and seen in standing and not self.stops), f"{by} released {seen}"

    # --- money ---

    @precondition(lambda self: not self.closed)
    @rule(amount=st.sampled_from(["1.00", "250.00", "800.00", "5000.00", "13300.00"]), how=st.sampled_from(HOW))
    def money_comes_in_or_is_credited(self, amount: str, how: str) -> None:
        """In the books, or told by a person before the books know."""
        left = {n: self.story.balance(n) for n in (1001, 1002) if n in self.story.book.invoices}
        money, day, told = Money.of(amount, "DKK"), self.now.date(), how.startswith("told")
        if how == "told of a payment":
            paid = PaymentRegistered(id=self.name("paid"), amount=money, value_date=day)
            self.do(self.story.tell("payment_registered", paid))
        elif how == "told of a credit note":
            credited = CreditRegistered(id=self.name("credited"), amount=money, value_date=day)
            self.do(self.story.tell("credit_registered", credited))
        elif how == "credited in the books":
            self.story.book.book_credit_note(2000 + next(numbers), HAVN, Decimal(amount), invoice=1001, on=day)
            self.do(self.story.told_by_the_books(f"{self.now.astimezone(COPENHAGEN):%Y-%m-%d %H:%M}"))
        else:
            self.story.book.register_payment(1001, Decimal(amount), on=self.now.date())
            self.do(self.story.told_by_the_books(f"{self.now.astimezone(COPENHAGEN):%Y-%m-%d %H:%M}"))
        if told and Decimal(amount) >= sum(left.values()):
            assert self.closed, "what is paid in full is over at once"

    # --- what stops it, and what lets it go on ---

    @precondition(lambda self: not self.closed)
    @rule(what=st.sampled_from(["question", "reply", "insolvency", "hold", "snooze", "plan"]), days=st.integers(1, 9))
    def something_stops_it(self, what: str, days: int) -> None:
        match what:
            case "question":
                self.do(self.story.command("ask", QuestionOpened(id=self.name(what), topic="wrong_amount")))
            case "reply":
                self.do(self.story.tell("question_opened", QuestionOpened(id=self.name(what), topic="reply")))
            case "insolvency":
                found = InsolvencyFound(id=self.name(what), status="UNDER KONKURS", source="virk")
                self.do(self.story.tell("insolvency_found", found))
            case "hold":
                self.do(self.story.command("hold", Held(id=self.name(what), by=self.rasmus, reason="a moment")))
            case "snooze":
                until = self.now.date() + timedelta(days=days)
                news = Snoozed(id=self.name(what), by=self.rasmus, until=until, reason="they are away")
                self.do(self.story.command("snooze", news))
            case _ if not self.agrees_to_a_plan():
                return
        if what != "snooze":
            self.stops.add(what)

    def agrees_to_a_plan(self) -> bool:
        """An admin and the customer agree to three instalments; not while another plan is in force."""
        day = self.now.date()
        plan = f"{self.story.creditor}-{self.name('plan')}"
        instalments = draw_up(owed(self.story, day), 3, day + timedelta(days=20))
        news = PlanApproved(id=f"approve-{plan}", by=self.anna, plan_id=plan, instalments=instalments)
        taken = self.accepted(self.story.command("approve_plan", news))
        self.plan = plan if taken else self.plan
        return taken

    @precondition(lambda self: self.stops and not self.closed)
    @rule(alone=st.booleans())
    def an_admin_lets_it_go_on(self, alone: bool) -> None:
        """By answering the question or ending the plan, where that is what stops it; else by resuming."""
        if alone and self.stops & {"question", "reply"}:
            news = Resolved(id=self.name("resolve"), by=self.anna, outcome="answered", reason="explained")
            self.do(self.story.command("resolve", news))
            self.stops -= {"question", "reply"}
        elif "plan" in self.stops and (alone or self.stops == {"plan"}):
            ended = PlanEnded(id=self.name("end"), by=self.anna, plan_id=self.plan, reason="not kept")
            self.do(self.story.command("end_plan", ended))
            self.stops.discard("plan")
        else:
            self.do(self.story.command("resume", Resumed(id=self.name("resume"), by=self.anna, reason="looked at")))
            self.stops &= {"plan"}

    @precondition(lambda self: not self.closed)
    @rule(by=st.sampled_from(["rasmus", "ida"]))
    def reps_try_what_is_not_theirs(self, by: str) -> None:
        rep = self.story.actor(by)
        resumed = Resumed(id=self.name("resume"), by=rep, reason="please")
        assert not self.accepted(self.story.command("resume", resumed)), "reps resume nothing"
        held = Held(id=self.name("hold"), by=self.story.actor("ida"), reason="mine")
        assert not self.accepted(self.story.command("hold", held)), "ida is the rep of other customers"

    # --- what becomes of messages ---

    @precondition(lambda self: self.sent_before > 0)
    @rule(word=st.sampled_from([Word.accepted, Word.delivered, Word.failed]), channel=st.sampled_from(["email", "sms"]))
    def a_provider_reports(self, word: Word, channel: str) -> None:
        known = [m for m in self.story.messages if m.channel == channel and m.state in ("sent", "unknown")]
        if not known:
            return
        source = f"{self.story.creditor}-{self.name('report')}"
        report = Report(source=source, message_id=known[-1].id, word=word, said=word, at=real_now())
        with transaction(self.engines.database) as session:
            told = deliveries.keep(session, [report])
        if told and not self.closed:
            self.do(self.story.tell("delivery_reported", DeliveryReported(id=source)))

    @precondition(lambda self: self.standing)
    @rule(fault=st.sampled_from(["drop_after_effect", "drop_after_read"]))
    def the_next_mails_answer_is_lost(self, fault: str) -> None:
        if any(p.state == "proposed" and p.heads_up_at and p.released_at for p in self.story.proposals):
            self.engines.sendgrid.fault(fault, method="POST", path="/v3/mail/send")

    @precondition(lambda self: any(p.state == "unknown" for p in self.story.proposals))
    @rule()
    def the_admin_looks_up_what_became_of_it(self) -> None:
        unknown = [p for p in self.story.proposals if p.state == "unknown"]
        if unknown and not self.closed and unknown[-1].case_id == self.story.case.id:
            there = [m.custom_args.get("message_id") for m in self.story.mails]
            lost = [m for m in self.story.messages if m.proposal_id == unknown[-1].id and m.state == "unknown"]
            for one in lost:
                news = Clarified(
                    id=self.name("clarify"),
                    by=self.story.actor("anna"),
                    proposal_id=one.proposal_id,
                    went=one.id in there,
                    reason="looked it up",
                    channel=Channel(one.channel),
                )
                self.do(self.story.command("clarify", news))

    def accepted(self, command: Awaitable[Any]) -> bool:
        """Whether a command was carried out; a refusal says why, and nothing else may go wrong."""
        try:
            self.do(command)
        except AssertionError:
            return False
        return True

    # --- then ---

    @invariant()
    def nothing_goes_to_somebody_who_is_left_in_peace(self) -> None:
        """What is paid, questioned, planned, held or insolvent before and after an act gets nothing by it."""
        if not hasattr(self, "story"):
            return
        stopped = self.closed or bool(self.stops)
        sent = len(self.story.mails) + len(self.story.texts)
        assert not (stopped and self.was_stopped) or sent == self.sent_before, f"sent while {self.stops or 'closed'}"
        self.was_stopped, self.sent_before = stopped, sent

    def teardown(self) -> None:
        broken = broken_promises(self.story, self.now) if hasattr(self, "story") else []
        for case in self.story.cases if hasattr(self, "story") else ():
            self.do(replay(self.engines.client, case))
        self.engines.sendgrid.reset()
        self.engines.twilio.reset()
        assert broken == []


@pytest.mark.anyio
@pytest.mark.timeout(3600 if EXAMPLES else 900)
async def test_no_order_of_events_breaks_a_promise(engines: Engines) -> None:
    machine = type("Life", (AnyLife,), {"engines": engines, "loop": asyncio.get_running_loop()})
    asked = settings(
        max_examples=EXAMPLES or 20,
        stateful_step_count=12,
        derandomize=not EXAMPLES,
        deadline=None,
        database=None,
        # A life takes seconds: the first one that breaks a promise is told as it was lived, and not made shorter.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    try:
        await asyncio.to_thread(run_state_machine_as_test, machine, settings=asked)
    finally:
        await end_cases(engines.client)
