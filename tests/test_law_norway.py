"""Norway: every row of what the system must refuse, told with dates, and the six-month window."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models.claim import ClaimLetter, Debtor, LetterKind
from rules.law.norway import NORWAY
from rules.law.pack import Past
from tests.quoted import letter, letters, quoted, refusal, rulings

DUE = "2026-08-03"
END = "2026-12-20"
FIRST = letter("2026-08-17", "2026-08-31")


def test_a_half_year_without_a_rate_is_refused_and_named() -> None:
    refused = refusal("NO", DUE, "2027-01-01")
    assert refused.reason == "rate_row_missing"
    assert "rates_no has no total_percent for the half-year 2027-01-01 to 2027-06-30" in refused.message
    assert quoted("NO", DUE, "2026-12-31")["segments"][-1]["last_day"] == "2026-12-31"


def test_an_agreed_rate_is_capped_for_consumers_and_free_for_businesses() -> None:
    told = quoted("NO", DUE, END, debtor="consumer", agreed_rate_percent="18.00")
    assert told["agreed_rate_reason"] == "agreed_rate_above_statutory_for_consumer"
    assert told["segments"][0]["rate_percent"] == "12.25"
    told = quoted("NO", DUE, END, debtor="business", agreed_rate_percent="18.00")
    assert "agreed_rate_reason" not in told
    assert told["segments"][0]["rate_percent"] == "18.00"


def test_no_fee_before_the_14th_day_after_the_effective_due_date() -> None:
    assert rulings("NO", DUE, END, letter("2026-08-16", "2026-08-30")) == [
        ("allowed", "0.00", "fee_before_due_plus_14")
    ]
    assert rulings("NO", DUE, END, FIRST) == [("allowed", "38.00", "")]
    saturday = rulings("NO", "2026-10-31", END, letter("2026-11-15", "2026-11-29"), letter("2026-11-16", "2026-11-30"))
    assert [fee for _, fee, _ in saturday] == ["0.00", "38.00"]


def test_the_full_ladder_has_two_light_fees_and_one_demand() -> None:
    told = rulings(
        "NO",
        DUE,
        END,
        FIRST,
        letter("2026-09-01", "2026-09-15", "inkassovarsel"),
        letter("2026-09-16", "2026-09-30"),
        letter("2026-10-01", "2026-10-15", "betalingsoppfordring"),
        letter("2026-10-16", "2026-10-30", "betalingsoppfordring"),
    )
    assert [(fee, reason) for _, fee, reason in told] == [
        ("38.00", ""),
        ("38.00", ""),
        ("0.00", "fee_limit_reached"),
        ("113.00", ""),
        ("0.00", "fee_limit_reached"),
    ]


def test_a_second_inkassovarsel_has_no_fee() -> None:
    told = rulings(
        "NO",
        DUE,
        END,
        letter("2026-08-17", "2026-08-31", "inkassovarsel"),
        letter("2026-09-01", "2026-09-15", "inkassovarsel"),
    )
    assert told[1] == ("allowed", "0.00", "fee_limit_reached")


@pytest.mark.parametrize(
    ("deadline", "sent", "reason"),
    [
        ("2026-08-31", "2026-08-31", "fee_no_missed_14_day_deadline"),  # not over yet
        ("2026-08-31", "2026-09-01", ""),
        ("2026-08-30", "2026-09-10", "fee_no_missed_14_day_deadline"),  # 13 days are too few
        (None, "2026-09-10", "fee_no_missed_14_day_deadline"),
    ],
)
def test_a_second_light_fee_needs_a_missed_deadline_of_14_days(deadline: str | None, sent: str, reason: str) -> None:
    told = rulings("NO", DUE, END, letter("2026-08-17", deadline), letter(sent, "2026-12-01"))
    assert told == [("allowed", "38.00", ""), ("allowed", "0.00" if reason else "38.00", reason)]


def test_a_demand_fee_needs_one_too_which_a_free_reminder_may_have_set() -> None:
    demand = letter("2026-09-02", "2026-09-16", "betalingsoppfordring")
    assert rulings("NO", DUE, END, demand)[0][2] == "fee_no_missed_14_day_deadline"
    free = letter("2026-08-10", "2026-08-24", fee_wanted=False)
    assert rulings("NO", DUE, END, free, demand)[1] == ("allowed", "113.00", "")


def test_six_months_after_the_last_fee_the_count_begins_anew_the_day_after() -> None:
    """A fee of 10 February blocks 10 August and frees 11 August."""
    early = [letter("2026-01-20", "2026-02-03"), letter("2026-02-10", "2026-02-24")]
    blocked = rulings("NO", "2026-01-02", END, *early, letter("2026-08-10", "2026-08-24"))
    assert blocked[2] == ("allowed", "0.00", "fee_limit_reached")
    freed = rulings("NO", "2026-01-02", END, *early, letter("2026-08-11", "2026-08-25"))
    assert freed[2] == ("allowed", "38.00", "")


def test_six_months_after_31_august_end_on_the_last_of_february() -> None:
    """The figures of 2025 are still the 35 kr. of an inkassosats of 700."""
    early = [letter("2025-08-01", "2025-08-15"), letter("2025-08-31", "2025-09-14")]
    told = rulings("NO", "2025-07-01", "2026-03-10", *early, letter("2026-02-28", "2026-03-14"))
    assert [fee for _, fee, _ in told] == ["35.00", "35.00", "0.00"]
    assert rulings("NO", "2025-07-01", "2026-03-10", *early, letter("2026-03-01", "2026-03-15"))[2][1] == "38.00"


def claimed(*told: dict[str, Any], **parts: Any) -> list[tuple[str, str, str | None, str | None]]:
    """Of each letter its fee, its compensation, and the reasons."""
    answer = quoted("NO", DUE, END, letters=letters("NO", *told), **parts)["letters"]
    return [(one["fee"], one["compensation"], one["fee_reason"], one["compensation_reason"]) for one in answer]


WANTED = letter("2026-09-10", "2026-09-24", compensation_wanted=True)


def test_compensation_absorbs_the_fee_before_it_and_every_fee_after_it() -> None:
    after = letter("2026-10-01", "2026-10-15")
    assert claimed(FIRST, WANTED, after) == [
        ("38.00", "0.00", None, None),
        ("0.00", "392.00", "fee_offset_by_compensation", None),
        ("0.00", "0.00", "fee_offset_by_compensation", None),
    ]
    assert claimed(WANTED) == [("0.00", "430.00", "fee_offset_by_compensation", None)]


def test_compensation_for_two_invoices_absorbs_the_fees_of_both_and_leaves_one_that_is_not_late() -> None:
    invoices = [{"id": name, "principal": "500.00", "due": DUE} for name in ("A", "B")]
    invoices.append({"id": "C", "principal": "500.00", "due": "2026-10-05"})
    told = claimed(
        {**FIRST, "covers": ["A"]}, {**FIRST, "covers": ["B"]}, {**WANTED, "covers": ["A", "B", "C"]}, invoices=invoices
    )
    assert told[2][1] == "784.00"  # 2 x (430 - 38)
    late = letter("2026-10-20", "2026-11-03", compensation_wanted=True, covers=["C"])
    assert claimed(late, invoices=invoices)[0][1] == "430.00"


def test_compensation_comes_once_from_businesses_and_with_a_figure_in_the_table() -> None:
    again = letter("2026-10-20", "2026-11-03", compensation_wanted=True)
    assert claimed(WANTED, again)[1][3] == "compensation_already_claimed"
    assert claimed(letter("2026-08-03", compensation_wanted=True))[0][3] == "compensation_not_after_due_date"
    for debtor in ("consumer", "unknown"):
        assert claimed(WANTED, debtor=debtor) == [("38.00", "0.00", None, "compensation_not_business")]
    empty = letters("NO", letter("2019-03-01", "2019-03-15", compensation_wanted=True))
    told = quoted("NO", "2019-01-10", "2019-06-01", letters=empty)["letters"][0]
    assert (told["compensation_reason"], told["fee"]) == ("rate_row_missing", "70.00")


def test_compensation_without_a_letter_is_told_how() -> None:
    refused = refusal("NO", DUE, END, compensation=[{"invoice": "A", "claimed_on": "2026-08-04"}])
    assert (refused.reason, "set compensation_wanted" in refused.message) == ("compensation_by_letter", True)
    wanted = [{"n": 1, "sent": "2026-08-04", "kind": "rykker", "compensation_wanted": True}]
    assert refusal("DK", DUE, END, letters=wanted).reason == "compensation_by_invoice"


@pytest.mark.parametrize("kind", ["inkassovarsel", "betalingsoppfordring"])
def test_a_formal_letter_goes_after_the_due_date_with_14_days_and_everything_in_it(kind: str) -> None:
    def formal(sent: str, deadline: str | None, **more: bool) -> str:
        return rulings("NO", DUE, END, letter(sent, deadline, kind, fee_wanted=False, **more))[0][2]

    assert formal("2026-08-03", "2026-08-24") == "letter_not_after_due_date"
    assert formal("2026-08-04", "2026-08-17") == "deadline_too_short"
    assert formal("2026-08-04", None) == "letter_incomplete"
    assert formal("2026-08-04", "2026-08-18", complete=False) == "letter_incomplete"
    assert formal("2026-08-04", "2026-08-18") == ""


def test_nothing_is_charged_for_an_invoice_that_was_not_delivered() -> None:
    invoices = [{"id": "A", "principal": "500.00", "due": DUE, "delivered": False}]
    assert claimed(WANTED, invoices=invoices) == [("0.00", "0.00", "invoice_not_delivered", "invoice_not_delivered")]


@pytest.mark.parametrize("reason", ["on_hold_dispute", "on_hold_plan", "on_hold_status"])
def test_no_letter_at_all_while_something_stops_the_case(reason: str) -> None:
    stop = [{"reason": reason, "start": "2026-08-10"}]
    assert rulings("NO", DUE, END, FIRST, stops=stop) == [("refused", "0.00", reason)]


def test_beyond_the_last_day_that_was_reviewed_only_free_reminders_go() -> None:
    """Known before any rate of 2027 is: asked of the pack itself, since a claim of 2027 has no rate yet."""
    sent = date(2027, 1, 4)
    past = Past(Debtor.consumer, "A", date(2026, 8, 3), True, (), frozenset(), ("A",))
    for kind in LetterKind:
        ruling = NORWAY.judge(ClaimLetter(1, sent, kind, date(2027, 1, 25), fee_wanted=True), past)
        told = (ruling.letter, ruling.fee, ruling.letter_reason or ruling.fee_reason)
        allowed = "allowed" if kind is LetterKind.reminder else "refused"
        assert told == (allowed, 0, "regime_not_reviewed")


def test_a_bounced_letter_claims_nothing() -> None:
    assert claimed({**WANTED, "bounced": True}, WANTED) == [
        ("0.00", "0.00", "fee_offset_by_compensation", "letter_bounced"),
        ("0.00", "430.00", "fee_offset_by_compensation", None),
    ]


def test_due_dates_are_kept_on_no_weekend_and_no_holiday() -> None:
    moved = {
        "2026-10-31": "2026-11-02",
        "2026-04-02": "2026-04-07",
        "2026-05-01": "2026-05-04",
        "2027-05-17": "2027-05-18",  # Whit Monday too, that year
        "2026-12-25": "2026-12-28",
        "2026-12-24": "2026-12-24",
    }
    for due, effective in moved.items():
        assert str(NORWAY.effective_due(date.fromisoformat(due))) == effective
