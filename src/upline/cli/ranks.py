"""upline rank: give members ranks, look at those given, and end them."""

from typing import Annotated

import typer
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, run, settings_for
from upline.core.context import SYSTEM
from upline.services.period import queries
from upline.services.rank import overrides
from upline.services.rank.overrides import Override

app = typer.Typer(no_args_is_help=True, help="Force ranks for some periods, list and lift them.")
ReasonOption = Annotated[str, typer.Option(help="Why; kept with who and when.")]


@app.command()
def force(
    member: Annotated[int, typer.Argument(metavar="MEMBER", help="Customer id.")],
    rank: Annotated[str, typer.Argument(metavar="RANK", help="Its key in the plan, or its id.")],
    reason: ReasonOption,
    first: Annotated[
        int, typer.Option("--from", metavar="PERIOD", help="First period; 0 = this month.")
    ] = 0,
    last: Annotated[
        int | None,
        typer.Option("--to", metavar="PERIOD", help="Last period. Default: until it is lifted."),
    ] = None,
    data: DataOption = None,
) -> None:
    """Pay a member as a rank. What was achieved stays what it is, and is shown beside it."""

    async def work(container: Container) -> int:
        async with container.context(SYSTEM) as ctx:
            number = queries.resolve(ctx, first)
            return await overrides.force(ctx, member, rank, number, last, reason)

    output.print(f"Forced rank {run(settings_for(data), work)}: {member} is paid as {rank}.")


@app.command()
def lift(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As `upline rank list` shows.")],
    reason: ReasonOption,
    first: Annotated[
        int,
        typer.Option("--from", metavar="PERIOD", help="First period without it; 0 = this month."),
    ] = 0,
    data: DataOption = None,
) -> None:
    """End a forced rank. Closed periods keep what they were paid as."""

    async def work(container: Container) -> None:
        async with container.context(SYSTEM) as ctx:
            await overrides.lift(ctx, number, queries.resolve(ctx, first), reason)

    run(settings_for(data), work)
    output.print(f"Forced rank {number} is lifted.")


@app.command(name="list")
def list_ranks(
    member: Annotated[int | None, typer.Option(help="Of this customer.")] = None,
    period: Annotated[
        int | None, typer.Option(help="That hold in this period; 0 = this month.")
    ] = None,
    data: DataOption = None,
) -> None:
    """List forced ranks, the latest first."""

    async def work(container: Container) -> list[Override]:
        async with container.context(SYSTEM) as ctx:
            number = None if period is None else queries.resolve(ctx, period)
            return list(await overrides.list_overrides(ctx, member, number))

    table = Table("Number", "Member", "Rank", "From", "To", "Lifted from", "By", "Reason")
    for one in run(settings_for(data), work):
        table.add_row(
            str(one.override_id),
            str(one.customer_id),
            one.rank or str(one.rank_id),
            str(one.first_period_id),
            str(one.last_period_id or ""),
            str(one.lifted_from or ""),
            one.created_by,
            one.reason,
        )
    output.print(table)
