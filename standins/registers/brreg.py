"""The Norwegian register: one company, its roles, and the feed of changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from standins.exchange import Answer, Request, json_answer
from standins.registers.companies import Companies, Company, Event

BASE = "/enhetsregisteret/api"
ACCEPTED = frozenset(
    {"", "*/*", "application/*", "application/json", "application/vnd.brreg.enhetsregisteret.enhet.v2+json"}
)
WINDOW = 10_000
# State: the date field that stands only when it is set, and the boolean that goes with it, if any.
DATED = {
    "bankrupt": ("konkursdato", "konkurs"),
    "reconstruction": ("underRekonstruksjonsforhandlingDato", ""),
    "foreign_insolvency": ("underUtenlandskInsolvensbehandlingDato", ""),
    "voluntary_liquidation": ("underAvviklingDato", "underAvvikling"),
    "forced_dissolution": (
        "tvangsopplostPgaManglendeRegnskapDato",
        "underTvangsavviklingEllerTvangsopplosning",
    ),
}


def answer(companies: Companies, request: Request, base: str) -> Answer:
    if request.method != "GET":
        return Answer(405)
    accepted = {part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")}
    if not accepted & ACCEPTED:
        return Answer(406)
    for pattern, handler in ROUTES:
        found = re.fullmatch(BASE + pattern, request.path)
        if found:
            try:
                return handler(companies, request, base, *found.groups())
            except ValueError:
                return Answer(400)
    return Answer(404)


def _company(companies: Companies, _: Request, base: str, number: str) -> Answer:
    found = companies.find(number, "NO")
    if found is None:
        return Answer(404)
    if found.state == "gone":
        return json_answer(410, {"organisasjonsnummer": found.number, "slettedato": found.since.isoformat()})
    return json_answer(200, _deleted(found) if found.state == "deleted" else _living(found, base))


def _living(company: Company, base: str) -> dict[str, Any]:
    field, flag = DATED.get(company.state, ("", ""))
    flags = {name: name == flag for name in ("konkurs", "underAvvikling", "underTvangsavviklingEllerTvangsopplosning")}
    return {
        "respons_klasse": "Enhet",
        **_identity(company),
        "registreringsdatoEnhetsregisteret": company.history[0].on.isoformat(),
        "registrertIMvaregisteret": True,
        **({} if company.state == "without_flags" else flags),
        **({field: company.since.isoformat()} if field else {}),
        "maalform": "Bokmål",
        "_links": {"self": {"href": f"{base}{BASE}/enheter/{company.number}"}},
    }


def _deleted(company: Company) -> dict[str, Any]:
    """A deleted company keeps its name and loses every flag: absence of a flag says nothing."""
    return {"respons_klasse": "SlettetEnhet", **_identity(company), "slettedato": company.since.isoformat()}


def _identity(company: Company) -> dict[str, Any]:
    form = {"kode": "AS", "beskrivelse": "Aksjeselskap"}
    return {"organisasjonsnummer": company.number, "navn": company.name, "organisasjonsform": form}


def _roles(companies: Companies, _: Request, __: str, number: str) -> Answer:
    found = companies.find(number, "NO")
    if found is None:
        return Answer(404)
    kind = {"kode": "BOBE", "beskrivelse": "Bostyrer"}
    person = {"navn": {"fornavn": "KARI", "etternavn": "TESTESEN"}, "erDoed": False}
    role = {"type": kind, "person": person, "fratraadt": False, "rekkefolge": 0}
    group = {"type": kind, "sistEndret": found.since.isoformat(), "roller": [role]}
    return json_answer(200, {"rollegrupper": [group] if found.state == "bankrupt" else []})


def _feed(companies: Companies, request: Request, base: str) -> Answer:
    """Both cursors are inclusive, and an empty page has no `_embedded` at all."""
    query = request.query
    size, number = int(query.get("size") or 20), int(query.get("page") or 0)
    if (number + 1) * size > WINDOW:
        return Answer(400)
    found = [event for event in companies.events() if _wanted(event, query)]
    shown = found[number * size : (number + 1) * size]
    envelope: dict[str, Any] = {
        "_links": {"self": {"href": f"{base}{request.path}?{request.raw_query}"}},
        "page": {
            "size": size,
            "totalElements": len(found),
            "totalPages": -(-len(found) // size),
            "number": number,
        },
    }
    if shown:
        envelope["_embedded"] = {"oppdaterteEnheter": [_line(event, base) for event in shown]}
    return json_answer(200, envelope)


def _wanted(event: Event, query: dict[str, str]) -> bool:
    since = query.get("dato")
    numbers = query.get("organisasjonsnummer", event.number).split(",")
    return (
        event.id >= int(query.get("oppdateringsid") or 0)
        and (since is None or event.at >= datetime.fromisoformat(since))
        and event.number in numbers
    )


def _line(event: Event, base: str) -> dict[str, Any]:
    return {
        "oppdateringsid": event.id,
        "dato": event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "organisasjonsnummer": event.number,
        "endringstype": event.kind,
        "_links": {"enhet": {"href": f"{base}{BASE}/enheter/{event.number}"}},
    }


ROUTES: list[tuple[str, Callable[..., Answer]]] = [
    (r"/enheter/(\d{9})", _company),
    (r"/enheter/(\d{9})/roller", _roles),
    (r"/oppdateringer/enheter", _feed),
]
