"""Paths of cases that are stopped and ended in every way, for the histories that the replay tests play."""

from __future__ import annotations

from datetime import date

from models.news import (
    Ended,
    InsolvencyFound,
    Noted,
    PlanContinued,
    PromiseGiven,
    QuestionOpened,
    Resolved,
    Resumed,
    TaskDone,
)
from tests.case_news import credit, holding, payment, resume
from tests.payment_plans import approve, ask, drawn, end, pay, plan, rykker_1_has_gone
from tests.story import Story


async def resolved(story: Story) -> None:
    """A question comes back to a person after a week, is answered, and the ladder goes on after the grace."""
    await story.stands_released()
    await story.command("ask", QuestionOpened(id="q-1", topic="already_paid"))
    await story.until("2026-08-18 12:00")
    answer = Resolved(id="r-1", by=story.actor("anna"), outcome="answered", reason="r-1")
    await story.command("resolve", answer)
    await story.until("2026-08-25 12:00", released=True)
    assert len(story.sent) == 1


async def promised(story: Story) -> None:
    """The customer promises to pay, does not, and rykker 1 is proposed afresh."""
    await story.stands_released()
    await story.tell("promise_given", PromiseGiven(id="p-1", day=date(2026, 8, 14)))
    await story.until("2026-08-20 12:00", released=True)
    assert len(story.sent) == 1


async def plan_ended(story: Story) -> None:
    """The first instalment is paid late, the second missed and put off, then the plan is ended."""
    await rykker_1_has_gone(story)
    await approve(story)
    await pay(story, "4212.55", "2026-09-01")
    await story.until("2026-10-06 12:00")
    assert plan(story).state == "missed"
    later = PlanContinued(
        id="c-1", by=story.actor("anna"), plan_id=plan(story).id, until=date(2026, 10, 20), reason="c-1"
    )
    await story.command("continue_plan", later)
    await story.until("2026-10-27 12:00")
    await end(story)
    await story.until("2026-10-29 12:00", released=True)
    assert story.sent[-1].endswith("rykker-2")


async def insolvent(story: Story) -> None:
    """A find of the company watch stops the case; an admin goes on in spite of it."""
    await story.stands_released()
    await story.tell("insolvency_found", InsolvencyFound(id="find-1", status="winding_up", source="virk"))
    await story.until("2026-08-13 12:00")
    await story.command("resume", Resumed(id="e-1", by=story.actor("anna"), reason="e-1"))
    await story.until("2026-08-15 12:00", released=True)
    assert len(story.sent) == 1


async def handed_over(story: Story) -> None:
    """Nobody pays to the end: a call, a decision after 60 days, and a collector after that."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    await story.until("2026-10-03 12:00", released=True)
    for task in [task for task in story.tasks if task.done_at is None]:
        result = "no_answer" if task.kind == "call" else "continue"
        await story.command("finish_task", TaskDone(id=task.id, by=story.actor("anna"), task_id=task.id, result=result))
    await story.until("2026-10-05 12:00", released=True)
    await story.command("end", Ended(id="x-1", by=story.actor("anna"), outcome="handed_over", reason="x-1"))
    assert await story.traveller.handle(story.case).result() == "handed_over"


async def part_paid(story: Story) -> None:
    """A part is paid, an admin looks at the figures, and rykker 1 goes out for the rest."""
    await story.stands_released()
    await story.tell("payment_registered", payment("5000.00"))
    await story.until("2026-08-12 12:00")
    await resume(story, "e-1")
    await story.until("2026-08-15 12:00", released=True)
    assert len(story.sent) == 1


async def noted_and_credited(story: Story) -> None:
    """Something is noted, which stops nothing; then a credit note over everything ends the case."""
    await story.stands_released()
    await story.tell("noted", Noted(id="n-1", what="an automatic reply came in", tell=True))
    await story.until("2026-08-11 12:00")
    assert len(story.sent) == 1
    await story.tell("credit_registered", credit("12500.00"))
    assert await story.traveller.handle(story.case).result() == "credited"


async def plan_kept(story: Story) -> None:
    """The customer asks for a plan, an admin approves it, and every instalment is paid in time."""
    await rykker_1_has_gone(story)
    await ask(story, drawn(story))
    await approve(story, name="asked-1")
    for due, amount in (("2026-09-01", "4212.55"), ("2026-10-01", "4212.55"), ("2026-11-01", "4212.57")):
        await story.until(f"{due} 09:00")
        await pay(story, amount, due, f"p-{due}")
    assert await story.traveller.handle(story.case).result() == "paid"


async def stopped_at_the_guard(story: Story) -> None:
    """The rep holds the case while the guard reads the books, right before the send."""
    await story.stands_released()
    story.engines.economic.fault("meanwhile", action=holding(story))
    await story.until("2026-08-11 12:00")
    assert story.sent == []
    await resume(story, "e-1")
    await story.until("2026-08-13 12:00", released=True)
    assert len(story.sent) == 1
