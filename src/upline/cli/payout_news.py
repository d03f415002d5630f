"""upline payout settle, fail and return: telling the books what the bank said."""

from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, run, settings_for
from upline.cli.payout_show import BatchArgument, print_batch, print_shares
from upline.cli.staffing import StaffOption, staff_member
from upline.core.context import SYSTEM, ContextFactory, Principal
from upline.core.errors import FieldInvalid
from upline.services.payout import overview
from upline.services.payout.batches import Batch
from upline.services.period import queries
from upline.services.workflows import pay_period

DayOption = Annotated[
    str, typer.Option("--on", metavar="DATE", help="The day it happened, YYYY-MM-DD.")
]
ReasonOption = Annotated[str, typer.Option(help="What the bank gave as its reason.")]
PayoutsArgument = Annotated[
    list[int],
    typer.Argument(metavar="PAYOUT…", help="Numbers behind the dash of references: UP7-123."),
]


def settle(
    batch: BatchArgument, by: StaffOption, day: DayOption = "", data: DataOption = None
) -> None:
    """Everything of a batch that did not fail has been paid, on its pay date unless told."""

    _tell(
        data,
        batch,
        by,
        lambda contexts, actor: pay_period.settle(contexts, batch, actor, read_day(day)),
    )


def fail(
    batch: BatchArgument,
    payouts: PayoutsArgument,
    by: StaffOption,
    reason: ReasonOption = "",
    day: DayOption = "",
    data: DataOption = None,
) -> None:
    """The bank refused these payouts; amount and fee go back to the wallets."""

    _tell(
        data,
        batch,
        by,
        lambda contexts, actor: pay_period.fail(
            contexts, batch, actor, payouts, reason, read_day(day)
        ),
    )


def take_back(
    batch: BatchArgument,
    payouts: PayoutsArgument,
    by: StaffOption,
    reason: ReasonOption = "",
    day: DayOption = "",
    data: DataOption = None,
) -> None:
    """These payouts were paid and came back; the amounts go to the wallets, fees are spent."""

    _tell(
        data,
        batch,
        by,
        lambda contexts, actor: pay_period.take_back(
            contexts, batch, actor, payouts, reason, read_day(day)
        ),
    )


def _tell(
    data: Path | None,
    batch_id: int,
    by: str,
    news: Callable[[ContextFactory, Principal], Awaitable[Batch]],
) -> None:
    """Book the news, then show where the whole batch stands."""

    async def work(container: Container) -> None:
        actor = await staff_member(container, by)
        batch = await news(container.contexts, actor)
        print_batch(batch)
        async with container.context(SYSTEM) as ctx:
            print_shares(await overview.list_shares(ctx, batch_id), batch.currency_code)
            if batch.period_id is not None:
                period = await queries.get_period(ctx, batch.period_id)
                output.print(f"Period {batch.period_id} is {period.status.lower()}.")

    run(settings_for(data), work)


def read_day(text: str) -> date | None:
    """A date as written, None for nothing; raises FieldInvalid."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise FieldInvalid("on", f"{text} is not a date like 2026-11-17.") from error
