"""upline payout settle, fail and return: telling the books what the bank said."""

from datetime import date
from typing import Annotated

import typer

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, run, settings_for
from upline.cli.staffing import StaffOption, staff_member
from upline.core.errors import FieldInvalid
from upline.services.payout import settlement
from upline.services.payout.batches import Batch
from upline.services.period import calendar
from upline.services.workflows import pay_period

DayOption = Annotated[
    str, typer.Option("--on", metavar="DATE", help="The day it happened, YYYY-MM-DD.")
]
ReasonOption = Annotated[str, typer.Option(help="What the bank gave as its reason.")]
BatchArgument = Annotated[int, typer.Argument(metavar="BATCH", help="Number of the batch.")]
PayoutsArgument = Annotated[
    list[int],
    typer.Argument(metavar="PAYOUT…", help="Numbers behind the dash of references: UP7-123."),
]


def settle(
    batch: BatchArgument, by: StaffOption, day: DayOption = "", data: DataOption = None
) -> None:
    """Everything of a batch that did not fail has been paid, on its pay date unless told."""

    async def work(container: Container) -> Batch:
        actor = await staff_member(container, by)
        return await pay_period.settle(container.contexts, batch, actor, read_day(day))

    done = run(settings_for(data), work)
    output.print(f"Batch {batch} is settled: {done.total:,.2f} {done.currency_code}.")


def fail(
    batch: BatchArgument,
    payouts: PayoutsArgument,
    by: StaffOption,
    reason: ReasonOption = "",
    day: DayOption = "",
    data: DataOption = None,
) -> None:
    """The bank refused these payouts; amount and fee go back to the wallets."""

    async def work(container: Container) -> Batch:
        actor = await staff_member(container, by)
        return await pay_period.fail(
            container.contexts, batch, actor, payouts, reason, read_day(day)
        )

    run(settings_for(data), work)
    output.print(f"{len(payouts)} payouts of batch {batch} failed.")


def take_back(
    batch: BatchArgument,
    payouts: PayoutsArgument,
    by: StaffOption,
    reason: ReasonOption = "",
    day: DayOption = "",
    data: DataOption = None,
) -> None:
    """These payouts were paid and came back; the amounts go to the wallets, fees are spent."""

    async def work(container: Container) -> Batch:
        actor = await staff_member(container, by)
        async with container.context(actor) as ctx:
            today = calendar.local_date(ctx.now, ctx.company.time_zone)
            return await settlement.take_back(ctx, batch, payouts, read_day(day) or today, reason)

    run(settings_for(data), work)
    output.print(f"{len(payouts)} payouts of batch {batch} came back.")


def read_day(text: str) -> date | None:
    """A date as written, None for nothing; raises FieldInvalid."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise FieldInvalid("on", f"{text} is not a date like 2026-11-17.") from error
