"""upline plan: check, show and load compensation plans."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, errors, explained, output, run, settings_for
from upline.core.context import SYSTEM
from upline.services import plan as language
from upline.services.period import calendar, queries
from upline.services.plan import versions
from upline.services.plan.versions import InForce

app = typer.Typer(no_args_is_help=True, help="Check compensation plans and put them in force.")
PlanArgument = Annotated[
    str,
    typer.Argument(metavar="FILE", help="A TOML file, or the name of a plan that ships with us."),
]


@app.command()
def check(file: PlanArgument) -> None:
    """Read a plan and report every problem with its line; exit code 1 when there is one."""
    with explained():
        document = language.parse(_source(file), file)
    problems = language.check(document)
    for problem in problems:
        errors.print(f"[yellow]problem[/yellow] {file}: {problem}", soft_wrap=True)
    if problems:
        raise typer.Exit(1)
    output.print(
        f"{document.plan.name}: {len(document.ranks)} ranks, {len(document.bonuses)} bonuses. "
        "No problems found."
    )


@app.command()
def load(
    file: PlanArgument,
    from_period: Annotated[
        int, typer.Option("--from", metavar="PERIOD", help="First period it governs; 0 = current.")
    ] = 0,
    data: DataOption = None,
) -> None:
    """Put a plan in force from a period on. Closed periods keep the plan they ran under."""
    with explained():
        source = _source(file)

    async def work(container: Container) -> InForce:
        async with container.context(SYSTEM) as ctx:
            number = queries.resolve(ctx, from_period)
            return await versions.load(ctx.session, source, number)

    loaded = run(settings_for(data), work)
    output.print(
        f"{loaded.plan_key} governs from {loaded.effective_period_id} "
        f"({calendar.describe(loaded.effective_period_id)}) on."
    )


@app.command()
def show(
    period: Annotated[int, typer.Argument(metavar="PERIOD", help="0 = this month.")] = 0,
    text: Annotated[bool, typer.Option("--text", help="Print the plan's own text.")] = False,
    data: DataOption = None,
) -> None:
    """Show the plan in force for a period."""

    async def work(container: Container) -> InForce:
        async with container.context(SYSTEM) as ctx:
            return await versions.in_force(ctx.session, queries.resolve(ctx, period))

    version = run(settings_for(data), work)
    if text:
        output.print(version.source, markup=False, soft_wrap=True)
        return
    document = version.document
    output.print(
        f"{document.plan.name} ({version.plan_key}), in force from period "
        f"{version.effective_period_id}, digest {version.digest.hex()[:16]}"
    )
    ranks = Table("Rank", "Name")
    for rank in document.ranks:
        ranks.add_row(str(rank.id), rank.name)
    bonuses = Table("Bonus", "Code", "Name", "Kind")
    for bonus in document.bonuses:
        bonuses.add_row(str(bonus.id), bonus.code, bonus.name, bonus.kind)
    output.print(ranks)
    output.print(bonuses)


def _source(file: str) -> str:
    """The text of a plan file, or of the built-in plan of that name. Raises PlanError."""
    path = Path(file)
    if not path.is_file():
        return language.load_builtin(file).text
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"{file} is not UTF-8 text") from error
