"""What happens to workers: killed, killed again, two at once, a deploy, a clock that jumps."""

from __future__ import annotations

import itertools

from faults.boundaries import Blow
from faults.ground import ground
from faults.life import Life
from faults.tries import Row, Stage, enumerated, lived, runs_of, spread

JUMPS = (3.0, -3.0, 72.0, -72.0)
"""Hours."""
FEW_BOUNDARIES = 3
"""A worker that is started again meets this many boundaries in any case."""


async def killed(stage: Stage) -> Row:
    """SIGKILL at every boundary of a case."""
    async with ground(stage.folder / "killed") as here:
        row = Row("worker killed")
        crossed = (await enumerated(here))[:: stage.every]
        return await stage.all(
            row, (lived(row, Life(here, f"killed-{b.number}", ((Blow(b.number),),))) for b in crossed)
        )


async def killed_again(stage: Stage) -> Row:
    """SIGKILL at boundaries of a send, and the next worker is killed as soon as it has begun to clear up."""
    async with ground(stage.folder / "killed-again") as here:
        row = Row("killed, and the next, too")
        reminder = runs_of(await enumerated(here), "send")[1][:: stage.every]
        pairs = [(b.number, again) for b, again in zip(reminder, itertools.cycle(range(1, FEW_BOUNDARIES + 1)))]
        return await stage.all(
            row,
            (lived(row, Life(here, f"killed-{one}-{two}", ((Blow(one), Blow(two)),))) for one, two in pairs),
        )


async def two_at_once(stage: Stage) -> Row:
    """Two workers on one queue and one database, and one of them is killed."""
    async with ground(stage.folder / "two") as here:
        row = Row("two at once, one killed")
        half = (await enumerated(here))[: 12 * 6 : 3 * stage.every]
        return await stage.all(row, (lived(row, Life(here, f"two-{b.number}", ((Blow(b.number),), ()))) for b in half))


async def deployed(stage: Stage) -> Row:
    """A graceful stop in the middle of guarding and sending, then a new worker."""
    async with ground(stage.folder / "deployed") as here:
        row = Row("deploy in a send")
        crossed = await enumerated(here)
        places = [*runs_of(crossed, "guard")[1], *runs_of(crossed, "send")[1]][:: stage.every]
        return await stage.all(
            row, (lived(row, Life(here, f"deployed-{b.number}", ((Blow(b.number, "deploy"),),))) for b in places)
        )


async def clock_jumps(stage: Stage) -> Row:
    """The worker's clock is hours or days ahead or behind from a boundary on."""
    async with ground(stage.folder / "clock") as here:
        row = Row("clock jumps")
        crossed = await enumerated(here)
        places = [*spread(runs_of(crossed, "guard")[1], 3), *spread(runs_of(crossed, "send")[1], 3)][:: stage.every]
        return await stage.all(
            row,
            (
                lived(row, Life(here, f"clock-{b.number}-{hours:+g}", ((Blow(b.number, "clock", hours),),)))
                for b in places
                for hours in JUMPS
            ),
        )
