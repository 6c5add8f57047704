"""After the ladder: a call with its script, decisions at 60 and 90 days, and the ways in which a case ends unpaid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from models.cases import TaskRow
from models.database import transaction
from models.inbox import InboxRow
from models.news import Ended, TaskDone
from tests.api_fixtures import Api
from tests.story import Story, at, clock


async def unpaid_until(story: Story, moment: str) -> None:
    """Invoice 1001 is overdue and nobody pays; every step is released within the hour."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    await story.until(moment, released=True)


def newest(story: Story, kind: str) -> TaskRow:
    return [task for task in sorted(story.tasks, key=lambda task: task.at) if task.kind == kind][-1]


async def reports(api: Api, task: TaskRow, by: str = "anna", **body: Any) -> Any:
    return await api.do(f"/tasks/{task.id}/result", body, by=by)


@pytest.mark.anyio
async def test_nobody_pays_to_the_end_and_the_claim_is_handed_over(story: Story, api: Api) -> None:
    await unpaid_until(story, "2026-09-19 12:00")
    call = newest(story, "call")
    assert clock(call.at) == "2026-09-19 08:00"
    assert call.owner == f"{story.creditor}-rasmus"
    file = await api.get(f"/tasks/{call.id}", by="rasmus")
    assert "Look first whether it is paid" in file["text"]
    assert file["results"] == ["reached", "promise", "question", "no_answer"]
    done = await reports(api, call, by="rasmus", result="no_answer", note="rang twice, voicemail")
    assert (done["result"], done["note"], done["done_by"]) == (
        "no_answer",
        "rang twice, voicemail",
        f"rep {story.creditor}-rasmus",
    )
    assert [clock(t) for t in [story.case.next_at] if t] == ["2026-10-02 08:00"], "the decision days stay as they are"

    await story.until("2026-10-02 12:00")
    at_60 = newest(story, "decision")
    assert (at_60.step, clock(at_60.at)) == ("decision-60", "2026-10-02 08:00")
    assert at_60.text == "The law lets it be handed over today."
    assert any("afgør efter 60 dage" in mail.text for mail in story.heads_ups)
    await reports(api, at_60, by="rasmus", result="continue")
    await story.until("2026-11-02 12:00")
    at_90 = newest(story, "decision")
    assert (at_90.step, clock(at_90.at)) == ("decision-90", "2026-11-02 08:00")
    await reports(api, at_90, result="hand_over", note="to Inkasso A/S")

    assert (story.case.state, story.case.outcome) == ("closed", "handed_over")
    assert story.told("handed over") == ["Handed over: invoices 1001: to Inkasso A/S"]
    charges = [(kind, amount) for _, kind, amount in story.ledger if kind != "principal"]
    assert ("fee", Decimal("100.00")) in charges
    assert not [kind for kind, _ in charges if kind == "waiver"], "our own charges stay"
    assert [task.kind for task in story.tasks if task.done_at is None] == []
    assert len(story.sent) == 3, "nothing but the ladder was ever sent"
    await story.mirror(at("2026-11-10 12:00"))
    assert len(story.cases) == 1, "no new case for what was handed over"


@pytest.mark.anyio
async def test_a_decision_that_nobody_takes_is_asked_again_in_place_of_the_last(story: Story, api: Api) -> None:
    await unpaid_until(story, "2026-12-02 12:00")
    decisions = sorted((t for t in story.tasks if t.kind == "decision"), key=lambda task: task.at)
    assert [(t.step, clock(t.at)[:10], t.result) for t in decisions] == [
        ("decision-60", "2026-10-02", "asked again"),
        ("decision-90", "2026-11-02", "asked again"),
        ("decision-120", "2026-12-01", ""),
    ]
    assert [t["step"] for t in (await api.get("/tasks", kind="decision"))["items"]] == ["decision-120"]
    refused = await api.refused(409, "POST", f"/tasks/{decisions[0].id}/result", {"result": "stop"})
    assert refused["detail"] == "This task was done before, by rykker on 2026-11-02: asked again. Nothing was changed."
    await reports(api, decisions[2], result="stop", note="not worth the trouble")
    assert (story.case.state, story.case.outcome) == ("closed", "stopped")
    assert story.told("waived"), "who gives a claim up asks for no fees"


@pytest.mark.anyio
async def test_a_promise_on_the_telephone_stops_the_case_and_is_kept(story: Story, api: Api) -> None:
    await unpaid_until(story, "2026-09-19 12:00")
    await reports(api, newest(story, "call"), by="rasmus", result="promise", day="2026-10-05")
    assert story.case.state == "frozen"
    [promise] = story.freezes
    assert promise == "promise: the customer said it will pay by 2026-10-05"
    await story.until("2026-10-05 12:00")
    assert not [t for t in story.tasks if t.kind == "decision"], "day 60 passes in peace"
    story.book.register_payment(1001, on=date(2026, 10, 5))
    await story.told_by_the_books("2026-10-06 12:00")
    assert (story.case.state, story.case.outcome) == ("closed", "paid")


@pytest.mark.anyio
async def test_a_promise_that_is_broken_comes_back_to_a_person_and_then_a_decision_is_due(
    story: Story, api: Api
) -> None:
    await unpaid_until(story, "2026-09-19 12:00")
    await reports(api, newest(story, "call"), result="promise", day="2026-10-05")
    await story.until("2026-10-08 12:00")
    assert any("kunden lover at betale" in mail.text for mail in story.heads_ups)
    decision = newest(story, "decision")
    assert (decision.step, clock(decision.at)) == ("decision-60", "2026-10-08 08:00"), "5 October and the bank's days"


@pytest.mark.anyio
async def test_a_promise_for_a_day_that_is_over_or_far_off_is_refused_and_can_be_given_again(
    story: Story, api: Api
) -> None:
    await unpaid_until(story, "2026-09-19 12:00")
    call = newest(story, "call")
    for day, why in (("2026-09-18", "is over"), ("2026-12-24", "agree on a payment plan")):
        body = {"result": "promise", "day": day, "note": "she was ill"}
        refused = await api.refused(409, "POST", f"/tasks/{call.id}/result", body)
        assert why in refused["detail"]
    assert story.freezes == []
    with transaction(story.engines.database) as session:
        kept = session.exec(select(InboxRow.id).where(InboxRow.case_id == story.case.id)).all()
    assert list(kept) == [], "what was written about it is not kept either"
    await reports(api, call, result="promise", day="2026-09-25")
    assert story.case.state == "frozen"


@pytest.mark.anyio
async def test_a_question_on_the_telephone_freezes_like_any_other_and_its_words_stay_in_the_database(
    story: Story, api: Api
) -> None:
    await unpaid_until(story, "2026-09-19 12:00")
    note = "Kari says the goods never came"
    await reports(api, newest(story, "call"), by="rasmus", result="question", note=note)
    assert story.freezes == ["question: the customer asks: other"]
    [question] = (await api.get(f"/cases/{story.case.id}"))["questions"]
    assert question["text"] == note
    history = await story.traveller.handle(story.case).fetch_history()
    assert "never came" not in history.to_json()
    assert not [row for row in story.trail if "never came" in row.text + str(row.data)]
    await story.until("2026-10-10 12:00")
    assert not [t for t in story.tasks if t.kind == "decision"], "a question stops decisions, too"


@pytest.mark.anyio
async def test_a_decision_to_call_again_is_a_new_task_in_the_words_of_the_ladder(story: Story, api: Api) -> None:
    await unpaid_until(story, "2026-10-02 12:00")
    told = len(story.heads_ups)
    await reports(api, newest(story, "decision"), by="rasmus", result="call")
    calls = [task for task in story.tasks if task.kind == "call"]
    assert [clock(task.at)[:10] for task in sorted(calls, key=lambda task: task.at)] == ["2026-09-19", "2026-10-02"]
    again = newest(story, "call")
    assert "Look first whether it is paid" in again.text
    await story.until("2026-10-03 12:00")
    assert len(story.heads_ups) == told + 1
    await reports(api, again, result="reached")
    assert story.case.next_step == "decision-90"


@pytest.mark.anyio
async def test_a_rep_neither_gives_up_nor_hands_over_nor_speaks_for_others(story: Story, api: Api) -> None:
    await unpaid_until(story, "2026-10-02 12:00")
    decision = newest(story, "decision")
    path = f"/tasks/{decision.id}/result"
    refused = await api.refused(403, "POST", path, {"result": "stop"}, by="rasmus")
    assert refused["detail"] == "Only an admin gives a claim up; reps report on calls and put decisions off."
    await api.refused(403, "POST", path, {"result": "hand_over"}, by="rasmus")
    await api.refused(404, "POST", path, {"result": "continue"}, by="ida")
    assert (await api.get("/tasks", by="ida"))["total"] == 0
    body = {"reason": "enough"}
    refused = await api.refused(403, "POST", f"/cases/{story.case.id}/hand-over", body, by="rasmus")
    assert refused["detail"].startswith("Only an admin can hand a case over")
    # Past the API the case itself refuses it as well, and says so on the trail.
    rasmus = TaskDone(id="t-1", by=story.actor("rasmus"), task_id=decision.id, result="stop")
    await story.traveller.handle(story.case).execute_update("finish_task", rasmus, id="t-1")
    assert story.told("refused") == [
        f"{decision.title}: stop is refused: only an admin gives a claim up; reps report on calls and put decisions off"
    ]
    assert newest(story, "decision").done_at is None
    assert story.case.closed_at is None


@pytest.mark.anyio
async def test_handing_over_before_the_notice_or_its_deadline_is_refused_with_the_law(story: Story, api: Api) -> None:
    await unpaid_until(story, "2026-09-01 12:00")
    path = f"/cases/{story.case.id}/hand-over"
    refused = await api.refused(409, "POST", path, {"reason": "they never pay"})
    assert refused["detail"] == (
        "Invoice 1001: an open invoice has had no formal notice (inkassoloven § 10). Nothing was changed."
    )
    await story.until("2026-09-18 12:00", released=True)
    refused = await api.refused(409, "POST", path, {"reason": "they never pay"})
    assert refused["detail"] == (
        "Invoice 1001: the deadline of the formal notice is not over (inkassoloven § 10); it ends on 2026-09-18. "
        "Nothing was changed."
    )
    assert (story.case.closed_at, len(story.told("refused"))) == (None, 2)
    await story.until("2026-09-19 12:00", released=True)
    done = await api.do(path, {"reason": "they never pay"})
    assert done["said"].startswith("Handed over")
    assert (story.case.state, story.case.outcome) == ("closed", "handed_over")
    await api.refused(409, "POST", path, {"reason": "once more"})


@pytest.mark.anyio
async def test_a_notice_that_reached_nobody_does_not_carry_a_hand_over(story: Story, api: Api) -> None:
    await unpaid_until(story, "2026-09-20 12:00")
    with transaction(story.engines.database) as session:
        [notice] = [
            m for m in story.messages if m.proposal_id == story.proposal("inkassovarsel").id and m.channel == "email"
        ]
        notice.state, notice.reason = "failed", "it bounced"
        session.merge(notice)
    refused = await api.refused(409, "POST", f"/cases/{story.case.id}/hand-over", {"reason": "they never pay"})
    assert "reached nobody" in refused["detail"]


@pytest.mark.anyio
async def test_taking_in_an_end_or_a_result_twice_changes_nothing(story: Story, api: Api) -> None:
    await unpaid_until(story, "2026-10-02 12:00")
    decision = newest(story, "decision")
    handle = story.traveller.handle(story.case)
    early = Ended(id="e-1", by=story.actor("anna"), outcome="handed_over", reason="enough")
    said = TaskDone(id="t-1", by=story.actor("anna"), task_id=decision.id, result="continue")
    await handle.execute_update("finish_task", said, id="t-1")
    again = said.model_copy(update={"id": "t-2", "result": "stop"})
    await handle.execute_update("finish_task", again, id="t-2")
    assert (newest(story, "decision").result, story.case.closed_at) == ("continue", None), "the first answer counts"
    await handle.execute_update("end", early, id="e-1")
    assert story.case.outcome == "handed_over"
    assert len(story.told("task done")) == 1
