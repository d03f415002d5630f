"""The ten of an organization who did most this month, with what they did.

Points are those of the plan's contest with the key "leadership"; a plan without it has no leaders.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    Select,
    SmallInteger,
    any_,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
)

from upline.core.context import Context
from upline.core.prepared import Prepared, prepare
from upline.engine.contests import ENROLMENT, GROWTH, RANK
from upline.models.contest import ContestEntry, ContestStanding
from upline.services.contest import tops
from upline.services.contest.standings import Held, find_held
from upline.services.organization.nodes import Node, fetch_nodes, select_nodes
from upline.services.organization.trees import Source, Tree
from upline.services.organization.visibility import Genealogy
from upline.services.period import calendar

LEADERSHIP = "leadership"
NOTHING = Decimal(0)


class Part(NamedTuple):
    """All a member did of one kind."""

    times: int
    quantity: Decimal
    points: Decimal


NO_PART = Part(0, NOTHING, NOTHING)


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
    found = await _parts(held.run_id).fetch_all(
        ctx.session, contest_id=held.contest.id, ordinals=ordinals
    )
    parts: dict[int, dict[int, Part]] = {}
    for member_id, reason, *part in found:
        parts.setdefault(member_id, {})[reason] = Part(*part)
    people = await _people(ctx, held, list(parts))
    return [
        _leader(position, people[member_id], reasons)
        for position, (member_id, reasons) in enumerate(parts.items(), 1)
    ]


def _leader(position: int, person: Node, reasons: dict[int, Part]) -> Leader:
    enrolled, advanced, grown = (
        reasons.get(reason, NO_PART) for reason in (ENROLMENT, RANK, GROWTH)
    )
    return Leader(
        position=position,
        person=person,
        points=sum((part.points for part in reasons.values()), NOTHING),
        enrolments=enrolled.times,
        enrolment_points=enrolled.points,
        rank_advances=advanced.times,
        rank_points=advanced.points,
        volume_growth=grown.quantity,
        growth_points=grown.points,
    )


async def _people(ctx: Context, held: Held, ids: Sequence[int]) -> dict[int, Node]:
    kind = calendar.period_type(held.period_id)
    current = calendar.current_id(ctx.now, ctx.company.time_zone, kind)
    tree = Tree(Source(Genealogy.SPONSOR, held.period_id == current), held.run_id)
    nodes = await fetch_nodes(ctx, tree.statement(_cards, tree.source), {"customer_ids": ids})
    return {node.customer_id: node for node in nodes}


_RUN_ID = bindparam("run_id", None, BigInteger, literal_execute=True)
_IDS = bindparam("customer_ids", None, ARRAY(BigInteger))


@lru_cache(maxsize=64)
def _parts(run_id: int) -> Prepared:
    """Member, reason, how often, of what quantity and for how many points; best member first."""
    s, e = ContestStanding, ContestEntry
    statement = (
        select(
            s.customer_id,
            e.reason_id,
            func.count().label("times"),
            func.sum(e.quantity).label("quantity"),
            func.sum(e.points).label("points"),
        )
        .join(
            e,
            (e.run_id == _RUN_ID)
            & (e.contest_id == s.contest_id)
            & (e.customer_id == s.customer_id),
        )
        .where(
            s.run_id == _RUN_ID,
            s.contest_id == bindparam("contest_id", None, SmallInteger),
            s.ordinal == any_(bindparam("ordinals", None, ARRAY(Integer))),
        )
        .group_by(s.ordinal, s.customer_id, e.reason_id)
        .order_by(s.ordinal)
    )
    return prepare(statement, run_id=run_id)


def _cards(source: Source) -> Select[*tuple[Any, ...]]:
    """Members given by number, in the order given."""
    wanted = (
        func.unnest(_IDS).table_valued("customer_id", with_ordinality="number").render_derived()
    )
    places = select(
        wanted.c.customer_id,
        cast(null(), BigInteger).label("parent_id"),
        literal(0, Integer).label("level"),
        wanted.c.number,
    ).subquery("places")
    return select_nodes(source, places)
