"""Who stands behind requirements that count people: customers, ratios, positions of an owner."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Integer, any_, func, literal, or_, select

from upline.core.context import Context
from upline.models.customer import Customer
from upline.models.period import Period
from upline.models.volume import MemberPeriod
from upline.services.commission import owners
from upline.services.plan.schema_base import Requires
from upline.services.plan.schema_requirements import CustomerRatio, Customers, OwnerVolume
from upline.services.plan.schema_types import CUSTOMER_TYPES

__all__ = ["Owned", "People", "load_people"]

Key = tuple[object, ...]
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Owned:
    """All positions of an owner: how many there are, and their own PV."""

    positions: int
    pv: Decimal


@dataclass(frozen=True, slots=True)
class People:
    """By member, and by what is counted; see the keys below."""

    customers: dict[tuple[int, Key], int] = field(default_factory=dict)
    enrolled: dict[tuple[int, Key], int] = field(default_factory=dict)
    owned: dict[tuple[int, int], Owned] = field(default_factory=dict)

    def customers_of(self, member: int, asked: Customers) -> int:
        """Personal customers who count."""
        return self.customers.get((member, _customers_key(asked)), 0)

    def ratio_of(self, member: int, asked: CustomerRatio) -> tuple[int, int]:
        """Personally enrolled of one kind and of the other."""
        of, to = (
            sum(self.enrolled.get((member, (asked.pv, name)), 0) for name in set(names))
            for names in (asked.of, asked.to)
        )
        return of, to

    def owned_of(self, member: int, asked: OwnerVolume) -> Owned:
        """What the owner of a member's position has."""
        return self.owned.get((member, asked.periods), Owned(1, Decimal(0)))


def _customers_key(asked: Customers) -> Key:
    return (asked.pv, *sorted(set(asked.types)))


async def load_people(
    ctx: Context,
    run_id: int,
    period_id: int,
    asked: Sequence[Requires],
    customer_types: Sequence[str],
    customer_ids: Sequence[int],
) -> People:
    """What `asked` counts of those members; customer_types: who is a customer in the plan."""
    people = People()
    for rule in asked:
        if rule.customers is not None:
            types = rule.customers.types or customer_types
            key = _customers_key(rule.customers)
            found = await _customers(ctx, run_id, rule.customers.pv, types, customer_ids)
            people.customers.update({(member, key): count for member, count in found.items()})
        if rule.customer_ratio is not None:
            people.enrolled.update(
                await _enrolled(ctx, run_id, rule.customer_ratio.pv, customer_ids)
            )
        if rule.owner_pv is not None:
            back = rule.owner_pv.periods
            owned = await _owned(ctx, run_id, range(period_id - back + 1, period_id), customer_ids)
            people.owned.update({(member, back): one for member, one in owned.items()})
    return people


async def _customers(
    ctx: Context, run_id: int, least: int, types: Sequence[str], customer_ids: Sequence[int]
) -> dict[int, int]:
    """Personal customers of these types with the PV, by sponsor."""
    member = MemberPeriod
    rows = await ctx.session.execute(
        select(member.sponsor_id, func.count())
        .where(
            member.run_id == run_id,
            member.sponsor_id == _any(customer_ids),
            member.customer_type_id.in_([CUSTOMER_TYPES[name] for name in types]),
            member.pv >= Decimal(least) / 10_000,
        )
        .group_by(member.sponsor_id)
    )
    return {number or 0: count for number, count in rows}


async def _enrolled(
    ctx: Context, run_id: int, least: int, customer_ids: Sequence[int]
) -> dict[tuple[int, Key], int]:
    """Personally enrolled with the PV, by enroller and type."""
    names = {number: name for name, number in CUSTOMER_TYPES.items()}
    member = MemberPeriod
    rows = await ctx.session.execute(
        select(member.enroller_id, member.customer_type_id, func.count())
        .where(
            member.run_id == run_id,
            member.enroller_id == _any(customer_ids),
            member.pv >= Decimal(least) / 10_000,
        )
        .group_by(member.enroller_id, member.customer_type_id)
    )
    return {(enroller or 0, (least, names[kind])): count for enroller, kind, count in rows}


async def _owned(
    ctx: Context, run_id: int, earlier: range, customer_ids: Sequence[int]
) -> dict[int, Owned]:
    """Positions of each one's owner at the end of the period, with their PV in the run and before
    it."""
    formerly = await owners.former_of(ctx, run_id, earlier.stop)
    customer, member = Customer, MemberPeriod
    now = select(customer.customer_id, customer.owner_id)
    mine = await ctx.session.execute(now.where(customer.customer_id == _any(customer_ids)))
    owner_of = {who: formerly.get(who, owner) or who for who, owner in mine}
    owned: dict[int, list[int]] = {owner: [] for owner in owner_of.values()}
    taken = [*owned, *(who for who, owner in formerly.items() if owner in owned)]
    some = or_(customer.owner_id == _any(owned), customer.customer_id == _any(taken))
    for who, owner in await ctx.session.execute(now.where(some)):
        if (found := formerly.get(who, owner) or who) in owned:
            owned[found].append(who)
    runs = select(Period.run_id).where(
        Period.period_id == any_(literal(list(earlier), ARRAY(Integer)))
    )
    everybody = [who for positions in owned.values() for who in positions]
    bought = await ctx.session.execute(
        select(member.customer_id, func.sum(member.pv).label("pv"))
        .where(
            or_(member.run_id == run_id, member.run_id.in_(runs)),
            member.customer_id == _any(everybody),
        )
        .group_by(member.customer_id)
    )
    pv = {row.customer_id: row.pv for row in bought}
    return {
        who: Owned(len(owned[owner]), sum((pv.get(one, NOTHING) for one in owned[owner]), NOTHING))
        for who, owner in owner_of.items()
    }


def _any(customer_ids: Iterable[int]) -> Any:
    return any_(literal(sorted(customer_ids), ARRAY(BigInteger)))
