"""Denmark: every row of what the system must refuse, told with dates, and the choices beside them."""

from __future__ import annotations

from datetime import date

import pytest

from rules.law.denmark import DENMARK
from tests.quoted import letter, quoted, refusal, rulings

DUE = "2026-08-03"
END = "2026-10-30"


def test_a_half_year_without_a_rate_is_refused_and_named() -> None:
    refused = refusal("DK", DUE, "2027-01-03")
    assert refused.reason == "rate_row_missing"
    assert "2027-01-01 to 2027-06-30" in refused.message
    assert quoted("DK", DUE, "2027-01-01")["open"]["principal"] == "1000.00"  # the last day that counts is 31 December


def test_a_fee_letter_on_the_due_date_goes_without_its_fee() -> None:
    assert rulings("DK", DUE, END, letter(DUE, "2026-08-20")) == [("allowed", "0.00", "fee_not_after_due_date")]
    assert rulings("DK", DUE, END, letter("2026-08-04", "2026-08-20")) == [("allowed", "100.00", "")]


def test_on_the_saturday_before_a_moved_due_date_there_is_no_fee_yet() -> None:
    """Due on Saturday 31 January 2026, so effectively on Monday 2 February."""
    assert rulings("DK", "2026-01-31", END, letter("2026-02-02", "2026-02-20"))[0][2] == "fee_not_after_due_date"
    assert rulings("DK", "2026-01-31", END, letter("2026-02-03", "2026-02-20"))[0][1] == "100.00"


@pytest.mark.parametrize("first_with_fee", [True, False])
def test_a_fee_needs_ten_days_since_the_reminder_before_with_or_without_fee(first_with_fee: bool) -> None:
    first = letter("2026-08-04", "2026-08-14", fee_wanted=first_with_fee)
    assert rulings("DK", DUE, END, first, letter("2026-08-13", "2026-08-30"))[1][2] == "fee_spacing_under_10_days"
    assert rulings("DK", DUE, END, first, letter("2026-08-14", "2026-08-30"))[1][1] == "100.00"


@pytest.mark.parametrize("day", ["2026-08-01", DUE])
def test_a_nudge_up_to_the_due_date_keeps_no_fee_away(day: str) -> None:
    nudge = letter(day, fee_wanted=False)
    assert rulings("DK", DUE, END, nudge, letter("2026-08-04", "2026-08-14"))[1][1] == "100.00"


def test_the_fourth_fee_is_refused_also_in_an_inkassovarsel_and_on_another_invoice_of_the_case() -> None:
    invoices = [{"id": name, "principal": "500.00", "due": DUE} for name in ("A", "B")]
    told = rulings(
        "DK",
        DUE,
        END,
        letter("2026-08-04", "2026-08-14", covers=["A"]),
        letter("2026-08-14", "2026-08-24", covers=["B"]),
        letter("2026-08-24", "2026-09-03"),
        letter("2026-09-03", "2026-09-20", "inkassovarsel"),
        invoices=invoices,
    )
    assert [fee for _, fee, _ in told] == ["100.00", "100.00", "100.00", "0.00"]
    assert told[3] == ("allowed", "0.00", "fee_limit_reached")


def test_no_fee_on_a_payment_plan_and_none_above_100() -> None:
    plan = letter("2026-08-04", "2026-08-14", on_plan=True)
    assert rulings("DK", DUE, END, plan) == [("allowed", "0.00", "fee_not_allowed")]
    sent = [{"n": 1, "sent": "2026-08-04", "kind": "rykker", "already_sent": True, "fee": "125.00"}]
    refused = refusal("DK", DUE, END, letters=sent)
    assert refused.reason == "fee_not_allowed"
    assert "125.00; the law allows at most 100.00 (renteloven § 9 b" in refused.message


def test_a_letter_that_was_sent_is_a_fact_with_the_fee_it_charged() -> None:
    """Two fee letters in three days were wrong, but they happened; the third counts them."""
    sent = letter("2026-08-04", already_sent=True, fee="100.00")
    again = letter("2026-08-06", already_sent=True, fee="50.00")
    told = rulings("DK", DUE, END, sent, again, letter("2026-08-10", "2026-08-20"))
    assert told == [
        ("given", "100.00", ""),
        ("given", "50.00", ""),
        ("allowed", "0.00", "fee_spacing_under_10_days"),
    ]


def test_a_fee_letter_names_a_deadline_and_no_letter_lacks_anything() -> None:
    refused = [("refused", "0.00", "letter_incomplete")]
    assert rulings("DK", DUE, END, letter("2026-08-04")) == refused
    assert rulings("DK", DUE, END, letter("2026-08-04", "2026-08-14", complete=False)) == refused
    assert rulings("DK", DUE, END, letter("2026-08-04", fee_wanted=False)) == [("allowed", "0.00", "")]


@pytest.mark.parametrize(
    ("debtor", "due", "amount", "reason"),
    [
        ("business", DUE, "310.00", None),
        ("public", DUE, "310.00", None),
        ("consumer", DUE, "0.00", "compensation_not_business"),
        ("unknown", DUE, "0.00", "compensation_not_business"),
        ("business", "2013-02-28", "0.00", "compensation_not_business"),
        ("business", "2013-03-01", "310.00", None),
    ],
)
def test_310_kroner_from_businesses_for_claims_due_since_march_2013(
    debtor: str, due: str, amount: str, reason: str | None
) -> None:
    claimed = [{"invoice": "A", "claimed_on": "2026-08-04"}]
    [told] = quoted("DK", due, END, debtor=debtor, compensation=claimed)["compensation"]
    assert (told["amount"], told["reason"]) == (amount, reason)


def test_compensation_comes_once_per_late_invoice_and_not_during_a_dispute() -> None:
    days = ["2026-08-03", "2026-08-04", "2026-08-20"]
    told = quoted("DK", DUE, END, compensation=[{"invoice": "A", "claimed_on": day} for day in days])
    assert [(one["amount"], one["reason"]) for one in told["compensation"]] == [
        ("0.00", "compensation_not_after_due_date"),
        ("310.00", None),
        ("0.00", "compensation_already_claimed"),
    ]
    stop = [{"reason": "on_hold_dispute", "start": "2026-08-10", "end": "2026-09-01"}]
    told = quoted("DK", DUE, END, compensation=[{"invoice": "A", "claimed_on": "2026-08-20"}], stops=stop)
    assert told["compensation"][0]["reason"] == "on_hold_dispute"


def test_an_inkassovarsel_goes_after_the_due_date_with_ten_days_and_everything_in_it() -> None:
    def varsel(sent: str, deadline: str | None, **more: bool) -> tuple[str, str, str]:
        return rulings("DK", DUE, END, letter(sent, deadline, "inkassovarsel", **more))[0]

    assert varsel("2026-08-03", "2026-08-20")[2] == "letter_not_after_due_date"
    assert varsel("2026-08-04", "2026-08-13")[2] == "deadline_too_short"
    assert varsel("2026-08-04", None)[2] == "letter_incomplete"
    assert varsel("2026-08-04", "2026-08-14", complete=False)[2] == "letter_incomplete"
    assert varsel("2026-08-04", "2026-08-14") == ("allowed", "100.00", "")


VARSEL = {"n": 1, "sent": "2026-08-04", "kind": "inkassovarsel", "deadline": "2026-08-14"}


@pytest.mark.parametrize(
    ("varsel", "on", "reason"),
    [
        ([], "2026-09-01", "handover_without_inkassovarsel"),
        ([{**VARSEL, "kind": "rykker"}], "2026-09-01", "handover_without_inkassovarsel"),
        ([VARSEL], "2026-08-14", "handover_before_deadline"),
        ([VARSEL], "2026-08-15", None),
        ([{**VARSEL, "bounced": True}], "2026-09-01", "letter_bounced"),
    ],
)
def test_a_handover_waits_until_the_day_after_the_deadline_of_an_inkassovarsel(
    varsel: list[dict[str, object]], on: str, reason: str | None
) -> None:
    [told] = quoted("DK", DUE, END, letters=varsel, handovers=[{"on": on, "fee_wanted": True}])["handovers"]
    assert (told["outcome"], told["reason"]) == ("refused" if reason else "allowed", reason)
    assert told["fee"] == ("0.00" if reason else "100.00")


def test_every_open_invoice_of_a_handover_has_had_its_inkassovarsel() -> None:
    invoices = [{"id": name, "principal": "500.00", "due": DUE} for name in ("A", "B")]
    only_a = [{**VARSEL, "covers": ["A"]}]
    [told] = quoted("DK", DUE, END, invoices=invoices, letters=only_a, handovers=[{"on": "2026-09-01"}])["handovers"]
    assert told["reason"] == "handover_without_inkassovarsel"
    paid = [{"date": "2026-08-20", "amount": "500.00", "invoice": "B", "directed_to": "principal"}]
    told = quoted("DK", DUE, END, invoices=invoices, letters=only_a, payments=paid, handovers=[{"on": "2026-09-01"}])
    assert told["handovers"][0]["outcome"] == "allowed"


def test_the_handover_fee_comes_once_and_fees_alone_are_never_handed_over() -> None:
    twice = [{"on": "2026-08-17", "fee_wanted": True}, {"on": "2026-08-18", "fee_wanted": True}]
    first, second = quoted("DK", DUE, END, letters=[VARSEL], handovers=twice)["handovers"]
    assert first["fee"] == "100.00"
    assert (second["outcome"], second["reason"], second["fee"]) == ("allowed", "fee_not_allowed", "0.00")
    settings = {"interval": "(due, as_of]"}
    told = quoted(
        "DK",
        DUE,
        END,
        letters=[{**VARSEL, "fee_wanted": True}],
        payments=[
            {"date": "2026-08-20", "amount": "1000.00"},
            {"date": "2026-08-20", "amount": "4.66", "directed_to": "interest"},
        ],
        handovers=[{"on": "2026-09-01"}],
        settings=settings,
    )
    assert told["open"] == {
        "principal": "0.00", "interest": "0.00", "fees": "100.00", "compensation": "0.00", "total": "100.00"
    }  # fmt: skip
    assert told["handovers"] == [{"on": "2026-09-01", "outcome": "refused", "reason": "only_fees_owed", "fee": "0.00"}]


def test_nothing_goes_out_while_a_part_is_disputed_or_the_company_is_insolvent_but_the_rest_goes_on() -> None:
    invoices = [{"id": name, "principal": "500.00", "due": DUE} for name in ("A", "B")]
    dispute = [{"reason": "on_hold_dispute", "start": "2026-08-10", "end": "2026-09-10", "invoice": "A"}]
    told = rulings(
        "DK",
        DUE,
        END,
        letter("2026-08-20", "2026-09-01"),
        letter("2026-08-20", "2026-09-01", covers=["B"]),
        letter("2026-09-10", "2026-09-20"),
        invoices=invoices,
        stops=dispute,
    )
    assert told == [("refused", "0.00", "on_hold_dispute"), ("allowed", "100.00", ""), ("allowed", "100.00", "")]
    for reason in ("on_hold_status", "on_hold_plan"):
        stop = [{"reason": reason, "start": "2026-08-05"}]
        assert rulings("DK", DUE, END, letter("2026-08-20", "2026-09-01"), stops=stop)[0][2] == reason
        told_handover = quoted("DK", DUE, END, letters=[VARSEL], handovers=[{"on": "2026-09-01"}], stops=stop)
        assert told_handover["handovers"][0]["reason"] == reason


def test_interest_runs_on_silently_through_a_dispute() -> None:
    stop = [{"reason": "on_hold_dispute", "start": "2026-08-05"}]
    assert quoted("DK", DUE, END, stops=stop)["open"] == quoted("DK", DUE, END)["open"]


def test_an_agreed_rate_is_capped_for_consumers_day_by_day_and_free_for_businesses() -> None:
    def agreed(debtor: str, rate: str) -> tuple[list[str], str | None]:
        told = quoted("DK", "2026-06-15", "2026-07-31", debtor=debtor, agreed_rate_percent=rate)
        return [segment["rate_percent"] for segment in told["segments"]], told.get("agreed_rate_reason")

    capped = "agreed_rate_above_statutory_for_consumer"
    assert agreed("business", "24.00") == (["24.00", "24.00"], None)
    assert agreed("consumer", "24.00") == (["9.75", "10.00"], capped)
    assert agreed("unknown", "9.80") == (["9.75", "9.80"], capped)
    assert agreed("consumer", "5.00") == (["5.00", "5.00"], None)


def test_a_bounced_letter_charges_nothing_and_counts_for_nothing() -> None:
    told = rulings("DK", DUE, END, letter("2026-08-04", "2026-08-14", bounced=True), letter("2026-08-05", "2026-08-15"))
    assert told == [("allowed", "0.00", "letter_bounced"), ("allowed", "100.00", "")]


def test_due_dates_are_kept_on_no_weekend_holiday_or_5_june_but_on_24_and_31_december() -> None:
    moved = {
        "2026-08-01": "2026-08-03",  # a Saturday
        "2026-04-02": "2026-04-07",  # Maundy Thursday to the Tuesday after Easter
        "2026-06-05": "2026-06-08",  # 5 June, a Friday
        "2023-05-05": "2023-05-08",  # store bededag, the last one
        "2024-04-26": "2024-04-26",  # where it would have been in 2024
        "2026-12-24": "2026-12-24",
        "2026-12-31": "2026-12-31",
        "2026-05-01": "2026-05-01",
    }
    for due, effective in moved.items():
        assert str(DENMARK.effective_due(date.fromisoformat(due))) == effective
