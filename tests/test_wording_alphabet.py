"""What a text message may be written with, and in how many parts it is sent."""

from __future__ import annotations

import pytest

from activities.channels.gsm7 import to_gsm7
from activities.wording import sms_segments


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("æøåÆØÅéü" * 20, 1),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" * 2 + "a" * 152, 3),
        ("ê" * 70, 1),
        ("ê" * 71, 2),
        ("a" * 69 + "–", 1),
        ("a" * 70 + "–", 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("a" * 66 + "😀" + "a" * 66, 3),
    ],
)
def test_segments_are_counted_in_units_and_pairs_are_not_split(text: str, parts: int) -> None:
    assert sms_segments(text) == parts


def test_look_alikes_become_plain_and_what_has_no_counterpart_stays() -> None:
    odd = "“Café” – l’hôtel…\u00a012\u202f500 • Þór Đặng ½"
    assert to_gsm7(odd) == '"Café" - l\'hotel... 12 500 - Thór Dang ½'.replace("ó", "o")
    assert to_gsm7("æøå ÆØÅ äöü €[]{}") == "æøå ÆØÅ äöü €[]{}"
    assert to_gsm7("a\u0308rlig Ωμέγα") == "ärlig Ωμέγα"
    assert to_gsm7("日本") == "日本"
