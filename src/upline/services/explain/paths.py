"""The ways from a source of volume up to somebody above, as a run saw the trees."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Integer,
    Select,
    String,
    bindparam,
    case,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import array

from upline.models.volume import MemberPeriod

# Trees a run keeps; those a plan computes for itself are not stored.
PARENTS = {
    "sponsor": MemberPeriod.sponsor_id,
    "enroller": MemberPeriod.enroller_id,
    "binary": MemberPeriod.binary_parent_id,
}
# A page of explanation walks so far and not through a chain of a hundred thousand.
LONGEST = 2_000

SOURCE_ID = bindparam("source_id", None, BigInteger)
PAYEE_ID = bindparam("payee_id", None, BigInteger)


@dataclass(frozen=True, slots=True)
class Way:
    """Members from the source (first) to the payee (last); `is_cut` when the payee is further up
    than is walked."""

    members: Sequence[int]
    is_cut: bool


def select_ways(run_id: BindParameter[int], trees: Iterable[str]) -> Select[*tuple[Any, ...]]:
    """(tree, customer_id, steps) of everybody from SOURCE_ID up to PAYEE_ID in each of some trees;
    nobody of those in which the payee does not stand above the source.

    Which trees stands in the text: an array that is sent looks to PostgreSQL like one of ten, and
    it would plan anew for each that is shorter.
    """
    tree = func.unnest(array(trees, type_=String)).column_valued("tree")
    member = MemberPeriod
    up = (
        select(
            tree.label("tree"),
            member.customer_id,
            case(PARENTS, value=tree).label("parent_id"),
            literal(0, Integer).label("steps"),
        )
        .where(member.run_id == run_id, member.customer_id == SOURCE_ID)
        .cte("up", recursive=True)
    )
    up = up.union_all(
        select(
            up.c.tree,
            member.customer_id,
            case(PARENTS, value=up.c.tree),
            up.c.steps + 1,
        )
        .join(up, member.customer_id == up.c.parent_id)
        .where(member.run_id == run_id, up.c.customer_id != PAYEE_ID, up.c.steps < LONGEST)
    )
    ends = up.alias("ends")
    reached = select(ends.c.tree).where(
        (ends.c.customer_id == PAYEE_ID) | (ends.c.steps == LONGEST)
    )
    return select(up.c.tree, up.c.customer_id, up.c.steps).where(up.c.tree.in_(reached))


def ways_of(
    places: Iterable[tuple[int, Sequence[str], Sequence[int]]], payee_id: int
) -> dict[str, Way]:
    """By tree, from where members stand: each with trees and, beside them, steps."""
    climbed: dict[str, list[tuple[int, int]]] = {}
    for customer_id, trees, steps in places:
        for tree, step in zip(trees, steps, strict=True):
            climbed.setdefault(tree, []).append((step, customer_id))
    ways = {tree: [number for _, number in sorted(found)] for tree, found in climbed.items()}
    return {tree: Way(way, is_cut=way[-1] != payee_id) for tree, way in ways.items()}
