"""Text that strangers wrote, as it may be kept and shown: no control characters, no hidden turns, no end of a line."""

from __future__ import annotations

import unicodedata
from html.parser import HTMLParser

TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
"""Characters that change the direction of what follows: with them a text reads otherwise than it was written."""
LONGEST_TEXT = 20_000
LONGEST_PAGE = 500_000
"""Characters; reading a page takes its time, and nobody's answer is longer."""
CUT = "\n[The rest is left out.]"
HIDDEN = ("script", "style", "head", "title", "template")
BREAKS = ("p", "br", "div", "tr", "li", "h1", "h2", "h3", "blockquote")


def cleaned(text: str) -> str:
    """A text of several lines; what is longer than anybody reads is cut."""
    looked_at = text[: 4 * LONGEST_TEXT]
    lines = looked_at.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(char for char in lines if char in "\n\t" or _visible(char)).strip()
    whole = len(kept) <= LONGEST_TEXT and len(text) == len(looked_at)
    return kept if whole else kept[:LONGEST_TEXT] + CUT


def one_clean_line(text: str, longest: int) -> str:
    """A text of one line."""
    looked_at = text[: 4 * longest]
    spaced = "".join(char if _visible(char) else " " if char in "\r\n\t" else "" for char in looked_at)
    return " ".join(spaced.split())[:longest]


def text_of_page(html: str) -> str:
    """The words of an HTML page, for a mail that has no other text."""
    reader = _Words()
    reader.feed(html[:LONGEST_PAGE])
    reader.close()
    return "\n".join(line for part in "".join(reader.words).splitlines() if (line := " ".join(part.split())))


def _visible(char: str) -> bool:
    return char not in TURNS and unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in HIDDEN
        if tag in BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(self._hidden - (tag in HIDDEN), 0)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)
