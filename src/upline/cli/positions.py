"""upline position: give a position to another owner, and see whose it was."""

from typing import Annotated

import typer
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, run, settings_for
from upline.core.context import SYSTEM
from upline.services.commission import owners
from upline.services.commission.owners import Ownership

app = typer.Typer(no_args_is_help=True, help="Give positions to other owners.")
PositionArgument = Annotated[int, typer.Argument(metavar="POSITION", help="Customer id.")]


@app.command()
def give(
    position: PositionArgument,
    first: Annotated[int, typer.Option("--from", metavar="PERIOD", help="First period of it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept with it.")],
    owner: Annotated[
        int | None,
        typer.Option("--to", metavar="OWNER", help="Whose it is then; its own if not given."),
    ] = None,
    data: DataOption = None,
) -> None:
    """Give a position to another owner. Periods before stay, and are paid, as they were."""

    async def work(container: Container) -> None:
        async with container.context(SYSTEM) as ctx:
            await owners.give(ctx, position, owner, first, reason)

    run(settings_for(data), work)
    whose = "is its own" if owner is None else f"belongs to {owner}"
    output.print(f"{position} {whose} from {first} on.")


@app.command(name="list")
def list_owners(position: PositionArgument, data: DataOption = None) -> None:
    """List whose a position is and was, the latest first."""

    async def work(container: Container) -> list[Ownership]:
        async with container.context(SYSTEM) as ctx:
            return await owners.list_owners(ctx, position)

    table = Table("Owner", "Until", "Reason", "By")
    for one in run(settings_for(data), work):
        owner = "its own" if one.owner_id is None else str(one.owner_id)
        until = f"{one.until:%Y-%m-%d}" if one.until else ""
        table.add_row(owner, until, one.reason, one.created_by)
    output.print(table)
