"""upline period: list, close and show commission periods."""

from typing import Annotated

import typer
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, progress, run, settings_for
from upline.core.context import SYSTEM
from upline.services.commission import runs
from upline.services.period import queries
from upline.services.period.calendar import PeriodType
from upline.services.period.queries import PeriodView
from upline.services.workflows import close_period, pay_period

app = typer.Typer(no_args_is_help=True, help="Look at commission periods, close and pay them.")
PeriodArgument = Annotated[
    int, typer.Argument(metavar="PERIOD", help="Period number (Oct 2014 = 405); 0 = this month.")
]


@app.command(name="list")
def list_periods(
    weeks: Annotated[bool, typer.Option("--weeks", help="Weeks instead of months.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 24,
    data: DataOption = None,
) -> None:
    """List the periods from the current one back to the first the company has."""
    kind = PeriodType.WEEK if weeks else PeriodType.MONTH

    async def work(container: Container) -> list[PeriodView]:
        async with container.context(SYSTEM) as ctx:
            earlier, _ = await queries.past(ctx, kind, limit - 1, 0)
            return [await queries.current(ctx, kind), *earlier]

    table = Table("Period", "Name", "First day", "Last day", "Pay date", "Status")
    for view in run(settings_for(data), work):
        table.add_row(
            str(view.period_id),
            view.description,
            str(view.start_date),
            str(view.end_date),
            str(view.pay_date or ""),
            view.status,
        )
    output.print(table)


@app.command()
def show(period: PeriodArgument, data: DataOption = None) -> None:
    """Show one period: dates, status, and what its run in force came to."""

    async def work(container: Container) -> tuple[PeriodView, runs.Outcome | None]:
        async with container.context(SYSTEM) as ctx:
            view = await queries.get_period(ctx, period)
            outcome = await runs.find_outcome(ctx, view.run_id) if view.run_id else None
            return view, outcome

    view, outcome = run(settings_for(data), work)
    output.print(f"{view.period_id}  {view.description}  {view.status}")
    output.print(f"{view.start_date} to {view.end_date}, paid {view.pay_date or '(no plan)'}")
    if outcome is None:
        output.print("Nothing has been calculated for it.")
    else:
        _print_outcome(outcome)


@app.command()
def close(
    period: PeriodArgument,
    payout: Annotated[
        bool, typer.Option("--payout", help="Prepare its payout batches right after.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Make a period's figures final: run the plan, store the result, book the ledger.

    A period closes after it has ended, and after every period before it. Stopped half-way, it is
    as it was; run the command again.
    """

    async def work(container: Container) -> runs.Outcome:
        with progress() as report:
            outcome = await close_period.close(container.contexts, period, SYSTEM, report)
        if payout:
            for batch in await pay_period.prepare(container.contexts, period, SYSTEM):
                output.print(
                    f"Payout batch {batch.payout_batch_id}: {batch.payout_count:,} members, "
                    f"{batch.total:,.2f} {batch.currency_code}; see upline payout approve."
                )
        return outcome

    _print_outcome(run(settings_for(data), work))


@app.command()
def preview(period: PeriodArgument = 0, data: DataOption = None) -> None:
    """Bring the figures of an open period up to now; nothing is booked."""

    async def work(container: Container) -> runs.Outcome:
        async with container.context(SYSTEM) as ctx:
            number = queries.resolve(ctx, period)
        with progress() as report:
            return await close_period.preview(container.contexts, number, SYSTEM, report)

    _print_outcome(run(settings_for(data), work))


def _print_outcome(outcome: runs.Outcome) -> None:
    output.print(
        f"Run {outcome.run_id}: {outcome.members:,} members, {outcome.lines:,} lines, "
        f"{outcome.checks:,} checks, commission {outcome.total:,.2f}"
    )
    if outcome.issues:
        output.print(f"{outcome.issues:,} members or entries had bad data; see the run's issues.")
