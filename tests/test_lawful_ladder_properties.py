"""Any ladder: one that is not refused charges what it says, and the nearest legal day is legal."""

from __future__ import annotations

from datetime import timedelta
from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st

from models.claim import Claim, ClaimInvoice, ClaimLetter, Debtor, LetterKind
from models.ladder import Ladder, StepKind
from rules.ladder import problems as shape
from rules.law.packs import PACKS
from rules.law.statement import work_out
from rules.lawful_ladder import problems_in
from rules.model_claim import letter_kind
from tests.given import day, rung
from tests.lawful_steps import EMAIL, SMS, TODAY, WORDINGS, fee, notice


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
