"""Files that people send us: which are kept, and the name under which they are handed out again."""

from __future__ import annotations

import re
import unicodedata

MOST_FILES = 5
LARGEST_FILE = 10 * 1024 * 1024
LONGEST_NAME = 100
KINDS = "PDF, PNG, JPEG or HEIC"
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_SIGNS = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


def media_type_of(content: bytes) -> str:
    """What a file is by its first bytes, whatever it is called; empty for every kind that is not kept."""
    for sign, media_type in _SIGNS:
        if content.startswith(sign):
            return media_type
    return "image/heic" if content[4:8] == b"ftyp" and content[8:12] in _HEIC else ""


def file_name(told: str) -> str:
    """The name of a file in one readable line: no path, no control characters, no change of direction."""
    last = re.split(r"[/\\]", told)[-1]
    kept = "".join(char for char in last if unicodedata.category(char)[0] != "C")
    name = " ".join(kept.split()).strip(". ")
    if len(name) > LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: LONGEST_NAME - 1 - len(ending)]}.{ending}" if dot and len(ending) < 10 else name[:LONGEST_NAME]
    return name or "file"


def why_left_out(content: bytes, kept: int) -> str:
    """Why a file is not kept, beside so many that are; empty when it is."""
    if not media_type_of(content):
        return f"not a {KINDS}"
    if len(content) > LARGEST_FILE:
        return f"larger than {LARGEST_FILE // 1024 // 1024} MB"
    return "" if kept < MOST_FILES else f"more than {MOST_FILES} files"
