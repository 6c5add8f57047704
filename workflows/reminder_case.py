"""The life of a case: it sleeps, listens and asks; what comes next, and whether anything may be sent, others answer."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError, FailureError

with workflow.unsafe.imports_passed_through():
    from models.case import (
        STATES,
        Ask,
        BooksChanged,
        CaseInput,
        CreditRegistered,
        Guarded,
        Held,
        InsolvencyFound,
        Kind,
        LadderMoved,
        Move,
        News,
        PaymentRegistered,
        QuestionOpened,
        RecordRelease,
        Release,
        Resumed,
        Role,
        Snoozed,
        Standing,
        Told,
    )
    from workflows.case_card import card, timer_label
    from workflows.names import CASE_STATE, CREDITOR, NEXT_ACTION_AT, NEXT_STEP

TRIES = RetryPolicy(
    initial_interval=timedelta(seconds=5),
    backoff_coefficient=3,
    maximum_attempts=4,
    non_retryable_error_types=["OperationalError"],
)
"""Four tries within some minutes, one when the database is away; then the case rests and asks afresh. It never ends."""
ONCE = RetryPolicy(maximum_attempts=1)
"""A local activity is tried once: between its tries the case could not listen."""
STALE = timedelta(minutes=30)
"""An answer is asked for afresh after this time: business time has moved on."""
REST = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
"""How long a case rests before it asks again whoever did not answer; the last one repeats."""
LONGEST_SNOOZE = timedelta(days=366)
"""Nothing is forgotten: a case that should rest longer is held, which a person has to answer for."""
REMEMBERED = 500
"""So many ids of signals and updates are kept to know a repeated one."""


@workflow.defn(name="ReminderCase")
class ReminderCase:
    """One customer's overdue invoices with one creditor."""

    @workflow.init
    def __init__(self, case: CaseInput) -> None:
        self.case = case
        self.told: list[Told] = list(case.told)
        self.seen: list[str] = list(case.seen)
        self.release_given: Release | None = case.release
        self.move: Move | None = case.move
        self.ladder = case.ladder
        self.unanswered = 0
        self.shown: tuple[Any, ...] = ()

    @workflow.run
    async def run(self, case: CaseInput) -> str:
        """Ends with how the case ended: paid, credited."""
        move = self.move or await self.decide()
        while move.kind is not Kind.close or move.tell:
            self.show(move)
            if move.tell:
                move = await self.ask("tell", move, "tell people what came up")
            elif not await self.reached(move):
                move = await self.decide()
            elif move.kind is Kind.propose:
                move = await self.ask("propose", move, f"propose: {move.title}")
            elif move.kind is Kind.task:
                move = await self.ask("assign", move, f"ask a person: {move.title}")
            elif move.kind is Kind.stand:
                move = await self.guarded(move)
            else:
                move = await self.decide()
            ending = move.kind is Kind.close or workflow.info().is_continue_as_new_suggested()
            if ending and not self.nobody_waits():
                move = await self.last_words(move)
            if ending and move.kind is not Kind.close:
                self.carry_over(move)
        self.show(move)
        return move.outcome

    # --- waiting ---

    async def reached(self, move: Move) -> bool:
        """Sleep until the move is due; False when news came first."""
        while not self.told:
            due = self.due(move)
            if due is not None and due <= self.now():
                return True
            await self.sleep_until(due, move)
        return False

    def due(self, move: Move) -> datetime | None:
        """When to act on a move: a released proposal as soon as it may leave, everything else at its time."""
        if self.released(move) and move.send_at is not None:
            return move.send_at
        return move.at

    async def sleep_until(self, due: datetime | None, move: Move) -> None:
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: bool(self.told) or self.due(move) != due,
                timeout=None if due is None else due - self.now(),
                timeout_summary=timer_label(move, due),
            )

    def now(self) -> datetime:
        """Business time: the engine's clock, moved where a past book is replayed."""
        return workflow.now() + self.case.time_shift

    def released(self, move: Move) -> bool:
        given = self.release_given
        return given is not None and (given.proposal_id, given.digest) == (move.proposal_id, move.digest)

    # --- asking ---

    async def decide(self) -> Move:
        """Hand over everything the case was told and hear what comes next."""
        told = tuple(self.told)
        while True:
            try:
                move: Move = await workflow.execute_local_activity(
                    "decide",
                    Ask(case_id=self.case.case_id, as_of=self.now(), told=told),
                    result_type=Move,
                    start_to_close_timeout=timedelta(seconds=60),
                    retry_policy=ONCE,
                    summary="decide: what comes next",
                )
            except FailureError:
                await self.rest("decide")
            else:
                self.ladder = move.ladder
                del self.told[: len(told)]
                self.unanswered = 0
                return move

    async def ask(self, activity: str, move: Move, summary: str, cleared_round: int = 0) -> Move:
        """Ask an activity for the next move. One that cannot answer is asked again later, with the time of then."""
        try:
            answer: Move = await workflow.execute_activity(
                activity,
                Ask(case_id=self.case.case_id, as_of=self.now(), move=move, cleared_round=cleared_round),
                result_type=Move,
                start_to_close_timeout=timedelta(minutes=10),
                schedule_to_close_timeout=STALE,
                retry_policy=TRIES,
                summary=summary,
            )
        except FailureError:
            await self.rest(activity)
            return await self.decide()
        return answer

    async def guarded(self, move: Move) -> Move:
        """Guard, and send only when everything cleared and nothing was heard meanwhile."""
        try:
            answer: Guarded = await workflow.execute_activity(
                "guard",
                Ask(case_id=self.case.case_id, as_of=self.now(), move=move),
                result_type=Guarded,
                start_to_close_timeout=timedelta(minutes=10),
                schedule_to_close_timeout=STALE,
                retry_policy=TRIES,
                summary=f"guard: {move.title}",
            )
        except FailureError:
            await self.rest("guard")
            return await self.decide()
        if answer.cleared is None:
            assert answer.move is not None
            return answer.move
        if self.told:
            return await self.decide()
        return await self.ask("send", move, f"send: {move.title}", answer.cleared.round)

    async def rest(self, activity: str) -> None:
        """Wait a little for whatever is down, or less when news comes."""
        workflow.logger.warning("%s of %s did not answer; asked again later", activity, self.case.case_id)
        pause = REST[min(self.unanswered, len(REST) - 1)]
        self.unanswered += 1
        known = len(self.told)
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: len(self.told) > known, timeout=pause, timeout_summary=f"{activity} did not answer; again later"
            )

    def nobody_waits(self) -> bool:
        return not self.told and workflow.all_handlers_finished()

    async def last_words(self, move: Move) -> Move:
        """Take in whatever is still being told, and answer whoever waits for it, before a run may end."""
        while not self.nobody_waits():
            await workflow.wait_condition(lambda: bool(self.told) or workflow.all_handlers_finished())
            if self.told:
                move = await self.decide()
        return move

    def carry_over(self, move: Move) -> None:
        """Go on in a new run with a short history; nothing that was told is lost."""
        workflow.continue_as_new(
            self.case.model_copy(
                update={
                    "told": tuple(self.told),
                    "seen": tuple(self.seen),
                    "release": self.release_given,
                    "move": move,
                    "ladder": self.ladder,
                }
            )
        )

    def show(self, move: Move) -> None:
        """Let the Temporal UI read like the case file."""
        self.move = move
        workflow.set_current_details(card(move, self.released(move)))
        state = STATES[move.kind]
        now = (state, move.step, move.at)
        if now != self.shown:
            self.shown = now
            workflow.upsert_search_attributes(
                [
                    CASE_STATE.value_set(state),
                    CREDITOR.value_set(self.case.creditor),
                    NEXT_STEP.value_set(move.step) if move.step else NEXT_STEP.value_unset(),
                    NEXT_ACTION_AT.value_set(move.at) if move.at else NEXT_ACTION_AT.value_unset(),
                ]
            )

    # --- facts from outside ---

    @workflow.signal(name="payment_registered", description="Money has come in.")
    def payment_registered(self, news: PaymentRegistered) -> None:
        self.hear(news)

    @workflow.signal(name="credit_registered", description="A credit note was issued.")
    def credit_registered(self, news: CreditRegistered) -> None:
        self.hear(news)

    @workflow.signal(name="question_opened", description="The customer questions an invoice.")
    def question_opened(self, news: QuestionOpened) -> None:
        self.hear(news)

    @workflow.signal(name="insolvency_found", description="A register no longer has the company as active.")
    def insolvency_found(self, news: InsolvencyFound) -> None:
        self.hear(news)

    @workflow.signal(name="books_changed", description="The mirror saw a change, or settings were changed.")
    def books_changed(self, news: BooksChanged) -> None:
        self.hear(news)

    # --- people's commands ---

    @workflow.update(name="release", description="An admin lets a proposal go.")
    async def release(self, release: Release) -> str:
        given = release.model_copy(update={"at": self.now()})
        await workflow.execute_local_activity(
            "record_release",
            RecordRelease(case_id=self.case.case_id, release=given),
            start_to_close_timeout=timedelta(seconds=60),
            retry_policy=TRIES,
            summary="record the release",
        )
        self.release_given = given
        return f"released, {self.move.title if self.move else ''} leaves once hold window and guards let it"

    @release.validator
    def may_release(self, release: Release) -> None:
        refuse_unless(release.by.role is Role.admin, "only an admin releases a reminder; ask one, or hold the case")
        move = self.move
        announced = move is None or move.kind is not Kind.propose or f".{move.step}." not in release.proposal_id
        refuse_unless(announced, "the heads-up for this proposal is being given; release it in a minute")
        standing = move is not None and move.kind is Kind.stand and move.proposal_id == release.proposal_id
        refuse_unless(standing, "this proposal no longer stands; look at the queue for the current one")
        assert move is not None
        refuse_unless(
            move.digest == release.digest,
            "the digest is not that of the proposal as it stands now; read the proposal again before you release it",
        )

    @workflow.update(name="hold", description="A person stops the case until an admin resumes it.")
    async def hold(self, news: Held) -> str:
        await self.hear_out(news)
        return "held"

    @hold.validator
    def may_hold(self, news: Held) -> None:
        self.refuse_strangers(news)

    @workflow.update(name="snooze", description="A person stops the case until a day.")
    async def snooze(self, news: Snoozed) -> str:
        await self.hear_out(news)
        return f"snoozed until {news.until}"

    @snooze.validator
    def may_snooze(self, news: Snoozed) -> None:
        self.refuse_strangers(news)
        today = self.now().date()
        refuse_unless(news.until > today, f"a snooze ends after today, {today}; {news.until} is over")
        refuse_unless(news.until <= today + LONGEST_SNOOZE, f"a snooze ends within a year; {news.until} is too far off")

    @workflow.update(name="resume", description="An admin lets a stopped case go on.")
    async def resume(self, news: Resumed) -> str:
        await self.hear_out(news)
        return "resumed"

    @resume.validator
    def may_resume(self, news: Resumed) -> None:
        refuse_unless(news.by.role is Role.admin, "only an admin resumes a case; reps hold and snooze")
        frozen = self.move is not None and self.move.kind is Kind.frozen
        refuse_unless(frozen or bool(self.told), "nothing stops this case; there is nothing to resume")

    @workflow.update(name="move_ladder", description="An admin moves the case to another ladder or version.")
    async def move_ladder(self, news: LadderMoved) -> str:
        await self.hear_out(news)
        told = f"the case climbs {self.ladder}, not {news.target}; its trail says why"
        refuse_unless(self.ladder == news.target, told)
        return f"moved to {news.target}"

    @move_ladder.validator
    def may_move_ladder(self, news: LadderMoved) -> None:
        refuse_unless(news.by.role is Role.admin, "only an admin moves a case to another ladder; reps hold and snooze")
        refuse_unless(self.ladder != news.target, f"the case climbs {news.target} already; there is nothing to move")

    def refuse_strangers(self, news: Held | Snoozed) -> None:
        owner = self.move.owner if self.move else ""
        allowed = news.by.role is Role.admin or (news.by.role is Role.rep and news.by.id == owner)
        refuse_unless(allowed, "this customer belongs to another rep; only the owner or an admin stops the case")

    @workflow.query(name="standing", description="What comes next, and whether news is still being taken in.")
    def standing(self) -> Standing:
        return Standing(move=self.move, unheard=len(self.told))

    # --- hearing ---

    def hear(self, news: News) -> bool:
        """Remember a fact; one that was heard before is not heard again."""
        if news.id in self.seen:
            return False
        self.seen = [*self.seen, news.id][-REMEMBERED:]
        self.told.append(Told(news=news, at=self.now()))
        return True

    async def hear_out(self, news: News) -> None:
        """Remember a command and answer once it is on record."""
        if self.hear(news):
            await workflow.wait_condition(lambda: all(told.news.id != news.id for told in self.told))


def refuse_unless(allowed: bool, why: str) -> None:
    """Refuse an update with a sentence for the person who sent it."""
    if not allowed:
        raise ApplicationError(why, type="Refused", non_retryable=True)
