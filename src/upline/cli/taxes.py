"""upline tax: what has to be told to tax offices."""

import csv
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, run, settings_for
from upline.core.context import SYSTEM
from upline.services.payout import taxes
from upline.services.payout.files.tables import cell
from upline.services.payout.taxes import TaxTotal

app = typer.Typer(no_args_is_help=True, help="Yearly totals for tax forms.")
HEADS = ("customer_id", "name", "company", "address1", "address2", "city", "state", "postal_code",
         "paid", "fees", "compensation", "form_1099_nec", "direct_sales")  # fmt: skip
SHOWN = 20


@app.callback()
def group() -> None:
    """Yearly totals for tax forms."""


@app.command(name="1099")
def form_1099(
    year: Annotated[int, typer.Argument(metavar="YEAR", help="Calendar year of the payments.")],
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write all of them here.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Show what members in the United States were paid in a year, by the day of payment."""

    async def work(container: Container) -> list[TaxTotal]:
        async with container.context(SYSTEM) as ctx:
            return list(await taxes.list_totals(ctx, year))

    totals = run(settings_for(data), work)
    due = [total for total in totals if total.is_reported]
    output.print(
        f"{year}: {len(totals):,} members, {len(due):,} of them with a form "
        f"(from {taxes.threshold(year):,} USD on), "
        f"{sum(total.compensation for total in due):,.2f} USD reported."
    )
    if year > taxes.PUBLISHED_UNTIL:
        output.print(
            f"The threshold for {year} is indexed and not known to this version: "
            f"the one of {taxes.PUBLISHED_UNTIL} was used."
        )
    if csv_file is not None:
        _write(csv_file, totals)
        output.print(f"Written to {csv_file}.")
        return
    table = Table("Member", "Name", "Paid", "Fees", "Compensation", "1099-NEC", "Direct sales")
    for total in sorted(totals, key=lambda each: -each.compensation)[:SHOWN]:
        table.add_row(
            str(total.customer_id),
            total.name,
            f"{total.paid:,.2f}",
            f"{total.fees:,.2f}",
            f"{total.compensation:,.2f}",
            "yes" if total.is_reported else "",
            "yes" if total.has_direct_sales else "",
        )
    if table.row_count:
        output.print(table)
    if table.row_count < len(totals):
        output.print(f"The {table.row_count} who were paid most; --csv FILE writes all.")


def _write(file: Path, totals: list[TaxTotal]) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADS)
        for total in totals:
            writer.writerow(
                [
                    cell(value)
                    for value in (
                        total.customer_id,
                        total.name,
                        total.company,
                        *total.address,
                        f"{total.paid:.2f}",
                        f"{total.fees:.2f}",
                        f"{total.compensation:.2f}",
                        "yes" if total.is_reported else "no",
                        "yes" if total.has_direct_sales else "no",
                    )
                ]
            )
