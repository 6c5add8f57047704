"""The page of a case export: for people to read and print, with the same in it for programs. No script, no network."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from models.settings import TEMPLATES

Part = dict[str, Any]

PAGE = "case-export.html.j2"
DATA = re.compile(r'<pre hidden id="rykker-case-export">(.*?)</pre>', re.DOTALL)
"""Where the page keeps the export itself, as escaped JSON."""


HEAD = '<footer id="head">'
"""Where the page ends that people read; the head and the data follow, which its sums cannot cover."""


def as_page(export: Part) -> str:
    """The export as one HTML file."""
    return _readable(export["record"], _before(export["chain"])) + _foot(export)


def data_in_page(page: str) -> str:
    """The JSON of the export that a page holds; ValueError when it does not hold exactly one."""
    found = DATA.findall(page)
    if len(found) != 1:
        raise ValueError(f"the page holds {len(found) or 'no'} case exports")
    return html.unescape(found[0])


def page_sums(record: Part, before: list[Part]) -> list[list[str]]:
    """Name and SHA-256 of each section that people read, in order, for the link that is written with the export."""
    return _sums(_readable(record, before))


def page_faults(page: str, export: Part) -> list[str]:
    """Where a page does not show what it showed when it was exported; its data is not looked at here."""
    try:
        return list(_page_faults(page, export))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return ["the page cannot be compared: its data no longer says what it showed"]


def _page_faults(page: str, export: Part) -> Iterator[str]:
    readable, mark, foot = page.partition(HEAD)
    found, wanted = _sums(readable), export["chain"][-1]["data"]["page"]
    names = [name for name, _ in found]
    if names != [name for name, _ in wanted]:
        yield f"the page has other sections than were exported: {', '.join(names)}"
    else:
        for there, exported in zip(found, wanted, strict=True):
            if there != exported:
                yield f"the page: what people read in its section {there[0]} was changed"
    if mark + foot != _foot(export):
        yield "the page: its end, with the head of the trail and the data, was changed"


def _readable(record: Part, before: list[Part]) -> str:
    return _environment().get_template(PAGE).render(**record, chain=before)


def _foot(export: Part) -> str:
    """The end of the page. Its form belongs to the format: another one is another version of the format."""
    head, data = export["head"], html.escape(json.dumps(export, ensure_ascii=False))
    return (
        f"{HEAD}<p>Head of the trail when this file was made: link {head['seq']}<br>"
        f'<span class="hash">{head["hash"]}</span></p>\n'
        '<p class="soft">The same as JSON stands in this file\'s source, in the element with the id '
        "rykker-case-export.</p></footer>\n"
        f'<pre hidden id="rykker-case-export">{data}</pre>\n</main>\n</body>\n</html>\n'
    )


def _before(chain: list[Part]) -> list[Part]:
    """The chain as it was before the export added its own link, and without the run of others right before that."""
    before = chain[:-1]
    return before if not before or "seq" in before[-1] else before[:-1]


def _sums(readable: str) -> list[list[str]]:
    top, *sections = re.split(r'(?=<section id=")', readable)
    named = [("top", top), *((section.split('"', 2)[1], section) for section in sections)]
    return [[name, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()] for name, text in named]


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES / "pages"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"money": _money, "day": _day, "clock": _clock, "at_home": _at_home, "words": _words}
    return made


def _money(amount: str) -> str:
    return f"{Decimal(amount):,.2f}"


def _day(text: str | None) -> str:
    return f"{date.fromisoformat(text[:10]):%-d %b %Y}" if text else ""


def _clock(text: str | None) -> str:
    return f"{datetime.fromisoformat(text):%-d %b %Y %H:%M}" if text else ""


def _at_home(text: str, zone: str) -> str:
    """Links carry UTC, which their hashes cover; people read the creditor's clock."""
    return f"{datetime.fromisoformat(text).astimezone(ZoneInfo(zone)):%-d %b %Y %H:%M}"


def _words(name: str) -> str:
    """A name of ours as people write it."""
    return name.replace("_", " ").replace("-", " ")
