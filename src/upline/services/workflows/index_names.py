"""Indexing the members of runs by name: of previews while they are stored, of closed periods soon
afterwards, and again when many were renamed since.

Names are no figures: they are not sealed, no closing waits for them, and closed periods are
searched by those of today.
"""

from sqlalchemy import Select, func, select

from upline.core.context import Context, ContextFactory, Principal
from upline.core.db import raw_connection, see_one_instant
from upline.engine.labels import GAP
from upline.engine.snapshot import Snapshot
from upline.models.commission import CommissionRun
from upline.models.customer import Renaming
from upline.models.period import Period
from upline.models.rollup import NameBlock
from upline.services.commission import runs
from upline.services.commission.filling import NO_WAITING
from upline.services.commission.runs import PREVIEW, Started
from upline.services.organization import name_index, named
from upline.services.organization.name_index import Connection, Names
from upline.services.period.queries import CLOSED

# So few are looked at one by one without anybody noticing.
RENAMED_MEMBERS = 200


async def index_run(
    contexts: ContextFactory, started: Started, actor: Principal, snapshot: Snapshot
) -> None:
    """Index a run that is being stored; raises RunInProgress if it was taken over.

    Nothing is to be done for final figures, which nobody reads yet, nor where every downline is
    searched member by member.
    """
    if started.kind_id != PREVIEW or len(snapshot) <= named.NAMED_MEMBERS:
        return
    names = await _read_names(contexts, actor)
    async with contexts.open(actor) as ctx:
        await runs.hold(ctx, started)
        await ctx.session.execute(NO_WAITING)
        members = name_index.place(snapshot)
        await name_index.write(await _raw(ctx), started.run_id, names, members)


async def index_closed(contexts: ContextFactory, actor: Principal) -> list[int]:
    """Index what closed periods show, where it is not or many were renamed since; which runs."""
    async with contexts.open(actor) as ctx:
        lacking = list(await ctx.session.scalars(_select_lacking()))
    if not lacking:
        return []
    names = await _read_names(contexts, actor)
    for run_id in lacking:
        async with contexts.open(actor) as ctx:
            connection = await _raw(ctx)
            members = await name_index.find_members(connection, run_id)
            await name_index.write(connection, run_id, names, members)
    return lacking


async def _read_names(contexts: ContextFactory, actor: Principal) -> Names:
    async with contexts.open(actor) as ctx:
        await see_one_instant(ctx.session)
        return await name_index.read(await _raw(ctx))


def _select_lacking() -> Select[int]:
    renamed = select(func.count()).where(Renaming.renamed_at > NameBlock.read_at)
    return (
        select(CommissionRun.run_id)
        .join(Period, Period.run_id == CommissionRun.run_id)
        .outerjoin(NameBlock, (NameBlock.run_id == CommissionRun.run_id) & (NameBlock.lowest == ""))
        .where(
            Period.status_id >= CLOSED,
            CommissionRun.member_count > named.NAMED_MEMBERS,
            CommissionRun.label_gap == GAP,
            NameBlock.run_id.is_(None)
            | (renamed.correlate(NameBlock).scalar_subquery() > RENAMED_MEMBERS),
        )
        .order_by(CommissionRun.run_id.desc())
    )


async def _raw(ctx: Context) -> Connection:
    return await raw_connection(await ctx.session.connection())
