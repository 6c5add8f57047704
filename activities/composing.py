"""Puts a due step into words: from facts to the composition that people see, release and send."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlmodel import Session, select

from activities.channels.addresses import NoNumber, email_addresses, mobile_number
from activities.charges import Charged, charges_of
from activities.facts import customer_of
from activities.page_link import PageLinks, page_address
from activities.reply_address import reply_address
from activities.wording import render
from models.books import BookCustomer
from models.cases import CaseRow, UnusableAddressRow
from models.claim import Ruling
from models.composition import Composition, Recipient
from models.creditor import CreditorSettings
from models.facts import CaseFacts, InvoiceFacts
from models.ladder import Step
from models.letters import Channel, Charges, Language, Letter, LetterInstalment, LetterInvoice
from models.money import total
from models.parties import CreditorRow
from models.settings import TEMPLATES, Settings
from rules.instalment_reminder import is_reminder

COUNTRY_LANGUAGE = {
    **dict.fromkeys(("danmark", "denmark", "dk", "dänemark"), Language.da),
    **dict.fromkeys(("norge", "norway", "no", "noreg"), Language.nb),
}
"""The books give countries as free text and no language; any other country is written to in English."""


@dataclass(frozen=True)
class WordingFolders:
    """Where wording is looked for: a creditor's own folder first, then the one that comes with Rykker."""

    own: Path
    built_in: Path
    links: PageLinks | None = None
    """Makes the link to the customer's page that every message names; None: none does."""
    inbound_domain: str = ""
    """Replies are asked for at a tagged address of this domain; empty: at the creditor's own."""

    @classmethod
    def of_installation(cls, settings: Settings) -> WordingFolders:
        """The folders and links that worker and API of one installation share."""
        return cls(
            own=settings.own_wording,
            built_in=TEMPLATES / "wording",
            links=PageLinks.of(settings),
            inbound_domain=settings.rykker_inbound_domain,
        )

    def of(self, creditor: str) -> list[Path]:
        return [self.own / creditor, self.built_in]


@dataclass(frozen=True)
class Addressee:
    """Whom a message can reach: usable addresses on the step's channels, and what is wrong with the others."""

    customer: BookCustomer
    recipients: tuple[Recipient, ...]
    problems: tuple[str, ...]

    def enough(self, step: Step) -> int:
        """How many of the addresses are on channels that suffice for the step."""
        return sum(1 for recipient in self.recipients if recipient.channel in step.enough)


@dataclass(frozen=True)
class Composed:
    """A step put into words, and what the law said of it."""

    composition: Composition
    to: Addressee
    ruling: Ruling


def addressee(session: Session, facts: CaseFacts, customer: BookCustomer, step: Step) -> Addressee:
    """Find the usable addresses of a customer for a step; addresses that bounced are left out."""
    query = select(UnusableAddressRow.address).where(UnusableAddressRow.creditor_id == facts.creditor)
    bad = set(session.exec(query))
    recipients: list[Recipient] = []
    problems: list[str] = []
    if Channel.email in step.channels:
        found = email_addresses(customer.email)
        problems += [f"{masked}: {reason}" for masked, reason in found.rejected]
        recipients += [Recipient(channel=Channel.email, address=a) for a in found.usable if a not in bad]
        problems += [f"an e-mail address of customer {customer.number} has bounced" for a in found.usable if a in bad]
        if not customer.email.strip():
            problems.append(f"customer {customer.number} has no e-mail address in the books")
    if Channel.sms in step.channels:
        mobile = mobile_number(customer.mobile, customer.phone, customer.country or facts.settings.country)
        if isinstance(mobile, NoNumber):
            problems.append(mobile.reason)
        elif mobile in bad:
            problems.append(f"the mobile number of customer {customer.number} cannot be reached")
        else:
            recipients.append(Recipient(channel=Channel.sms, address=mobile))
    return Addressee(customer, tuple(recipients), tuple(problems))


def compose(
    session: Session,
    facts: CaseFacts,
    step: Step,
    invoices: Sequence[InvoiceFacts],
    letter_date: date,
    folders: WordingFolders,
    customer: BookCustomer | None = None,
) -> Composed:
    """Compose a step for some invoices as it would leave on `letter_date`.

    `customer` is the live one where there is one, else the mirrored. Raises WordingError when a template is unsound.
    """
    customer = customer or customer_of(session, facts.creditor, facts.customer_number)
    to = addressee(session, facts, customer, step)
    creditor = session.get_one(CreditorRow, facts.creditor)
    charged = charges_of(session, facts, step, invoices, letter_date)
    if charged.charges.sum.minor and not any(r.channel is Channel.email for r in to.recipients):
        # A text carries no fee and no interest: it would point to a letter that nobody gets.
        note = "nothing is charged: there is no e-mail address for the letter that would say so"
        charged = Charged(Charges.none(facts.settings.currency), charged.ruling, (note,))
    page_url = page_address(session, facts.case_id, folders.links) if folders.links else ""
    letter = _letter(facts, creditor.name, to.customer, step, invoices, letter_date, charged.charges, page_url)
    if is_reminder(step.name):
        letter = _about_instalment(letter, facts)
    if replies_to := _tagged(session, facts, folders.inbound_domain):
        letter = letter.model_copy(update={"reply_to": replies_to})
    channels = [c for c in step.channels if any(r.channel is c for r in to.recipients)]
    rendered = render(letter, channels, folders.of(facts.creditor))
    left_out = [f"invoice {i.number} is not reminded: {i.not_reminded}" for i in facts.invoices if i.not_reminded]
    composition = Composition(
        step=step.name,
        letter=letter,
        recipients=to.recipients,
        rendered=tuple(rendered),
        notes=(*to.problems, *charged.notes, *left_out),
    )
    return Composed(composition, to, charged.ruling)


def language_of(customer: BookCustomer, settings: CreditorSettings) -> Language:
    """The customer's own language, else that of its country, else the creditor's."""
    if customer.language in tuple(Language):
        return Language(customer.language)
    if not customer.country.strip():
        return settings.language
    return COUNTRY_LANGUAGE.get(customer.country.strip().casefold(), Language.en)


def _tagged(session: Session, facts: CaseFacts, domain: str) -> str:
    """The address by which a reply finds this case; empty where there can be none."""
    case = session.get(CaseRow, facts.case_id) if domain and facts.case_id else None
    return reply_address(facts.creditor, case.page_key, domain) if case else ""


def payment_reference(invoices: Sequence[str], customer: BookCustomer) -> str:
    """What a payment is marked with: the invoice where it is one, else the customer."""
    return invoices[0] if len(invoices) == 1 else customer.number


def case_code(case_id: str) -> str:
    """A short code a customer can read out on the telephone; the same case always has the same."""
    return "R" + base64.b32encode(hashlib.sha256(case_id.encode()).digest())[:6].decode()


def _letter(
    facts: CaseFacts,
    creditor_name: str,
    customer: BookCustomer,
    step: Step,
    invoices: Sequence[InvoiceFacts],
    letter_date: date,
    charges: Charges,
    page_url: str,
) -> Letter:
    settings = facts.settings
    principal = total([i.balance for i in invoices], settings.currency)
    before = [letter.sent for letter in facts.letters if set(letter.invoices) & {i.number for i in invoices}]
    numbers = {i.number for i in invoices}
    others = [i for i in facts.invoices if i.number not in numbers and i.balance.minor > 0 and not i.not_reminded]
    return Letter(
        wording=step.wording,
        language=language_of(customer, settings),
        creditor_name=creditor_name,
        creditor_address=settings.address,
        creditor_registration_number=settings.registration_number,
        sender_name=settings.sender_name or creditor_name,
        reply_to=settings.reply_to or settings.sender_email,
        phone=settings.phone,
        customer_name=customer.name,
        customer_address=customer.address,
        customer_number=customer.number,
        letter_date=letter_date,
        final_date=letter_date + timedelta(days=step.deadline_days) if step.deadline_days else None,
        invoices=tuple(_letter_invoice(i, letter_date) for i in invoices),
        also_open=tuple(_letter_invoice(i, letter_date) for i in others),
        principal=principal,
        charges=charges,
        total=principal + charges.sum,
        previous_letter_date=max(before, default=None),
        payment_lines=settings.payment_lines,
        payment_reference=payment_reference([i.number for i in invoices], customer),
        case_code=case_code(facts.case_id),
        page_url=page_url,
        link_in_texts=settings.link_in_texts,
    )


def _about_instalment(letter: Letter, facts: CaseFacts) -> Letter:
    """The same, asking for the next instalment of the plan in force and for nothing else."""
    plan = facts.plan
    if plan is None:
        return letter
    instalment = LetterInstalment(
        number=plan.number,
        count=plan.count,
        due_date=plan.due,
        amount=plan.amount,
        outstanding=plan.open,
        plan_left=plan.left,
    )
    return letter.model_copy(update={"instalment": instalment, "total": plan.open})


def _letter_invoice(invoice: InvoiceFacts, letter_date: date) -> LetterInvoice:
    assert invoice.due_date is not None
    return LetterInvoice(
        number=invoice.number,
        invoice_date=invoice.invoice_date,
        due_date=invoice.due_date,
        days_late=(letter_date - invoice.due_date).days,
        amount=invoice.gross,
        outstanding=invoice.balance,
    )
