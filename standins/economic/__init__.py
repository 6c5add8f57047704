"""e-conomic as its clients see it: the legacy REST host and the OpenAPI services on one port."""

from standins.economic.book import Book
from standins.economic.server import EconomicStandin

__all__ = ["Book", "EconomicStandin"]
