"""upline rates: load exchange rates and look at those that hold."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, run, settings_for
from upline.core.context import SYSTEM
from upline.core.wire import plain
from upline.services.exchange import rates
from upline.services.exchange.rates import Recorded
from upline.services.period import queries

app = typer.Typer(no_args_is_help=True, help="Fixed exchange rates, period by period.")


@app.command()
def load(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV in UTF-8.")],
    data: DataOption = None,
) -> None:
    """Load rates: all of a file, or none.

    Columns: currency, period (the first they hold in), rate_in (plan volume for one of the
    currency) and rate_out (of the currency for one of plan money), with up to six decimals.
    """

    async def work(container: Container) -> int:
        async with container.context(SYSTEM) as ctx:
            return await rates.load_file(ctx, file)

    output.print(f"{run(settings_for(data), work):,} rates loaded.")


@app.command(name="list")
def list_rates(
    period: Annotated[int, typer.Argument(metavar="PERIOD", help="0 = this month.")] = 0,
    data: DataOption = None,
) -> None:
    """List the rates that hold in a period."""

    async def work(container: Container) -> list[Recorded]:
        async with container.context(SYSTEM) as ctx:
            return list(await rates.list_rates(ctx, queries.resolve(ctx, period)))

    table = Table("Currency", "Since", "In", "Out", "Loaded by", "Loaded")
    for one in run(settings_for(data), work):
        table.add_row(
            one.rate.currency,
            str(one.rate.period_id),
            plain(one.rate.rate_in),
            plain(one.rate.rate_out),
            one.created_by,
            f"{one.created_at:%Y-%m-%d}",
        )
    output.print(table)
