"""The ways from a source of volume up to somebody above, as a run saw the trees."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import ARRAY, BigInteger, Integer, String, bindparam, case, func, literal, select

from upline.core.context import Context
from upline.core.prepared import Prepared, prepare
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


async def find_ways(
    ctx: Context, run_id: int, trees: Iterable[str], source_id: int, payee_id: int
) -> dict[str, Way]:
    """By tree; those of the run's in which the payee does not stand above the source are missing.

    One statement.
    """
    climbed: dict[str, list[int]] = {tree: [] for tree in sorted(trees)}
    if climbed:
        rows = await _ways(run_id).fetch_all(
            ctx.session, trees=list(climbed), source_id=source_id, payee_id=payee_id
        )
        for row in rows:
            climbed[row.tree].append(row.customer_id)
    return {
        tree: Way(members, is_cut=members[-1] != payee_id)
        for tree, members in climbed.items()
        if members and (members[-1] == payee_id or len(members) > LONGEST)
    }


@lru_cache(maxsize=64)
def _ways(run_id: int) -> Prepared:
    """Everybody from "source_id" up to "payee_id" in each of "trees", or up to the top."""
    run = bindparam("run_id", None, BigInteger, literal_execute=True)
    payee_id = bindparam("payee_id", None, BigInteger)
    tree = func.unnest(bindparam("trees", None, ARRAY(String))).column_valued("tree")
    member = MemberPeriod
    up = (
        select(
            tree.label("tree"),
            member.customer_id,
            case(PARENTS, value=tree).label("parent_id"),
            literal(0, Integer).label("steps"),
        )
        .where(
            member.run_id == run,
            member.customer_id == bindparam("source_id", None, BigInteger),
        )
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
        .where(member.run_id == run, up.c.customer_id != payee_id, up.c.steps < LONGEST)
    )
    return prepare(
        select(up.c.tree, up.c.customer_id).order_by(up.c.tree, up.c.steps), run_id=run_id
    )
