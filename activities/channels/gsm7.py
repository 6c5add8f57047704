"""The alphabet of an SMS: one letter outside GSM 03.38 halves what fits, so look-alikes are replaced."""

from __future__ import annotations

import unicodedata

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
"""Sent as an escape and a letter: two units each."""

_LOOK_ALIKES = {
    **dict.fromkeys("‘’‚‛′`´", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‐‑‒–—―−•·", "-"),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
    "…": "...",
    "\t": " ",
    "×": "x",
    "ð": "d",
    "Ð": "D",
    "đ": "d",
    "Đ": "D",
    "þ": "th",
    "Þ": "Th",
    "ł": "l",
    "Ł": "L",
    "œ": "oe",
    "Œ": "OE",
    "ı": "i",
}


def to_gsm7(text: str) -> str:
    """The text with plain spaces, dashes, quotes and letters; what has no counterpart (Greek, emoji) stays."""
    return "".join(_plain(char) for char in unicodedata.normalize("NFC", text))


def sms_segments(text: str) -> int:
    """How many parts the text is sent and paid as: 160 units alone or 153 a part, 70 or 67 outside GSM-7.

    Source: integrations/twilio.md section 6. An escaped letter or surrogate pair is never split over two parts.
    """
    if all(char in _BASIC or char in _EXTENDED for char in text):
        return _parts([2 if char in _EXTENDED else 1 for char in text], alone=160, part=153)
    return _parts([2 if ord(char) > 0xFFFF else 1 for char in text], alone=70, part=67)


def _plain(char: str) -> str:
    if char in _BASIC or char in _EXTENDED:
        return char
    if char in _LOOK_ALIKES:
        return _LOOK_ALIKES[char]
    if unicodedata.category(char) == "Zs":
        return " "
    bare = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    return bare if bare and all(part in _BASIC or part in _EXTENDED for part in bare) else char


def _parts(units: list[int], alone: int, part: int) -> int:
    if sum(units) <= alone:
        return 1 if units else 0
    count, used = 1, 0
    for unit in units:
        if used + unit > part:
            count, used = count + 1, 0
        used += unit
    return count
