"""upline carry: spare members from losing the volume of their binary legs."""

from typing import Annotated

import typer
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, run, settings_for
from upline.core.context import SYSTEM
from upline.services.commission import exemptions
from upline.services.commission.exemptions import Exemption

app = typer.Typer(
    no_args_is_help=True,
    help="Keep the leg volume of members whom the plan would flush for a while.",
)
MemberArgument = Annotated[int, typer.Argument(metavar="MEMBER", help="Customer id.")]


@app.command()
def spare(
    member: MemberArgument,
    first: Annotated[int, typer.Option("--from", metavar="PERIOD", help="First period.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept with it.")],
    last: Annotated[
        int | None, typer.Option("--to", metavar="PERIOD", help="Last one; open if not given.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Keep a member's leg volume in these periods, whatever the plan says about the inactive."""

    async def work(container: Container) -> None:
        async with container.context(SYSTEM) as ctx:
            await exemptions.spare(ctx, member, first, last, reason)

    run(settings_for(data), work)
    until = "on" if last is None else f"to {last}"
    output.print(f"The legs of {member} are kept from {first} {until}.")


@app.command()
def end(
    member: MemberArgument,
    last: Annotated[int, typer.Option("--with", metavar="PERIOD", help="Last period kept.")],
    data: DataOption = None,
) -> None:
    """Let a member's exemption end with a period."""

    async def work(container: Container) -> int:
        async with container.context(SYSTEM) as ctx:
            return await exemptions.end(ctx, member, last)

    run(settings_for(data), work)
    output.print(f"The legs of {member} are kept until the end of {last}.")


@app.command(name="list")
def list_exemptions(
    member: Annotated[int | None, typer.Argument(metavar="[MEMBER]", help="Only theirs.")] = None,
    data: DataOption = None,
) -> None:
    """List exemptions, the latest first."""

    async def work(container: Container) -> list[Exemption]:
        async with container.context(SYSTEM) as ctx:
            return await exemptions.list_exemptions(ctx, member)

    table = Table("Member", "From", "Until", "Reason", "By")
    for one in run(settings_for(data), work):
        table.add_row(
            str(one.customer_id),
            f"{one.valid_from:%Y-%m-%d}",
            f"{one.valid_to:%Y-%m-%d}" if one.valid_to else "",
            one.reason,
            one.created_by,
        )
    output.print(table)
