"""Puts a customer's page into words and HTML: the sentences of one language, one style, and nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import tomllib
from collections.abc import Callable
from functools import cache
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from models.letters import Language
from models.settings import TEMPLATES

PAGES = TEMPLATES / "pages"
STYLE = (PAGES / "page.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
"""Of every answer to a customer; the policy allows the one style sheet that stands in the page itself."""
_ACCEPTED = {"da": Language.da, "nb": Language.nb, "nn": Language.nb, "no": Language.nb, "en": Language.en}


def shown(template: str, language: Language, status: int = 200, /, **values: Any) -> HTMLResponse:
    """A page as it is answered."""
    html = _environment().get_template(template).render(say=sayer(language), language=language.value, **values)
    return HTMLResponse(html, status, headers=HEADERS)


def sayer(language: Language) -> Callable[..., str]:
    """Says a sentence by its name, with values filled in; an unknown name or a missing value is an error."""
    sentences = words(language)

    def say(name: str, **values: Any) -> str:
        return sentences[name].format(**values)

    return say


@cache
def words(language: Language) -> dict[str, str]:
    """Every sentence of the pages in one language, by its name."""
    return tomllib.loads((PAGES / f"{language.value}.toml").read_text(encoding="utf-8"))


def accepted_language(header: str) -> Language:
    """The best of our languages for a browser whose customer is not known; English where it names none of them."""
    wanted: list[tuple[float, Language]] = []
    for part in header.split(",")[:20]:
        name, _, weight = part.partition(";")
        language = _ACCEPTED.get(name.strip().lower().split("-")[0])
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            quality = 0.0
        if language is not None and quality > 0:
            wanted.append((quality, language))
    return max(wanted, key=lambda one: one[0])[1] if wanted else Language.en


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.globals["style"] = Markup(STYLE)
    return made
