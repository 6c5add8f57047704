"""Ladders that cannot be illegal: a story per refusal, each with its source and the nearest legal value."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.wording import BUILT_IN
from commands.seed import preset_ladders
from models.claim import Claim, ClaimInvoice, ClaimLetter, Debtor, LetterKind
from models.ladder import Ladder, Step, StepKind
from models.letters import Channel
from rules.ladder import problems as shape
from rules.law.packs import PACKS
from rules.law.statement import work_out
from rules.lawful_ladder import OURS, REVIEWS, Illegal, problems, problems_in
from rules.model_claim import letter_kind
from tests.given import day, rung

TODAY = day("2026-11-22")
WORDINGS = sorted({path.name.split(".")[0] for path in BUILT_IN.glob("??/[a-z]*.subject.txt.j2")})
EMAIL, SMS = (Channel.email,), (Channel.sms,)
NUDGE = rung("nudge", -4, kind="nudge", wording="nudge")


def fee(name: str, offset: int | None, gap: int = 0, deadline: int | None = 14, **more: Any) -> Step:
    """A reminder with a fee."""
    return rung(name, offset, gap, kind="reminder", fee=True, deadline_days=deadline, **more)


def notice(offset: int | None, gap: int = 0, deadline: int | None = 14, **more: Any) -> Step:
    """A formal notice that only e-mail suffices for."""
    fields = {"sufficient": EMAIL, "wording": "collection-notice", **more}
    return rung("notice", offset, gap, kind="formal_notice", deadline_days=deadline, **fields)


def refusals(country: str, *steps: Step, on: date = TODAY) -> list[Illegal]:
    climbed = Ladder(name="ours", title="Ours", country=country, steps=steps)
    assert shape(climbed, WORDINGS) == []
    return problems(climbed, PACKS[country], on)


def only(found: list[Illegal]) -> tuple[str, str, str]:
    """Step, field and nearest legal value of the one refusal there is; its rule and source say something."""
    assert len(found) == 1, found
    assert found[0].rule
    assert found[0].source
    return found[0].step, found[0].field, found[0].nearest


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


# --- days ---


@pytest.mark.parametrize("offset", [-1, 0])
def test_a_formal_notice_on_or_before_the_due_date(offset: int) -> None:
    for country in ("DK", "NO"):
        found = refusals(country, NUDGE, notice(offset, deadline=14 if offset == 0 else None))
        timed = [illegal for illegal in found if illegal.field == "offset_days"]
        assert only(timed) == ("notice", "offset_days", "day +1")
        assert timed[0].rule.endswith("is too early: an inkassovarsel goes after the due date")
    assert refusals("DK", NUDGE, notice(1)) == []


def test_denmark_charges_no_fee_on_the_due_date() -> None:
    found = refusals("DK", NUDGE, fee("rykker-1", 0))
    assert only(found) == ("rykker-1", "offset_days", "day +1")
    assert "renteloven § 9 b" in found[0].source
    assert refusals("DK", NUDGE, fee("rykker-1", 1)) == []


def test_norway_charges_no_fee_before_day_14_whatever_the_letter() -> None:
    found = refusals("NO", NUDGE, fee("purring", 13))
    assert only(found) == ("purring", "offset_days", "day +14")
    assert found[0].rule == "a fee on day +13 is too early: 14 days after the due date"
    assert "inkassoforskriften §§ 1-2" in found[0].source
    assert only(refusals("NO", NUDGE, notice(7, fee=True))) == ("notice", "offset_days", "day +14")
    assert refusals("NO", NUDGE, fee("purring", 14)) == []


def test_what_is_not_late_is_not_compensated() -> None:
    assert only(refusals("DK", NUDGE, rung("a", 0, compensation=True))) == ("a", "offset_days", "day +1")
    assert refusals("DK", NUDGE, rung("a", 1, compensation=True)) == []


# --- gaps ---


def test_denmark_wants_ten_days_between_a_fee_and_any_reminder_before_it() -> None:
    found = refusals("DK", NUDGE, rung("rykker-1", 7), fee("rykker-2", 16))
    assert only(found) == ("rykker-2", "offset_days", "day +17")
    assert found[0].rule == "a fee on day +16 is too early: 10 days since the reminder of day +7"
    assert refusals("DK", NUDGE, rung("rykker-1", 7), fee("rykker-2", 17)) == []


def test_a_friendly_word_after_the_due_date_is_a_reminder_too_before_a_danish_fee() -> None:
    word = rung("overdue", 3, kind="nudge", wording="overdue")
    assert only(refusals("DK", NUDGE, word, fee("rykker-1", 7))) == ("rykker-1", "offset_days", "day +13")
    assert refusals("DK", NUDGE, fee("rykker-1", 1)) == [], "a word before the due date is none"


def test_a_gap_that_is_written_down_is_legal_also_when_the_letter_before_goes_late() -> None:
    found = refusals("DK", NUDGE, fee("rykker-1", 7), fee("rykker-2", 21, 9))
    assert only(found) == ("rykker-2", "gap_days", "10 days")
    assert refusals("DK", NUDGE, fee("rykker-1", 7), fee("rykker-2", 21, 10)) == []
    assert refusals("DK", NUDGE, fee("rykker-1", 7), fee("rykker-2", 21)) == [], "without one the law's own holds"
    assert refusals("DK", NUDGE, fee("rykker-1", 7, 2)) == [], "the law puts no gap after a word before the due date"


def test_a_step_that_counts_from_the_one_before_is_told_its_gap_once() -> None:
    assert only(refusals("DK", NUDGE, fee("a", 7), fee("b", None, 4))) == ("b", "gap_days", "10 days")
    assert only(refusals("NO", NUDGE, fee("a", 14), fee("b", None, 14))) == ("b", "gap_days", "15 days")
    assert only(refusals("NO", NUDGE, fee("a", None, 17))) == ("a", "gap_days", "18 days")


def test_norways_second_fee_waits_until_the_deadline_of_the_first_is_over() -> None:
    found = refusals("NO", NUDGE, fee("purring", 14), fee("purring-2", 28))
    assert only(found) == ("purring-2", "offset_days", "day +29")
    assert "day +28" in found[0].rule
    assert refusals("NO", NUDGE, fee("purring", 14), fee("purring-2", 29)) == []
    assert only(refusals("NO", NUDGE, fee("purring", 14, deadline=20), notice(34, fee=True)))[2] == "day +35"
    assert only(refusals("NO", NUDGE, fee("a", 14), fee("b", 40, 14))) == ("b", "gap_days", "15 days")


# --- deadlines ---


def test_a_formal_notice_gives_the_days_that_the_law_gives() -> None:
    found = refusals("DK", NUDGE, notice(35, deadline=9))
    assert only(found) == ("notice", "deadline_days", "10 days")
    assert "inkassoloven § 10" in found[0].source
    assert refusals("DK", NUDGE, notice(35, deadline=10)) == []
    found = refusals("NO", NUDGE, notice(31, deadline=13))
    assert only(found) == ("notice", "deadline_days", "14 days")
    assert "inkassoloven § 9" in found[0].source


def test_a_norwegian_fee_letter_gives_14_days_and_the_next_fee_waits_for_those() -> None:
    short, early = refusals("NO", NUDGE, fee("purring", 14, deadline=10), fee("purring-2", 28))
    assert (short.step, short.field, short.nearest) == ("purring", "deadline_days", "14 days")
    assert (early.step, early.nearest) == ("purring-2", "day +29")


def test_a_fee_letter_and_a_formal_notice_name_a_date() -> None:
    assert only(refusals("DK", NUDGE, fee("rykker-1", 7, deadline=None))) == ("rykker-1", "deadline_days", "1 day")
    assert only(refusals("NO", NUDGE, fee("purring", 14, deadline=None))) == ("purring", "deadline_days", "14 days")
    assert only(refusals("DK", NUDGE, notice(35, deadline=None))) == ("notice", "deadline_days", "10 days")
    assert refusals("DK", NUDGE, rung("free", 7)) == [], "a letter that charges nothing needs none"


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


# --- any ladder ---


@st.composite
def ladders(draw: st.DrawFn, countries: tuple[str, ...] = ("DK", "NO", "EU")) -> Ladder:
    """Ladders of sound shape, many of them not far from what the law allows."""
    country = draw(st.sampled_from(countries))
    gaps = draw(st.lists(st.integers(1, 32), max_size=4))
    offsets = list(accumulate(gaps, initial=draw(st.integers(-5, 16))))
    steps = []
    for n, offset in enumerate(offsets):
        kind = draw(st.sampled_from(("nudge", "reminder", "reminder", "reminder", "formal_notice")))
        charges = kind != "nudge" and offset > 0
        steps.append(
            rung(
                f"step-{n}",
                offset,
                draw(st.sampled_from((0, 0, 0, 9, 10, 15))),
                kind=kind,
                fee=charges and draw(st.booleans()),
                compensation=charges and draw(st.integers(0, 4)) == 0,
                sufficient=draw(st.sampled_from((*[EMAIL] * 9, SMS))),
                deadline_days=draw(st.sampled_from((*[14] * 9, 10, None))) if offset >= 0 else None,
                wording="collection-notice" if kind == "formal_notice" else "reminder-1",
            )
        )
    return Ladder(name="any", title="Any", country=country, steps=tuple(steps))


@settings(max_examples=300)
@given(climbed=ladders())
def test_a_ladder_that_is_not_refused_charges_what_it_says_when_it_is_climbed_on_time(climbed: Ladder) -> None:
    assert shape(climbed, WORDINGS) == []
    if problems_in(climbed, climbed.country, TODAY):
        return
    due = day("2026-08-03")
    pack = PACKS[climbed.country]
    sent = [(step, due + timedelta(days=offset)) for step, offset in zip(climbed.climbed, climbed.days, strict=True)]
    letters = [
        ClaimLetter(
            n,
            on,
            letter_kind(step),
            deadline=on + timedelta(days=step.deadline_days) if step.deadline_days else None,
            fee_wanted=step.fee,
        )
        for n, (step, on) in enumerate(sent, start=1)
    ]
    claim = Claim(
        country=climbed.country,
        debtor=Debtor.consumer if pack.consumers else Debtor.business,
        currency=pack.currency,
        invoices=(ClaimInvoice("1001", 12_500_00, due),),
        as_of=max(due, *(on for _, on in sent)),
        letters=tuple(letters),
    )
    statement = work_out(claim)
    for (step, _), letter, ruling in zip(sent, letters, statement.letters, strict=True):
        assert ruling.letter == "allowed", (step, ruling)
        assert (ruling.fee > 0) is step.fee, (step, ruling)
        if letter.kind is LetterKind.formal_notice or step.fee:
            assert step.deadline_days is not None
            assert step.deadline_days >= pack.shortest_deadline(letter.kind, step.fee)[0]
        if step.kind is StepKind.formal_notice:
            assert set(step.enough) <= set(pack.notice_channels)
    assert all(on > due for step, on in sent if step.fee or step.compensation)


@given(below=ladders(("DK", "NO")), formal=st.booleans())
def test_the_nearest_legal_day_is_legal_and_every_day_before_it_is_not(below: Ladder, formal: bool) -> None:
    last = below.days[-1]
    early: dict[int, str] = {}
    for offset in range(last + 1, last + 40):
        top = notice(offset, fee=True) if formal else fee("top", offset)
        climbed = below.model_copy(update={"steps": (*below.steps, top)})
        for illegal in problems_in(climbed, climbed.country, TODAY):
            if (illegal.step, illegal.field) == (top.name, "offset_days") and illegal.rule.startswith("a fee"):
                early[offset] = illegal.nearest
    if any(int(day.removeprefix("day ")) >= last + 40 for day in early.values()):
        return  # the next fee lies months ahead, further than this looks
    assert sorted(early) == list(range(last + 1, last + 1 + len(early))), "once a day is legal, all later ones are"
    assert set(early.values()) <= {f"day {last + 1 + len(early):+d}"}
