"""A ladder: the steps an unpaid invoice climbs, as the creditor wrote it down."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.letters import Channel

NAME = r"^[a-z0-9][a-z0-9-]{0,39}$"


class StepKind(StrEnum):
    """What a step is in the eyes of the law."""

    nudge = "nudge"
    """A friendly word, before or on the due date or after it; it charges nothing and counts as nothing."""
    reminder = "reminder"
    """rykker, purring"""
    formal_notice = "formal_notice"
    """inkassovarsel: the last letter before somebody else may collect"""
    task = "task"
    """Something a person does, such as a telephone call; nothing is sent."""


class Tone(StrEnum):
    """How a step sounds; it tells people which wording fits and decides nothing."""

    friendly = "friendly"
    professional = "professional"
    understanding = "understanding"
    concerned = "concerned"
    firm = "firm"


class Step(BaseModel):
    """One rung: when it comes due, on which channels it goes out and in which words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=NAME)
    title: str = Field(min_length=1, max_length=60)
    """What people call it, in timelines and heads-ups."""
    kind: StepKind = StepKind.reminder
    tone: Tone = Tone.professional
    offset_days: int | None = Field(default=None, ge=-365, le=730)
    """Days from the due date of the invoice; negative is before it. None counts from the step before alone."""
    gap_days: int = 0
    """At least so many days after the invoice's previous step was really sent; the law may ask for more."""
    closed_days: Literal["next", "previous"] = "next"
    """Where a step that falls on a day without office hours goes; only a step before the due date may go earlier."""
    channels: tuple[Channel, ...]
    sufficient: tuple[Channel, ...] = ()
    """Channels of which one is enough for the step to count as sent; empty means every channel of the step."""
    wording: str = ""
    """Name of the wording under templates/wording; a task needs none."""
    fee: bool = False
    """Charges the reminder fee of the country, where the law lets it on the day of sending."""
    compensation: bool = False
    """Claims the fixed compensation of the country from a business."""
    deadline_days: int | None = Field(default=None, ge=1, le=90)
    """Days from the day it leaves until the date by which to pay, where the step gives one."""
    hold_hours: int | None = Field(default=None, ge=1, le=240)
    """Length of the hold window; None takes the creditor's."""
    script: str = Field(default="", max_length=1000)
    """What the person who does a task is asked to say or do."""
    enabled: bool = True

    @model_validator(mode="before")
    @classmethod
    def _kind_of_old(cls, step: Any) -> Any:
        """Ladders that were saved before steps had a kind said it by other words."""
        if not isinstance(step, dict) or "kind" in step:
            return step
        channels, offset = step.get("channels"), step.get("offset_days")
        if isinstance(channels, list | tuple) and "phone" in channels:
            kind = StepKind.task
        elif step.get("wording") == "collection-notice":
            kind = StepKind.formal_notice
        else:
            kind = StepKind.nudge if isinstance(offset, int) and offset < 0 else StepKind.reminder
        return {**step, "kind": kind}

    @property
    def is_task(self) -> bool:
        """A task is for a person; nothing is sent."""
        return self.kind is StepKind.task

    @property
    def before_due(self) -> bool:
        """What it says is only true until the due date."""
        return self.offset_days is not None and self.offset_days < 0

    @property
    def enough(self) -> tuple[Channel, ...]:
        """The channels of which one must take the message for the step to count as sent."""
        return self.sufficient or self.channels


class Ladder(BaseModel):
    """Steps in the order in which they are climbed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=NAME)
    title: str = Field(min_length=1, max_length=80)
    country: str = Field(default="DK", pattern=r"^[A-Z]{2}$")
    """Whose law it keeps."""
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

    @property
    def days(self) -> tuple[int, ...]:
        """For every step that is switched on, in order, the day it is meant for, counted from the due date."""
        days: list[int] = []
        for step in self.climbed:
            before = days[-1] if days else 0
            days.append(before + step.gap_days if step.offset_days is None else step.offset_days)
        return tuple(days)

    @property
    def planned(self) -> dict[str, int]:
        """The days of the steps by their names."""
        return {step.name: day for step, day in zip(self.climbed, self.days, strict=True)}
