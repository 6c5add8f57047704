"""The fate of a message: what was reported of it, in whatever order and however often it came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.deliveries import Report, Word
from rules.delivery import fate

NINE = datetime(2026, 8, 11, 7, 0, tzinfo=UTC)
BO, IDA = "bo@havn.example", "ida@havn.example"


def report(word: str, address: str = BO, minutes: int = 0) -> Report:
    source, at = f"{word}-{address}-{minutes}", NINE + timedelta(minutes=minutes)
    return Report(source=source, message_id="m", word=Word(word), said=word, at=at, address=address)


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ((), None),
        (("other",), None),
        (("accepted",), "accepted"),
        (("accepted", "delivered"), "delivered"),
        (("delivered", "accepted"), "delivered"),
        (("delivered", "failed"), "failed"),
        (("failed", "delivered"), "failed"),
        (("delivered", "complained"), "delivered"),
    ],
)
def test_the_last_word_on_one_address(words: tuple[str, ...], known: str | None) -> None:
    found = fate([report(word, minutes=n) for n, word in enumerate(words)], [BO])
    assert found.word == known


def test_one_of_two_recipients_is_enough_and_the_other_is_marked() -> None:
    found = fate([report("failed"), report("delivered", IDA)], [BO, IDA])
    assert found.word == "delivered"
    assert [against.address for against in found.unusable] == [BO]


def test_a_message_fails_only_when_it_failed_at_everybody() -> None:
    assert fate([report("failed")], [BO, IDA]).word == "accepted"
    assert fate([report("failed"), report("failed", IDA)], [BO, IDA]).word == "failed"


def test_the_only_recipient_is_meant_however_the_provider_writes_it() -> None:
    assert fate([report("failed", "Bo@HAVN.example")], [BO]).word == "failed"
    assert fate([report("failed", "")], ["+4520123456"]).word == "failed"


WORDS = st.sampled_from([word.value for word in Word])
REPORTS = st.lists(st.builds(report, WORDS, st.sampled_from([BO, IDA]), st.integers(0, 600)), max_size=8)


@given(REPORTS, st.data())
def test_order_and_repetition_change_nothing(reports: list[Report], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations([*reports, *reports]))
    one, other = fate(reports, [BO, IDA]), fate(shuffled, [BO, IDA])
    assert one.word == other.word
    assert {r.address for r in one.unusable} == {r.address for r in other.unusable}
