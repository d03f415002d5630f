"""upline payout: batches from the freeze to the files for the banks, and corrections of wallets."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, run, settings_for
from upline.cli.payout_news import read_day
from upline.cli.payout_show import BatchArgument, print_batch, print_kept
from upline.cli.staffing import StaffOption, proven_staff_member, staff_member
from upline.core.context import SYSTEM, Context, Principal
from upline.services.audit import trail
from upline.services.auth import staff
from upline.services.ledger import adjustments
from upline.services.payout import batches, exports, overview, settlement
from upline.services.payout.batches import Batch
from upline.services.payout.exports import WrittenFile
from upline.services.period import calendar
from upline.services.workflows import pay_period

app = typer.Typer(no_args_is_help=True, help="Pay members: prepare, approve, export, settle.")
HEADS = ("Batch", "Period", "Pay date", "Status", "Payouts", "Total", "Prepared", "Approved")
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
    day: Annotated[
        str, typer.Option("--on", metavar="DATE", help="Between periods: the pay date; today.")
    ] = "",
    data: DataOption = None,
) -> None:
    """Freeze what is paid, to whom and how; the money leaves the wallets.

    Members on hold, without a payout method or with one just changed keep their balance.
    """
    if period is not None and (currency or day):
        raise typer.BadParameter("--currency and --on go without --period.")

    async def work(container: Container) -> None:
        actor = await staff_member(container, by)
        if period is not None:
            prepared = await pay_period.prepare(container.contexts, period, actor)
        else:
            prepared = [await _prepare_between(container, actor, currency, read_day(day))]
        async with container.context(SYSTEM) as ctx:
            for batch in prepared:
                await _print_prepared(ctx, batch)

    run(settings_for(data), work)


async def _prepare_between(
    container: Container, actor: Principal, currency: str, day: date | None
) -> Batch:
    async with container.context(actor) as ctx:
        today = calendar.local_date(ctx.now, ctx.company.time_zone)
        chosen = currency.upper() or ctx.company.currency
        terms = await pay_period.get_current_terms(ctx, chosen)
        try:
            return await batches.prepare(ctx, chosen, terms, day or today)
        except batches.NothingToPay:
            print_kept(await overview.list_kept(ctx, chosen, terms), chosen)
            raise


async def _print_prepared(ctx: Context, batch: Batch) -> None:
    print_batch(batch)
    if batch.period_id is None:
        terms = await pay_period.get_current_terms(ctx, batch.currency_code)
    else:
        terms = await pay_period.get_terms(ctx, batch.currency_code, batch.period_id)
    print_kept(await overview.list_kept(ctx, batch.currency_code, terms), batch.currency_code)


@app.command()
def approve(
    batch: BatchArgument, by: StaffOption, password: PasswordOption, data: DataOption = None
) -> None:
    """Say yes to a prepared batch, as an administrator other than the one who prepared it."""

    async def work(container: Container) -> Batch:
        actor = await proven_staff_member(container, by, password)
        return await pay_period.approve(container.contexts, batch, actor)

    print_batch(run(settings_for(data), work))


@app.command()
def cancel(batch: BatchArgument, by: StaffOption, data: DataOption = None) -> None:
    """Give up a batch nobody has approved; its money goes back to the wallets."""

    async def work(container: Container) -> Batch:
        actor = await staff_member(container, by)
        async with container.context(actor) as ctx:
            today = calendar.local_date(ctx.now, ctx.company.time_zone)
            return await settlement.cancel(ctx, batch, today)

    print_batch(run(settings_for(data), work))


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

    value = _amount(amount)

    async def work(container: Container) -> None:
        actor = await staff_member(container, by)
        async with container.context(actor) as ctx:
            chosen = currency.upper() or ctx.company.currency
            wallet = await adjustments.adjust(
                ctx, customer, value, chosen, f"adjustment:{reference}"
            )
            detail = {"amount": f"{value:f} {chosen}", "reference": reference}
            await trail.record(ctx, "wallet.adjust", f"customer:{customer}", detail)
        debt = f", and a debt of {-wallet.debt:,.2f}" if wallet.debt else ""
        output.print(
            f"The wallet of {customer} is corrected by {value:+,.2f} {chosen}: "
            f"it holds {wallet.balance:,.2f}{debt}."
        )

    run(settings_for(data), work)


def _amount(text: str) -> Decimal:
    """At most four decimals, as the ledger keeps them."""
    if re.fullmatch(r"[+-]?[0-9]{1,12}(\.[0-9]{1,4})?", text, re.ASCII):
        return Decimal(text)
    raise typer.BadParameter(f"{text} is not an amount of money.", param_hint="AMOUNT")
