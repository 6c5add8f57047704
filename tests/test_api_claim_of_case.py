"""`GET /cases/{id}/claim`: every figure of a claim as of a day, how it came about, and the ledger beside it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.api_fixtures import Api, wrong
from tests.story import Story


async def rykker_1_has_gone(story: Story, until: str = "2026-08-12 12:00") -> str:
    """Invoice 1001 is due on 3 August; the nudge announced a fee, rykker 1 left on 11 August. The path of the case."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until(until, released=True)
    return f"/cases/{story.case.id}"


def open_of(claim: Any) -> tuple[str, ...]:
    return tuple(claim["open"][name] for name in ("principal", "interest", "fees", "compensation", "total"))


@pytest.mark.anyio
async def test_on_the_day_of_rykker_1_the_claim_is_what_the_letter_asked_for(story: Story, api: Api) -> None:
    case = await rykker_1_has_gone(story)
    claim = await api.get(f"{case}/claim", by="rasmus", as_of="2026-08-11")
    assert open_of(claim) == ("12500.00", "27.40", "100.00", "0.00", "12627.40")
    assert (claim["outcome"], claim["as_of"], claim["country"], claim["currency"]) == (
        "computed",
        "2026-08-11",
        "DK",
        "DKK",
    )
    assert claim["difference"] == dict.fromkeys(("principal", "interest", "fees", "compensation"), "0.00")
    assert claim["posted"] == {
        "principal": "12500.00",
        "settled": "0.00",
        "interest": "27.40",
        "fees": "100.00",
        "compensation": "0.00",
        "waived": {"interest": "0.00", "fees": "0.00", "compensation": "0.00"},
    }
    [invoice] = claim["invoices"]
    assert (invoice["invoice"], invoice["due"], invoice["open"]["total"]) == ("1001", "2026-08-03", "12627.40")


@pytest.mark.anyio
async def test_every_figure_says_how_it_came_about_and_where_its_rate_stands(story: Story, api: Api) -> None:
    case = await rykker_1_has_gone(story)
    claim = await api.get(f"{case}/claim", as_of="2026-08-11")
    [segment] = claim["segments"]
    assert (segment["base"], segment["days"], segment["rate_percent"]) == ("12500.00", 8, "10.00")
    assert segment["rate_source"].startswith("renteloven § 5")
    [letter] = claim["letters"]
    assert (letter["kind"], letter["sent"], letter["letter"], letter["fee"]) == (
        "rykker",
        "2026-08-11",
        "given",
        "100.00",
    )
    assert letter["step"] == "rykker-1"
    assert letter["proposal"] == story.proposal("rykker-1").id
    assert letter["fee_source"].startswith("renteloven § 9 b")
    assert "  total 12627.40" in claim["explained"]
    assert any("rykker of 2026-08-11: has gone out; fee 100.00" in line for line in claim["explained"])


@pytest.mark.anyio
async def test_nine_days_later_more_interest_has_run_than_was_claimed(story: Story, api: Api) -> None:
    case = await rykker_1_has_gone(story)
    claim = await api.get(f"{case}/claim", as_of="2026-08-20")
    assert claim["open"]["interest"] == "58.22", "12,500.00 at 10 % for 17 days"
    assert claim["posted"]["interest"] == "27.40"
    assert claim["difference"]["interest"] == "30.82"
    assert claim["interest_claimed_through"] == "2026-08-11"
    assert claim["difference"]["fees"] == "0.00"


@pytest.mark.anyio
async def test_after_a_part_payment_interest_runs_on_what_is_left(story: Story, api: Api) -> None:
    case = await rykker_1_has_gone(story)
    payment = {"amount": "5000.00", "value_date": "2026-08-14", "reference": "bank 77"}
    await api.do(f"{case}/payments", payment)
    await story.quiet()
    claim = await api.get(f"{case}/claim", as_of="2026-08-20")
    assert [(s["base"], s["first_day"], s["days"]) for s in claim["segments"]] == [
        ("12500.00", "2026-08-03", 11),
        ("7500.00", "2026-08-14", 6),
    ]
    [went] = claim["payments"]
    assert (went["date"], went["principal"], went["fees"]) == ("2026-08-14", {"1001": "5000.00"}, "0.00")
    assert open_of(claim) == ("7500.00", "50.00", "100.00", "0.00", "7650.00")
    assert claim["posted"]["settled"] == "5000.00"
    before = await api.get(f"{case}/claim", as_of="2026-08-13")
    assert before["payments"] == []
    assert before["open"]["principal"] == "12500.00"


@pytest.mark.anyio
async def test_a_fee_that_crossed_a_payment_is_shown_as_waived(story: Story, api: Api) -> None:
    case = await rykker_1_has_gone(story)
    story.book.register_payment(1001, on=date(2026, 8, 10))
    await story.told_by_the_books("2026-08-12 12:00")
    await story.until("2026-08-12 13:00")
    claim = await api.get(f"{case}/claim", as_of="2026-08-12")
    assert open_of(claim) == ("0.00", "23.97", "0.00", "0.00", "23.97"), "7 days of interest had run"
    assert claim["posted"]["fees"] == "100.00"
    assert claim["posted"]["waived"]["fees"] == "100.00"
    assert claim["difference"]["fees"] == claim["difference"]["interest"] == "0.00"
    assert claim["letters"][0]["waived_because"] == "crossed in the mail"
    file = await api.get(case)
    assert file["charges"][0]["fees"]["amount"] == "0.00"
    assert file["tasks"][0]["text"], "the words of the apology"


@pytest.mark.anyio
async def test_before_anything_is_due_the_claim_is_zero_and_says_when_that_changes(story: Story, api: Api) -> None:
    case = await rykker_1_has_gone(story, "2026-07-30 08:30")
    claim = await api.get(f"{case}/claim", as_of="2026-07-30")
    assert claim["outcome"] == "nothing_due"
    assert open_of(claim) == ("0.00",) * 5
    assert claim["left_out"] == [{"invoice": "1001", "why": "it falls due on 2026-08-03"}]
    assert claim["explained"] == ["Nothing is due on 2026-07-30", "1001: it falls due on 2026-08-03"]


@pytest.mark.anyio
async def test_one_answer_has_the_same_parts_as_the_other(story: Story, api: Api) -> None:
    case = await rykker_1_has_gone(story)
    due = await api.get(f"{case}/claim", as_of="2026-08-11")
    not_due = await api.get(f"{case}/claim", as_of="2026-08-01")
    assert due.keys() == not_due.keys()
    assert due["posted"].keys() == not_due["posted"].keys()


@pytest.mark.anyio
async def test_an_invoice_that_is_not_due_yet_is_left_out_until_it_is(story: Story, api: Api) -> None:
    story.invoice(1002, "800.00", "2026-08-14")
    case = await rykker_1_has_gone(story)
    early, late = [await api.get(f"{case}/claim", as_of=day) for day in ("2026-08-11", "2026-08-20")]
    assert [i["invoice"] for i in early["invoices"]] == ["1001"]
    assert early["left_out"] == [{"invoice": "1002", "why": "it falls due on 2026-08-14"}]
    assert early["posted"]["principal"] == "12500.00"
    assert [i["invoice"] for i in late["invoices"]] == ["1001", "1002"]
    assert late["invoices"][1]["open"] == {
        "principal": "800.00",
        "interest": "1.32",
        "fees": "0.00",
        "compensation": "0.00",
        "total": "801.32",
    }


@pytest.mark.anyio
async def test_a_day_without_a_rate_is_refused_with_its_reason_and_what_to_do(story: Story, api: Api) -> None:
    case = await rykker_1_has_gone(story)
    body = await api.refused(422, "GET", f"{case}/claim?as_of=2027-02-01")
    assert (body["outcome"], body["reason"]) == ("refused", "rate_row_missing")
    assert "the half-year 2027-01-01 to 2027-06-30" in body["detail"]
    assert body["detail"].endswith(f"What was claimed so far stands in GET {case}/ledger.")
    assert "nothing is carried forward" in body["rule"]


@pytest.mark.anyio
async def test_it_is_worked_out_for_today_unless_a_day_is_named_and_slips_are_told(story: Story, api: Api) -> None:
    case = await rykker_1_has_gone(story, "2026-07-30 08:30")
    answer = await api.call("GET", f"{case}/claim")
    assert answer.status_code in (200, 422), "today may lie beyond the published rates"
    for slip in ("tomorrow", "2026-02-30", "1492-01-01", "2200-01-01"):
        assert wrong(await api.refused(422, "GET", f"{case}/claim?as_of={slip}")).keys() == {"as_of"}


@pytest.mark.anyio
async def test_who_may_not_see_the_case_may_not_see_its_claim(story: Story, api: Api) -> None:
    case = await rykker_1_has_gone(story, "2026-07-30 08:30")
    await api.refused(404, "GET", f"{case}/claim", by="ida")
    assert (await api.http.get(f"{case}/claim")).status_code == 401
    trail = len(story.trail)
    await api.get(f"{case}/claim", by="rasmus", as_of="2026-07-30")
    assert len(story.trail) == trail, "reading writes nothing"


@pytest.mark.anyio
async def test_in_norway_letters_have_their_norwegian_names(story: Story, api: Api) -> None:
    story.in_norway()
    await story.begins("2026-07-29 12:00")
    await story.until("2026-10-20 12:00", released=True)
    claim = await api.get(f"/cases/{story.case.id}/claim", as_of="2026-10-20")
    assert [letter["kind"] for letter in claim["letters"]] == ["purring", "inkassovarsel"]
    assert [letter["fee"] for letter in claim["letters"]] == ["38.00", "0.00"]
    assert claim["open"]["fees"] == "38.00"
    assert claim["difference"]["fees"] == "0.00"
    assert claim["segments"][0]["rate_source"].startswith("forsinkelsesrenteloven § 3")


@pytest.mark.anyio
async def test_a_letter_without_a_fee_says_why(story: Story, api: Api) -> None:
    story.invoice(1001, "12500.00", "2026-07-20")
    await story.begins("2026-08-09 12:00")
    await story.until("2026-08-12 12:00", released=True)
    claim = await api.get(f"/cases/{story.case.id}/claim", as_of="2026-08-12")
    [letter] = claim["letters"]
    assert letter["fee"] == "0.00"
    assert any("no earlier message has announced one" in note for note in letter["notes"])
    assert any("it charges no fee" in line for line in claim["explained"])
