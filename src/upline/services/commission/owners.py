"""Positions that change hands: whose one is now, and whose it was when a period ended.

A change holds from the beginning of a period on. Periods before it are calculated with the former
owner, now and whenever they are restated.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on

from upline.core.context import Context
from upline.core.errors import FieldInvalid, NotFound
from upline.models.customer import Customer, FormerOwner
from upline.services.audit import trail
from upline.services.period import calendar

__all__ = ["Ownership", "former_of", "give", "list_owners"]

REASON_LENGTH = 200
UNSEEN = """NOT pg_visible_in_snapshot((former_owners.recorded_in::text)::xid8,
  (SELECT seen FROM commission_runs WHERE run_id = :run_id)::pg_snapshot)"""


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose a position is, or was until then; without an owner it is a main position itself."""

    owner_id: int | None
    until: datetime | None
    reason: str
    created_by: str


async def give(
    ctx: Context, position_id: int, owner_id: int | None, first_period: int, reason: str
) -> None:
    """Make a position somebody's, or (None) one of its own, from a period on.

    Raises NotFound for an unknown position, FieldInvalid for an owner who cannot own it, a period
    that is none or lies before an earlier change, and no reason.
    """
    if not calendar.exists(first_period):
        raise FieldInvalid("first_period", "There is no such period.")
    if not 0 < len(reason.strip()) <= REASON_LENGTH:
        raise FieldInvalid("reason", f"A reason has 1 to {REASON_LENGTH} characters.")
    customer = Customer
    rows = await ctx.session.execute(
        select(customer.customer_id, customer.owner_id)
        .where(customer.customer_id.in_({position_id, owner_id} - {None}))
        .order_by(customer.customer_id)  # so that two who give to each other do not wait for ever
        .with_for_update()
    )
    owners = {row.customer_id: row.owner_id for row in rows}
    if position_id not in owners:
        raise NotFound
    await _check_owner(ctx, position_id, owner_id, owners)
    until, _ = calendar.bounds(first_period, ctx.company.time_zone)
    latest = select(func.max(FormerOwner.until)).where(FormerOwner.customer_id == position_id)
    changed: datetime | None = await ctx.session.scalar(latest)
    if changed is not None and changed >= until:
        raise FieldInvalid("first_period", "It changed hands in or after that period.")
    await ctx.session.execute(
        insert(FormerOwner).values(
            customer_id=position_id,
            owner_id=owners[position_id],
            until=until,
            reason=reason,
            created_by=trail.actor_of(ctx.principal),
            created_at=ctx.now,
        )
    )
    await ctx.session.execute(
        update(customer).where(customer.customer_id == position_id).values(owner_id=owner_id)
    )
    told = {"from": owners[position_id], "to": owner_id, "period": first_period, "reason": reason}
    await trail.record(ctx, "position.give", f"customer:{position_id}", told)


async def list_owners(ctx: Context, position_id: int) -> list[Ownership]:
    """Whose a position is, then whose it was, the latest first; raises NotFound."""
    customer = await ctx.session.get(Customer, position_id)
    if customer is None:
        raise NotFound
    former = FormerOwner
    rows = await ctx.session.execute(
        select(former.owner_id, former.until, former.reason, former.created_by)
        .where(former.customer_id == position_id)
        .order_by(former.former_owner_id.desc())
    )
    return [Ownership(customer.owner_id, None, "", ""), *(Ownership(*row) for row in rows)]


async def former_of(ctx: Context, run_id: int, period_id: int) -> dict[int, int | None]:
    """Owners at the end of a period, as a run of it knew them, of positions that are not theirs
    today; the earliest change after it says what there was before."""
    _, end = calendar.bounds(period_id, ctx.company.time_zone)
    former = FormerOwner
    rows = await ctx.session.execute(
        select(former.customer_id, former.owner_id)
        .where(or_(former.until >= end, text(UNSEEN).bindparams(run_id=run_id)))
        .ext(distinct_on(former.customer_id))
        .order_by(former.customer_id, former.former_owner_id)
    )
    return {row.customer_id: row.owner_id for row in rows}


async def _check_owner(
    ctx: Context, position_id: int, owner_id: int | None, owners: dict[int, int | None]
) -> None:
    """Owners are main positions, and owned ones own nothing themselves."""
    if owner_id == owners[position_id]:
        raise FieldInvalid("owner", "It is so already.")
    if owner_id is None:
        return
    if owner_id not in owners or owner_id == position_id:
        raise FieldInvalid("owner", "There is no such owner.")
    if owners[owner_id] is not None:
        raise FieldInvalid("owner", "That is a further position of somebody itself.")
    owned = select(Customer.customer_id).where(Customer.owner_id == position_id).limit(1)
    if await ctx.session.scalar(owned) is not None:
        raise FieldInvalid("owner", "It owns further positions itself.")
