"""What stories of deliveries share: the sweep over messages, and what became of them."""

from __future__ import annotations

from decimal import Decimal

from activities.delivery_desk import DeliveryDesk
from tests.story import Story, at
from worker import heads_up_desk, mail_service, text_service


async def follow_deliveries(story: Story, moment: str) -> int:
    """One round of the sweep over messages; how many cases had to be signalled."""
    engines = story.engines
    heads_up = heads_up_desk(engines.settings, engines.database, mail_service(engines.settings))
    desk = DeliveryDesk(engines.database, engines.client, text_service(engines.settings), heads_up)
    told = await desk.follow_deliveries(story.creditor, at(moment))
    await story.quiet()
    return told


def states(story: Story, step: str = "rykker-1") -> dict[str, str]:
    """The state of each message of the newest proposal of a step, by channel."""
    return {m.channel: m.state for m in story.messages if m.proposal_id == story.proposal(step).id}


def fees(story: Story) -> list[Decimal]:
    """Fees that were charged and waived, in order."""
    return [amount for _, kind, amount in story.ledger if kind in ("fee", "waiver")]
