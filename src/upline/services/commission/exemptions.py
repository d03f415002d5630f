"""Members whose leg volume is kept although the plan would flush it: an administrator's decision.

An exemption holds for whole periods: it counts where it is in force at a period's end.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, or_, select, update

from upline.core.context import Context
from upline.core.errors import FieldInvalid, NotFound
from upline.models.binary import CarryExemption
from upline.models.customer import Customer
from upline.models.period import Period
from upline.services.audit import trail
from upline.services.period import calendar
from upline.services.period.queries import OPEN

__all__ = ["Exemption", "end", "list_exemptions", "spare"]

REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Exemption:
    """From the beginning of a period to the end of another one, or open."""

    exemption_id: int
    customer_id: int
    valid_from: datetime
    valid_to: datetime | None
    reason: str
    created_by: str


async def spare(
    ctx: Context, customer_id: int, first_period: int, last_period: int | None, reason: str
) -> int:
    """Keep a member's legs from one period to another, both included; returns the exemption's id.

    Raises NotFound for an unknown member, FieldInvalid for periods that are none or no reason.
    """
    starts = _bounds(ctx, first_period, "first_period")[0]
    ends = None
    if last_period is not None:
        ends = _bounds(ctx, last_period, "last_period")[1]
        if ends <= starts:
            raise FieldInvalid("last_period", "The last period lies before the first.")
    if not 0 < len(reason.strip()) <= REASON_LENGTH:
        raise FieldInvalid("reason", f"A reason has 1 to {REASON_LENGTH} characters.")
    if await ctx.session.get(Customer, customer_id) is None:
        raise NotFound
    exemption_id: int | None = await ctx.session.scalar(
        insert(CarryExemption)
        .values(
            customer_id=customer_id,
            valid_from=starts,
            valid_to=ends,
            reason=reason,
            created_by=trail.actor_of(ctx.principal),
            created_at=ctx.now,
        )
        .returning(CarryExemption.exemption_id)
    )
    assert exemption_id is not None  # noqa: S101 - RETURNING always gives the key
    periods = {"first": first_period, "last": last_period, "reason": reason}
    await trail.record(ctx, "carry.spare", f"customer:{customer_id}", periods)
    return exemption_id


async def end(ctx: Context, customer_id: int, last_period: int) -> int:
    """Let a member's exemptions end with a period; returns how many did.

    Raises NotFound when none is in force then, FieldInvalid where a period after it is closed: what
    closed stays as it was known.
    """
    ends = _bounds(ctx, last_period, "last_period")[1]
    closed = select(Period.period_id).where(Period.starts_at >= ends, Period.status_id != OPEN)
    if await ctx.session.scalar(closed.limit(1)) is not None:
        raise FieldInvalid("last_period", "A period after it is closed already.")
    ended = await ctx.session.execute(
        update(CarryExemption)
        .where(
            CarryExemption.customer_id == customer_id,
            CarryExemption.valid_from < ends,
            or_(CarryExemption.valid_to.is_(None), CarryExemption.valid_to > ends),
        )
        .values(valid_to=ends)
        .returning(CarryExemption.exemption_id)
    )
    count = len(ended.all())
    if count == 0:
        raise NotFound
    await trail.record(ctx, "carry.end", f"customer:{customer_id}", {"last": last_period})
    return count


async def list_exemptions(ctx: Context, customer_id: int | None = None) -> list[Exemption]:
    """Of one member or of all, the latest first."""
    query = select(
        CarryExemption.exemption_id,
        CarryExemption.customer_id,
        CarryExemption.valid_from,
        CarryExemption.valid_to,
        CarryExemption.reason,
        CarryExemption.created_by,
    ).order_by(CarryExemption.valid_from.desc(), CarryExemption.exemption_id.desc())
    if customer_id is not None:
        query = query.where(CarryExemption.customer_id == customer_id)
    return [Exemption(*row) for row in await ctx.session.execute(query)]


def _bounds(ctx: Context, period_id: int, field: str) -> tuple[datetime, datetime]:
    if not calendar.exists(period_id):
        raise FieldInvalid(field, "There is no such period.")
    return calendar.bounds(period_id, ctx.company.time_zone)
