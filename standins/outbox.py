"""A folder into which every accepted message is written, for a person to open."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Mapping
from pathlib import Path

LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})


class Outbox:
    """Files are numbered through all channels and go on from what the folder already holds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        numbers = [int(path.name[:4]) for path in folder.iterdir() if re.match(r"\d{4}-", path.name)]
        self._last = max(numbers, default=0)

    def write(self, name: str, parts: Mapping[str, bytes]) -> None:
        """Write one message: each part is an ending (`.txt`) or, with a leading `-`, a further file beside it."""
        with self._lock:
            self._last += 1
            stem = f"{self._last:04d}-"
            for ending, content in parts.items():
                own = f"{stem}{ending[1:]}" if ending.startswith("-") else f"{stem}{name}{ending}"
                (self._folder / own).write_bytes(content)


def slug(text: str, longest: int = 40) -> str:
    """A file name a person can read; nothing in it can leave the folder."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(LETTERS))
    return re.sub(r"[^a-z0-9@.+_]+", "-", plain).strip("-.")[:longest] or "none"
