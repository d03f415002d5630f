"""The outer legs of the binary tree: where one ends, and placing somebody there.

All members of a straight run of lefts (or of rights) name the member below whom it begins, so the
bottom is the deepest of them: one index look-up, however long the leg has grown.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    SmallInteger,
    bindparam,
    case,
    exists,
    func,
    insert,
    select,
    true,
)
from sqlalchemy.orm import aliased

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.models.placement import Placement
from upline.models.volume import MemberPeriod
from upline.services.organization.trees import RUN_ID, Tree
from upline.services.organization.visibility import Genealogy

_CUSTOMER_ID = bindparam("customer_id", None, BigInteger)
_POSITION_ID = bindparam("position_id", None, SmallInteger)


@dataclass(frozen=True, slots=True)
class Bottom:
    """The last member of an outer leg, `level` steps below; at level 0 the leg is empty."""

    customer_id: int
    position_id: int
    level: int


async def get_bottom(ctx: Context, tree: Tree, customer_id: int, position_id: int) -> Bottom:
    """The bottom of a customer's outer leg on one side (1 left, 2 right).

    Raises NotFound when the customer does not stand in that period's binary tree.
    Source: contract, Organization binarypositon.
    """
    statement = tree.statement(_bottom, tree.source.is_live)
    place = {"customer_id": customer_id, "position_id": position_id}
    found = await statement.fetch_one(ctx.session, **place)
    if found is None:
        raise NotFound
    return Bottom(found.customer_id, position_id, found.level)


async def place_at_bottom(ctx: Context, customer_id: int, top_id: int, position_id: int) -> Bottom:
    """Place a customer who is new in the binary tree at the bottom of an outer leg of `top_id`;
    says where that was. Raises NotFound when `top_id` does not stand there.

    Newcomers to one leg queue up for it, so that each finds the bottom the one before left behind.
    """
    values = {"customer_id": top_id, "position_id": position_id}
    leg = (await ctx.session.execute(_leg(), values)).scalar_one_or_none()
    if leg is None:
        raise NotFound
    key = func.hashtextextended(f"leg {leg} {position_id}", 0)
    await ctx.session.execute(select(func.pg_advisory_xact_lock(key)))
    # Another statement, another look: it sees what those before us in the queue committed.
    bottom = (await ctx.session.execute(_bottom(is_live=True), values)).one()
    await ctx.session.execute(
        insert(Placement).values(
            customer_id=customer_id,
            genealogy_id=Genealogy.BINARY,
            valid_from=ctx.now,
            parent_id=bottom.customer_id,
            position_id=position_id,
        )
    )
    return Bottom(bottom.customer_id, position_id, bottom.level)


@cache
def _leg() -> Select[int]:
    """Below whom the straight run begins that the customer's outer leg belongs to."""
    top = aliased(Placement)
    return select(_run_of(top)).where(_is_live(top), top.customer_id == _CUSTOMER_ID)


def _bottom(is_live: bool) -> Select[*tuple[Any, ...]]:
    """(customer_id, level). Legs only grow at their bottom, so that of an earlier period is the
    deepest member whom its run knows at the same place."""
    top, below = aliased(Placement), aliased(Placement)
    deepest = select(below.customer_id, below.depth).where(
        _is_live(below), below.leg_top_id == _run_of(top), below.position_id == _POSITION_ID
    )
    if not is_live:
        deepest = deepest.where(_was_there(below))
    bottom = deepest.order_by(below.depth.desc()).limit(1).lateral("bottom")
    query = (
        select(
            func.coalesce(bottom.c.customer_id, top.customer_id).label("customer_id"),
            func.coalesce(bottom.c.depth - top.depth, 0).cast(Integer).label("level"),
        )
        .select_from(top)
        .outerjoin(bottom, true())
        .where(_is_live(top), top.customer_id == _CUSTOMER_ID)
    )
    return query if is_live else query.where(_was_there(top))


def _run_of(top: type[Placement]) -> ColumnElement[Any]:
    return case((top.position_id == _POSITION_ID, top.leg_top_id), else_=top.customer_id)


def _is_live(placement: type[Placement]) -> ColumnElement[bool]:
    return (placement.genealogy_id == Genealogy.BINARY) & placement.valid_to.is_(None)


def _was_there(placement: type[Placement]) -> ColumnElement[bool]:
    return exists().where(
        MemberPeriod.run_id == RUN_ID,
        MemberPeriod.customer_id == placement.customer_id,
        MemberPeriod.binary_pre.is_not(None),
        MemberPeriod.binary_parent_id.is_not_distinct_from(placement.parent_id),
    )
