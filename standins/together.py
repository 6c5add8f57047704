"""All four stand-ins over one sample book, in one process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from standins import saved
from standins.economic import server as economic
from standins.economic.book import Book
from standins.economic.server import EconomicStandin
from standins.outbox import Outbox
from standins.registers import server as registers
from standins.registers.companies import Companies
from standins.registers.server import RegistersStandin
from standins.sample_book import sample_book, sample_companies
from standins.sendgrid import server as sendgrid
from standins.sendgrid.server import SendGridStandin
from standins.server import Standin, running
from standins.twilio import server as twilio
from standins.twilio.server import TwilioStandin


@dataclass(frozen=True)
class Ports:
    """0 takes a free one."""

    economic: int = 0
    sendgrid: int = 0
    twilio: int = 0
    registers: int = 0


@dataclass(frozen=True)
class Four:
    economic: EconomicStandin
    sendgrid: SendGridStandin
    twilio: TwilioStandin
    registers: RegistersStandin

    def described(self) -> dict[str, Any]:
        """Addresses and credentials, for whoever is to talk to them."""
        return {
            "economic": self.economic.url,
            "sendgrid": self.sendgrid.url,
            "twilio": self.twilio.url,
            "registers": self.registers.url,
            "credentials": {
                "economic_app_secret": economic.APP_SECRET,
                "economic_grant": economic.GRANT,
                "sendgrid_key": sendgrid.KEY,
                "sendgrid_event_key": self.sendgrid.event_key,
                "twilio_sid": twilio.SID,
                "twilio_token": twilio.TOKEN,
                "virk_user": registers.VIRK_USER,
                "virk_password": registers.VIRK_PASSWORD,
            },
        }

    def set_today(self, today: date) -> None:
        """Move the day of all four."""
        every: tuple[Standin, ...] = (self.economic, self.sendgrid, self.twilio, self.registers)
        for one in every:
            one.set_today(today)


def _sample(today: date | None) -> tuple[Book, Companies]:
    day = Standin(today).today
    return sample_book(day), sample_companies(day)


@contextmanager
def together(
    *,
    today: date | None = None,
    outbox: Path | None = None,
    state: Path | None = None,
    ports: Ports | None = None,
    events_to: str = "",
    calls_back: bool = False,
) -> Iterator[Four]:
    """Run all four; `state` is read if it is there, and then kept up to date.

    `events_to` is the hook that hears what becomes of mails; `calls_back`: texts tell it to the address they came with.
    """
    ports = ports or Ports()
    box = Outbox(outbox) if outbox else None
    book, companies = saved.load(state) if state and state.exists() else _sample(today)
    if state:
        saved.Keeper(state, book, companies)
    with ExitStack() as stack:
        yield Four(
            stack.enter_context(running(EconomicStandin(book, today=today), ports.economic)),
            stack.enter_context(running(SendGridStandin(outbox=box, today=today, events_to=events_to), ports.sendgrid)),
            stack.enter_context(running(TwilioStandin(outbox=box, today=today, calls_back=calls_back), ports.twilio)),
            stack.enter_context(running(RegistersStandin(companies, today=today), ports.registers)),
        )
