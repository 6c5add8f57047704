"""Pages of a legacy collection, with links that echo the caller's query as it was written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from standins.exchange import Request

LARGEST = 1000


class PageTooLarge(Exception):
    """A pagesize above the largest allowed."""


def page(
    request: Request, base: str, items: Sequence[Any], without_filter: int, render: Callable[[Any, str], dict[str, Any]]
) -> dict[str, Any]:
    """The envelope around one page; a page past the end is empty and still says how many there are."""
    skip = max(int(request.query.get("skippages") or 0), 0)
    size = int(request.query.get("pagesize") or 20)
    if size > LARGEST:
        raise PageTooLarge
    size = max(size, 1)
    others = [
        part for part in request.raw_query.split("&") if part and not part.startswith(("skippages=", "pagesize="))
    ]

    def link(number: int) -> str:
        return f"{base}{request.path}?" + "&".join([f"skippages={number}", f"pagesize={size}", *others])

    last = max((len(items) - 1) // size, 0)
    pagination: dict[str, Any] = {
        "skipPages": skip,
        "pageSize": size,
        "maxPageSizeAllowed": LARGEST,
        "results": len(items),
        "resultsWithoutFilter": without_filter,
        "firstPage": link(0),
    }
    if skip > 0:
        pagination["previousPage"] = link(skip - 1)
    if skip < last:
        pagination["nextPage"] = link(skip + 1)
    pagination["lastPage"] = link(last)
    glued = glued_query(others)
    shown = [render(item, glued) for item in items[skip * size : (skip + 1) * size]]
    return {"collection": shown, "pagination": pagination, "self": link(skip)}


def glued_query(parts: Sequence[str]) -> str:
    """The filter that ends up on every item's `self` when the caller left its `$` unencoded."""
    return next(
        ("?" + part.removeprefix("filter=") for part in parts if part.startswith("filter=") and "$" in part), ""
    )
