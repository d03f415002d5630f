"""upline simulate: what a changed plan, a move or an order would have paid."""

import csv
import sys
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, progress, run, settings_for
from upline.core.context import SYSTEM
from upline.services import plan as language
from upline.services.simulation.changes import Change, Order
from upline.services.workflows.simulate import Simulation
from upline.services.workflows.simulate import simulate as calculate


def simulate(
    first: Annotated[int, typer.Option("--from", help="First period; 0: the current month.")] = 0,
    last: Annotated[
        int | None, typer.Option("--to", help="Last period; without it, the first alone.")
    ] = None,
    plan: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Under this plan instead.")
    ] = None,
    move: Annotated[
        list[str] | None, typer.Option(metavar="MEMBER:SPONSOR", help="Under another sponsor.")
    ] = None,
    order: Annotated[
        list[str] | None,
        typer.Option(metavar="MEMBER:PV[:CV]", help="One order more in the first period."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many differences are shown.")] = 20,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="All differences by member and bonus, as CSV.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Calculate past periods again with something changed; show who would be paid what more.

    Nothing is changed. Ranks, carry and memories go on from one simulated period to the next.
    """
    change = Change(
        plan=language.parse(plan.read_text(encoding="utf-8"), plan.name) if plan else None,
        moves=tuple(_move(text) for text in move or []),
        orders=tuple(_order(text) for text in order or []),
    )
    if last is not None and last < first:
        raise typer.BadParameter("--to lies before --from.")
    periods = range(first, (first if last is None else last) + 1)

    async def work(container: Container) -> Simulation:
        with progress() as report:
            return await calculate(container.contexts, periods, change, SYSTEM, report)

    found = run(settings_for(data), work)
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(["customer_id", "bonus", "before", "after", "difference"])
        writer.writerows([*asdict(e).values(), e.difference] for e in found.effects)
        return
    _print(found, limit)


def _print(found: Simulation, limit: int) -> None:
    for one in found.totals:
        output.print(
            f"Period {one.period_id}: {one.before:,.2f} → {one.after:,.2f} {found.currency}"
        )
    table = Table("Member", "Bonus", "Paid", "Then", "Difference")
    for effect in found.effects[:limit]:
        table.add_row(
            str(effect.customer_id),
            effect.bonus,
            f"{effect.before:,.2f}",
            f"{effect.after:,.2f}",
            f"{effect.difference:+,.2f}",
        )
    if found.effects:
        output.print(table)
    members = len({effect.customer_id for effect in found.effects})
    ranked = len({change.customer_id for change in found.ranks})
    output.print(
        f"{members:,} members would be paid otherwise, {ranked:,} ranked otherwise. "
        "Nothing was changed."
    )


def _move(text: str) -> tuple[int, int]:
    member, _, sponsor = text.partition(":")
    if not (member.isdecimal() and sponsor.isdecimal()):
        raise typer.BadParameter(f"{text!r} is not MEMBER:SPONSOR.", param_hint="--move")
    return int(member), int(sponsor)


def _order(text: str) -> Order:
    member, *volumes = text.split(":")
    try:
        pv, cv = (_units(volume) for volume in (volumes * 2)[:2])
        number = int(member)
    except (ValueError, InvalidOperation):
        raise typer.BadParameter(
            f"{text!r} is not MEMBER:PV or MEMBER:PV:CV.", param_hint="--order"
        ) from None
    return Order(number, pv, cv)


def _units(text: str) -> int:
    units = Decimal(text) * 10_000
    if units != units.to_integral_value() or abs(units) >= 10**15:
        raise ValueError(text)
    return int(units)
