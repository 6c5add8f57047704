"""What every reason code means, in a sentence, and the rule that it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

OURS = "our own rule"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is refused or not charged."""

    sentence: str
    source: str = OURS
    by_country: Mapping[str, str] = field(default_factory=dict)
    """Sources where a country has its own rule for the same thing."""


def said(code: str, country: str = "") -> str:
    """The sentence of a code with its source."""
    reason = REASONS[code]
    return f"{reason.sentence} ({reason.by_country.get(country, reason.source)})"


_ASKED = "the written form of a claim"
_DK_FEES = "renteloven § 9 b"
_NO_FEES = "inkassoforskriften §§ 1-2 and 1-3"
_NOTICE = {"DK": "inkassoloven § 10: at least 10 days", "NO": "inkassoloven § 9: at least 14 days"}

CHARGES = {
    "fee_not_after_due_date": Reason("a fee is charged only in a letter after the due date", _DK_FEES),
    "fee_spacing_under_10_days": Reason("the reminder before is less than 10 days old", _DK_FEES),
    "fee_limit_reached": Reason(
        "every fee that the law allows has been charged",
        by_country={
            "DK": f"{_DK_FEES}: three in all",
            "NO": "inkassoforskriften § 1-3: two light ones, of which one for a notice, and one for a demand, "
            "and again more than six months after the last",
        },
    ),
    "fee_before_due_plus_14": Reason("a letter has no fee before the 14th day after the due date", _NO_FEES),
    "fee_no_missed_14_day_deadline": Reason(
        "this fee needs an earlier letter whose deadline of at least 14 days is over", _NO_FEES
    ),
    "fee_offset_by_compensation": Reason(
        "compensation has been claimed and takes the place of fees", "inkassoforskriften §§ 1-5 and 2-6"
    ),
    "fee_not_allowed": Reason(
        "the law knows no such fee",
        by_country={
            "DK": f"{_DK_FEES}: at most 100 kr. per reminder, one handover fee, none on a payment plan",
            "NO": _NO_FEES,
            "EU": "directive 2011/7/EU knows no reminder fee",
        },
    ),
    "compensation_not_business": Reason(
        "only a business or a public body owes compensation, and whoever is not known counts as a consumer",
        by_country={
            "DK": "renteloven § 9 a(3), for claims due from 2013-03-01",
            "NO": "forsinkelsesrenteloven § 3 a",
            "EU": "directive 2011/7/EU, art. 6",
        },
    ),
    "compensation_already_claimed": Reason("compensation is claimed once per invoice"),
    "compensation_not_after_due_date": Reason("an invoice that is not late yet gives no compensation"),
    "compensation_offset_by_fees": Reason(
        "the fees charged already come to as much as the compensation", "inkassoforskriften §§ 1-5 and 2-6"
    ),
    "invoice_not_delivered": Reason(
        "nothing is charged for an invoice that the customer did not have before the due date", "FinKN 2017-492"
    ),
    "agreed_rate_above_statutory_for_consumer": Reason(
        "a consumer pays no more than the statutory rate, so that is used where the agreed one is higher",
        by_country={"DK": "renteloven § 7(1)", "NO": "forsinkelsesrenteloven § 4"},
    ),
}
LETTERS = {
    "letter_not_after_due_date": Reason("a formal letter goes after the due date", by_country=_NOTICE),
    "letter_incomplete": Reason(
        "the letter lacks something it has to say, such as a deadline, or went by a channel that does not count",
        by_country={"DK": f"inkassoloven § 10(2) and {_DK_FEES}", "NO": "inkassoloven §§ 3 a, 9 and 10"},
    ),
    "letter_bounced": Reason("a letter that reached nobody counts as not sent"),
    "deadline_too_short": Reason("the letter leaves too few days until its deadline", by_country=_NOTICE),
    "regime_not_reviewed": Reason(
        "nobody has reviewed the law for that day; when somebody has, it stands in rules/law/tables/reviews.csv",
        by_country={"NO": "the new act LOV-2026-05-22-19 may be in force by then; our own rule"},
    ),
    "nothing_owed": Reason("nothing is owed any more on that day"),
    "on_hold_dispute": Reason("the customer has raised an objection that is not settled"),
    "on_hold_plan": Reason("the customer keeps a payment plan"),
    "on_hold_status": Reason("the company is insolvent, or its status is not known"),
    "handover_without_inkassovarsel": Reason(
        "an open invoice has had no formal notice", by_country={"DK": "inkassoloven § 10", "NO": "inkassoloven § 9"}
    ),
    "handover_before_deadline": Reason(
        "the deadline of the formal notice is not over",
        by_country={"DK": "inkassoloven § 10", "NO": "inkassoloven § 9"},
    ),
    "only_fees_owed": Reason("fees that are left when all else is paid are not handed over"),
}
CLAIMS = {
    "rate_row_missing": Reason("there is no figure for that day; nothing is carried forward or guessed"),
    "country_unknown": Reason("there are no rules for this country"),
    "no_invoice": Reason("a claim has at least one invoice", _ASKED),
    "invoice_twice": Reason("every invoice has an id of its own", _ASKED),
    "invoice_unknown": Reason("an invoice that is named stands in the claim", _ASKED),
    "currency_mismatch": Reason("a claim has one currency, that of its country's rules", _ASKED),
    "debtor_not_covered": Reason("these rules are not for this kind of debtor", "directive 2011/7/EU, art. 1"),
    "amount_not_positive": Reason("invoices, payments and credit notes are above zero", _ASKED),
    "credit_above_invoice": Reason("no more can be credited than was invoiced", _ASKED),
    "credit_above_open": Reason("a credit note lowers no more than is open on its day", _ASKED),
    "payment_above_claim": Reason("a payment covers no more than is open on its day", _ASKED),
    "as_of_before_due_date": Reason("a claim is worked out from the due date on", _ASKED),
    "after_as_of": Reason("nothing that happens after the as-of date belongs to the claim", _ASKED),
    "deadline_before_letter": Reason("a deadline lies after its letter", _ASKED),
    "stop_ends_before_start": Reason("a stop ends after it begins", _ASKED),
    "setting_not_allowed": Reason("this cannot be chosen in this country"),
    "letter_kind_unknown": Reason("the country knows no such letter", _ASKED),
    "fee_of_unsent_letter": Reason("only a letter that was already sent says what it has charged", _ASKED),
    "compensation_by_letter": Reason("compensation is claimed by a letter here", _ASKED),
    "compensation_by_invoice": Reason("compensation is claimed per invoice here", _ASKED),
}
REASONS: Mapping[str, Reason] = {**CHARGES, **LETTERS, **CLAIMS}
