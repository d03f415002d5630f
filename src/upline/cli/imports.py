"""upline import: members, products, orders, autoships and account reports from files."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, errors, output, progress, run, settings_for
from upline.core.context import SYSTEM, Context
from upline.core.progress import Progress
from upline.services.imports import all_accounts
from upline.services.imports.all_accounts import Comparison
from upline.services.imports.autoships import import_autoships
from upline.services.imports.members import import_members
from upline.services.imports.orders import import_orders
from upline.services.imports.products import import_products
from upline.services.imports.report import Outcome, errors_path, write_errors

app = typer.Typer(
    no_args_is_help=True,
    help="Bring in a company's members, products and orders: all rows of a file, or none.",
)
FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="CSV, NDJSON or JSON, in UTF-8.", show_default=False)
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Check everything, store nothing.")]
ISSUES_SHOWN = 10
DIFFERENCES_SHOWN = 20


@app.command()
def members(file: FileArgument, dry_run: DryRunOption = False, data: DataOption = None) -> None:
    """Import members with their places in the trees.

    Columns: id, country and enrolled, and as far as there are any: type, first_name, last_name,
    company, email, phone, address1, address2, city, state, postal_code, language, currency,
    enroller, sponsor, binary_parent, side, activated, terminated, status, referral_code, username.
    Rows may come in any order. If any row is bad nothing is stored, and FILE.errors.csv says
    which, and why.
    """
    _import(file, import_members, dry_run=dry_run, data=data)


@app.command()
def orders(file: FileArgument, dry_run: DryRunOption = False, data: DataOption = None) -> None:
    """Import orders; each posts its volume, and its refunds take volume back.

    Columns: id, member, date, and items ("sku:quantity;sku:quantity") or total and pv; as far as
    there are any: cv, type, subtotal, discount, shipping, tax, currency, country,
    retail_margin_base, refunds ("amount@date;amount@date"). If any row is bad nothing is stored,
    and FILE.errors.csv says which, and why.
    """
    _import(file, import_orders, dry_run=dry_run, data=data)


@app.command()
def products(file: FileArgument, dry_run: DryRunOption = False, data: DataOption = None) -> None:
    """Import products with their prices, one row for each country they are sold in.

    Columns: sku, country, wholesale_price and retail_price; name in one row of each product; as
    far as there are any: description, type, currency, pv, cv, loyalty_points, published, nfr,
    recurring, minimum_quantity, maximum_quantity, stock, category ("Oils > Single Oils"), sold_to
    ("preferred;distributor"). If any row is bad nothing is stored, and FILE.errors.csv says which,
    and why.
    """
    _import(file, import_products, dry_run=dry_run, data=data)


@app.command()
def autoships(file: FileArgument, dry_run: DryRunOption = False, data: DataOption = None) -> None:
    """Import autoships, the standing monthly orders of members.

    Columns: member, day and items ("sku:quantity;sku:quantity"); as far as there are any: program,
    status, next_date, started. If any row is bad nothing is stored, and FILE.errors.csv says
    which, and why.
    """
    _import(file, import_autoships, dry_run=dry_run, data=data)


@app.command(name="all-accounts")
def import_all_accounts(
    file: FileArgument,
    period: Annotated[
        int, typer.Option(help="The month the file reports on; October 2014 is 405.")
    ],
    dry_run: DryRunOption = False,
    compare_only: Annotated[
        bool, typer.Option("--compare-only", help="The file is imported already.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Import an all-accounts report and compare its figures with ours.

    Members who are not here yet are imported, each pv becomes an order, the plan is run over the
    period, and every ogv, pgv and rank that comes out differently is listed in
    FILE.differences.csv.
    """

    async def work(container: Container) -> tuple[Outcome, Comparison | None]:
        with progress() as report:
            return await all_accounts.import_and_compare(
                container.contexts,
                file,
                period,
                dry_run=dry_run,
                compare_only=compare_only,
                progress=report,
            )

    outcome, comparison = run(settings_for(data), work)
    if not compare_only:
        _show(file, outcome)
    if comparison is not None:
        _show_differences(file, comparison)


Importer = Callable[..., Awaitable[Outcome]]


def _import(file: Path, importer: Importer, *, dry_run: bool, data: Path | None) -> None:
    async def work(container: Container) -> Outcome:
        with progress() as report:
            async with container.context(SYSTEM) as ctx:
                return await _within(ctx, report)

    async def _within(ctx: Context, report: Progress) -> Outcome:
        return await importer(ctx, file, dry_run=dry_run, progress=report)

    _show(file, run(settings_for(data), work))


def _show(file: Path, outcome: Outcome) -> None:
    """Print what was stored, or the first of what was wrong; the latter is exit code 1."""
    if outcome.ok:
        errors_path(file).unlink(missing_ok=True)
        if outcome.dry_run:
            output.print(f"{outcome.rows:,} rows are good. Nothing was stored (dry run).")
            return
        parts = [f"{count:,} {name.replace('_', ' ')}" for name, count in outcome.stored.items()]
        output.print(f"{outcome.rows:,} rows imported: {', '.join(parts)}.")
        return
    path = write_errors(file, outcome.issues)
    for issue in outcome.issues[:ISSUES_SHOWN]:
        errors.print(f"line {issue.line}  {issue.column or '(row)'}: {issue.reason}", markup=False)
    more = len(outcome.issues) - ISSUES_SHOWN
    if more > 0:
        errors.print(f"… and {more:,} more")
    errors.print(
        f"[red]error[/red] Nothing was imported. Issues: {len(outcome.issues):,} in"
        f" {outcome.rows:,} rows, listed in {path}",
        soft_wrap=True,
    )
    raise typer.Exit(1)


def _show_differences(file: Path, comparison: Comparison) -> None:
    """A table of how much differs, and of the largest differences."""
    summary = Table("Figure", "Compared", "Equal", "Different")
    for figure, different in comparison.different.items():
        summary.add_row(
            figure,
            f"{comparison.members:,}",
            f"{comparison.members - different:,}",
            f"{different:,}",
        )
    output.print(summary)
    if not comparison.largest:
        output.print(f"Every figure of {file.name} comes out of our engine as well.")
        return
    table = Table("Line", "Member", "Figure", "File", "Ours", "Difference")
    for difference in comparison.largest[:DIFFERENCES_SHOWN]:
        table.add_row(*(str(part) for part in difference))
    output.print(table)
    output.print(f"All differences: {comparison.path}", soft_wrap=True)
