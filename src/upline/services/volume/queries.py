"""A member's volumes as the runs in force found them; the open period's run is the preview."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Select, any_, bindparam, func, select
from sqlalchemy.orm import aliased

from upline.core.context import Context
from upline.core.paging import Page, Paged
from upline.core.prepared import Prepared, prepare
from upline.models.commission import Rank
from upline.models.volume import MemberPeriod
from upline.services.organization.nodes import NO_RANK
from upline.services.period import calendar
from upline.services.period import queries as periods
from upline.services.period.calendar import PeriodType
from upline.services.volume.sources import Source, find_sources, list_sources

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Volume:
    """A member's volumes of one period, in plan volume.

    Left and right are the period's own; carry-over is what came unpaid from the period before.
    `paid_leg_volume` is the lesser leg with its carry-over. All zero for a member the run does not
    know; `as_of` is the instant its figures tell of.
    """

    customer_id: int
    period_id: int
    as_of: datetime
    personal_volume: Decimal = NOTHING
    group_volume: Decimal = NOTHING
    organization_volume: Decimal = NOTHING
    commissionable_volume: Decimal = NOTHING
    left_volume: Decimal = NOTHING
    right_volume: Decimal = NOTHING
    carryover_left: Decimal = NOTHING
    carryover_right: Decimal = NOTHING
    paid_leg_volume: Decimal = NOTHING
    rank_id: int = NO_RANK
    rank: str | None = None
    paid_as_rank_id: int = NO_RANK
    paid_as_rank: str | None = None
    is_active: bool = False
    is_qualified: bool = False


async def list_volumes(ctx: Context, customer_id: int, page: Page) -> Paged[Volume]:
    """Every week and month with figures since the member enrolled, newest first.

    Source: contract, Volume {id}.
    """
    sources = await list_sources(ctx, customer_id, page)
    return Paged(await read(ctx, customer_id, sources.items), sources.total, page)


async def list_current(ctx: Context, customer_id: int) -> list[Volume]:
    """The running week's volumes and the running month's. Source: contract, Volume current."""
    zone = ctx.company.time_zone
    numbers = [calendar.current_id(ctx.now, zone, kind) for kind in PeriodType]
    return await read(ctx, customer_id, await find_sources(ctx, numbers))


async def get_volume(ctx: Context, customer_id: int, period_id: int) -> Volume:
    """One period's volumes; 0 is the current month.

    Raises NotFound for a number outside the calendar. Source: contract, Volume period.
    """
    sources = await find_sources(ctx, [periods.resolve(ctx, period_id)])
    return (await read(ctx, customer_id, sources))[0]


async def read(ctx: Context, customer_id: int, sources: Sequence[Source]) -> list[Volume]:
    """The figures of those runs, one statement for all of them."""
    run_ids = [source.run_id for source in sources if source.run_id is not None]
    rows: Sequence[Any] = ()
    if len(run_ids) == 1:
        rows = await _figures_of(run_ids[0]).fetch_all(ctx.session, customer_id=customer_id)
    elif run_ids:
        rows = await _figures().fetch_all(ctx.session, customer_id=customer_id, run_ids=run_ids)
    figures = {row.run_id: row for row in rows}
    return [_volume(customer_id, source, figures.get(source.run_id)) for source in sources]


@lru_cache(maxsize=64)
def _figures_of(run_id: int) -> Prepared:
    """The figures of the parameter "customer_id" in one run: most reads ask for no more."""
    run = bindparam("run_id", None, BigInteger, literal_execute=True)
    return prepare(_select_figures().where(MemberPeriod.run_id == run), run_id=run_id)


@cache
def _figures() -> Prepared:
    """The same in the parameter "run_ids"."""
    run_ids = bindparam("run_ids", None, ARRAY(BigInteger))
    return prepare(_select_figures().where(MemberPeriod.run_id == any_(run_ids)))


def _select_figures() -> Select[*tuple[Any, ...]]:
    """In the order of Volume's own fields, after the run."""
    member, held, paid = MemberPeriod, aliased(Rank), aliased(Rank)
    lesser_leg = func.least(
        member.left_volume + member.carry_left_in, member.right_volume + member.carry_right_in
    )
    columns: list[Any] = [
        member.run_id,
        member.pv,
        member.gv,
        member.ov,
        member.cv,
        member.left_volume.label("left_volume"),
        member.right_volume.label("right_volume"),
        member.carry_left_in,
        member.carry_right_in,
        lesser_leg.label("lesser_leg"),
        member.rank_id,
        held.name.label("rank"),
        member.paid_rank_id,
        paid.name.label("paid_rank"),
        member.is_active,
        member.is_qualified,
    ]
    return (
        select(*columns)
        .outerjoin(held, held.rank_id == member.rank_id)
        .outerjoin(paid, paid.rank_id == member.paid_rank_id)
        .where(member.customer_id == bindparam("customer_id", None, BigInteger))
    )


def _volume(customer_id: int, source: Source, row: Any) -> Volume:
    """`row` is None where the run does not know the member."""
    figures = row[1:] if row is not None else ()
    return Volume(customer_id, source.period_id, source.as_of, *figures)
