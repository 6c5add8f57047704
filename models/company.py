"""What a public register says about a company, in words that are the same for every register."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator


class CompanyState(StrEnum):
    """How a company stands; `unknown` is a failed or missing answer and never counts as healthy."""

    healthy = "healthy"
    insolvent = "insolvent"
    restructuring = "restructuring"
    winding_up = "winding_up"
    gone = "gone"
    odd = "odd"
    """The register answered with something that is not on our list."""
    unknown = "unknown"


class Consequence(StrEnum):
    """What a state means for a claim."""

    go_on = "go_on"
    warn = "warn"
    """The ladder goes on; a person should give no new credit."""
    freeze = "freeze"
    """No letters and no fees; a person acts."""
    successor = "successor"
    """Another company owes now; a person finds out which."""
    dissolved = "dissolved"
    """The company is no more; a person decides what becomes of the claim."""
    ask = "ask"
    """Odd or unknown: a person looks before anything goes out."""


class Source(StrEnum):
    """The register that was asked; `none` when there was nobody to ask."""

    virk = "virk"
    cvrapi = "cvrapi"
    brreg = "brreg"
    none = ""


class CompanyStatus(BaseModel):
    """One company's standing as one register had it at one real instant."""

    model_config = ConfigDict(frozen=True)

    number: str
    """The registration number without blanks: eight digits in Denmark, nine in Norway; as given if it is not one."""
    country: str
    state: CompanyState
    raw: str = ""
    """The register's own word, from which the state and the advice follow."""
    source: Source = Source.none
    since: date | None = None
    """The day the status began, where the register tells."""
    read_at: AwareDatetime
    """Real time, for the age of the answer."""
    problem: str = ""
    """Why the state is unknown; empty for every other state."""
    trustee: str = ""
    """The trustee's name, where the register gives one."""

    @model_validator(mode="after")
    def _unknown_says_why(self) -> Self:
        if (self.state is CompanyState.unknown) != bool(self.problem):
            raise ValueError("an unknown state, and no other, has a problem")
        return self


class Meaning(BaseModel):
    """What one word of a register means; `{trustee}` in the text is where the trustee's name goes."""

    model_config = ConfigDict(frozen=True)

    state: CompanyState
    consequence: Consequence
    text: str
    """What a person should do next."""
    filing_days: int | None = None
    """Days from the beginning of the status within which a claim is to be filed; None where the law sets no number."""


class Advice(BaseModel):
    """What a person should do about a company now."""

    model_config = ConfigDict(frozen=True)

    consequence: Consequence
    text: str
    by: date | None = None
    """The last day for it, also when that day has passed."""
