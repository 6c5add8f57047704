"""The arguments of `rykker claim`; what it works out is loaded only when it is asked for."""

from __future__ import annotations

from typing import Annotated

import typer


def claim_command(
    file: Annotated[str, typer.Argument(help="A claim as JSON, or a worked example; - reads it from standard input.")],
    explain: Annotated[bool, typer.Option("--explain", help="Tell the working to a person instead.")] = False,
) -> None:
    """Work a claim out as of a day: interest, fees, compensation, payments, and what is open.

    Prints JSON. Ends with 1 when the law or a missing figure forbids an answer, and with 2 when the file cannot be
    read; either way a sentence on standard error says why.
    """
    from commands.claim import claim

    raise typer.Exit(claim(file, explain))
