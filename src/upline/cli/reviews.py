"""upline period review, approve and reject: the second person's part of a close."""

from typing import Annotated

import typer

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, run, settings_for
from upline.cli.periods import print_outcome
from upline.cli.staffing import PeriodArgument, StaffOption, staff_member
from upline.services.commission import runs
from upline.services.workflows import pay_period, review_period


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
