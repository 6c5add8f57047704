"""The Danish register by its Elasticsearch interface: exactly three queries, one record shape."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from standins.exchange import Answer, Request, json_answer
from standins.registers.companies import Companies, Company, Since
from standins.server import ZONE

NUMBER = "Vrvirksomhed.cvrNummer"
UPDATED = "Vrvirksomhed.sidstOpdateret"
BANKRUPTCY, FORCED_COMPOSITION = (1, "Konkurs"), (3, "Tvangsakkord")
ORDER, LIFTED = (1, "Dekret"), (2, "Ophævelse af dekret")
CLOSED, CONFIRMED = (3, "Regnskab og boafslutning"), (9, "Stadfæstelse")
CEASED = frozenset({"dissolved_after_bankruptcy", "deleted", "merged", "sole_trader_ceased"})

# State: the composed status, the current line of the status history, the notices from the official gazette.
Notice = tuple[tuple[int, str], tuple[int, str]]
MEANING: dict[str, tuple[str | None, str, tuple[Notice, ...]]] = {
    "healthy": ("NORMAL", "NORMAL", ()),
    "bankrupt": ("UNDERKONKURS", "UNDER KONKURS", ((BANKRUPTCY, ORDER),)),
    "dissolved_after_bankruptcy": (
        "OPLØSTEFTERKONKURS",
        "OPLØST EFTER KONKURS",
        ((BANKRUPTCY, ORDER), (BANKRUPTCY, CLOSED)),
    ),
    "deleted": ("SLETTET", "SLETTET", ()),
    "bankruptcy_lifted": ("NORMAL", "NORMAL", ((BANKRUPTCY, ORDER), (BANKRUPTCY, LIFTED))),
    "reconstruction": ("UNDERREKONSTRUKTION", "UNDER REKONSTRUKTION", ()),
    "forced_composition": ("NORMAL", "NORMAL", ((FORCED_COMPOSITION, CONFIRMED),)),
    "voluntary_liquidation": ("UNDERFRIVILLIGLIKVIDATION", "UNDER FRIVILLIG LIKVIDATION", ()),
    "forced_dissolution": ("UNDERTVANGSOPLØSNING", "UNDER TVANGSOPLØSNING", ()),
    "merged": ("OPLØSTEFTERFUSION", "OPLØST EFTER FUSION", ()),
    "bankrupt_by_composed_status_only": ("UNDERKONKURS", "NORMAL", ()),
    "bankrupt_by_notice_only": ("NORMAL", "NORMAL", ((BANKRUPTCY, ORDER),)),
    "without_composed_status": (None, "UNDER KONKURS", ()),
    "mixed_case": ("UnderKonkurs", "Under Konkurs", ()),
    "odd": ("UNDERFORVANDLING", "UNDER FORVANDLING", ()),
    "sole_trader": ("Aktiv", "NORMAL", ()),
    "sole_trader_ceased": ("Ophørt", "NORMAL", ()),
}


def search(companies: Companies, request: Request, *, partial: str, total_as_object: bool) -> Answer:
    """Answer `_search`; `partial` is empty, `timed_out` or `shards`."""
    try:
        asked = request.json()
        found = _evaluated(companies, asked.get("query"))
    except ValueError as problem:
        return _refused(str(problem))
    if partial:
        found = found[: len(found) // 2]
    hits = [_hit(one, asked.get("_source")) for one in found][: asked.get("size", 10)]
    total: Any = {"value": len(found), "relation": "eq"} if total_as_object else len(found)
    failed = 2 if partial == "shards" else 0
    answer = {
        "took": 2,
        "timed_out": partial == "timed_out",
        "_shards": {"total": 6, "successful": 6 - failed, "failed": failed},
        "hits": {"total": total, "max_score": 17.2 if hits else None, "hits": hits},
    }
    return json_answer(200, answer)


def _evaluated(companies: Companies, query: Any) -> list[Company]:
    kind, condition = next(iter(query.items())) if isinstance(query, dict) and len(query) == 1 else ("", {})
    if kind == "term" and list(condition) == [NUMBER]:
        return _by_number(companies, [condition[NUMBER]])
    if kind == "terms" and list(condition) == [NUMBER]:
        return _by_number(companies, condition[NUMBER])
    if kind == "range" and list(condition) == [UPDATED]:
        since = datetime.fromisoformat(condition[UPDATED]["gte"])
        return [one for one in companies.all("DK") if _moment(one.since) >= since]
    raise ValueError(f"unknown query [{kind}]")


def _by_number(companies: Companies, numbers: list[Any]) -> list[Company]:
    found = [companies.find(f"{int(number):08d}", "DK") for number in numbers]
    return [one for one in found if one is not None]


def _hit(company: Company, wanted: list[str] | None) -> dict[str, Any]:
    source = {"Vrvirksomhed": _record(company)}
    return {
        "_index": "cvr-permanent-prod-20170205",
        "_type": "_doc",
        "_id": f"40{company.number}",
        "_score": 17.2,
        "_source": source if wanted is None else _selected(source, wanted),
    }


def _record(company: Company) -> dict[str, Any]:
    composed, _, __ = MEANING[company.state]
    founded = company.history[0].on
    notices = _notices(company)
    metadata = {
        "nyesteNavn": {"navn": company.name, **_period(founded)},
        "nyesteVirksomhedsform": {"virksomhedsformkode": 80, "kortBeskrivelse": "APS", **_period(founded)},
        "nyesteStatus": _spelt_out(notices[-1]) if notices else None,
        "sammensatStatus": composed,
        "stiftelsesDato": founded.isoformat(),
        "virkningsDato": founded.isoformat(),
    }
    if composed is None:
        del metadata["sammensatStatus"]
    return {
        # A number here and not text: leading zeros are the reader's business.
        "cvrNummer": int(company.number),
        "reklamebeskyttet": False,
        "fejlRegistreret": False,
        "livsforloeb": [_period(founded, company.since if company.state in CEASED else None)],
        "virksomhedsstatus": _status_lines(company.history),
        "status": [_coded(notice) for notice in notices],
        "virksomhedMetadata": metadata,
        "sidstOpdateret": _moment(company.since).isoformat(timespec="milliseconds"),
    }


def _status_lines(history: list[Since]) -> list[dict[str, Any]]:
    ends = [one.on for one in history[1:]]
    return [
        {"status": MEANING[one.state][1], **_period(one.on, end)}
        for one, end in zip(history, [*ends, None], strict=True)
    ]


def _notices(company: Company) -> list[tuple[Notice, date]]:
    return [(notice, company.since) for notice in MEANING[company.state][2]]


def _coded(dated: tuple[Notice, date]) -> dict[str, Any]:
    (credit, status), on = dated
    return {"kreditoplysningkode": credit[0], "statuskode": status[0], **_period(on)}


def _spelt_out(dated: tuple[Notice, date]) -> dict[str, Any]:
    (credit, status), _ = dated
    return {"kreditoplysningtekst": credit[1], "statustekst": status[1], **_coded(dated)}


def _period(start: date, end: date | None = None) -> dict[str, Any]:
    period = {"gyldigFra": start.isoformat(), "gyldigTil": end.isoformat() if end else None}
    return {"periode": period, "sidstOpdateret": _moment(end or start).isoformat(timespec="milliseconds")}


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(8), ZONE)


def _selected(source: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    """Keep only the named paths, as `_source` asks."""
    kept: dict[str, Any] = {}
    for path in wanted:
        outer, _, inner = path.partition(".")
        if outer in source:
            if not inner:
                kept[outer] = source[outer]
            elif isinstance(source[outer], dict):
                kept.setdefault(outer, {}).update(_selected(source[outer], [inner]))
    return kept


def _refused(reason: str) -> Answer:
    cause = {"type": "parsing_exception", "reason": reason}
    return json_answer(400, {"error": {"root_cause": [cause], **cause}, "status": 400})
