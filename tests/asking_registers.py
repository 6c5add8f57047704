"""What the tests of the registers share: companies, a clock and pauses of our own, and every kind of trouble."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from activities.registers.addresses import RegisterAddresses
from activities.registers.calls import Patience
from activities.registers.registers import Registers
from models.company import CompanyStatus
from standins.registers import Companies, RegistersStandin
from standins.registers.server import VIRK_PASSWORD, VIRK_USER

TODAY = date(2026, 11, 22)
HAVN, NORDLYS, WITH_NOUGHT = "99999993", "77777776", "01000004"
FORETAK, ANNET = "888888888", "999999999"
AGENT = "Nordlys - Rykker - Lars +45 20 12 34 01"
QUICK = Patience(connect=1, read=0.6, total=1)
SLOW_ENOUGH = Patience(connect=1, read=5, total=5)


def companies() -> Companies:
    register = Companies()
    register.day = lambda: TODAY
    register.add(HAVN, "Havn A/S")
    register.add(NORDLYS, "Nordlys ApS")
    register.add(WITH_NOUGHT, "Gamle Ærø I/S")
    register.add(FORETAK, "TESTFORETAK AS", country="NO")
    register.add(ANNET, "ANNET FORETAK AS", country="NO")
    return register


class Clock:
    """A real clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


class Pauses:
    """Pauses that take no time but move the clock of pauses on."""

    def __init__(self) -> None:
        self.taken: list[float] = []
        self.at = 1000.0

    def sleep(self, seconds: float) -> None:
        self.taken.append(seconds)
        self.at += seconds

    def monotonic(self) -> float:
        return self.at


def addresses_of(standin: RegistersStandin, **other: str) -> RegisterAddresses:
    """All three registers on the stand-in; `other` replaces what a test wants otherwise."""
    all_here = RegisterAddresses(
        virk_url=standin.url,
        virk_user=VIRK_USER,
        virk_password=VIRK_PASSWORD,
        cvrapi_url=f"{standin.url}/api",
        cvrapi_agent=AGENT,
        brreg_url=f"{standin.url}/enhetsregisteret/api",
    )
    return replace(all_here, **other)


@contextmanager
def asking(addresses: RegisterAddresses, **settings: Any) -> Iterator[Registers]:
    """The real client with patience enough, a clock that stands still, and pauses that are only written down."""
    defaults: dict[str, Any] = {"clock": Clock(), "patience": SLOW_ENOUGH, "sleep": lambda seconds: None}
    registers = Registers(addresses, **{**defaults, **settings})
    try:
        yield registers
    finally:
        registers.close()


def one(registers: Registers, country: str, number: str) -> CompanyStatus:
    return registers.statuses([(country, number)])[country, number]


TROUBLE: list[dict[str, Any]] = [
    {"kind": "status", "status": 429},
    {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}},
    {"kind": "status", "status": 500, "body": "{}"},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 408},
    {"kind": "status", "status": 204},
    {"kind": "html", "status": 200},
    {"kind": "html", "status": 502},
    {"kind": "hang_before_read"},
    {"kind": "hang_after_read"},
    {"kind": "hang_after_effect"},
    {"kind": "drop_before_read"},
    {"kind": "drop_after_read"},
    {"kind": "drop_after_effect"},
    {"kind": "drop_after_read", "rst": True},
    {"kind": "status_after_effect", "status": 500},
    {"kind": "slow", "seconds": 5},
    {"kind": "slow", "seconds": 60, "drip": True},
    {"kind": "cut"},
    {"kind": "bad_json"},
    {"kind": "empty"},
    {"kind": "redirect", "location": "/elsewhere"},
    {"kind": "status", "status": 200, "body": "[" * 100_000},
    {"kind": "status", "status": 200, "body": '{"konkurs":NaN}'},
    {"kind": "status", "status": 200, "body": "x" * 2_000_000},
]
"""Every way in which an answer can be none."""


def patience(trouble: dict[str, Any]) -> Patience:
    """Short only where no answer comes, so that a busy machine is not taken for a silent one."""
    return QUICK if trouble["kind"].startswith("hang") or trouble["kind"] == "slow" else SLOW_ENOUGH


def named(trouble: dict[str, Any]) -> str:
    return "-".join(str(value)[:20] for value in trouble.values())
