"""A member's front line and details in a period, for himself and for those above him.

Whether `viewer_id` may see `member_id` is decided before, by the operation's policy.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, any_, literal, select
from sqlalchemy.orm import aliased

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.models.customer import Customer
from upline.models.period import Period
from upline.models.placement import Placement
from upline.models.volume import MemberPeriod
from upline.services.customer.vocabulary import CustomerType
from upline.services.organization.account_queries import Figures, id_array
from upline.services.organization.accounts import (
    Account,
    digits,
    display_name,
    find_downline,
    get_figures,
    load_accounts,
)
from upline.services.organization.visibility import Genealogy
from upline.services.period import calendar

CHART_PERIODS = 8


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """The volumes of one period."""

    period_id: int
    pv: Decimal = Decimal(0)
    ogv: Decimal = Decimal(0)
    pgv: Decimal = Decimal(0)


@dataclass(slots=True, kw_only=True)
class Leg(Account):
    """A directly sponsored member with the volumes of the last periods, oldest first."""

    chart: list[ChartPoint]


@dataclass(frozen=True, slots=True)
class Children:
    """A front line: the distributors a member sponsors. Customers buy, but are no leg."""

    customer_id: int
    current_period_id: int
    period_id: int
    chart_start_period: int
    chart_end_period: int
    total_children: int
    legs: list[Leg]


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody's sponsor or enroller; all empty when there is none or he is not to be seen."""

    customer_id: int = 0
    name: str = ""
    email: str = ""
    main_phone: str = ""


@dataclass(frozen=True, slots=True)
class PathStep:
    """A member between the viewer (level 0) and the member looked at."""

    customer_id: int
    name: str
    level: int


@dataclass(frozen=True, slots=True)
class Detail:
    """One member with those above him."""

    account: Account
    sponsor: Relative
    enroller: Relative
    sponsor_path: list[PathStep]


async def get_children(ctx: Context, viewer_id: int, member_id: int, period_id: int) -> Children:
    """The members `member_id` sponsors in a period (0: the current month), highest OGV first."""
    figures = await get_figures(ctx, period_id)
    numbers = (await ctx.session.execute(_select_children(ctx, member_id, figures))).scalars()
    accounts = await load_accounts(ctx, viewer_id, list(numbers), figures)
    accounts.sort(key=lambda account: (-account.ogv, account.customer_id))
    periods = range(figures.period_id - CHART_PERIODS + 1, figures.period_id + 1)
    charts = await _load_charts(ctx, [account.customer_id for account in accounts], periods)
    return Children(
        customer_id=member_id,
        current_period_id=calendar.current_id(ctx.now, ctx.company.time_zone),
        period_id=figures.period_id,
        chart_start_period=periods[0],
        chart_end_period=periods[-1],
        total_children=len(accounts),
        legs=[_leg(account, charts[account.customer_id]) for account in accounts],
    )


async def get_detail(ctx: Context, viewer_id: int, member_id: int, period_id: int) -> Detail:
    """`member_id` in a period (0: the current month); raises NotFound where there is nobody."""
    figures = await get_figures(ctx, period_id)
    accounts = await load_accounts(ctx, viewer_id, [member_id], figures)
    if not accounts:
        raise NotFound
    sponsor, enroller = await _find_relatives(ctx, viewer_id, member_id)
    return Detail(
        account=accounts[0],
        sponsor=sponsor,
        enroller=enroller,
        sponsor_path=await find_sponsor_path(ctx, viewer_id, member_id),
    )


async def find_sponsor_path(ctx: Context, viewer_id: int, member_id: int) -> list[PathStep]:
    """From the viewer down to the member, both included, as they stand now."""
    climb = (
        select(Placement.customer_id, Placement.parent_id, literal(0).label("height"))
        .where(_live(Placement), Placement.customer_id == member_id)
        .cte("climb", recursive=True)
    )
    above = aliased(Placement)
    climb = climb.union_all(
        select(above.customer_id, above.parent_id, climb.c.height + 1).where(
            _live(above), above.customer_id == climb.c.parent_id, climb.c.customer_id != viewer_id
        )
    )
    query = (
        select(climb.c.customer_id, climb.c.height, Customer.first_name, Customer.last_name)
        .join(Customer, Customer.customer_id == climb.c.customer_id)
        .order_by(climb.c.height.desc())
    )
    rows = (await ctx.session.execute(query)).all()
    return [
        PathStep(row.customer_id, display_name(row.first_name, row.last_name), level)
        for level, row in enumerate(rows)
    ]


def _select_children(ctx: Context, member_id: int, figures: Figures) -> Select[*tuple[Any, ...]]:
    """Closed periods keep the tree they closed with.

    Where nothing was ever run, those count who had come before the period was over.
    """
    if figures.is_closed:
        return select(MemberPeriod.customer_id).where(
            MemberPeriod.run_id == figures.run_id,
            MemberPeriod.sponsor_id == member_id,
            MemberPeriod.customer_type_id == CustomerType.DISTRIBUTOR,
        )
    _, ends_at = calendar.bounds(figures.period_id, ctx.company.time_zone)
    return (
        select(Placement.customer_id)
        .join(Customer, Customer.customer_id == Placement.customer_id)
        .where(
            _live(Placement),
            Placement.parent_id == member_id,
            Customer.customer_type_id == CustomerType.DISTRIBUTOR,
            Customer.enrolled_at < ends_at,
        )
    )


async def _load_charts(
    ctx: Context, customer_ids: Sequence[int], periods: range
) -> dict[int, list[ChartPoint]]:
    """Eight periods of volumes for each member; zeros where no run knows him."""
    runs = {
        run_id: period_id
        for period_id, run_id in await ctx.session.execute(
            select(Period.period_id, Period.run_id).where(
                Period.period_id.between(periods[0], periods[-1]), Period.run_id.is_not(None)
            )
        )
    }
    query = select(
        MemberPeriod.run_id, MemberPeriod.customer_id, MemberPeriod.pv, MemberPeriod.ov,
        MemberPeriod.gv,
    ).where(
        # One parameter a run, not an array: only so are the other runs' partitions left out.
        MemberPeriod.run_id.in_(runs),
        MemberPeriod.customer_id == any_(id_array(customer_ids)),
    )  # fmt: skip
    points = {
        (row.customer_id, runs[row.run_id]): ChartPoint(
            runs[row.run_id], pv=row.pv, ogv=row.ov, pgv=row.gv
        )
        for row in await ctx.session.execute(query)
    }
    return {
        number: [points.get((number, period)) or ChartPoint(period) for period in periods]
        for number in customer_ids
    }


async def _find_relatives(
    ctx: Context, viewer_id: int, member_id: int
) -> tuple[Relative, Relative]:
    """Sponsor and enroller: a member's own, or those of others who stand in his organization."""
    query = (
        select(
            Placement.genealogy_id,
            Customer.customer_id,
            Customer.first_name,
            Customer.last_name,
            Customer.email,
            Customer.phone,
            Customer.contact_hidden,
        )
        .join(Customer, Customer.customer_id == Placement.parent_id)
        .where(
            Placement.customer_id == member_id,
            Placement.genealogy_id.in_((Genealogy.ENROLLER, Genealogy.SPONSOR)),
            Placement.valid_to.is_(None),
        )
    )
    rows = (await ctx.session.execute(query)).all()
    shown = {row.customer_id for row in rows}
    if member_id != viewer_id:
        shown &= await find_downline(ctx.session, viewer_id, shown)
    found = {
        row.genealogy_id: Relative(
            customer_id=row.customer_id,
            name=display_name(row.first_name, row.last_name),
            email="" if row.contact_hidden else row.email,
            main_phone="" if row.contact_hidden else digits(row.phone),
        )
        for row in rows
        if row.customer_id in shown
    }
    return found.get(Genealogy.SPONSOR, Relative()), found.get(Genealogy.ENROLLER, Relative())


def _live(placement: type[Placement]) -> ColumnElement[bool]:
    return (placement.genealogy_id == Genealogy.SPONSOR) & placement.valid_to.is_(None)


def _leg(account: Account, chart: list[ChartPoint]) -> Leg:
    return Leg(
        **{field.name: getattr(account, field.name) for field in fields(account)}, chart=chart
    )
