"""The company registers of Denmark and Norway as their clients see them."""

from standins.registers.companies import Companies
from standins.registers.server import RegistersStandin

__all__ = ["Companies", "RegistersStandin"]
