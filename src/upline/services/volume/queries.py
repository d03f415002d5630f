"""A member's volumes as the runs in force found them; the open period's run is the preview."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    Row,
    Select,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.orm import aliased

from upline.core.context import Context
from upline.core.paging import Page, Paged
from upline.models.commission import CommissionRun, Rank
from upline.models.customer import Customer
from upline.models.period import Period
from upline.models.volume import MemberPeriod
from upline.services.organization.nodes import NO_RANK
from upline.services.period import calendar
from upline.services.period import queries as periods
from upline.services.period.calendar import PeriodType

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


@dataclass(frozen=True, slots=True)
class _Source:
    """Which run speaks for a period; none before its first one."""

    period_id: int
    run_id: int | None
    as_of: datetime


async def list_volumes(ctx: Context, customer_id: int, page: Page) -> Paged[Volume]:
    """Every week and month with figures since the member enrolled, newest first.

    Source: contract, Volume {id}.
    """
    parameters = {"customer_id": customer_id, "limit": page.limit, "offset": page.offset}
    count, fetch = _history()
    total = await ctx.session.scalar(count, parameters) or 0
    rows = await ctx.session.execute(fetch, parameters)
    sources = [_Source(*row) for row in rows]
    return Paged(await _read(ctx, customer_id, sources), total, page)


async def list_current(ctx: Context, customer_id: int) -> list[Volume]:
    """The running week's volumes and the running month's. Source: contract, Volume current."""
    zone = ctx.company.time_zone
    numbers = [calendar.current_id(ctx.now, zone, kind) for kind in PeriodType]
    return await _read(ctx, customer_id, await _sources(ctx, numbers))


async def get_volume(ctx: Context, customer_id: int, period_id: int) -> Volume:
    """One period's volumes; 0 is the current month.

    Raises NotFound for a number outside the calendar. Source: contract, Volume period.
    """
    sources = await _sources(ctx, [periods.resolve(ctx, period_id)])
    return (await _read(ctx, customer_id, sources))[0]


async def _sources(ctx: Context, period_ids: Collection[int]) -> list[_Source]:
    """The runs in force of periods, in the order given."""
    rows = await ctx.session.execute(_in_force(), {"period_ids": list(period_ids)})
    known = {row.period_id: _Source(*row) for row in rows}
    return [known.get(number, _Source(number, None, ctx.now)) for number in period_ids]


async def _read(ctx: Context, customer_id: int, sources: Sequence[_Source]) -> list[Volume]:
    """The figures of those runs, one statement for all of them."""
    run_ids = [source.run_id for source in sources if source.run_id is not None]
    parameters = {"customer_id": customer_id, "run_ids": run_ids}
    rows = (await ctx.session.execute(_figures(), parameters)).all() if run_ids else []
    figures = {row.run_id: row for row in rows}
    return [_volume(customer_id, source, figures.get(source.run_id)) for source in sources]


@cache
def _in_force() -> Select[int, int | None, datetime]:
    """Runs of the parameter "period_ids" and when they read their figures."""
    return (
        select(Period.period_id, Period.run_id, CommissionRun.read_at)
        .join(CommissionRun, CommissionRun.run_id == Period.run_id)
        .where(Period.period_id == any_(bindparam("period_ids", type_=ARRAY(Integer))))
    )


@cache
def _history() -> tuple[Select[int], Select[int, int | None, datetime]]:
    """Count and page of the runs since the parameter "customer_id" enrolled, newest first."""
    known = (
        select(Period.period_id, Period.run_id, CommissionRun.read_at)
        .join(CommissionRun, CommissionRun.run_id == Period.run_id)
        .join(Customer, Customer.enrolled_at < Period.ends_at)
        .where(Customer.customer_id == bindparam("customer_id", type_=BigInteger))
    )
    page = (
        known.order_by(Period.starts_at.desc(), Period.period_id.desc())
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=BigInteger))
    )
    return known.with_only_columns(func.count()), page


@cache
def _figures() -> Select[*tuple[Any, ...]]:
    """Statement for the figures of the parameters "customer_id" and "run_ids"; in the order of
    Volume's own fields, after the run."""
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
        member.left_volume,
        member.right_volume,
        member.carry_left_in,
        member.carry_right_in,
        lesser_leg,
        member.rank_id,
        held.name,
        member.paid_rank_id,
        paid.name,
        member.is_active,
        member.is_qualified,
    ]
    return (
        select(*columns)
        .outerjoin(held, held.rank_id == member.rank_id)
        .outerjoin(paid, paid.rank_id == member.paid_rank_id)
        .where(
            member.run_id == any_(bindparam("run_ids", type_=ARRAY(BigInteger))),
            member.customer_id == bindparam("customer_id", type_=BigInteger),
        )
    )


def _volume(customer_id: int, source: _Source, row: Row[*tuple[Any, ...]] | None) -> Volume:
    figures = row[1:] if row is not None else ()
    return Volume(customer_id, source.period_id, source.as_of, *figures)
