"""The life of a case: it sleeps, listens and asks; what comes next, and whether anything may be sent, others answer."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from models.case import STATES, Ask, CaseInput, Guarded, Kind, Move
    from workflows.case_card import card, timer_label
    from workflows.listener import ONCE, TRIES, Listener
    from workflows.names import CASE_STATE, CREDITOR, NEXT_ACTION_AT, NEXT_STEP

STALE = timedelta(minutes=30)
"""An answer is asked for afresh after this time: business time has moved on."""
LOST = timedelta(seconds=30)
"""A worker that gives no sign of life for so long is taken for dead, and what it was doing is tried again."""
REST = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
"""How long a case rests before it asks again whoever did not answer; the last one repeats."""


@workflow.defn(name="ReminderCase")
class ReminderCase(Listener):
    """One customer's overdue invoices with one creditor."""

    @workflow.init
    def __init__(self, case: CaseInput) -> None:
        super().__init__(case)
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
                self.ladder, self.plan = move.ladder, move.plan
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
                heartbeat_timeout=LOST,
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
                heartbeat_timeout=LOST,
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
                    "plan": self.plan,
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
