"""upline pledge: what members give away of their checks."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, run, settings_for
from upline.core.context import SYSTEM
from upline.services.commission import pledges
from upline.services.commission.pledges import Given
from upline.services.period import queries

app = typer.Typer(
    no_args_is_help=True,
    help="Donations out of checks, within what the plan allows.",
)


def _number(given: str | Decimal) -> Decimal:
    """0.1, 10% or 2.50; defaults come through here, too."""
    text = str(given).strip()
    try:
        number = Decimal(text.removesuffix("%"))
    except InvalidOperation:
        raise typer.BadParameter("expected a number such as 0.1, 10% or 2.50") from None
    return number / 100 if text.endswith("%") else number


MemberArgument = Annotated[int, typer.Argument(metavar="MEMBER", help="Customer id.")]
FromOption = Annotated[
    int, typer.Option("--from", metavar="PERIOD", help="First period; 0 = this month.")
]


@app.command()
def give(
    member: MemberArgument,
    first: FromOption = 0,
    rate: Annotated[
        Decimal, typer.Option(parser=_number, metavar="RATE", help="Of the commission: 10% or 0.1.")
    ] = Decimal(0),
    amount: Annotated[
        Decimal, typer.Option(parser=_number, metavar="AMOUNT", help="Of every check.")
    ] = Decimal(0),
    data: DataOption = None,
) -> None:
    """Have a member give away a share or an amount, or both, of each check from a period on."""
    if rate == 0 and amount == 0:
        raise typer.BadParameter("give a --rate or an --amount; `upline pledge end` ends a pledge")
    period = _pledge(member, first, rate, amount, data)
    shown = " and ".join(
        part for part in (f"{rate:.4%}" if rate else "", f"{amount:f}" if amount else "") if part
    )
    output.print(f"From period {period} on {member} gives away {shown} of each check.")


@app.command()
def end(member: MemberArgument, first: FromOption = 0, data: DataOption = None) -> None:
    """Let a member's pledge end: nothing is given from this period on."""
    period = _pledge(member, first, Decimal(0), Decimal(0), data)
    output.print(f"From period {period} on {member} gives away nothing.")


@app.command(name="list")
def list_pledges(
    member: Annotated[int | None, typer.Argument(metavar="[MEMBER]", help="Only theirs.")] = None,
    data: DataOption = None,
) -> None:
    """List pledges, the latest first; of one member's only the newest for a period counts."""

    async def work(container: Container) -> list[Given]:
        async with container.context(SYSTEM) as ctx:
            return await pledges.list_pledges(ctx, member)

    table = Table("Member", "From", "Rate", "Amount", "By", "At")
    for one in run(settings_for(data), work):
        table.add_row(
            str(one.customer_id),
            str(one.pledge.first_period_id),
            f"{one.pledge.rate:.4%}",
            f"{one.pledge.amount:f}",
            one.created_by,
            f"{one.created_at:%Y-%m-%d}",
        )
    output.print(table)


def _pledge(member: int, first: int, rate: Decimal, amount: Decimal, data: DataOption) -> int:
    """Make the pledge; gives the number of its first period."""

    async def work(container: Container) -> int:
        async with container.context(SYSTEM) as ctx:
            number = queries.resolve(ctx, first)
            await pledges.pledge(ctx, member, number, rate, amount)
            return number

    return run(settings_for(data), work)
