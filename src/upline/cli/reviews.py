"""upline period review, approve and reject: the second person's part of a close."""

import csv
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Annotated

import typer
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, run, settings_for
from upline.cli.periods import print_outcome
from upline.cli.staffing import PeriodArgument, StaffOption, staff_member
from upline.core.context import SYSTEM, Context
from upline.services.auth import staff
from upline.services.commission import reviews, runs
from upline.services.commission.reviews import Against, By, Difference, Reviewed, Total
from upline.services.period import queries
from upline.services.workflows import pay_period, review_period

TITLES = {
    Against.PREVIEW: "Against the last preview",
    Against.PREVIOUS: "Against the period before",
}


def review(
    period: PeriodArgument,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Differences of each sort.")] = 10,
    as_json: Annotated[
        bool, typer.Option("--json", help="Everything, one JSON object a line.")
    ] = False,
    as_csv: Annotated[
        By | None, typer.Option("--csv", help="All differences of this sort, as CSV.")
    ] = None,
    against: Annotated[Against, typer.Option(help="What --csv compares with.")] = Against.PREVIEW,
    data: DataOption = None,
) -> None:
    """Show a period's final figures: by bonus, country and rank, and what differs, largest first.

    They are compared with the last preview and with the period before, by member and by line.
    """

    async def work(container: Container) -> None:
        async with container.context(SYSTEM) as ctx:
            number = queries.resolve(ctx, period)
            reviewed = await reviews.find_reviewed(ctx, number)
            if reviewed is None:
                raise review_period.NothingToReview
            if as_csv is not None:
                await _write_csv(ctx, reviewed, as_csv, against)
            elif as_json:
                await _write_json(ctx, reviewed)
            else:
                await _print(ctx, reviewed, limit)

    run(settings_for(data), work)


async def _print(ctx: Context, reviewed: Reviewed, limit: int) -> None:
    names = await staff.name_actors(ctx, [reviewed.started_by, reviewed.approved_by])
    print_outcome(reviewed.outcome)
    output.print(
        f"Closed by {names[reviewed.started_by]}, approved by {names[reviewed.approved_by]}."
    )
    totals = await reviews.list_totals(ctx, reviewed)
    for by in reviews.TOTALS:
        output.print(_totals_table(by, [total for total in totals if total.by == by]))
    for against, title in TITLES.items():
        for by in By:
            table = Table("Customer", "Source", "Bonus", "Level", "Before", "Now", "Difference")
            table.title = f"{title}, by {by.value[:-1]}"
            async for found in _differences(ctx, reviewed, by, against, limit):
                table.add_row(
                    str(found.customer_id),
                    str(found.source_id or ""),
                    found.bonus or "",
                    "" if found.level is None else str(found.level),
                    f"{found.before:,.2f}",
                    f"{found.now:,.2f}",
                    f"{found.now - found.before:+,.2f}",
                )
            if table.row_count:
                output.print(table)
            else:
                output.print(f"{table.title}: {_nothing(reviewed, against)}.")


def _nothing(reviewed: Reviewed, against: Against) -> str:
    return "there is none" if reviewed.other(against) is None else "no difference"


def _totals_table(by: str, totals: list[Total]) -> Table:
    table = Table(by.capitalize(), "Members", "Amount", "Period before", "Last preview")
    for total in totals:
        table.add_row(
            total.name,
            f"{total.now.members:,}",
            f"{total.now.amount:,.2f}",
            f"{total.previous.amount:,.2f}",
            f"{total.preview.amount:,.2f}",
        )
    return table


async def _differences(
    ctx: Context, reviewed: Reviewed, by: By, against: Against, limit: int | None = None
) -> AsyncIterator[Difference]:
    other = reviewed.other(against)
    if other is not None:
        run_id = reviewed.outcome.run_id
        async for found in reviews.stream_differences(ctx, run_id, other, by, limit):
            yield found


async def _write_csv(ctx: Context, reviewed: Reviewed, by: By, against: Against) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow([field.name for field in fields(Difference)])
    async for found in _differences(ctx, reviewed, by, against):
        writer.writerow([getattr(found, field.name) for field in fields(Difference)])


async def _write_json(ctx: Context, reviewed: Reviewed) -> None:
    _write_line({"kind": "run", **asdict(reviewed)})
    for total in await reviews.list_totals(ctx, reviewed):
        _write_line({"kind": "total", **asdict(total)})
    for against in Against:
        for by in By:
            async for found in _differences(ctx, reviewed, by, against):
                named = {"kind": "difference", "by": by.value, "against": against.value}
                _write_line({**named, **asdict(found)})


def _write_line(values: dict[str, object]) -> None:
    # Amounts as texts: a JSON number would be read back as a binary fraction.
    sys.stdout.write(json.dumps(values, default=_plain) + "\n")


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(type(value))


def approve(
    period: PeriodArgument,
    by: StaffOption,
    payout: Annotated[
        bool, typer.Option("--payout", help="Prepare its payout batches right after.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Commit the figures that wait: ledger, ranks, carry, points, all at once and for good.

    It takes an administrator other than the one who closed the period.
    """

    async def work(container: Container) -> runs.Outcome:
        actor = await staff_member(container, by)
        outcome = await review_period.approve(container.contexts, period, actor)
        if payout:
            for batch in await pay_period.prepare(container.contexts, period, actor):
                output.print(
                    f"Payout batch {batch.payout_batch_id}: {batch.payout_count:,} members, "
                    f"{batch.total:,.2f} {batch.currency_code}; see upline payout approve."
                )
        return outcome

    print_outcome(run(settings_for(data), work))


def reject(
    period: PeriodArgument,
    by: StaffOption,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit trail.")] = "",
    data: DataOption = None,
) -> None:
    """Drop the figures that wait and open the period again."""

    async def work(container: Container) -> None:
        actor = await staff_member(container, by)
        await review_period.reject(container.contexts, period, actor, reason)

    run(settings_for(data), work)
    output.print(f"The final figures of period {period} are dropped; it is open again.")
