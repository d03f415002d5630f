"""upline payout show: what a batch pays, before somebody answers for it and after."""

import csv
from collections.abc import Iterable
from dataclasses import fields
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, run, settings_for
from upline.core.context import SYSTEM, Context
from upline.services.auth import staff
from upline.services.payout import batches, overview
from upline.services.payout.batches import Batch
from upline.services.payout.files.tables import cell
from upline.services.payout.overview import Kept, Payment, Share

BatchArgument = Annotated[int, typer.Argument(metavar="BATCH", help="Number of the batch.")]


def show(
    batch: BatchArgument,
    limit: Annotated[int, typer.Option(min=0, max=10_000, help="How many payouts.")] = 20,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write all payouts here.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Show what a batch pays: by file and state, and its payouts, the largest first."""

    async def work(container: Container) -> None:
        async with container.context(SYSTEM) as ctx:
            found = await batches.get_batch(ctx, batch)
            people = await staff.name_actors(ctx, [found.prepared_by, found.approved_by])
            print_batch(found)
            output.print(
                f"Prepared by {people[found.prepared_by]}, approved by {people[found.approved_by]}."
            )
            print_shares(await overview.list_shares(ctx, batch), found.currency_code)
            if csv_file is not None:
                await _write(ctx, found, csv_file)
            elif limit:
                await _print_payments(ctx, found, limit)

    run(settings_for(data), work)


def print_batch(batch: Batch) -> None:
    """A batch in one line."""
    output.print(
        f"Batch {batch.payout_batch_id} is {batch.status.name.lower()}: "
        f"{batch.payout_count:,} payouts, {batch.total:,.2f} {batch.currency_code}, "
        f"pay date {batch.pay_date}."
    )


def print_shares(shares: Iterable[Share], currency: str) -> None:
    """What goes, or went, where."""
    table = Table("File", "Status", "Payouts", "Amount", "Fees")
    for share in shares:
        table.add_row(
            share.format,
            share.status.name.lower(),
            f"{share.payout_count:,}",
            f"{share.amount:,.2f} {currency}",
            f"{share.fee:,.2f}",
        )
    if table.row_count:
        output.print(table)


def print_kept(kept: Iterable[Kept], currency: str) -> None:
    """What stays in the wallets."""
    for each in kept:
        output.print(
            f"Left on account, {each.reason}: {each.members:,} members, "
            f"{each.balance:,.2f} {currency}."
        )


async def _print_payments(ctx: Context, batch: Batch, limit: int) -> None:
    table = Table("Payout", "Member", "Name", "Method", "Amount", "Fee", "Status", "Reason")
    async for each in overview.stream_payments(ctx, batch, limit):
        table.add_row(
            str(each.payout_id),
            str(each.customer_id),
            each.name,
            each.method,
            f"{each.amount:,.2f}",
            f"{each.fee:,.2f}",
            each.status.name.lower(),
            each.reason,
        )
    if table.row_count:
        output.print(table)
    if table.row_count < batch.payout_count:
        output.print(f"The {table.row_count:,} largest; --csv FILE writes all.")


async def _write(ctx: Context, batch: Batch, file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        heads = [field.name for field in fields(Payment)]
        writer.writerow(heads)
        async for each in overview.stream_payments(ctx, batch):
            writer.writerow([cell(_plain(getattr(each, name))) for name in heads])
    output.print(f"Written to {file}.")


def _plain(value: object) -> object:
    match value:
        case IntEnum():
            return value.name.lower()
        case Decimal():
            return f"{value:.2f}"
        case None:
            return ""
        case _:
            return value
