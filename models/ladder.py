"""A ladder: the steps an unpaid invoice climbs, as the creditor wrote it down."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from models.letters import Channel

NAME = r"^[a-z0-9][a-z0-9-]{0,39}$"


class Step(BaseModel):
    """One rung: when it comes due, on which channels it goes out and in which words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=NAME)
    title: str = Field(min_length=1, max_length=60)
    """What people call it, in timelines and heads-ups."""
    offset_days: int = Field(ge=-365, le=730)
    """Days from the due date of the invoice; negative is before it."""
    gap_days: int = 0
    """At least so many days after the invoice's previous step was really sent."""
    channels: tuple[Channel, ...]
    wording: str = ""
    """Name of the wording under templates/wording; a telephone step needs none."""
    deadline_days: int | None = Field(default=None, ge=1, le=90)
    """Days from the day it leaves until the date by which to pay, where the step gives one."""
    enabled: bool = True

    @property
    def is_task(self) -> bool:
        """A telephone step is a task for a person; nothing is sent."""
        return Channel.phone in self.channels

    @property
    def before_due(self) -> bool:
        """What it says is only true until the due date."""
        return self.offset_days < 0


class Ladder(BaseModel):
    """Steps in the order in which they are climbed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=NAME)
    title: str = Field(min_length=1, max_length=80)
    steps: tuple[Step, ...] = Field(min_length=1, max_length=20)

    def step(self, name: str) -> Step:
        """The step of that name; KeyError when the ladder has none."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(f"ladder {self.name} has no step {name}")

    @property
    def climbed(self) -> tuple[Step, ...]:
        """The steps that are switched on."""
        return tuple(step for step in self.steps if step.enabled)
