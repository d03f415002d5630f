"""The way from a source of volume up to somebody above, as a run saw the tree."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, Integer, bindparam, literal, select

from upline.core.context import Context
from upline.models.volume import MemberPeriod

# Trees a run keeps; those a plan computes for itself are not stored.
PARENTS = {
    "sponsor": MemberPeriod.sponsor_id,
    "enroller": MemberPeriod.enroller_id,
    "binary": MemberPeriod.binary_parent_id,
}
# A page of explanation walks so far and not through a chain of a hundred thousand.
LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Way:
    """Members from the source (first) to the payee (last); `is_cut` when the payee is further up
    than is walked."""

    members: Sequence[int]
    is_cut: bool


async def find_way(
    ctx: Context, run_id: int, tree: str, source_id: int, payee_id: int
) -> Way | None:
    """None when the payee does not stand above the source in that tree of the run."""
    parent = PARENTS[tree]
    run = bindparam("run_id", run_id, BigInteger)
    first = select(
        MemberPeriod.customer_id, parent.label("parent_id"), literal(0, Integer).label("steps")
    ).where(MemberPeriod.run_id == run, MemberPeriod.customer_id == source_id)
    up = first.cte("up", recursive=True)
    up = up.union_all(
        select(MemberPeriod.customer_id, parent, up.c.steps + 1)
        .join(up, MemberPeriod.customer_id == up.c.parent_id)
        .where(MemberPeriod.run_id == run, up.c.customer_id != payee_id, up.c.steps < LONGEST)
    )
    rows = (await ctx.session.execute(select(up.c.customer_id).order_by(up.c.steps))).scalars()
    members = list(rows)
    if members and members[-1] == payee_id:
        return Way(members, is_cut=False)
    return Way(members, is_cut=True) if len(members) > LONGEST else None
