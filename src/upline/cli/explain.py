"""upline explain: why a bonus was paid to a member, or why it was not."""

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, run, settings_for
from upline.core.context import SYSTEM
from upline.core.wire import plain
from upline.services.explain import queries
from upline.services.explain.conditions import Condition
from upline.services.explain.queries import BonusExplanation, Explanation

MARKS = {True: "met", False: "[red]not met[/red]", None: "not kept"}


def explain(
    member: Annotated[int, typer.Option(help="Whose commission.")],
    period: Annotated[int, typer.Option(help="Of which period; 0 is the current month.")] = 0,
    source: Annotated[
        int | None, typer.Option("--from", help="What this member's volume left, bonus by bonus.")
    ] = None,
    bonus: Annotated[str | None, typer.Option(help="Only the bonus of this name.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    data: DataOption = None,
) -> None:
    """Explain what a member was paid in a period, or why not.

    Each bonus of the plan with its rule, what it asks beside what the member had, and what came of
    it; with --from the path the volume took, who was passed over and why, rates and rounding.
    """

    async def work(container: Container) -> Explanation:
        async with container.context(SYSTEM) as ctx:
            if source is None:
                return await queries.explain_period(ctx, member, period)
            return await queries.explain_source(ctx, member, period, source)

    found = run(settings_for(data), work)
    if as_json:
        output.print_json(json.dumps(asdict(found), default=str))
        return
    basis = found.basis
    state = "final" if basis.is_final else "a preview"
    output.print(
        f"[bold]{escape(found.name)}[/bold] ({found.customer_id}), {found.rank}, "
        f"{basis.description}: run {basis.run_id}, {state}"
    )
    output.print(
        f"Plan {escape(basis.plan)}, version {basis.plan_version_id}, in force from period "
        f"{basis.effective_period_id}; {basis.rounding}."
    )
    for one in found.bonuses:
        if bonus is None or bonus.casefold() == one.bonus.casefold():
            _print_bonus(one, basis.currency_code)


def _money(amount: Decimal) -> str:
    """At least two decimals, more where there is more to say."""
    return plain(amount) if amount % Decimal("0.01") else f"{amount:.2f}"


def _print_condition(condition: Condition, indent: str) -> None:
    actual = "?" if condition.actual is None else condition.actual
    output.print(
        f"{indent}{escape(condition.name)}: {escape(condition.required)} asked, "
        f"{escape(actual)}: {MARKS[condition.is_met]}"
    )


def _print_bonus(one: BonusExplanation, currency: str) -> None:
    output.print(
        f"\n[bold]{escape(one.bonus)}[/bold] {_money(one.amount)} {currency}"
        f"  (plan line {one.rule.line})\n{escape(one.verdict)}"
    )
    for condition in one.requirements:
        _print_condition(condition, "  ")
        for number, way in enumerate(condition.alternatives, 1):
            output.print(f"    {number}: {MARKS[way.is_met]}")
            for part in way.requirements:
                _print_condition(part, "      ")
    if not one.path:
        return
    table = Table("Up", "Member", "Name", "Rank", "Level", "Paid", "Lacked")
    for step in one.path:
        lacked = ", ".join(f"{unmet.name} {unmet.actual}" for unmet in step.unmet)
        table.add_row(
            str(step.steps),
            str(step.customer_id),
            escape(step.name),
            step.rank,
            "passed" if step.level is None else str(step.level),
            _money(step.paid) if step.paid else "",
            escape(lacked),
        )
    output.print(table)
