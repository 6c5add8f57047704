"""The list of texts, newest first, filtered, in pages that link to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from standins.exchange import Answer, Request, json_answer
from standins.twilio.texts import Text


def listing(texts: Sequence[Text], request: Request) -> Answer:
    """One page of what was asked for; a filter without a value filters nothing."""
    query = {name: value for name, value in request.query.items() if value}
    size, page = min(int(query.get("PageSize", 50)), 1000), int(query.get("Page", 0))
    found = [text.resource() for text in reversed(texts) if _wanted(text, query)]
    shown = found[page * size : (page + 1) * size]

    def uri(number: int) -> str:
        return f"{request.path}?" + urlencode({**query, "PageSize": size, "Page": number})

    envelope = {
        "messages": shown,
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(len(shown) - 1, 0),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1) if (page + 1) * size < len(found) else None,
        "previous_page_uri": uri(page - 1) if page else None,
    }
    return json_answer(200, envelope)


def _wanted(text: Text, query: Mapping[str, str]) -> bool:
    """Days are those of UTC, and a text that is still queued is found by the day on which it was created."""
    day = text.created.date().isoformat()
    return (
        query.get("To", text.to) == text.to
        and query.get("From", text.sender or "") == (text.sender or "")
        and day.startswith(query.get("DateSent", "")[:10])
        and query.get("DateSent>", "")[:10] <= day
        and day <= query.get("DateSent<", "9999")[:10]
    )
