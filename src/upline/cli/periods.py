"""upline period: list, show, preview and close commission periods, and see how far a run is."""

import asyncio
from typing import Annotated

import typer
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, progress, run, settings_for
from upline.cli.staffing import PeriodArgument, StaffOption, staff_member
from upline.core.context import SYSTEM, Context
from upline.services.auth import staff
from upline.services.commission import causes, runs, stages
from upline.services.commission.stages import Standing
from upline.services.period import queries
from upline.services.period.calendar import PeriodType
from upline.services.period.queries import PeriodView
from upline.services.workflows import close_period, review_period

app = typer.Typer(no_args_is_help=True, help="Look at commission periods; close and approve them.")
KINDS = {runs.PREVIEW: "preview", runs.FINAL: "final", runs.RESTATEMENT: "restatement"}
WATCH_SECONDS = 1.0


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
        print_outcome(outcome)


@app.command()
def close(
    period: PeriodArgument,
    by: StaffOption,
    approver: Annotated[
        str | None,
        typer.Option("--approve-as", metavar="NAME", help="Approve at once, as somebody else."),
    ] = None,
    data: DataOption = None,
) -> None:
    """Calculate a period's final figures and leave them for review.

    A period closes after it has ended, and after every period before it. Orders go on meanwhile;
    what is posted from now on counts in the next period. Stopped half-way, run it again: figures
    that are there are kept, others are calculated anew.
    """

    async def work(container: Container) -> tuple[runs.Outcome, bool]:
        closer = await staff_member(container, by)
        second = await staff_member(container, approver) if approver else None
        with progress() as report:
            outcome = await close_period.close(container.contexts, period, closer, report)
        if second is not None:
            outcome = await review_period.approve(container.contexts, period, second)
        return outcome, second is not None

    outcome, approved = run(settings_for(data), work)
    print_outcome(outcome)
    if not approved:
        output.print(f"They wait: upline period review {period}, then approve or reject.")


@app.command()
def status(
    period: PeriodArgument = 0,
    watch: Annotated[bool, typer.Option("--watch", help="Until nothing is under way.")] = False,
    data: DataOption = None,
) -> None:
    """Show how far the newest run of a period is, and what it waits for."""

    async def work(container: Container) -> None:
        while True:
            async with container.context(SYSTEM) as ctx:
                view = await queries.get_period(ctx, period)
                standing = await stages.find_standing(ctx, view.period_id)
                people = [standing.started_by, standing.approved_by] if standing else []
                names = await staff.name_actors(ctx, people)
                late = await _count_late(ctx, view)
            output.print(_describe(view, standing, names))
            if late:
                output.print(f"Entries that came late and wait for upline period restate: {late:,}")
            if not watch or standing is None or not standing.is_alive:
                return
            await asyncio.sleep(WATCH_SECONDS)

    run(settings_for(data), work)


@app.command()
def preview(period: PeriodArgument = 0, data: DataOption = None) -> None:
    """Bring the figures of an open period up to now; nothing is booked."""

    async def work(container: Container) -> runs.Outcome:
        async with container.context(SYSTEM) as ctx:
            number = queries.resolve(ctx, period)
        with progress() as report:
            return await close_period.preview(container.contexts, number, SYSTEM, report)

    print_outcome(run(settings_for(data), work))


async def _count_late(ctx: Context, view: PeriodView) -> int:
    """Entries of a closed period that no restatement has taken in yet."""
    run_id = await runs.find_standing_run(ctx.session, view.period_id)
    if run_id is None or view.status_id < queries.CLOSED:
        return 0
    return await causes.count_waiting(ctx, view.period_id, run_id)


def print_outcome(outcome: runs.Outcome) -> None:
    """One line about what a run came to, and one about bad data if there was any."""
    output.print(
        f"Run {outcome.run_id}: {outcome.members:,} members, {outcome.lines:,} lines, "
        f"{outcome.checks:,} checks, commission {outcome.total:,.2f}"
    )
    if outcome.issues:
        output.print(f"{outcome.issues:,} members or entries had bad data; see the run's issues.")


def _describe(view: PeriodView, standing: Standing | None, names: dict[str | None, str]) -> str:
    """The state of a period in one line."""
    line = f"{view.period_id}  {view.description}  {view.status}"
    if standing is None:
        return f"{line}: nothing has been calculated for it"
    run_name = f"run {standing.run_id} ({KINDS[standing.kind_id]})"
    by = names[standing.started_by]
    match standing.status_id:
        case runs.RUNNING if standing.is_alive:
            return f"{line}: {run_name} by {by}: {standing.stage}, {standing.percent} %"
        case runs.RUNNING:
            return f"{line}: {run_name} was cut off while {standing.stage}; run it again"
        case runs.WAITING:
            return f"{line}: {run_name} closed by {by} waits for the approval of somebody else"
        case runs.COMMITTED if standing.approved_by:
            return f"{line}: {run_name} closed by {by}, approved by {names[standing.approved_by]}"
        case _:
            return f"{line}: {run_name} is {standing.stage}"
