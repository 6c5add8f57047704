"""A message as put before people and, if released, sent: figures, recipients and words, with a digest over all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from models.letters import Channel, Charges, Letter, Rendered
from models.money import Money


class Recipient(BaseModel):
    """One address on one channel."""

    model_config = ConfigDict(frozen=True)

    channel: Channel
    address: str


class Composition(BaseModel):
    """Everything that a release approves."""

    model_config = ConfigDict(frozen=True)

    step: str
    letter: Letter
    recipients: tuple[Recipient, ...]
    rendered: tuple[Rendered, ...]
    notes: tuple[str, ...] = ()
    """What the admin should know but the customer is not told; not part of the digest."""

    @property
    def digest(self) -> str:
        """SHA-256 over invoices, figures, recipients and rendered text; the same facts give the same digest."""
        body = json.dumps(self.model_dump(mode="json", exclude={"notes"}), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(body.encode()).hexdigest()

    @property
    def amount(self) -> Money:
        return self.letter.total

    def addresses(self, channel: Channel) -> tuple[str, ...]:
        return tuple(r.address for r in self.recipients if r.channel is channel)

    def words(self, channel: Channel) -> Rendered | None:
        """The rendered message of a channel; None when the channel has no recipient."""
        return next((r for r in self.rendered if r.channel is channel), None)


def changes(proposed: Composition, now: Composition) -> tuple[str, ...]:
    """What differs between two compositions of the same step, in words."""
    found = []
    before = {i.number: i for i in proposed.letter.invoices}
    after = {i.number: i for i in now.letter.invoices}
    for number in sorted(before.keys() | after.keys()):
        if number not in after:
            found.append(f"invoice {number} is no longer part of it")
        elif number not in before:
            found.append(f"invoice {number} has joined")
        elif before[number].outstanding != after[number].outstanding:
            old, new = before[number].outstanding, after[number].outstanding
            found.append(f"invoice {number} had {old} outstanding, now {new}")
        elif before[number] != after[number]:
            found.append(f"the dates or the amount of invoice {number} have changed")
    found += _other_charges(proposed.letter.charges, now.letter.charges)
    if proposed.recipients != now.recipients:
        found.append("the recipients have changed")
    if proposed.rendered != now.rendered and not found:
        found.append("the wording has changed")
    if proposed.digest != now.digest and not found:
        found.append("particulars of the message have changed")
    return tuple(found)


def _other_charges(before: Charges, after: Charges) -> Iterator[str]:
    if before.fee != after.fee:
        yield f"the fee was {before.fee} and is now {after.fee}"
    if before.earlier_fees != after.earlier_fees:
        yield f"the earlier fees were {before.earlier_fees} and are now {after.earlier_fees}"
    if before.compensation != after.compensation:
        yield f"the compensation was {before.compensation} and is now {after.compensation}"
    if before.interest != after.interest:
        yield f"the interest was {before.interest} and is now {after.interest}"
    elif before.interest_periods != after.interest_periods:
        yield "the rates or days of the interest have changed"
    if (before.announced_fee, before.announced_rate) != (after.announced_fee, after.announced_rate):
        yield "the fee or interest that it announces has changed"
