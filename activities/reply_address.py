"""The address by which a reply finds its case: `reply+<creditor>.<page key>@<inbound domain>`."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST_LOCAL_PART = 64
"""Octets before the @ that mail servers have to take (RFC 5321, 4.5.3.1.1)."""
TAGGED = re.compile(r"reply\+([^@\s.]+)\.([^@\s]+)@[^@\s]+", re.IGNORECASE)


def reply_address(creditor: str, page_key: str, domain: str) -> str:
    """The address for replies to one case; empty where there is no domain, no key, or no room for them."""
    local = f"reply+{creditor}.{page_key}"
    if not domain or not page_key or len(local) > LONGEST_LOCAL_PART:
        return ""
    return f"{local}@{domain}"


def tags_in(addresses: Iterable[str]) -> list[tuple[str, str]]:
    """Creditor and page key of every tagged address, each once, in their order."""
    found = (match.groups() for address in addresses if (match := TAGGED.fullmatch(address.strip())))
    return list(dict.fromkeys((creditor.lower(), key) for creditor, key in found))
