"""The two error shapes: one of the legacy host, one (RFC 9457) of the OpenAPI services."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from standins.exchange import Answer, json_answer

PROBLEM = "application/problem+json"
LOG_ID = "a3c1f0aa55e91b01-CPH"


def legacy(status: int, message: str, hint: str, code: str = "", **more: Any) -> Answer:
    shape = {"message": message, "developerHint": hint, "logId": LOG_ID, "httpStatusCode": status, **more}
    if code:
        shape["errorCode"] = code
    # The vendor writes this time without a zone.
    return json_answer(status, {**shape, "logTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")})


def bad_token() -> Answer:
    hint = "The X-AgreementGrantToken header does not correspond to the X-AppSecretToken."
    return legacy(401, "Token does not correspond to a valid grant.", hint, "E02250")


def method_not_allowed(method: str) -> Answer:
    return legacy(405, f"The method {method} is not allowed here.", "These books are only ever read.")


def no_role(openapi: bool) -> Answer:
    text = "The app does not have the role required for this resource."
    return problem(403, "Forbidden.", text) if openapi else legacy(403, text, "Check the required roles of the app.")


def not_found(what: str, where: str) -> Answer:
    return legacy(404, f"{what} was not found.", f"Find a list at {where} .", "E06000")


def page_too_large() -> Answer:
    errors = ["pagesize must not exceed 1000."]
    return legacy(400, "Validation failed.", "Use a pagesize of at most 1000.", "E04810", errors=errors)


def bad_filter(reason: str, allowed: list[str]) -> Answer:
    hint = "Filtering on collections can be done using the querystring parameter 'filter'."
    message = "Could not parse query string filter."
    return legacy(400, message, hint, errors=[reason], allowedFilteringFields=allowed)


def bad_sort(prop: str, allowed: list[str]) -> Answer:
    message = "Could not parse query string sort parameter."
    errors = [f"Sorting is not allowed on property '{prop}'."]
    return legacy(400, message, "Sort with 'sort=-date,name'.", errors=errors, allowedSortingFields=allowed)


def too_many() -> Answer:
    """Nobody has published the real body, so this one is empty on purpose."""
    return Answer(429, headers={"Retry-After": "1"})


def problem(status: int, title: str, detail: str, code: str = "", prop: str = "") -> Answer:
    errors = [{"message": detail, "errorCode": code, "property": prop}] if prop else []
    shape = {
        "type": f"https://tools.ietf.org/html/rfc9110#section-15.5.{status % 100 + 1}",
        "title": title,
        "status": status,
        "detail": detail,
        "errors": errors,
        "traceId": LOG_ID,
        "traceTimeUtc": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "errorCode": code or title.rstrip(".").replace(" ", ""),
    }
    return json_answer(status, shape, content_type=PROBLEM)
