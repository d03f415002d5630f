"""upline plan: check, show and load compensation plans."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, errors, explained, output, run, settings_for
from upline.core.context import SYSTEM
from upline.services import plan as language
from upline.services.period import calendar, queries
from upline.services.plan import PlanDocument, versions
from upline.services.plan.versions import InForce

app = typer.Typer(no_args_is_help=True, help="Check compensation plans and put them in force.")
PlanArgument = Annotated[
    str,
    typer.Argument(metavar="FILE", help="A TOML file, or the name of a plan that ships with us."),
]


@app.command()
def check(file: PlanArgument) -> None:
    """Read a plan, run the golden cases beside it, and report every problem with its line.

    Exit code 1 when there is one.
    """
    with explained():
        document = language.parse(_source(file), file)
        cases, text = _cases(file)
        found = [(file, problem) for problem in language.check(document)]
        if text:
            found += [(cases, problem) for problem in language.run_cases(document, text, cases)]
    for name, problem in found:
        told = escape(f"{name}: {problem}")
        errors.print(f"[yellow]problem[/yellow] {told}", soft_wrap=True)
    if found:
        raise typer.Exit(1)
    output.print(_costs(document))
    output.print(
        f"{document.plan.name}: {len(document.ranks)} ranks, {len(document.bonuses)} bonuses. "
        + (f"The cases in {cases} are met. " if text else "")
        + "No problems found."
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


def _costs(document: PlanDocument) -> Table:
    """The most that bonuses can cost of one unit of volume, as far as that can be told."""
    shares = language.worst_case_payout(document)
    table = Table("Bonus", "At most, of volume", title="Worst case")
    for bonus in document.bonuses:
        share = shares.get(bonus.code)
        told = language.unbounded(bonus) if share is None else f"{share / 10_000:g} %"
        table.add_row(bonus.code, told)
    rest = "" if len(shares) == len(document.bonuses) else " and what is no share of volume"
    table.add_row("together", f"{language.worst_case_total(document) / 10_000:g} %{rest}")
    return table


def _cases(file: str) -> tuple[str, str]:
    """Name and text of the golden cases beside a plan; the text is empty where there are none."""
    path = Path(file)
    if not path.is_file():
        return f"{file}.cases.toml", language.builtin_cases(file)
    beside = path.with_suffix(".cases.toml")
    return beside.name, _text(beside) if beside.is_file() else ""


def _source(file: str) -> str:
    """The text of a plan file, or of the built-in plan of that name. Raises PlanError."""
    path = Path(file)
    if not path.is_file():
        return language.load_builtin(file).text
    return _text(path)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"{path} is not UTF-8 text") from error
