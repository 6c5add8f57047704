"""Claims worked out per second, and the same by a loop over single days: both answers must agree to the øre."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from datetime import date, timedelta

import typer
from rich.console import Console

from models.claim import Claim, ClaimInvoice, ClaimLetter, ClaimPayment, Debtor, LetterKind, Statement
from rules.law.statement import work_out
from tests.day_by_day import PlainAnswer, PlainClaim, by_days

AS_OF = date(2026, 11, 20)


def main(cases: int = typer.Option(10_000, help="How many cases are quoted anew for one day.")) -> None:
    """A typical claim again and again, then a book of different ones for one day."""
    console = Console()
    console.print(f"machine: {_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}; one core used")
    typical = _case(0)
    statement = work_out(typical)
    told = f"{len(typical.invoices)} invoices, {len(typical.payments)} payments, {len(typical.letters)} letters"
    halves = len({(s.first_day.year, s.first_day.month > 6) for s in statement.segments})
    console.print(f"typical claim: {told}, {halves} half-years, {len(statement.segments)} segments")
    quotes = _per_second(lambda: work_out(typical))
    plain = _plain(typical, statement)
    loops = _per_second(lambda: by_days(plain))
    console.print(f"{quotes:,.0f} quotes per second; day by day {loops:,.0f}: {quotes / loops:.0f} times as fast")
    book = [_case(n) for n in range(cases)]
    began = time.perf_counter()
    statements = [work_out(claim) for claim in book]
    seconds = time.perf_counter() - began
    console.print(f"{cases:,} cases quoted for {AS_OF}: {seconds:.2f} s, {cases / seconds:,.0f} per second")
    pairs = list(zip(book, statements, strict=True))[:: max(1, cases // 500)]
    began = time.perf_counter()
    answers = [by_days(_plain(claim, worked)) for claim, worked in pairs]
    slow = (time.perf_counter() - began) / len(pairs) * cases
    wrong = [claim for (claim, worked), answer in zip(pairs, answers, strict=True) if not _agree(worked, answer)]
    console.print(f"day by day they would take {slow:.0f} s; {len(pairs)} of them were compared, {len(wrong)} disagree")
    raise typer.Exit(1 if wrong else 0)


def _case(n: int) -> Claim:
    """Three invoices over four half-years, two payments, two reminders; no two alike."""
    country, currency = (("DK", "DKK"), ("NO", "NOK"))[n % 2]
    first = date(2025, 1, 6) + timedelta(days=n % 97)
    invoices = tuple(
        ClaimInvoice(f"{n}-{k}", 125_000 + 1_037 * (n % 731) + 49_999 * k, first + timedelta(days=30 * k))
        for k in range(3)
    )
    letters = tuple(
        ClaimLetter(k, sent, LetterKind.reminder, sent + timedelta(days=14), fee_wanted=True)
        for k, sent in enumerate((first + timedelta(days=75), first + timedelta(days=96)))
    )
    payments = (
        ClaimPayment(first + timedelta(days=110 + n % 41), 60_000),
        ClaimPayment(first + timedelta(days=380 + n % 53), 45_050),
    )
    debtor = (Debtor.business, Debtor.consumer)[n // 2 % 2]
    return Claim(country, debtor, currency, invoices, AS_OF, letters, payments=payments)


def _plain(claim: Claim, statement: Statement) -> PlainClaim:
    """The same for the loop over days, which takes the fees as they were charged."""
    fees = [(letter.sent, "fees", r.fee) for letter, r in zip(claim.letters, statement.letters, strict=True)]
    invoices = {i.id: (i.principal, i.due) for i in claim.invoices}
    return PlainClaim(claim.country, invoices, claim.as_of, [(p.on, p.amount) for p in claim.payments], charges=fees)


def _agree(statement: Statement, answer: PlainAnswer) -> bool:
    left = statement.open
    same = (left.principal, left.interest, left.fees, statement.accrued)
    return same == (sum(answer.principal.values()), answer.interest, answer.fees, answer.accrued)


def _per_second(work: Callable[[], object], least: float = 2.0) -> float:
    """Measured for at least so many seconds, after one round to warm up."""
    work()
    rounds, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < least:
        work()
        rounds += 1
    return rounds / spent


def _processor() -> str:
    """The name of the processor where the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


if __name__ == "__main__":
    typer.run(main)
