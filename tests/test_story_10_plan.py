"""Story 10: a payment plan is approved on 14 August; what is kept, missed, continued and ended of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from models.money import Money
from models.news import (
    CUSTOMER,
    InsolvencyFound,
    QuestionOpened,
)
from rules.plans import draw_up
from tests.payment_plans import (
    FIRST,
    approve,
    drawn,
    end,
    freeze,
    go_on,
    instalments,
    left_to_pay,
    notices,
    owed,
    pay,
    plan,
    rykker_1_has_gone,
)
from tests.story import Story, clock

pytestmark = pytest.mark.anyio


async def test_reminders_pause_a_person_is_asked_after_the_grace_and_the_ladder_goes_on_at_rykker_2(
    story: Story,
) -> None:
    await rykker_1_has_gone(story)
    assert owed(story, date(2026, 8, 14)) == Money.of("12637.67", "DKK"), "a fee of 100.00 and 11 days of interest"
    assert await approve(story) == "the plan is in force; reminders pause"
    assert instalments(story) == [
        ("2026-09-01", "4212.55", "", ""),
        ("2026-10-01", "4212.55", "", ""),
        ("2026-11-01", "4212.57", "", ""),
    ]
    assert [entry for entry in story.ledger if entry[1] == "interest"] == [
        ("1001", "interest", Decimal("27.40")),
        ("1001", "interest", Decimal("10.27")),
    ], "the interest that the plan asks for stands on the ledger"
    assert left_to_pay(story) == owed(story, date(2026, 10, 20)) == Money.of("12637.67", "DKK"), "and no more runs"
    [stop] = story.freezes
    assert stop == "plan: 12637.67 DKK in 3 instalments, the last due 2026-11-01"
    back_at = freeze(story, "plan").back_at
    assert back_at is not None
    assert clock(back_at) == "2026-09-07 08:00", "1 September and 5 days is a Sunday"

    await pay(story, "4212.55", "2026-09-01")
    await story.until("2026-10-05 12:00", released=True)
    assert story.told("instalment paid") == ["Instalment 1 of 3, 4212.55 DKK due 2026-09-01, is paid"]
    assert len(story.freezes) == 1, "an instalment is no part payment to be reviewed"
    assert notices(story) == []

    await story.until("2026-10-06 09:00", released=True)
    assert story.told("instalment missed") == ["Instalment 2 of 3, 4212.55 DKK due 2026-10-01, is missing"]
    assert plan(story).state == "missed"
    assert story.case.why == "plan: instalment 2 of 3, 4212.55 DKK due 2026-10-01, is missing"
    assert instalments(story)[1] == ("2026-10-01", "4212.55", "", "2026-10-06")
    rasmus = f"{story.creditor}-rasmus"
    assert notices(story) == [("2026-10-06 08:00", rasmus, "manglende rate (2, 2026-10-01)", "4212.55 DKK")]
    assert any("manglende rate (2, 2026-10-01)" in mail.text for mail in story.heads_ups)

    await story.until("2026-10-14 12:00", released=True)
    assert [when for when, *_ in notices(story)] == ["2026-10-06 08:00", "2026-10-13 08:00"], "it comes back"
    assert story.sent[-1] == "2026-08-11 09:00 rykker-1", "nothing has been sent all that time"

    assert await end(story) == "the plan is over; the ladder goes on"
    assert story.freezes == []
    await story.until("2026-10-16 12:00", released=True)
    assert story.proposed[-1].startswith("2026-10-14 12:0")
    assert [line.split()[-1] for line in story.sent] == ["nudge", "rykker-1", "rykker-2"]
    assert story.sent[-1].startswith("2026-10-15 12:0")
    charges = [entry for entry in story.ledger if entry[1] in ("fee", "interest")]
    assert charges[-2:] == [
        ("1001", "fee", Decimal("100.00")),
        ("1001", "interest", Decimal("2.27")),
    ], "rykker 2 has its own fee, and interest has run on 8,287.45 for one day since the plan was over"
    assert [fee for _, kind, fee in charges if kind == "fee"] == [Decimal("100.00")] * 2, "none for the instalment"


async def test_a_plan_kept_to_the_end_closes_the_case(story: Story) -> None:
    await rykker_1_has_gone(story)
    await approve(story)
    for n, (day, amount) in enumerate(
        (("2026-08-28", "4212.55"), ("2026-10-02", "4212.55"), ("2026-11-02", "4212.57"))
    ):
        await story.until(f"{day} 12:00")
        await pay(story, amount, day, f"p-{n}")
    await story.until("2026-11-02 13:00")
    assert (story.case.state, story.case.outcome) == ("closed", "paid")
    assert plan(story).state == "kept"
    assert [paid for _, _, paid, _ in instalments(story)] == ["2026-08-28", "2026-10-02", "2026-11-02"]
    assert story.told("plan kept")
    assert story.tasks == [], "principal and charges have been paid to the oere"
    assert len(story.messages) == 4, "nudge and rykker 1, each by e-mail and SMS"
    kinds = [kind for _, kind, _ in story.ledger]
    assert kinds.count("interest") == 2, "none is added while the plan is kept"


async def test_a_missed_instalment_gets_another_day_and_the_plan_goes_on(story: Story) -> None:
    await rykker_1_has_gone(story)
    await approve(story)
    with pytest.raises(AssertionError, match="not in force"):
        await go_on(story, date(2026, 9, 10), "c-0", "plan-2")
    await go_on(story, date(2026, 9, 10), "c-1")
    assert story.told("plan refused")[-1].endswith("no instalment is missing; there is nothing to put off")
    await story.until("2026-09-08 12:00")
    assert plan(story).state == "missed"
    for n, (day, why) in enumerate(((date(2026, 9, 8), "comes after today"), (date(2026, 10, 1), "comes before it"))):
        await go_on(story, day, f"refused-{n}")
        assert why in story.told("plan refused")[-1]
    assert plan(story).state == "missed"

    assert await go_on(story, date(2026, 9, 18)) == "the plan goes on; the missed instalment is due 2026-09-18"
    assert plan(story).state == "in_force"
    assert story.case.why == "plan: 12637.67 DKK in 3 instalments, the last due 2026-11-01"
    assert instalments(story)[0] == ("2026-09-18", "4212.55", "", "2026-09-07")
    await story.until("2026-09-22 12:00")
    assert len(notices(story)) == 1, "until then nobody is asked again"
    await story.until("2026-09-23 12:00")
    assert plan(story).state == "missed"
    assert [when for when, *_ in notices(story)] == ["2026-09-07 08:00", "2026-09-23 08:00"]

    await pay(story, "4212.55", "2026-09-23")
    assert plan(story).state == "in_force", "what was missing has come in"
    assert instalments(story)[0][2] == "2026-09-23"
    assert story.sent[-1] == "2026-08-11 09:00 rykker-1"


async def test_a_company_that_fails_during_a_plan_is_stopped_for_both(story: Story) -> None:
    await rykker_1_has_gone(story)
    await approve(story)
    await story.until("2026-08-24 12:00")
    await story.tell("insolvency_found", InsolvencyFound(id="cvr-1", status="under konkurs", source="CVR"))
    assert [stop.split(":")[0] for stop in story.freezes] == ["plan", "insolvency"]
    await end(story)
    assert [stop.split(":")[0] for stop in story.freezes] == ["insolvency"]
    await story.until("2026-09-20 12:00", released=True)
    assert story.sent[-1] == "2026-08-11 09:00 rykker-1"


async def test_a_plan_does_not_answer_a_question(story: Story) -> None:
    await rykker_1_has_gone(story)
    await story.tell("question_opened", QuestionOpened(id="q-1", topic="wrong_amount", by=CUSTOMER))
    await approve(story)
    assert [stop.split(":")[0] for stop in story.freezes] == ["question", "plan"]


async def test_a_released_proposal_is_not_sent_once_a_plan_is_approved(story: Story) -> None:
    await story.stands_released()
    await approve(story, drawn(story, day=date(2026, 8, 10)))
    assert story.proposal("rykker-1").state == "withdrawn"
    await story.until("2026-08-20 12:00", released=True)
    assert story.sent == []
    assert "the case was stopped (plan)" in story.told("withdrawn")[0]


async def test_in_norway_a_plan_sums_to_the_claim_with_the_interest_of_the_day_itself(story: Story) -> None:
    story.in_norway()
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-24 10:00", released=True)
    total = owed(story, date(2026, 8, 24))
    parts = draw_up(total, 2, FIRST)
    await approve(story, parts)
    assert left_to_pay(story) == owed(story, date(2026, 12, 1)) == total
    await pay(story, str(parts[0].amount.amount), "2026-09-01", "p-1", currency="NOK")
    await story.until("2026-09-02 12:00")
    assert instalments(story)[0][2] != ""
    assert [stop.split(":")[0] for stop in story.freezes] == ["plan"]
