"""The rykker command. Thin: every command lives in a module of its own under commands/."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from commands.claim_command import claim_command
from commands.leaving import leaving
from commands.replay_command import replay_command

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Payment reminders that never embarrass you. Start with [bold]rykker run[/bold] or [bold]rykker demo[/bold].",
)
trail_app = typer.Typer(no_args_is_help=True, help="The immutable trail: check that nothing was changed.")
creditor_app = typer.Typer(no_args_is_help=True, help="Creditors: who lets Rykker remind its customers.")
app.command("replay")(replay_command)
app.command("claim")(claim_command)
app.add_typer(trail_app, name="trail")
ladder_app = typer.Typer(no_args_is_help=True, help="Ladders: check one before it is saved.")
app.add_typer(creditor_app, name="creditor")
app.add_typer(ladder_app, name="ladder")
console = Console()


@app.command()
def run() -> None:
    """Run everything on this machine until Ctrl-C: Temporal with its UI, worker, API, database, and stand-ins.

    A service for which the environment holds an account (ECONOMIC_APP_SECRET_TOKEN, SENDGRID_API_KEY,
    TWILIO_ACCOUNT_SID) is the real one; the others are stand-ins on this machine. Data is kept under ./data.
    """
    from commands.run import run as run_stack

    raise typer.Exit(asyncio.run(run_stack(console)))


@app.command()
def demo(
    keep: Annotated[Path, typer.Option(help="Folder for the messages and the timelines.")] = Path("demo-output"),
) -> None:
    """Play two months with a sample book in a few minutes: time is skipped, everything else is real.

    Prints a timeline per case, writes the messages that were sent as files, checks itself, and ends with a non-zero
    code when anything it promises did not happen.
    """
    from commands.demo import demo as play

    raise typer.Exit(asyncio.run(play(console, keep)))


@app.command()
def migrate() -> None:
    """Bring the database to the newest migration; doing it again changes nothing."""
    from commands.migrate import main

    main()


@trail_app.command("verify")
def trail_verify(
    what: Annotated[
        str, typer.Argument(metavar="FILE|CREDITOR", help="A case export (HTML or JSON), or one creditor's id.")
    ] = "",
    anchor: Annotated[
        str, typer.Option(metavar="SEQ:HASH", help="The head that was mailed on a day; the chain must still have it.")
    ] = "",
) -> None:
    """Check a case export by its file alone, or walk the hash chain of one creditor or of all in the database.

    Names what was changed and where. Ends with 0 when all is whole, 1 when it is not, and 2 when there is nothing to
    check: a file that is no export, an unknown creditor.
    """
    from commands.trail import verify

    raise typer.Exit(verify(console, what, anchor))


@creditor_app.command("add")
def creditor_add(file: Annotated[Path, typer.Argument(help="A TOML file as in docs/creditor.example.toml.")]) -> None:
    """Add a creditor with its people; prints each person's token once."""
    from commands.creditor import add

    raise typer.Exit(add(console, file))


@ladder_app.command("check")
def ladder_check(
    file: Annotated[Path, typer.Argument(help="A ladder as a TOML or JSON file.")],
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day whose law is asked; today when left out.")
    ] = None,
    wording: Annotated[list[Path] | None, typer.Option(help="A folder with wording of your own; repeat it.")] = None,
) -> None:
    """Check a ladder by its shape and by the law: each problem with its rule, its source and the nearest legal value.

    Ends with 1 when there is any problem, and with 2 when the file cannot be read.
    """
    from commands.ladder import check

    day = (on or datetime.now().astimezone()).date()
    raise typer.Exit(check(console, file, day, wording or ()))


def main() -> None:
    """The rykker command as a process of its own."""
    with leaving():
        app()


if __name__ == "__main__":
    main()
