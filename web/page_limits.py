"""How often a customer's page may be asked for: per link, and per address for links that are none."""

from __future__ import annotations

import time
from collections.abc import Hashable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

READS = RateLimitItemPerMinute(60)
WRITES = RateLimitItemPerHour(10)
FORGED = RateLimitItemPerMinute(30)


@dataclass(frozen=True)
class PageLimits:
    """Counts in this process; several API processes allow as many times more."""

    _limiter: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))

    def wait(self, item: RateLimitItem, key: Hashable) -> int:
        """Count one more; the seconds to wait when that was too many, else 0."""
        if self._limiter.hit(item, str(key)):
            return 0
        return max(1, round(self._limiter.get_window_stats(item, str(key)).reset_time - time.time()))


def network_of(address: str) -> str:
    """Who asks: an IPv4 address, or the /64 that one IPv6 subscriber has to itself."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))
