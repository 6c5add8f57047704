"""A country that nobody has: built here as docs/adding-a-country.md says, and quoted like any other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from models.claim import Category, ClaimLetter, DayCount, Debtor, Interval, LetterKind, Ruling
from rules.law.explain import explain
from rules.law.form import read
from rules.law.pack import CountryPack, Earliest, Past, PastLetter
from rules.law.packs import PACKS
from rules.law.quote import quote, written
from rules.law.tables import parse
from tests.quoted import form, letter

RATES = parse("rates_ru", "valid_from,valid_to,percent,confirmed,source\n2026-01-01,2026-12-31,6.00,no,the palace\n")
LAW = "Ruritanian debts act § 1"


def judge(sent: ClaimLetter, past: Past) -> Ruling:
    """Five crowns for every reminder after the due date; no formal notices."""
    if not sent.fee_wanted:
        return Ruling(invoice=past.invoice)
    if sent.sent <= past.due:
        return Ruling(fee_reason="fee_not_after_due_date", invoice=past.invoice)
    return Ruling(fee=5_00, fee_source=LAW, invoice=past.invoice)


def rate(day: date, due: date) -> tuple[Decimal, str]:
    figure, source = RATES.figure("percent", day)
    return figure, f"{LAW} ({source})"


def earliest_letter(kind: LetterKind, past: Past) -> Earliest | None:
    return None


def earliest_fee(kind: LetterKind, past: Past) -> Earliest | None:
    return Earliest(past.due, "after the due date", LAW)


def handover(day: date, fee: bool, charged: int, notices: tuple[PastLetter, ...]) -> tuple[str, int, str]:
    return "", 0, ""


RURITANIA = CountryPack(
    country="RU",
    name="Ruritania",
    currency="RUC",
    words={"billet": LetterKind.reminder},
    rate=rate,
    interval=Interval.from_day_after,
    day_counts=(DayCount.actual_365,),
    allocation=(Category.interest, Category.fees, Category.compensation, Category.principal),
    equal_sum_is_direction=False,
    banking_holidays=lambda year: frozenset({date(year, 8, 3)}),
    offices_closed=(),
    judge=judge,
    compensation=lambda debtor, due, day: (0, "compensation_not_business", LAW),
    earliest_letter=earliest_letter,
    earliest_fee=earliest_fee,
    fee=lambda kind, day: (5_00, LAW),
    shortest_deadline=lambda kind, with_fee: (0, ""),
    handover=handover,
    notice_parts=(),
    notice_channels=("email",),
    compensation_by_letter=False,
    consumers=True,
    agreed_rate_capped=False,
)


def test_a_new_country_is_one_pack_one_table_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """1000.00 due on the national holiday, 3 August, so on the 4th; 73 days at 6 % are 12.00."""
    monkeypatch.setitem(PACKS, "RU", RURITANIA)

    plain = form("DK", "2026-08-03", "2026-10-16", country="RU", currency="RUC", debtor=Debtor.consumer)
    sent = [{**letter("2026-08-05", kind="billet"), "n": 1}]
    paid = [{"date": "2026-10-16", "amount": "100.00"}]
    asked = read({**plain, "letters": sent, "payments": paid})
    statement = quote(asked)
    answer = written(asked, statement)
    assert answer["effective_due"] == {"A": "2026-08-04"}
    assert [(s["first_day"], s["last_day"], s["days"]) for s in answer["segments"]] == [
        ("2026-08-05", "2026-10-16", 73)
    ]
    assert answer["open"]["total"] == "917.00"
    assert answer["payments"][0]["principal"] == {"A": "83.00"}
    told = "\n".join(explain(statement))
    assert "6.00 %: Ruritanian debts act § 1 (the palace; not confirmed)" in told
    assert "fee 5.00: Ruritanian debts act § 1" in told
