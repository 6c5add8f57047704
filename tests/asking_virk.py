"""Virk, the Danish register, as the tests of its client ask it: the stand-in, and a client that knows nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from activities.registers.addresses import RegisterAddresses
from activities.registers.registers import Registers
from standins.registers import RegistersStandin
from standins.server import running
from tests.asking_registers import (
    TODAY,
    addresses_of,
    asking,
    companies,
)

SEARCH = "/cvr-permanent/virksomhed/_search"


@pytest.fixture
def standin() -> Iterator[RegistersStandin]:
    with running(RegistersStandin(companies(), today=TODAY)) as server:
        yield server


def only_virk(standin: RegistersStandin, **other: str) -> RegisterAddresses:
    return addresses_of(standin, cvrapi_agent="", **other)


@pytest.fixture
def virk(standin: RegistersStandin) -> Iterator[Registers]:
    with asking(only_virk(standin)) as registers:
        yield registers
