"""The ten of an organization who did most this month, with what they did.

Points are those of the plan's contest with the key "leadership"; a plan without it has no leaders.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    Select,
    SmallInteger,
    any_,
    bindparam,
    func,
    literal,
    select,
)

from upline.core.context import Context
from upline.engine.contests import ENROLMENT, GROWTH, RANK
from upline.models.contest import ContestEntry, ContestStanding
from upline.services.contest import tops
from upline.services.contest.standings import Held, find_held
from upline.services.organization import trees
from upline.services.organization.nodes import Node, fetch_nodes, select_nodes
from upline.services.organization.trees import Source
from upline.services.organization.visibility import Genealogy

LEADERSHIP = "leadership"
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Leader:
    """One of the ten; `position` among them. Parts: how many newcomers and new ranks, how much
    more volume, and the points for each."""

    position: int
    person: Node
    points: Decimal
    enrolments: int
    enrolment_points: Decimal
    rank_advances: int
    rank_points: Decimal
    volume_growth: Decimal
    growth_points: Decimal


async def list_leaders(ctx: Context, customer_id: int, period_id: int) -> list[Leader]:
    """The best ten below a customer in the sponsor tree, best first.

    Source: contract, Organization top10.
    """
    held = await find_held(ctx, lambda one: one.key == LEADERSHIP, period_id)
    if held is None or held.run_id is None:
        return []
    ordinals = await tops.find_best(ctx, held.run_id, held.contest.id, customer_id)
    if not ordinals:
        return []
    parameters = {"run_id": held.run_id, "contest_id": held.contest.id, "ordinals": ordinals}
    best = (await ctx.session.execute(_standings(), parameters)).all()
    ids = [row.customer_id for row in best]
    people = await _people(ctx, held, ids)
    parts = await _parts(ctx, held, ids)
    nothing = (0, NOTHING, NOTHING)
    leaders = []
    for position, row in enumerate(best, 1):
        mine = parts.get(row.customer_id, {})
        enrolled, advanced, grown = (mine.get(r, nothing) for r in (ENROLMENT, RANK, GROWTH))
        leaders.append(
            Leader(
                position=position,
                person=people[row.customer_id],
                points=row.points,
                enrolments=enrolled[0],
                enrolment_points=enrolled[2],
                rank_advances=advanced[0],
                rank_points=advanced[2],
                volume_growth=grown[1],
                growth_points=grown[2],
            )
        )
    return leaders


async def _people(ctx: Context, held: Held, ids: Sequence[int]) -> dict[int, Node]:
    tree = await trees.get_tree(ctx, Genealogy.SPONSOR, held.period_id)
    nodes = await fetch_nodes(ctx, tree, _cards(tree.source), {"customer_ids": ids})
    return {node.customer_id: node for node in nodes}


async def _parts(
    ctx: Context, held: Held, ids: Sequence[int]
) -> dict[int, dict[int, tuple[int, Decimal, Decimal]]]:
    """By member and reason: how often, of what quantity, for how many points."""
    parameters = {"run_id": held.run_id, "contest_id": held.contest.id, "customer_ids": ids}
    parts: dict[int, dict[int, tuple[int, Decimal, Decimal]]] = {}
    for customer_id, reason, *values in await ctx.session.execute(_reasons(), parameters):
        count, quantity, points = values
        parts.setdefault(customer_id, {})[reason] = count, quantity, points
    return parts


_RUN_ID = bindparam("run_id", type_=BigInteger)
_CONTEST_ID = bindparam("contest_id", type_=SmallInteger)
_IDS = bindparam("customer_ids", type_=ARRAY(BigInteger))


@cache
def _standings() -> Select[int, Decimal]:
    s = ContestStanding
    wanted = s.ordinal == any_(bindparam("ordinals", type_=ARRAY(Integer)))
    return (
        select(s.customer_id, s.points)
        .where(s.run_id == _RUN_ID, s.contest_id == _CONTEST_ID, wanted)
        .order_by(s.ordinal)
    )


@cache
def _cards(source: Source) -> Select[*tuple[Any, ...]]:
    """Members given by number, in the order given."""
    wanted = (
        func.unnest(_IDS).table_valued("customer_id", with_ordinality="number").render_derived()
    )
    places = select(
        wanted.c.customer_id,
        literal(None, BigInteger).label("parent_id"),
        literal(0, Integer).label("level"),
        wanted.c.number,
    ).subquery("places")
    return select_nodes(source, places)


@cache
def _reasons() -> Select[*tuple[Any, ...]]:
    e = ContestEntry
    return (
        select(e.customer_id, e.reason_id, func.count(), func.sum(e.quantity), func.sum(e.points))
        .where(e.run_id == _RUN_ID, e.contest_id == _CONTEST_ID, e.customer_id == any_(_IDS))
        .group_by(e.customer_id, e.reason_id)
    )
