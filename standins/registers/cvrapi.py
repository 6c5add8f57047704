"""The small Danish service for single look-ups: named callers, a daily quota, errors that may come as 200."""

from __future__ import annotations

from datetime import date
from typing import Any

from standins.exchange import Answer, Request, json_answer
from standins.registers.companies import Companies, Company
from standins.registers.virk import CEASED

QUOTA = 50
NOTICED = frozenset({"bankrupt", "bankrupt_by_notice_only", "dissolved_after_bankruptcy"})


def look_up(companies: Companies, request: Request, *, used: int, quota_status: int) -> Answer:
    """Answer one look-up; `used` counts today's earlier ones."""
    # A caller names company, project and person, separated like this.
    if " - " not in request.headers.get("user-agent", "") or used >= QUOTA:
        return _error(quota_status, "QUOTA_EXCEEDED")
    query = request.query
    wanted = query.get("vat") or query.get("search") or query.get("name") or ""
    if query.get("country", "dk") != "dk":
        return _error(404, "NOT_FOUND")
    found = companies.find(wanted.zfill(8), "DK") if wanted.isdecimal() else _by_name(companies, wanted)
    return json_answer(200, _record(found)) if found else _error(404, "NOT_FOUND")


def _by_name(companies: Companies, name: str) -> Company | None:
    return next((one for one in companies.all("DK") if one.name.casefold() == name.casefold()), None)


def _record(company: Company) -> dict[str, Any]:
    bankrupt = company.state in NOTICED
    return {
        "vat": int(company.number),
        "name": company.name,
        "address": "Havnegade 6",
        "zipcode": "5970",
        "city": "Ærøskøbing",
        "protected": False,
        "startdate": _day(company.history[0].on),
        "enddate": _day(company.since) if company.state in CEASED else None,
        "companycode": 80,
        "companydesc": "Anpartsselskab",
        "creditstartdate": _day(company.since) if bankrupt else None,
        "creditbankrupt": bankrupt,
        "creditstatus": 1 if bankrupt else None,
        "owners": [],
        "productionunits": [],
        "t": 100,
        "version": 6,
    }


def _day(on: date) -> str:
    return f"{on:%d/%m - %Y}"


def _error(status: int, name: str) -> Answer:
    return json_answer(status, {"error": name, "t": 0, "version": 6})
