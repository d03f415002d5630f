"""upline payout: batches from the freeze to the bank's last word, and corrections of wallets."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, run, settings_for
from upline.cli.payout_news import DayOption, read_day
from upline.cli.staffing import StaffOption, proven_staff_member, staff_member
from upline.core.context import SYSTEM
from upline.core.errors import FieldInvalid
from upline.services.audit import trail
from upline.services.auth import staff
from upline.services.ledger import adjustments
from upline.services.payout import batches, exports, settlement
from upline.services.payout.batches import Batch
from upline.services.payout.exports import WrittenFile
from upline.services.period import calendar
from upline.services.workflows import pay_period

app = typer.Typer(no_args_is_help=True, help="Pay members: prepare, approve, export, settle.")
HEADS = ("Batch", "Period", "Pay date", "Status", "Payouts", "Total", "Prepared", "Approved")
BatchArgument = Annotated[int, typer.Argument(metavar="BATCH", help="Number of the batch.")]
PasswordOption = Annotated[
    str, typer.Option(prompt=True, hide_input=True, help="Of --as; asked for when left out.")
]


@app.command(name="list")
def list_batches(
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 24,
    data: DataOption = None,
) -> None:
    """List the newest batches."""

    async def work(container: Container) -> tuple[list[Batch], dict[str | None, str]]:
        async with container.context(SYSTEM) as ctx:
            found = await batches.list_batches(ctx, limit)
            people = [each for batch in found for each in (batch.prepared_by, batch.approved_by)]
            return found, await staff.name_actors(ctx, people)

    found, names = run(settings_for(data), work)
    table = Table(*HEADS)
    for batch in found:
        table.add_row(
            str(batch.payout_batch_id),
            str(batch.period_id or ""),
            str(batch.pay_date),
            batch.status.name.lower(),
            f"{batch.payout_count:,}",
            f"{batch.total:,.2f} {batch.currency_code}",
            names[batch.prepared_by],
            names[batch.approved_by],
        )
    output.print(table)


@app.command()
def prepare(
    by: StaffOption,
    period: Annotated[
        int | None, typer.Option(help="A closed period; left out, a payment between periods.")
    ] = None,
    currency: Annotated[str, typer.Option(help="Between periods: which wallets.")] = "",
    day: DayOption = "",
    data: DataOption = None,
) -> None:
    """Freeze what is paid, to whom and how; the money leaves the wallets.

    Members on hold, without a payout method or with one just changed keep their balance.
    """

    async def work(container: Container) -> list[Batch]:
        actor = await staff_member(container, by)
        if period is not None:
            return await pay_period.prepare(container.contexts, period, actor)
        async with container.context(actor) as ctx:
            today = calendar.local_date(ctx.now, ctx.company.time_zone)
            current = calendar.current_id(ctx.now, ctx.company.time_zone)
            chosen = currency or ctx.company.currency
            terms = await pay_period.get_terms(ctx, chosen, current)
            return [await batches.prepare(ctx, chosen, terms, read_day(day) or today)]

    for batch in run(settings_for(data), work):
        _print(batch)


@app.command()
def approve(
    batch: BatchArgument, by: StaffOption, password: PasswordOption, data: DataOption = None
) -> None:
    """Say yes to a prepared batch, as an administrator other than the one who prepared it."""

    async def work(container: Container) -> Batch:
        actor = await proven_staff_member(container, by, password)
        return await pay_period.approve(container.contexts, batch, actor)

    _print(run(settings_for(data), work))


@app.command()
def cancel(batch: BatchArgument, by: StaffOption, data: DataOption = None) -> None:
    """Give up a batch nobody has approved; its money goes back to the wallets."""

    async def work(container: Container) -> Batch:
        actor = await staff_member(container, by)
        async with container.context(actor) as ctx:
            today = calendar.local_date(ctx.now, ctx.company.time_zone)
            return await settlement.cancel(ctx, batch, today)

    _print(run(settings_for(data), work))


@app.command()
def export(
    batch: BatchArgument,
    by: StaffOption,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder to write to.")],
    data: DataOption = None,
) -> None:
    """Write an approved batch's files for the banks. Written again, they are the same.

    They hold account numbers: the files are readable by you alone; delete them once sent.
    """

    async def work(container: Container) -> list[WrittenFile]:
        actor = await staff_member(container, by)
        async with container.context(actor) as ctx:
            return await exports.export(ctx, container.fields, container.settings.payouts, batch)

    written = run(settings_for(data), work)
    to.mkdir(parents=True, exist_ok=True)
    for file in written:
        path = to / file.name
        path.touch(mode=0o600)
        path.write_bytes(file.content)
        output.print(f"{path}: {file.payout_count:,} payouts, {file.total:,.2f}")


@app.command()
def adjust(
    customer: Annotated[int, typer.Argument(metavar="CUSTOMER", help="Whose wallet.")],
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Below zero takes; after --.")],
    by: StaffOption,
    reference: Annotated[str, typer.Option(help="Your own number for it; works once.")],
    currency: Annotated[str, typer.Option(help="Which wallet; the company's currency.")] = "",
    data: DataOption = None,
) -> None:
    """Correct a member's wallet; what it does not hold becomes debt, settled by later earnings."""

    async def work(container: Container) -> None:
        actor = await staff_member(container, by)
        async with container.context(actor) as ctx:
            chosen = currency or ctx.company.currency
            await adjustments.adjust(
                ctx, customer, _amount(amount), chosen, f"adjustment:{reference}"
            )
            detail = {"amount": f"{amount} {chosen}", "reference": reference}
            await trail.record(ctx, "wallet.adjust", f"customer:{customer}", detail)

    run(settings_for(data), work)
    output.print(f"The wallet of {customer} is corrected by {amount}.")


def _amount(text: str) -> Decimal:
    """At most four decimals, as the ledger keeps them."""
    try:
        amount = Decimal(text)
        if amount.is_finite() and abs(amount) < 10**12 and amount == round(amount, 4):
            return amount
    except ArithmeticError:
        pass
    raise FieldInvalid("amount", f"{text} is not an amount of money.")


def _print(batch: Batch) -> None:
    output.print(
        f"Batch {batch.payout_batch_id} is {batch.status.name.lower()}: "
        f"{batch.payout_count:,} payouts, {batch.total:,.2f} {batch.currency_code}, "
        f"pay date {batch.pay_date}."
    )
