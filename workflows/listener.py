"""What a case hears: facts from outside as signals, people's commands as updates. Handlers record; the loop acts."""

from __future__ import annotations

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError, FailureError

with workflow.unsafe.imports_passed_through():
    from models.case import CaseInput, Move, RecordRelease, Standing
    from models.news import (
        BooksChanged,
        Clarified,
        CreditRegistered,
        DeliveryReported,
        Ended,
        Held,
        InsolvencyFound,
        LadderMoved,
        News,
        Noted,
        PaymentRegistered,
        PlanApproved,
        PlanAsked,
        PlanContinued,
        PlanEnded,
        PromiseGiven,
        QuestionOpened,
        Release,
        Resolved,
        Resumed,
        Snoozed,
        TaskDone,
        Told,
    )
    from workflows.refusals import (
        admins_matter,
        approve_refused,
        ladder_refused,
        release_refused,
        resolve_refused,
        resume_refused,
        snooze_refused,
        stranger_refused,
    )

TRIES = RetryPolicy(
    initial_interval=timedelta(seconds=5),
    backoff_coefficient=3,
    maximum_attempts=4,
    non_retryable_error_types=["OperationalError"],
)
"""Four tries within some minutes, one when the database is away; then the case rests and asks afresh. It never ends."""
ONCE = RetryPolicy(maximum_attempts=1)
"""A local activity is tried once: between its tries the case could not listen."""
PRESSED_AGAIN = timedelta(minutes=1)
"""A release that could not be put on record is tried again after this time, as if the admin pressed again."""
REMEMBERED = 500
"""So many ids of signals and updates are kept to know a repeated one."""


class Listener:
    """The open ear of a case. What was heard waits in `told` until the case takes it in."""

    def __init__(self, case: CaseInput) -> None:
        self.case = case
        self.told: list[Told] = list(case.told)
        self.seen: list[str] = list(case.seen)
        self.release_given: Release | None = case.release
        self.move: Move | None = case.move
        self.ladder, self.plan = case.ladder, case.plan

    def now(self) -> datetime:
        """Business time: the engine's clock, moved where a past book is replayed."""
        return workflow.now() + self.case.time_shift

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

    @workflow.signal(name="promise_given", description="The customer says by when it will pay.")
    def promise_given(self, news: PromiseGiven) -> None:
        self.hear(news)

    @workflow.signal(name="plan_asked", description="The customer asks to pay in instalments.")
    def plan_asked(self, news: PlanAsked) -> None:
        self.hear(news)

    @workflow.signal(name="noted", description="Something for the trail that stops nothing.")
    def noted(self, news: Noted) -> None:
        self.hear(news)

    @workflow.signal(name="insolvency_found", description="A register no longer has the company as active.")
    def insolvency_found(self, news: InsolvencyFound) -> None:
        self.hear(news)

    @workflow.signal(name="books_changed", description="The mirror saw a change, or settings were changed.")
    def books_changed(self, news: BooksChanged) -> None:
        self.hear(news)

    @workflow.signal(name="delivery_reported", description="A provider reported what became of a message.")
    def delivery_reported(self, news: DeliveryReported) -> None:
        self.hear(news)

    # --- people's commands ---

    @workflow.update(name="release", description="An admin lets a proposal go.")
    async def release(self, release: Release) -> str:
        given = release.model_copy(update={"at": self.now()})
        while not await self.recorded(given):
            # The update of this id keeps its first answer for good: a failure could never be pressed away again.
            await workflow.sleep(PRESSED_AGAIN)
            refuse(release_refused(release, self.move))
        self.release_given = given
        return f"released, {self.move.title if self.move else ''} leaves once hold window and guards let it"

    async def recorded(self, release: Release) -> bool:
        """Whether the release is on record; not while the database is away."""
        try:
            await workflow.execute_local_activity(
                "record_release",
                RecordRelease(case_id=self.case.case_id, release=release),
                start_to_close_timeout=timedelta(seconds=60),
                retry_policy=TRIES,
                summary="record the release",
            )
        except FailureError:
            if not workflow.patched("release-recorded-later"):
                raise
            return False
        return True

    @release.validator
    def may_release(self, release: Release) -> None:
        refuse(release_refused(release, self.move))

    @workflow.update(name="hold", description="A person stops the case until an admin resumes it.")
    async def hold(self, news: Held) -> str:
        await self.hear_out(news)
        return "held"

    @hold.validator
    def may_hold(self, news: Held) -> None:
        refuse(stranger_refused(news, self.owner()))

    @workflow.update(name="snooze", description="A person stops the case until a day.")
    async def snooze(self, news: Snoozed) -> str:
        await self.hear_out(news)
        return f"snoozed until {news.until}"

    @snooze.validator
    def may_snooze(self, news: Snoozed) -> None:
        refuse(snooze_refused(news, self.owner(), self.now().date()))

    @workflow.update(name="resume", description="An admin lets a stopped case go on.")
    async def resume(self, news: Resumed) -> str:
        await self.hear_out(news)
        return "resumed"

    @resume.validator
    def may_resume(self, news: Resumed) -> None:
        refuse(resume_refused(news, self.move, bool(self.told)))

    @workflow.update(name="move_ladder", description="An admin moves the case to another ladder or version.")
    async def move_ladder(self, news: LadderMoved) -> str:
        await self.hear_out(news)
        if self.ladder != news.target:
            refuse(f"the case climbs {self.ladder}, not {news.target}; its trail says why")
        return f"moved to {news.target}"

    @move_ladder.validator
    def may_move_ladder(self, news: LadderMoved) -> None:
        refuse(ladder_refused(news, self.ladder))

    @workflow.update(name="ask", description="The customer asks, and is answered once the case has stopped.")
    async def ask_question(self, news: QuestionOpened) -> str:
        await self.hear_out(news)
        return "stopped"

    @workflow.update(name="resolve", description="An admin settles the customer's questions.")
    async def resolve(self, news: Resolved) -> str:
        await self.hear_out(news)
        return f"resolved as {news.outcome}"

    @resolve.validator
    def may_resolve(self, news: Resolved) -> None:
        refuse(resolve_refused(news, self.move, bool(self.told)))

    @workflow.update(name="approve_plan", description="An admin puts a payment plan into force.")
    async def approve_plan(self, news: PlanApproved) -> str:
        await self.hear_out(news)
        if self.plan != news.plan_id:
            refuse(
                "the plan is not in force: its figures do not fit the claim any more; the trail of the case says why"
            )
        return "the plan is in force; reminders pause"

    @approve_plan.validator
    def may_approve_plan(self, news: PlanApproved) -> None:
        refuse(approve_refused(news, self.plan))

    @workflow.update(name="continue_plan", description="An admin gives a missed instalment another day.")
    async def continue_plan(self, news: PlanContinued) -> str:
        await self.hear_out(news)
        return f"the plan goes on; the missed instalment is due {news.until}"

    @continue_plan.validator
    def may_continue_plan(self, news: PlanContinued) -> None:
        refuse(admins_matter(news))
        refuse("" if self.plan == news.plan_id else "this plan is not in force; there is nothing to continue")

    @workflow.update(name="end_plan", description="An admin declines or ends a payment plan; the ladder goes on.")
    async def end_plan(self, news: PlanEnded) -> str:
        await self.hear_out(news)
        if self.plan == news.plan_id:
            refuse("the plan is still in force; the trail of the case says why it was not ended")
        return "the plan is over; the ladder goes on"

    @end_plan.validator
    def may_end_plan(self, news: PlanEnded) -> None:
        refuse(admins_matter(news))

    @workflow.update(name="clarify", description="An admin says whether messages with an unknown outcome went out.")
    async def clarify(self, news: Clarified) -> str:
        await self.hear_out(news)
        return "noted: it went out" if news.went else "noted: it did not go out; what reached nobody is proposed afresh"

    @clarify.validator
    def may_clarify(self, news: Clarified) -> None:
        refuse(admins_matter(news))

    @workflow.update(name="finish_task", description="A person says what came of a task.")
    async def finish_task(self, news: TaskDone) -> str:
        await self.hear_out(news)
        return f"noted: {news.result}"

    @finish_task.validator
    def may_finish_task(self, news: TaskDone) -> None:
        refuse(stranger_refused(news, self.owner(), "reports on its tasks"))

    @workflow.update(name="end", description="An admin ends a case that is not paid.")
    async def end(self, news: Ended) -> str:
        await self.hear_out(news)
        return f"ended: {news.outcome.replace('_', ' ')}"

    @end.validator
    def may_end(self, news: Ended) -> None:
        refuse(admins_matter(news))

    def owner(self) -> str:
        """The rep who owns the customer; empty when nobody does."""
        return self.move.owner if self.move else ""

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


def refuse(why: str) -> None:
    """Refuse an update with a sentence for the person who sent it; an empty one lets it pass."""
    if why:
        raise ApplicationError(why, type="Refused", non_retryable=True)
