"""upline verify: the auditor."""

import typer

from upline.bootstrap import Container
from upline.cli.console import DataOption, errors, output, progress, run, settings_for
from upline.core.context import SYSTEM
from upline.services.verify import auditor
from upline.services.verify.invariants import INVARIANTS


def verify(data: DataOption = None) -> None:
    """Check every invariant of the data in SQL alone; exit code 1 on any breach.

    Money sums to zero, balances match their entries, checks match their lines, trees are trees,
    runs hold what they recorded. Reads only; may run beside a live server.
    """

    async def work(container: Container) -> list[auditor.Breach]:
        async with container.context(SYSTEM) as ctx:
            with progress() as report:
                return await auditor.verify(ctx.session, report)

    breaches = run(settings_for(data), work)
    for breach in breaches:
        where = f" (run {breach.run_id})" if breach.run_id else ""
        errors.print(
            f"[red]{breach.code}[/red] {breach.sentence}{where}\n   {breach.subject}: "
            f"{breach.detail}",
            soft_wrap=True,
        )
    if breaches:
        raise typer.Exit(1)
    output.print(f"{len(INVARIANTS)} invariants hold.")
