"""Ladders whose letters cannot be illegal: presets, how many fees, channels, names and countries."""

from __future__ import annotations

import pytest

from commands.seed import preset_ladders
from models.ladder import Ladder
from models.letters import Channel
from rules.lawful_ladder import OURS, REVIEWS, problems_in
from tests.given import day, rung
from tests.lawful_steps import NUDGE, SMS, TODAY, fee, notice, only, refusals

# --- the presets ---


@pytest.mark.parametrize("preset", preset_ladders(), ids=lambda preset: preset.name)
def test_every_preset_is_legal_on_22_november_2026(preset: Ladder) -> None:
    assert preset.country == preset.name.split("-")[0].upper()
    assert problems_in(preset, preset.country, TODAY) == []


@pytest.mark.parametrize("name", ["no-standard", "no-guide"])
def test_from_new_year_2027_nobody_has_reviewed_norways_law(name: str) -> None:
    preset = next(ladder for ladder in preset_ladders() if ladder.name == name)
    assert problems_in(preset, "NO", day("2026-12-31")) == []
    fee_refused, notice_refused = problems_in(preset, "NO", day("2027-01-01"))
    assert (fee_refused.step, fee_refused.field, fee_refused.nearest) == ("purring", "fee", "without fee")
    assert (notice_refused.step, notice_refused.nearest) == ("inkassovarsel", "kind reminder")
    assert fee_refused.source == notice_refused.source == REVIEWS
    assert fee_refused.rule == (
        "the law of Norway is reviewed through 2026-12-31; until somebody records a review for 2027-01-01 in "
        "rules/law/tables/reviews.csv, nothing is charged"
    )


# --- how many ---


def test_denmark_knows_three_fees_and_no_fourth() -> None:
    found = refusals("DK", NUDGE, *(fee(f"rykker-{n}", 10 * n) for n in (1, 2, 3)), notice(50, fee=True))
    assert only(found) == ("notice", "fee", "without fee")
    assert "after the 3 before it" in found[0].rule
    assert refusals("DK", NUDGE, *(fee(f"rykker-{n}", 10 * n) for n in (1, 2, 3)), notice(50)) == []


def test_norway_knows_two_light_fees_and_no_third() -> None:
    assert refusals("NO", NUDGE, fee("a", 14), fee("b", 31), notice(48)) == []
    found = refusals("NO", NUDGE, fee("a", 14), fee("b", 31), notice(48, fee=True))
    assert only(found) == ("notice", "fee", "without fee")
    assert only(refusals("NO", NUDGE, fee("a", 14), fee("b", 31), fee("c", 40, 3)))[1:] == ("fee", "without fee")


# --- channels ---


def test_an_sms_alone_is_never_a_formal_notice() -> None:
    for country in ("DK", "NO"):
        found = refusals(country, NUDGE, notice(35, sufficient=()))
        assert only(found) == ("notice", "sufficient", "email")
        assert found[0].rule == "sms alone would be enough; a formal notice counts by email"
        assert "inkassoloven" in found[0].source
    assert only(refusals("DK", NUDGE, notice(35, channels=SMS, sufficient=(), fee=True))) == (
        "notice",
        "sufficient",
        "email",
    )


def test_an_sms_carries_no_fee() -> None:
    found = refusals("DK", NUDGE, fee("rykker-1", 7, channels=SMS))
    assert (only(found), found[0].source) == (("rykker-1", "sufficient", "email"), OURS)
    assert only(refusals("DK", NUDGE, fee("rykker-1", 7, sufficient=SMS))) == ("rykker-1", "sufficient", "email")
    assert refusals("DK", NUDGE, fee("rykker-1", 7)) == [], "the SMS may go beside the e-mail"
    assert refusals("DK", NUDGE, rung("free", 7, channels=SMS)) == []


# --- names ---


@pytest.mark.parametrize("charge", ["fee", "compensation"])
def test_a_nudge_and_a_task_charge_nothing(charge: str) -> None:
    nudge = rung("late", 7, kind="nudge", wording="nudge", **{charge: True})
    call = rung("call", 46, kind="task", channels=(Channel.phone,), wording="", **{charge: True})
    assert [(i.step, i.field, i.nearest, i.source) for i in refusals("DK", NUDGE, nudge, call)] == [
        ("late", charge, f"without {charge}", OURS),
        ("call", charge, f"without {charge}", OURS),
    ]


@pytest.mark.parametrize("kind", ["nudge", "reminder"])
def test_the_words_of_a_formal_notice_are_one_whatever_the_step_is_called(kind: str) -> None:
    found = refusals("DK", NUDGE, rung("soft", 7, kind=kind, wording="collection-notice"))
    assert only(found) == ("soft", "kind", "kind formal_notice")


def test_a_fee_is_announced_by_an_earlier_message_that_is_switched_on() -> None:
    for before in ((), (NUDGE.model_copy(update={"enabled": False}),)):
        found = refusals("DK", *before, fee("rykker-1", 7))
        assert (only(found), found[0].source) == (("rykker-1", "fee", "without fee"), OURS)
    assert refusals("DK", rung("free", 1), fee("rykker-1", 11)) == []


# --- countries ---


def test_the_european_union_has_no_reminder_fee() -> None:
    found = refusals("EU", NUDGE, fee("reminder-1", 7))
    assert only(found) == ("reminder-1", "fee", "without fee")
    assert "directive 2011/7/EU" in found[0].source


def test_nobody_has_reviewed_the_european_union_so_nothing_is_charged_and_no_notice_sent() -> None:
    found = refusals("EU", NUDGE, rung("reminder-1", 7, compensation=True), notice(31))
    assert [(i.step, i.nearest, i.source) for i in found] == [
        ("reminder-1", "without compensation", REVIEWS),
        ("notice", "kind reminder", REVIEWS),
    ]
    assert "is not reviewed; until somebody records a review" in found[0].rule


def test_a_ladder_keeps_the_law_of_its_creditors_country() -> None:
    danish = Ladder(name="ours", title="Ours", steps=(NUDGE,))
    assert only(problems_in(danish, "NO", TODAY)) == ("", "country", "NO")
    assert only(problems_in(danish, "SE", TODAY)) == ("", "country", "DK, NO, EU")
    swedish = danish.model_copy(update={"country": "SE"})
    [unknown] = problems_in(swedish, "DK", TODAY)
    assert unknown.rule == "there are no rules for SE; there are: DK, NO, EU"


def test_a_step_that_is_switched_off_breaks_no_law() -> None:
    assert refusals("DK", NUDGE, fee("off", 0, deadline=None, enabled=False), rung("a", 7)) == []


def test_everything_that_is_illegal_is_told_at_once_and_reads_as_a_sentence() -> None:
    found = refusals("NO", fee("purring", 10, deadline=None, channels=SMS))
    assert {illegal.field for illegal in found} == {"offset_days", "fee", "deadline_days", "sufficient"}
    assert str(found[0]).startswith("Step purring: a fee on day +10 is too early: 14 days after the due date. Source: ")
    assert str(found[0]).endswith("Nearest legal value: day +14.")
