"""upline tree: move members under other sponsors, or see first what that would do."""

from typing import Annotated

import typer
from rich.table import Table

from upline.bootstrap import Container
from upline.cli.console import DataOption, output, run, settings_for
from upline.cli.staffing import staff_member
from upline.core.context import SYSTEM
from upline.services.organization import sponsor_changes
from upline.services.organization.sponsor_changes import Change
from upline.services.workflows.simulate_move import Simulation, simulate_move

app = typer.Typer(no_args_is_help=True, help="Change who stands under whom.")


@app.callback()
def tree() -> None:
    """Change who stands under whom."""


@app.command()
def move(
    member: Annotated[int, typer.Argument(metavar="MEMBER", help="Customer id.")],
    sponsor: Annotated[int, typer.Option("--to", metavar="SPONSOR", help="Who sponsors then.")],
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Change nothing; show who would gain and lose.")
    ] = False,
    limit: Annotated[
        int, typer.Option(min=1, max=10_000, help="How many members a simulation shows.")
    ] = 20,
    by: Annotated[
        str, typer.Option("--as", metavar="NAME", help="The administrator it is recorded for.")
    ] = "",
    data: DataOption = None,
) -> None:
    """Place a member, with everybody below, under another sponsor.

    Effective at once; closed periods keep the tree they were paid by. Enroller and place in the
    binary tree stay. The company may do this at any time: the window of the plan is for members.
    """

    async def look(container: Container) -> Simulation:
        return await simulate_move(container.contexts, member, sponsor, SYSTEM)

    async def work(container: Container) -> Change:
        actor = await staff_member(container, by) if by else SYSTEM
        async with container.context(actor) as ctx:
            return await sponsor_changes.move(ctx, member, sponsor)

    if simulate:
        _print_simulation(run(settings_for(data), look), sponsor, limit)
        return
    change = run(settings_for(data), work)
    if change.previous_sponsor_id == change.sponsor_id:
        output.print(f"{member} already stands under {change.sponsor_id}. Nothing was changed.")
    else:
        output.print(f"{member} moved from {change.previous_sponsor_id} to {change.sponsor_id}.")


def _print_simulation(found: Simulation, sponsor: int, limit: int) -> None:
    members = "one member" if found.moved == 1 else f"{found.moved:,} members"
    output.print(
        f"Period {found.period_id}, as it stands now: {members} from "
        f"{found.previous_sponsor_id} to {sponsor}."
    )
    table = Table("Member", "Name", "Commission", "Difference", "Rank")
    for effect in found.effects[:limit]:
        rank = effect.rank_after
        table.add_row(
            str(effect.customer_id),
            effect.name,
            f"{effect.commission:,.2f} → {effect.commission_after:,.2f}",
            f"{effect.gain:+,.2f}",
            rank if effect.rank == rank else f"{effect.rank} → {rank}",
        )
    if found.effects:
        output.print(table)
    if len(found.effects) > limit:
        output.print(f"And {len(found.effects) - limit:,} others, who are less affected.")
    gaining = sum(effect.gain > 0 for effect in found.effects)
    losing = sum(effect.gain < 0 for effect in found.effects)
    output.print(
        f"{gaining:,} gain, {losing:,} lose; commission {found.total:,.2f} → "
        f"{found.total_after:,.2f} {found.currency}. Nothing was changed."
    )
