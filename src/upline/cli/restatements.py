"""upline period restate and rerun: closed periods as now known, and as known then."""

import csv
import sys
from dataclasses import fields
from itertools import groupby
from typing import Annotated

import typer
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, errors, output, progress, run, settings_for
from upline.cli.staffing import PeriodArgument, StaffOption, staff_member
from upline.core.context import SYSTEM
from upline.services.commission.corrections import Correction
from upline.services.workflows import rerun_period, restate_period
from upline.services.workflows.rerun_period import Fingerprint
from upline.services.workflows.restate_period import Restatement


def restate(
    period: PeriodArgument,
    by: StaffOption,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be posted, and post nothing.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Every correction, as CSV.")] = False,
    data: DataOption = None,
) -> None:
    """Recalculate a closed period, and those after it, with all that became known since.

    Late orders that count in it, refunds of its orders and corrections of trees dated in it change
    what should have been paid; the difference is posted, once, as adjustments in the open period.
    Closed figures stay as they are.
    """

    async def work(container: Container) -> Restatement:
        actor = await staff_member(container, by)
        with progress() as report:
            return await restate_period.restate(
                container.contexts, period, actor, dry_run=dry_run, progress=report
            )

    restated = run(settings_for(data), work)
    if as_csv:
        _write_csv(restated)
        return
    if not restated.corrections:
        output.print("Nothing is to be corrected.")
        return
    table = Table("Period", "Item", "Members", "Correction")
    found = sorted(restated.corrections, key=lambda each: (each.period_id, each.item))
    for (number, item), group in groupby(found, key=lambda each: (each.period_id, each.item)):
        amounts = [each.amount for each in group]
        table.add_row(str(number), item, f"{len(amounts):,}", f"{sum(amounts):+,.2f}")
    output.print(table)
    where = f"Posted in period {restated.posted_to}." if restated.posted_to else "Nothing posted."
    output.print(where)


def rerun(period: PeriodArgument, data: DataOption = None) -> None:
    """Calculate a closed period again from what was known then, and compare the fingerprints.

    Reads only. Exit code 1 when inputs, plan, result or stored figures are not what they were.
    """

    async def work(container: Container) -> list[Fingerprint]:
        with progress() as report:
            return await rerun_period.rerun(container.contexts, period, SYSTEM, report)

    prints = run(settings_for(data), work)
    for each in prints:
        if each.agrees:
            output.print(f"{each.name}: {each.now}")
        elif not each.comparable:
            errors.print(
                f"[yellow]{each.name}[/yellow]: {each.now}; what an earlier version recorded"
                f" cannot be compared: {each.recorded}",
                soft_wrap=True,
            )
        else:
            errors.print(
                f"[red]{each.name}[/red]: {each.now}, but recorded {each.recorded}", soft_wrap=True
            )
    if any(each.comparable and not each.agrees for each in prints):
        raise typer.Exit(1)


def _write_csv(restated: Restatement) -> None:
    writer = csv.writer(sys.stdout)
    names = [field.name for field in fields(Correction)]
    writer.writerow(names)
    for correction in restated.corrections:
        writer.writerow([getattr(correction, name) for name in names])
