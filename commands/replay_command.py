"""The options of `rykker replay`; what they start is loaded only when it is asked for."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


class Country(StrEnum):
    DK = "DK"
    NO = "NO"


def replay_command(
    file: Annotated[Path, typer.Argument(help="A CSV file of invoices with the days on which they were settled.")],
    ladder: Annotated[str, typer.Option(help="A preset by its name, or a ladder of your own as a TOML file.")],
    maps: Annotated[
        list[str] | None,
        typer.Option("--map", help="field=column for what the file calls differently; repeat it."),
    ] = None,
    currency: Annotated[str, typer.Option(help="Of amounts without a currency of their own.")] = "DKK",
    country: Annotated[Country, typer.Option(help="Whose holidays are kept.")] = Country.DK,
    answer_after: Annotated[int, typer.Option(min=0, max=365, help="Days until a disputed invoice is answered.")] = 14,
    customers: Annotated[int | None, typer.Option(min=1, help="Replay only the first so many customers.")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="So many customers at the same time.")] = 8,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
) -> None:
    """Replay a past book through time: real cases, real letters to stand-ins, and what would have gone out.

    Each case knows only what was known on its day. A settlement becomes known on the morning of its day, a dispute
    (of which a file tells no date) as a question on the due date. An admin releases everything. Ends with a non-zero
    code when anything was sent on or after the day its invoice was settled.
    """
    from commands.replay import replay

    raise typer.Exit(
        replay(
            Console(),
            file,
            ladder,
            maps=maps or (),
            currency=currency,
            country=country.value,
            answer_after=answer_after,
            customers=customers,
            jobs=jobs,
            json_file=json_file,
        )
    )
