"""The door to the books: tokens, roles, budget, and the two surfaces behind them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from standins.economic import legacy, openapi, problems
from standins.economic.book import Book
from standins.economic.legacy import View
from standins.economic.limits import Bucket
from standins.exchange import Answer, Request
from standins.journal import Entry
from standins.server import Standin

APP_SECRET = "standin-app-secret"
GRANT = "standin-grant"
NEEDED = {"bookedentriesapi": {"Bookkeeping", "SuperUser"}}
USUALLY_NEEDED = {"Sales", "SuperUser"}


@dataclass
class Agreement:
    """One creditor's access: a grant for an app, its roles, its books and its budget."""

    app_secret: str
    grant: str
    roles: tuple[str, ...]
    book: Book
    bucket: Bucket
    revoked: bool = field(default=False)


class EconomicStandin(Standin):
    """Both hosts of e-conomic on one port; GET only, every other verb is recorded and refused."""

    def __init__(
        self,
        book: Book | None = None,
        *,
        app_secret: str = APP_SECRET,
        grant: str = GRANT,
        roles: tuple[str, ...] = ("SuperUser",),
        today: date | None = None,
        rate_limit: int = 10_000,
        rate_seconds: int = 60,
        cursor_page: int = 1000,
    ) -> None:
        super().__init__(today)
        self._rate = (rate_limit, rate_seconds)
        self._cursor_page = cursor_page
        self._requests = itertools.count(1)
        self._lettered_cost = False
        self.agreements: dict[tuple[str, str], Agreement] = {}
        self.book = book or Book()
        self.add_agreement(self.book, app_secret=app_secret, grant=grant, roles=roles)

    def add_agreement(
        self, book: Book, *, grant: str, app_secret: str = APP_SECRET, roles: tuple[str, ...] = ("SuperUser",)
    ) -> None:
        """Serve another creditor's book under its own grant."""
        book.day = lambda: self.today
        self.agreements[app_secret, grant] = Agreement(app_secret, grant, roles, book, Bucket(*self._rate))

    def revoke(self, grant: str = GRANT) -> None:
        """Answer 401 to one grant from now on, until reset."""
        for agreement in self._granted(grant):
            agreement.revoked = True

    def set_roles(self, roles: tuple[str, ...], grant: str = GRANT) -> None:
        for agreement in self._granted(grant):
            agreement.roles = roles

    def set_lettered_cost(self, on: bool) -> None:
        """Give the price of a call as `L`, which was seen once and must not stop a reader."""
        self._lettered_cost = on

    def writes(self) -> list[Entry]:
        """Requests that were not GET: there must be none."""
        return [entry for entry in self.journal() if entry.method != "GET"]

    def forget(self) -> None:
        self._lettered_cost = False
        for agreement in self.agreements.values():
            agreement.revoked = False
            agreement.bucket.refill()

    def actions(self) -> Mapping[str, Callable[..., Any]]:
        book = self.book
        return {
            **super().actions(),
            "payment": book.register_payment,
            "credit_note": book.book_credit_note,
            "invoice": book.add_invoice,
            "remove_invoice": book.remove_invoice,
            "add_customer": book.add_customer,
            "customer": book.change_customer,
            "remove_customer": book.remove_customer,
            "contact": book.add_contact,
            "unapplied_payment": book.add_unapplied_payment,
            "reminder_entry": book.add_reminder_entry,
            "entry": book.add_entry,
            "bare_integers": book.set_bare_integers,
            "revoke": self.revoke,
            "roles": self.set_roles,
            "lettered_cost": self.set_lettered_cost,
        }

    def views(self) -> Mapping[str, Callable[[], Any]]:
        return {"state": self._overview}

    def answer(self, request: Request) -> Answer:
        if request.method != "GET":
            return self._stamped(problems.method_not_allowed(request.method), 3, None)
        tokens = request.headers.get("x-appsecrettoken", ""), request.headers.get("x-agreementgranttoken", "")
        agreement = self.agreements.get(tokens)
        service = request.path.strip("/").partition("/")[0].lower()
        if agreement is None or agreement.revoked or self.revoked == 401:
            return self._stamped(problems.bad_token(), 3, None)
        cost = 13 if request.path.endswith("/pdf") else 3
        if not agreement.bucket.draw(cost):
            return self._stamped(problems.too_many(), cost, agreement)
        if self.revoked or not self._may(agreement, service):
            return self._stamped(problems.no_role(service.endswith("api")), cost, agreement)
        with agreement.book.lock:
            return self._stamped(self._read(agreement, request, service), cost, agreement)

    def _read(self, agreement: Agreement, request: Request, service: str) -> Answer:
        server_time = self.now().strftime("%Y-%m-%dT%H:%M:%S")
        view = View(agreement.book, agreement.roles, self.url, self.today, server_time)
        if service.endswith("api"):
            return openapi.answer(view, request, self._cursor_page)
        return legacy.answer(view, request)

    def _may(self, agreement: Agreement, service: str) -> bool:
        return service == "self" or bool(NEEDED.get(service, USUALLY_NEEDED) & set(agreement.roles))

    def _granted(self, grant: str) -> list[Agreement]:
        found = [agreement for agreement in self.agreements.values() if agreement.grant == grant]
        if not found:
            raise KeyError(f"no grant {grant}")
        return found

    def _stamped(self, answer: Answer, cost: int, agreement: Agreement | None) -> Answer:
        headers = {
            "X-RequestId": f"standin-{next(self._requests):06d}",
            "X-CallCost": "L" if self._lettered_cost else str(cost),
        }
        if agreement is not None:
            headers["X-RateLimiting"] = agreement.bucket.header()
        return replace(answer, headers={**headers, **answer.headers})

    def _overview(self) -> dict[str, Any]:
        """The open documents of the first book, for a person to look at."""
        with self.book.lock:
            open_ones = sorted(
                (one for one in self.book.invoices.values() if one.remainder), key=lambda one: one.number
            )
            return {
                "today": self.today.isoformat(),
                "customers": len(self.book.customers),
                "invoices": len(self.book.invoices),
                "open": [
                    {
                        "invoice": one.number,
                        "customer": one.customer,
                        "due": one.due.isoformat() if one.due else None,
                        "remainder": one.remainder,
                        "currency": one.currency,
                    }
                    for one in open_ones
                ],
            }
