"""Where a run lists whoever stands below a customer: a range of labels, in tree order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, SmallInteger, bindparam, select

from upline.core.context import Context
from upline.models.volume import MemberPeriod
from upline.services.organization.blocks import ORDERS, Order
from upline.services.organization.trees import RUN_ID, Tree

_CUSTOMER_ID = bindparam("customer_id", None, BigInteger)
_POSITION_ID = bindparam("position_id", None, SmallInteger)


@dataclass(frozen=True, slots=True)
class Place:
    """Whom a run lists below a customer: labels in [start, stop), levels after `top_level`."""

    start: int
    stop: int
    top_level: int
    members: int


async def find_place(
    ctx: Context, tree: Tree, values: Mapping[str, object], is_leg: bool
) -> Place | None:
    """Where a run labelled a customer's downline, or one leg of it; None when it does not know the
    customer."""
    columns = ORDERS[tree.source.genealogy]
    found = await tree.statement(select_place, columns, False).fetch_one(ctx.session, **values)
    if found is None or found.start is None:
        return None
    if is_leg:
        leg = await tree.statement(select_place, columns, True).fetch_one(ctx.session, **values)
        return Place(*leg) if leg else Place(found.stop, found.stop, found.level, 0)
    return Place(*found)


def select_place(columns: Order, is_leg: bool) -> Select[*tuple[Any, ...]]:
    """(start, stop, level, members) as Place has them."""
    pre, stop, level, members = (
        column_of(name)
        for name in (columns.pre, columns.pre_end, columns.level, columns.downline_count)
    )
    query = select(
        (pre if is_leg else pre + 1).label("start"),
        stop.label("stop"),
        (level - 1 if is_leg else level).label("level"),
        (members + 1 if is_leg else members).label("members"),
    ).where(MemberPeriod.run_id == RUN_ID)
    if not is_leg:
        return query.where(MemberPeriod.customer_id == _CUSTOMER_ID)
    return query.where(
        MemberPeriod.binary_parent_id == _CUSTOMER_ID,
        MemberPeriod.binary_position_id == _POSITION_ID,
    )


def column_of(name: str, member: type[MemberPeriod] = MemberPeriod) -> ColumnElement[Any]:
    """A column of member_periods by name."""
    column: ColumnElement[Any] = getattr(member, name)
    return column
