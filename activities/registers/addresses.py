"""Where the registers are and who we are to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

VIRK = "http://distribution.virk.dk"
"""Virk speaks HTTP without encryption: its password travels in the clear and must be used nowhere else."""
CVRAPI = "https://cvrapi.dk/api"
BRREG = "https://data.brreg.no/enhetsregisteret/api"


@dataclass(frozen=True)
class RegisterAddresses:
    """Addresses with the real ones as default; an empty user or agent means that this register is not asked."""

    virk_url: str = VIRK
    virk_user: str = ""
    virk_password: str = field(default="", repr=False)
    cvrapi_url: str = CVRAPI
    cvrapi_agent: str = ""
    """`Company - Project - Contact`, without which cvrapi answers that the quota is used up."""
    brreg_url: str = BRREG

    @property
    def has_virk(self) -> bool:
        return bool(self.virk_user and self.virk_password)


def checked_agent(agent: str) -> str:
    """The caller's name as cvrapi wants it; raises ValueError for anything that it would turn away."""
    if not agent.isascii() or not agent.isprintable() or len([part for part in agent.split(" - ") if part.strip()]) < 3:
        raise ValueError(
            "the caller's name for cvrapi must read `Company - Project - Contact`, without letters such as æ, ø and å"
        )
    return agent


def checked_virk_url(url: str) -> str:
    """Virk's address without trailing slash; raises ValueError unless it is a plain http or https address."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("Virk's address must be a plain http or https address")
    return url.rstrip("/")
