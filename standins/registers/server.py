"""All registers on one port: each knows its own paths, credentials and manners."""

from __future__ import annotations

import base64
import itertools
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Literal

from standins.exchange import Answer, Request
from standins.registers import brreg, cvrapi, virk
from standins.registers.companies import Companies
from standins.server import Standin

VIRK_USER = "standin-virk"
VIRK_PASSWORD = "standin-virk-password"
SEARCH = "/cvr-permanent/virksomhed/_search"


class RegistersStandin(Standin):
    """Virk (POST, Basic), cvrapi (GET, User-Agent) and Enhetsregisteret (GET, open)."""

    def __init__(
        self,
        companies: Companies | None = None,
        *,
        virk_user: str = VIRK_USER,
        virk_password: str = VIRK_PASSWORD,
        today: date | None = None,
    ) -> None:
        super().__init__(today)
        self.companies = companies or Companies()
        self.companies.day = lambda: self.today
        self._authorization = "Basic " + base64.b64encode(f"{virk_user}:{virk_password}".encode()).decode()
        # What the real 401 looks like is not known, so a client gets both kinds in turn.
        self._refusals = itertools.cycle([b"<html><body>401 Unauthorized</body></html>", b""])
        self._lock = threading.Lock()
        self._looked_up: Counter[date] = Counter()
        self.forget()

    def set_total_as_object(self, on: bool) -> None:
        """Write `hits.total` as the newer search versions do."""
        self._total_as_object = on

    def set_partial(self, partial: Literal["", "timed_out", "shards"]) -> None:
        """Leave out half of the hits and say so in the way named."""
        self._partial: str = partial

    def set_quota_status(self, status: int) -> None:
        """The status with which cvrapi says that the quota is used up."""
        self._quota_status = status

    def forget(self) -> None:
        self._total_as_object, self._partial, self._quota_status = False, "", 200
        self._looked_up.clear()

    def actions(self) -> Mapping[str, Callable[..., Any]]:
        return {
            **super().actions(),
            "company": self.companies.add,
            "status": self.companies.set_status,
            "remove_company": self.companies.remove,
            "answer_as": self.companies.answer_as,
            "total_as_object": self.set_total_as_object,
            "partial": self.set_partial,
            "quota_status": self.set_quota_status,
        }

    def views(self) -> Mapping[str, Callable[[], Any]]:
        return {"state": self._overview}

    def answer(self, request: Request) -> Answer:
        if request.path == SEARCH:
            return self._virk(request)
        if request.path == "/api":
            return self._cvrapi(request)
        if request.path.startswith(brreg.BASE):
            return Answer(self.revoked) if self.revoked else brreg.answer(self.companies, request, self.url)
        return Answer(404)

    def _virk(self, request: Request) -> Answer:
        if self.revoked or request.headers.get("authorization") != self._authorization:
            return Answer(self.revoked or 401, next(self._refusals), "text/html; charset=utf-8")
        if request.method != "POST":
            return Answer(405)
        return virk.search(self.companies, request, partial=self._partial, total_as_object=self._total_as_object)

    def _cvrapi(self, request: Request) -> Answer:
        if request.method != "GET":
            return Answer(405)
        with self._lock:
            used = self._looked_up[self.today]
            self._looked_up[self.today] += 1
        return cvrapi.look_up(self.companies, request, used=used, quota_status=self._quota_status)

    def _overview(self) -> dict[str, Any]:
        return {
            "today": self.today.isoformat(),
            "companies": [
                {"number": one.number, "name": one.name, "country": one.country, "state": one.state}
                for country in ("DK", "NO")
                for one in self.companies.all(country)
            ],
        }
