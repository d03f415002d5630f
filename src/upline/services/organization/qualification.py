"""What the next rank asks of a member and what he has, as the Virtual Office shows it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, select

from upline.core.context import Context
from upline.core.prepared import Prepared, prepare
from upline.models.customer import Customer
from upline.services.organization.accounts import display_name, get_figures
from upline.services.organization.requirements import Requirement, counts, list_asked, measure
from upline.services.organization.standing import AnyRow, find_standing
from upline.services.plan import versions
from upline.services.plan.schema_ranks import Rank

INACTIVE_RANK = -1


@dataclass(frozen=True, slots=True)
class Leg:
    """A front-line organization; `qualified` when the next rank would count it."""

    customer_id: int
    name: str
    ogv: Decimal
    qualified: bool


@dataclass(frozen=True, slots=True)
class Qualification:
    """A member between his rank and the next; at the top, the next one is the one he has."""

    customer_id: int
    period_id: int
    current_rank_id: int
    paid_as_rank_id: int
    max_rank_id: int
    next_rank_id: int
    requirements: list[Requirement]
    legs: list[Leg]


async def get_qualification(ctx: Context, member_id: int, period_id: int) -> Qualification:
    """How `member_id` stands in a month (0: the current one)."""
    figures = await get_figures(ctx, period_id)
    version = (await versions.history(ctx.session)).find(figures.period_id)
    plan = version.document.content if version else None
    found = (
        await find_standing(ctx, figures.run_id, figures.period_id, plan, member_id)
        if plan
        else None
    )
    rank = find_next(plan.ranks, found.member.rank_id if found else INACTIVE_RANK) if plan else None
    requirements: list[Requirement] = []
    legs: list[Leg] = []
    if rank and found:
        # What can not be told counts as nothing here: the documented format has no other way.
        requirements = [
            replace(asked, actual=asked.actual or Decimal(0))
            for asked in await measure(rank, found)
        ]
        front = await found.list_legs()
        names = await load_names(ctx, [child.customer_id for child in front])
        legs = [_leg(child, rank, names) for child in front]
    elif rank:
        requirements = list_asked(rank)
    return Qualification(
        customer_id=member_id,
        period_id=figures.period_id,
        current_rank_id=found.member.rank_id if found else INACTIVE_RANK,
        paid_as_rank_id=found.member.paid_rank_id if found else INACTIVE_RANK,
        max_rank_id=found.member.max_rank_id if found else INACTIVE_RANK,
        next_rank_id=rank.id if rank else INACTIVE_RANK,
        requirements=requirements,
        legs=legs,
    )


def find_next(ranks: Sequence[Rank], rank_id: int) -> Rank | None:
    """The rank above; ranks of a plan stand lowest first, and the highest is its own next."""
    held = next((at for at, rank in enumerate(ranks) if rank.id == rank_id), -1)
    return ranks[min(held + 1, len(ranks) - 1)] if ranks else None


async def load_names(ctx: Context, customer_ids: Sequence[int]) -> dict[int, str]:
    """Display names by customer."""
    rows = await _names().fetch_all(ctx.session, customer_ids=list(customer_ids))
    return {row.customer_id: display_name(row.first_name, row.last_name) for row in rows}


@cache
def _names() -> Prepared:
    wanted = bindparam("customer_ids", None, ARRAY(BigInteger))
    query = select(Customer.customer_id, Customer.first_name, Customer.last_name)
    return prepare(query.where(Customer.customer_id == any_(wanted)))


def _leg(child: AnyRow, rank: Rank, names: dict[int, str]) -> Leg:
    return Leg(
        customer_id=child.customer_id,
        name=names[child.customer_id],
        ogv=child.ov,
        qualified=counts(child, rank),
    )
