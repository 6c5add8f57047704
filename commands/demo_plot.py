"""What people do in the demo: Anna releases, the reps hold and snooze, customers pay and ask; all through the API."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from types import TracebackType
from typing import Any

import httpx
from sqlalchemy import Engine
from sqlmodel import col, select

from commands.sample import sample_settings
from commands.stack import Stack, StackError
from commands.time_travel import Traveller
from models.case import Kind
from models.cases import CaseRow, ProposalRow
from models.database import transaction
from rules.calendar import local

PAYS_UNSEEN = "1002"
"""Pays after the release; the case is not told, only the books know."""
ASKS = "1004"
PAYS_A_PART = "1009"
IS_HELD = "1010"
PAYS_LATE = "1011"
IS_SNOOZED = "1012"
NOBODY_PAYS = "1001"
UNREACHABLE = "1003"
GOES_BANKRUPT = "1005"
"""Some days after its first reminder, as the register knows and nobody else."""
COMPANY = "99999950"


class Plot:
    """Everything that people do, and a memory of when, so that the checks can ask."""

    def __init__(self, stack: Stack, database: Engine, tokens: dict[str, str]) -> None:
        self.stack, self.database, self.tokens = stack, database, tokens
        self.released = 0
        self.events = 0
        self.refused = ""
        """What the owning rep was told who tried to release."""
        self.done: dict[str, date] = {}
        """What happened to a customer, by `<number> <what>`, and on which business day."""
        self._books = httpx.AsyncClient(trust_env=False, base_url=stack.standins["economic"], timeout=60)
        self._api = httpx.AsyncClient(trust_env=False, base_url=stack.api_url, timeout=60)

    async def __aenter__(self) -> Plot:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._books.aclose()
        await self._api.aclose()

    async def at_dawn(self, day: date) -> None:
        """The providers live on the same day, so that messages and reports of deliveries bear its date."""
        for provider in ("sendgrid", "twilio"):
            state = f"{self.stack.standins[provider]}/__standin/state"
            (await self._books.post(state, json={"today": day.isoformat()})).raise_for_status()

    async def at_stop(self, case: CaseRow, traveller: Traveller) -> None:
        """A case has just done something: see whether somebody reacts to it."""
        standing = await traveller.standing(case)
        if standing is None or standing.move is None or standing.move.kind is not Kind.stand:
            return
        with transaction(self.database) as session:
            proposal = session.get_one(ProposalRow, standing.move.proposal_id)
        if proposal.state != "proposed" or proposal.released_at is not None:
            return
        today = (await traveller.now(case)).date()
        if await self._something_else(case, proposal, today):
            return
        if case.customer_number == NOBODY_PAYS and not self.refused:
            self.refused = await self._try_as_the_rep(proposal)
        await self.post("anna", f"/proposals/{proposal.id}/release", {"digest": proposal.digest})
        self.released += 1

    async def at_end_of(self, day: date) -> None:
        """What comes some days after something else."""
        if self._after(f"{ASKS} asked", day, 9) and self._first_of(f"{ASKS} answered", day):
            await self.post("anna", f"/cases/{self._case(ASKS)}/resume", {"reason": "the amount is right, we called"})
        if self._after(f"{IS_HELD} held", day, 3) and self._first_of(f"{IS_HELD} resumed", day):
            await self.post("anna", f"/cases/{self._case(IS_HELD)}/resume", {"reason": "they did not call back"})
        if self._sent(PAYS_A_PART, "rykker-1") and self._first_of(f"{PAYS_A_PART} paid a part", day):
            await self._payment(PAYS_A_PART, "1000.00", day)
        if self._after(f"{PAYS_A_PART} paid a part", day, 2) and self._first_of(f"{PAYS_A_PART} reviewed", day):
            await self.post("anna", f"/cases/{self._case(PAYS_A_PART)}/resume", {"reason": "the rest is still owed"})
        if self._sent(PAYS_LATE, "rykker-1") and self._first_of(f"{PAYS_LATE} paid", day):
            left = await self.get("anna", f"/cases/{self._case(PAYS_LATE)}/ledger")
            owed = sum(Decimal(invoice["balance"]["amount"]) for invoice in left.json()["balances"])
            await self._payment(PAYS_LATE, str(owed), day)
        if self._sent(GOES_BANKRUPT, "rykker-1") and self._first_of(f"{GOES_BANKRUPT} bankrupt", day):
            await self._bankrupt(COMPANY, day)

    async def at_night(self, day: date) -> None:
        """After the mirror has read the books, before the reminder leaves: this payment only the guards can find."""
        morning = day + timedelta(days=1)
        if self._leaves(PAYS_UNSEEN, "1002", morning) and self._first_of(f"{PAYS_UNSEEN} paid", day):
            await self._pay(1002, day)

    async def begins(self) -> None:
        """One customer of the sample book has no address at all."""
        asked = {"customer": {"number": int(UNREACHABLE), "phone": ""}}
        (await self._books.post("/__standin/state", json=asked)).raise_for_status()

    async def post(self, who: str, path: str, body: dict[str, Any]) -> None:
        """Do something through the API as a person."""
        answer = await self._api.post(path, json=body, headers={"Authorization": f"Bearer {self.tokens[who]}"})
        if answer.is_error:
            raise StackError(f"{who}: POST {path} was answered {answer.status_code}: {answer.text}")

    async def get(self, who: str, path: str) -> httpx.Response:
        return await self._api.get(path, headers={"Authorization": f"Bearer {self.tokens[who]}"})

    async def writes_to_the_books(self) -> int:
        """How many requests to the accounting were anything but GET."""
        entries = (await self._books.get("/__standin/journal")).json()["requests"]
        return sum(entry["method"] != "GET" for entry in entries)

    async def _try_as_the_rep(self, proposal: ProposalRow) -> str:
        path, rep = f"/proposals/{proposal.id}/release", {"Authorization": f"Bearer {self.tokens['rasmus']}"}
        answer = await self._api.post(path, json={"digest": proposal.digest}, headers=rep)
        return str(answer.json().get("detail", "")) if answer.status_code == httpx.codes.FORBIDDEN else ""

    async def _something_else(self, case: CaseRow, proposal: ProposalRow, today: date) -> bool:
        """Whether somebody does something else than release."""
        if case.customer_number == ASKS and self._first(case, "asked", today):
            await self.post(
                "ida", f"/cases/{case.id}/questions", {"topic": "wrong_amount", "text": "18.400? Vi aftalte 17.000."}
            )
        elif case.customer_number == IS_HELD and self._first(case, "held", today):
            await self.post("ida", f"/proposals/{proposal.id}/hold", {"reason": "they promised to call me"})
        elif case.customer_number == IS_SNOOZED and self._first(case, "snoozed", today):
            until = (today + timedelta(days=10)).isoformat()
            await self.post("ida", f"/cases/{case.id}/snooze", {"until": until, "reason": "wages come in ten days"})
        else:
            return False
        return True

    async def _pay(self, invoice: int, day: date) -> None:
        """Money comes into the accounting; nobody tells the case."""
        asked = {"today": day.isoformat(), "payment": {"invoice": invoice, "on": day.isoformat()}}
        (await self._books.post("/__standin/state", json=asked)).raise_for_status()

    async def _bankrupt(self, company: str, day: date) -> None:
        """A decree stands in the register; nobody tells the case."""
        asked = {"today": day.isoformat(), "status": {"number": company, "status": "bankrupt", "on": day.isoformat()}}
        registers = f"{self.stack.standins['registers']}/__standin/state"
        (await self._books.post(registers, json=asked)).raise_for_status()

    async def _payment(self, customer: str, amount: str, day: date) -> None:
        body = {"amount": amount, "value_date": day.isoformat(), "reference": f"bank {customer}"}
        await self.post("anna", f"/cases/{self._case(customer)}/payments", body)

    def _first(self, case: CaseRow, what: str, day: date) -> bool:
        return self._first_of(f"{case.customer_number} {what}", day)

    def _first_of(self, what: str, day: date) -> bool:
        """True the first time, and remembered from then on."""
        if what in self.done:
            return False
        self.done[what] = day
        self.events += 1
        return True

    def _after(self, what: str, day: date, days: int) -> bool:
        return what in self.done and day >= self.done[what] + timedelta(days=days)

    def _case(self, customer: str) -> str:
        with transaction(self.database) as session:
            query = select(CaseRow).where(CaseRow.customer_number == customer)
            return max(session.exec(query), key=lambda case: case.case_number).id

    def _leaves(self, customer: str, invoice: str, day: date) -> bool:
        """Whether a first reminder of an invoice is released and leaves on a day."""
        with transaction(self.database) as session:
            query = (
                select(ProposalRow)
                .join(CaseRow)
                .where(CaseRow.customer_number == customer, ProposalRow.step == "rykker-1")
                .where(ProposalRow.state == "proposed", col(ProposalRow.released_at).is_not(None))
            )
            waiting = [p for p in session.exec(query) if invoice in p.invoices]
        return any(local(p.send_at, sample_settings()).date() == day for p in waiting)

    def _sent(self, customer: str, step: str) -> bool:
        with transaction(self.database) as session:
            query = (
                select(ProposalRow.id)
                .join(CaseRow)
                .where(CaseRow.customer_number == customer, ProposalRow.step == step, ProposalRow.state == "sent")
            )
            return session.exec(query).first() is not None
