"""Where money goes, what credit notes do, and claims that are refused as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from tests.quoted import letter, letters, quoted, refusal

DUE, END = "2026-08-03", "2026-09-02"
THREE = [
    {"id": "C", "principal": "300.00", "due": "2026-08-10"},
    {"id": "A", "principal": "1000.00", "due": "2026-08-03"},
    {"id": "B", "principal": "500.00", "due": "2026-08-03"},
]


def paid(country: str, payment: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """Where one payment of 1 September went, without what stayed empty."""
    day = {"date": "2026-09-01", **payment}
    [went] = quoted(country, DUE, END, payments=[day], **parts)["payments"]
    return {name: share for name, share in went.items() if name not in ("date", "amount") and share not in ("0.00", {})}


def test_several_invoices_are_paid_category_by_category_and_the_oldest_first() -> None:
    charged = {
        "letters": letters("DK", letter("2026-08-14", "2026-08-24")),
        "compensation": [{"invoice": "B", "claimed_on": "2026-08-14"}],
    }
    assert paid("DK", {"amount": "1200.00"}, invoices=THREE, **charged) == {
        "fees": "100.00",
        "compensation": "310.00",
        "interest": {"A": "7.95", "B": "3.97", "C": "1.81"},
        "principal": {"A": "776.27"},
    }
    assert paid("NO", {"amount": "1200.00"}, invoices=THREE) == {"principal": {"A": "1000.00", "B": "200.00"}}


def test_in_denmark_a_payment_of_exactly_an_open_principal_is_meant_for_it() -> None:
    assert paid("DK", {"amount": "500.00"}, invoices=THREE) == {"principal": {"B": "500.00"}}
    assert paid("DK", {"amount": "499.99"}, invoices=THREE)["interest"] == {"A": "7.95", "B": "3.97", "C": "1.81"}
    named = paid("DK", {"amount": "500.00", "invoice": "A"}, invoices=THREE)
    assert named == {"interest": {"A": "7.95"}, "principal": {"A": "492.05"}}


def test_what_the_payer_says_comes_first_then_the_invoice_that_is_named() -> None:
    assert paid("DK", {"amount": "600.00", "invoice": "B", "directed_to": "principal"}, invoices=THREE) == {
        "interest": {"B": "3.97", "A": "7.95", "C": "1.81"},
        "principal": {"B": "500.00", "A": "86.27"},
    }
    assert paid("DK", {"amount": "200.00", "directed_to": "principal"}, invoices=THREE) == {
        "principal": {"A": "200.00"}
    }
    assert paid("NO", {"amount": "10.00", "directed_to": "interest"}, invoices=THREE) == {
        "interest": {"A": "9.73", "B": "0.27"}
    }


def test_a_creditor_may_choose_another_order() -> None:
    order = {"allocation": ["principal", "interest", "compensation", "fees"]}
    assert paid("DK", {"amount": "200.00"}, invoices=THREE, settings=order) == {"principal": {"A": "200.00"}}
    refused = refusal("DK", DUE, END, settings={"allocation": ["principal", "fees"]})
    assert refused.reason == "setting_not_allowed"


def test_a_credit_note_that_corrects_counts_from_the_due_date_and_goodwill_from_its_own() -> None:
    note = {"date": "2026-08-18", "invoice": "A", "amount": "400.00"}
    corrected = quoted("DK", DUE, END, credit_notes=[note])
    assert [(s["first_day"], s["base"]) for s in corrected["segments"]] == [("2026-08-03", "600.00")]
    goodwill = quoted("DK", DUE, END, credit_notes=[{**note, "effective_from": "own_date"}])
    bases = [(s["first_day"], s["base"]) for s in goodwill["segments"]]
    assert bases == [("2026-08-03", "1000.00"), ("2026-08-18", "600.00")]
    day = note["date"]
    assert quoted("DK", DUE, END, credit_notes=[{**note, "date": "2026-08-04", "effective_from": day}]) == goodwill
    in_norway = quoted("NO", DUE, END, credit_notes=[{**note, "effective_from": "own_date"}])
    bases = [(s["first_day"], s["base"]) for s in in_norway["segments"]]
    assert bases == [("2026-08-04", "1000.00"), ("2026-08-19", "600.00")]


def test_nothing_goes_out_when_credit_notes_or_payments_leave_nothing() -> None:
    told = letters("DK", letter("2026-08-20", "2026-08-30"))
    for settled in (
        {"credit_notes": [{"date": "2026-08-10", "invoice": "A", "amount": "1000.00"}]},
        {"payments": [{"date": "2026-08-10", "amount": "1000.00"}]},
    ):
        [ruling] = quoted("DK", DUE, END, letters=told, **settled)["letters"]
        assert (ruling["letter"], ruling["letter_reason"]) == ("refused", "nothing_owed")


PAYMENT = {"date": "2026-08-20", "amount": "10.00"}
NOTE = {"date": "2026-08-20", "invoice": "A", "amount": "10.00"}


@pytest.mark.parametrize(
    ("country", "parts", "reason", "said"),
    [
        ("DK", {"as_of": "2026-08-02"}, "as_of_before_due_date", "A falls due on 2026-08-03"),
        ("DK", {"currency": "NOK"}, "currency_mismatch", "in NOK; the rules of Denmark are for DKK"),
        ("DK", {"payments": [{**PAYMENT, "currency": "EUR"}]}, "currency_mismatch", "part of it is in EUR"),
        (
            "DK",
            {"payments": [{**PAYMENT, "amount": "1500.00"}]},
            "payment_above_claim",
            "2026-08-20 is 495.34 DKK more",
        ),
        ("DK", {"payments": [{**PAYMENT, "date": "2026-09-03"}]}, "after_as_of", "a payment of 2026-09-03"),
        ("DK", {"payments": [{**PAYMENT, "amount": "0.00"}]}, "amount_not_positive", "a payment"),
        ("DK", {"payments": [{**PAYMENT, "invoice": "Z"}]}, "invoice_unknown", "Z is named"),
        ("DK", {"credit_notes": [{**NOTE, "amount": "1000.01"}]}, "credit_above_invoice", "come to 1000.01"),
        ("DK", {"invoices": []}, "no_invoice", "at least one"),
        ("DK", {"invoices": [THREE[0], THREE[0]]}, "invoice_twice", "C stands"),
        ("DK", {"invoices": [{"id": "A", "principal": "-5.00", "due": DUE}]}, "amount_not_positive", "invoice A"),
        ("DK", {"country": "SE"}, "country_unknown", "there are: DK, NO, EU"),
        ("EU", {"debtor": "consumer"}, "debtor_not_covered", "the debtor's own country"),
        ("DK", {"agreed_rate_percent": "-1"}, "setting_not_allowed", "cannot be right"),
        ("NO", {"settings": {"day_count": "30E/360"}}, "setting_not_allowed", "there is: ACT/ACT"),
        ("DK", {"letters": letters("DK", letter("2026-08-20", "2026-08-19"))}, "deadline_before_letter", "letter 1"),
        ("DK", {"letters": letters("DK", letter("2026-08-20", kind="purring"))}, "letter_kind_unknown", "'purring'"),
        ("DK", {"letters": letters("DK", letter("2026-08-20", fee="5.00"))}, "fee_of_unsent_letter", "fee_wanted"),
        (
            "DK",
            {"stops": [{"reason": "on_hold_plan", "start": "2026-08-20", "end": "2026-08-19"}]},
            "stop_ends_before_start",
            "2026-08-20 ends before",
        ),
        (
            "DK",
            {
                "payments": [{**PAYMENT, "amount": "900.00", "directed_to": "principal"}],
                "credit_notes": [{**NOTE, "date": "2026-08-21", "amount": "150.00", "effective_from": "own_date"}],
            },
            "credit_above_open",
            "A are 50.00 DKK more",
        ),
    ],
)
def test_a_claim_that_cannot_be_is_refused_with_a_reason_and_a_sentence(
    country: str, parts: dict[str, Any], reason: str, said: str
) -> None:
    refused = refusal(country, DUE, parts.get("as_of", END), **parts)
    assert refused.reason == reason
    assert said in refused.message


@pytest.mark.parametrize(
    ("country", "due", "named"),
    [("DK", "2004-12-30", "2004-07-01 to 2004-12-31"), ("NO", "1993-12-01", "1993-07-01 to 1993-12-31")],
)
def test_days_before_a_table_begins_are_refused_and_named(country: str, due: str, named: str) -> None:
    refused = refusal(country, due, "2010-01-01")
    assert (refused.reason, named in refused.message) == ("rate_row_missing", True)


def test_a_letter_that_was_sent_during_a_dispute_charges_nothing_unless_it_says_that_it_did() -> None:
    stop = [{"reason": "on_hold_dispute", "start": "2026-08-10"}]
    sent = letter("2026-08-20", "2026-08-30", already_sent=True)
    for more, fee, reason in (({}, "0.00", "on_hold_dispute"), ({"fee": "100.00"}, "100.00", None)):
        [ruling] = quoted("DK", DUE, END, letters=letters("DK", {**sent, **more}), stops=stop)["letters"]
        assert (ruling["letter"], ruling["fee"], ruling["fee_reason"]) == ("given", fee, reason)


def test_a_letter_without_names_is_about_what_is_overdue() -> None:
    """On 8 August the dispute about C, due on the 10th, stops no reminder of A and B."""
    stop = [{"reason": "on_hold_dispute", "start": "2026-08-05", "invoice": "C"}]
    told = letters("DK", letter("2026-08-08", "2026-08-18"), letter("2026-08-20", "2026-08-30"))
    first, second = quoted("DK", DUE, END, invoices=THREE, letters=told, stops=stop)["letters"]
    assert (first["letter"], first["fee"]) == ("allowed", "100.00")
    assert (second["letter"], second["letter_reason"]) == ("refused", "on_hold_dispute")
