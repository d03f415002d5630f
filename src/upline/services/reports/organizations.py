"""A member's organization as a run saw it: one range of the preorder, read column by column.

The server packs each column into one value, so that a million members are read in a second and a
thousand in milliseconds; a run's figures never change, so what was read once may be kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from upline.core.context import Context
from upline.core.copy import Kind, read_columns
from upline.core.db import raw_connection
from upline.models.customer import Customer
from upline.models.period import Period
from upline.models.volume import MemberPeriod
from upline.services.organization.account_queries import Figures
from upline.services.organization.accounts import NO_RUN
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType
from upline.services.reports.arranging import (
    ARRIVED,
    CUSTOMER,
    INACTIVE,
    LIVE_ORDER,
    TYPE,
    needed,
)
from upline.services.reports.definitions import Definition, Order, Report

Array = NDArray[Any]
Arrays = dict[str, Array]

KINDS = {
    CUSTOMER: Kind.BIGINT,
    TYPE: Kind.SMALLINT,
    "level": Kind.INTEGER,
    "pv": Kind.NUMERIC,
    "total_pv": Kind.NUMERIC,
    "ov": Kind.NUMERIC,
    "gv": Kind.NUMERIC,
    "rank_id": Kind.SMALLINT,
    "max_rank_id": Kind.SMALLINT,
    "previous_rank_id": Kind.SMALLINT,
}
RANKS = frozenset({"rank_id", "max_rank_id", "previous_rank_id"})
FIGURES = frozenset({"pv", "total_pv", "ov", "gv"})

# Not ordered, so that several workers of the server may share a large one: `pre` tells.
MEMBERS = """
SELECT * FROM member_periods
WHERE run_id = %(run_id)s AND pre >= %(pre)s AND pre < %(pre_end)s
"""
ENROLLED_BETWEEN = """
SELECT m.pre FROM member_periods m JOIN customers c USING (customer_id)
WHERE m.run_id = %(run_id)s AND m.pre >= %(pre)s AND m.pre < %(pre_end)s
  AND c.enrolled_at >= %(since)s AND c.enrolled_at < %(until)s
"""
# What these orders sort by is live and no column of a run; equals share a standing.
SORTED: dict[Order, LiteralString] = {
    Order.NAME: """
SELECT m.pre, dense_rank() OVER (
    ORDER BY coalesce(nullif(upper(c.company_name), ''), upper(c.last_name)), upper(c.first_name)
) AS standing
FROM member_periods m JOIN customers c USING (customer_id)
WHERE m.run_id = %(run_id)s AND m.pre >= %(pre)s AND m.pre < %(pre_end)s
""",
    Order.SIGN_UP: """
SELECT m.pre, dense_rank() OVER (ORDER BY c.enrolled_at) AS standing
FROM member_periods m JOIN customers c USING (customer_id)
WHERE m.run_id = %(run_id)s AND m.pre >= %(pre)s AND m.pre < %(pre_end)s
""",
    Order.LAST_ORDER: """
SELECT m.pre,
       dense_rank() OVER (ORDER BY o.ordered_at NULLS FIRST) AS standing
FROM member_periods m LEFT JOIN LATERAL (
    SELECT ordered_at FROM orders
    WHERE orders.customer_id = m.customer_id AND order_status_id <> 40
    ORDER BY ordered_at DESC LIMIT 1
) o ON true
WHERE m.run_id = %(run_id)s AND m.pre >= %(pre)s AND m.pre < %(pre_end)s
""",
}
BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Organization:
    """Whose rows of which run; without figures only the tree of another month's run counts."""

    run_id: int
    run_period_id: int
    pre: int
    pre_end: int
    has_figures: bool


async def find_organization(
    session: AsyncSession, viewer_id: int, figures: Figures
) -> Organization | None:
    """Where the viewer stands in the period's run, or in the latest one when it has none.

    None when that run does not know him: he enrolled since, or nothing was ever run.
    """
    has_figures = figures.run_id != NO_RUN
    run_id, period_id = figures.run_id, figures.period_id
    if not has_figures:
        query = (
            select(Period.run_id, Period.period_id)
            .where(Period.run_id.is_not(None), Period.period_type_id == PeriodType.MONTH)
            .order_by(Period.period_id.desc())
            .limit(1)
        )
        latest = (await session.execute(query)).one_or_none()
        if latest is None or latest.run_id is None:
            return None
        run_id, period_id = latest.run_id, latest.period_id
    place = (
        await session.execute(
            select(MemberPeriod.pre, MemberPeriod.pre_end).where(
                MemberPeriod.run_id == run_id, MemberPeriod.customer_id == viewer_id
            )
        )
    ).one_or_none()
    if place is None:
        return None
    return Organization(run_id, period_id, place.pre, place.pre_end, has_figures)


async def load_columns(
    ctx: Context, organization: Organization, period_id: int, definition: Definition
) -> Arrays:
    """All `arrange` wants to know of an organization in a month."""
    connection = await raw_connection(await ctx.session.connection())
    span: dict[str, object] = {
        "run_id": organization.run_id,
        "pre": organization.pre,
        "pre_end": organization.pre_end,
    }
    order, columns = await _in_preorder(connection, span, sorted(needed(definition)))
    since, until = calendar.bounds(period_id, ctx.company.time_zone)
    if "level" in columns:
        columns["level"] -= columns["level"][0]
    if definition.report is Report.NEW_MEMBERS:
        columns[ARRIVED] = await _enrolled(connection, span, order, since, until)
    if definition.order in SORTED:
        kinds = {"pre": Kind.BIGINT, "standing": Kind.BIGINT}
        found = await read_columns(connection, SORTED[definition.order], kinds, span)
        columns[LIVE_ORDER] = _placed(order, found["pre"], found["standing"])
    if not organization.has_figures:
        _blank(columns)
    if period_id < organization.run_period_id:
        had_come = await _enrolled(connection, span, order, BEGINNING, until) != 0
        columns = {name: values[had_come] for name, values in columns.items()}
    return columns


async def lone_columns(ctx: Context, viewer_id: int, definition: Definition) -> Arrays:
    """The same for a viewer no run knows yet: himself, at level 0, without figures."""
    kind = await ctx.session.scalar(
        select(Customer.customer_type_id).where(Customer.customer_id == viewer_id)
    )
    names = {*needed(definition), ARRIVED, LIVE_ORDER}
    columns = {name: np.zeros(1, np.int64) for name in names}
    columns[CUSTOMER] = np.array([viewer_id])
    columns[TYPE] = np.array([kind])
    _blank(columns)
    return columns


async def _in_preorder(
    connection: psycopg.AsyncConnection[Any], span: dict[str, object], names: Sequence[str]
) -> tuple[Array, Arrays]:
    """The labels of an organization in their order, and its columns in the same."""
    kinds = {"pre": Kind.BIGINT} | {name: KINDS[name] for name in names}
    found = await read_columns(connection, MEMBERS, kinds, span)
    rows = np.argsort(found["pre"], kind="stable")  # fast on what is mostly in order
    return found["pre"][rows], {name: found[name][rows] for name in names}


def _placed(order: Array, labels: Array, values: Array) -> Array:
    """`values` of the members with those labels, in the order of all; 0 for the others."""
    placed = np.zeros(len(order), np.int64)
    places = np.minimum(np.searchsorted(order, labels), len(order) - 1)
    known = order[places] == labels  # whoever was folded into the run since is not listed yet
    placed[places[known]] = values[known]
    return placed


async def _enrolled(
    connection: psycopg.AsyncConnection[Any],
    span: dict[str, object],
    order: Array,
    since: datetime,
    until: datetime,
) -> Array:
    """1 for those of an organization who enrolled in [since, until), 0 for the others."""
    dates: dict[str, object] = {"since": since, "until": until}
    found = await read_columns(connection, ENROLLED_BETWEEN, {"pre": Kind.BIGINT}, span | dates)
    return _placed(order, found["pre"], np.ones(len(found["pre"]), np.int64))


def _blank(columns: Arrays) -> None:
    """Nobody has figures in a month nothing was run for."""
    for name in FIGURES & columns.keys():
        columns[name] = np.zeros_like(columns[name])
    for name in RANKS & columns.keys():
        columns[name] = np.full_like(columns[name], INACTIVE)
