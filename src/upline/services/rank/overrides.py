"""Forced ranks: given by an administrator for some periods, with a reason; never changed, lifted.

A forced rank is what a member is paid as. It is no achievement: the engine keeps the two apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import aliased

from upline.core.context import Context
from upline.core.errors import DomainError, FieldInvalid, Kind, NotFound
from upline.models.commission import Rank
from upline.models.customer import Customer
from upline.models.engine_input import RankOverride
from upline.services.audit import trail
from upline.services.period import calendar, commands
from upline.services.period.queries import OPEN
from upline.services.plan import versions

LONGEST_REASON = 200


class PeriodDecided(DomainError):
    """Figures of a closed period are final; what should have been is a correction."""

    code = "rank_override_period_closed"
    kind = Kind.CONFLICT
    message = "The period is closed or closing; ranks can be forced from an open period on."


class AlreadyLifted(DomainError):
    """An override ends once."""

    code = "rank_override_lifted"
    kind = Kind.CONFLICT
    message = "The forced rank has been lifted already."
    constraint = "uq_rank_overrides_lifts_id"


@dataclass(frozen=True, slots=True)
class Override:
    """A forced rank; `lifted_from` is the first period without it, if it was lifted."""

    override_id: int
    customer_id: int
    rank_id: int
    rank: str | None
    first_period_id: int
    last_period_id: int | None
    reason: str
    created_by: str
    created_at: datetime
    lifted_from: int | None
    lifted_by: str | None
    lift_reason: str | None


async def force(
    ctx: Context,
    customer_id: int,
    rank: str,
    first_period_id: int,
    last_period_id: int | None,
    reason: str,
) -> int:
    """Give a member a rank (its id, or its key in the plan) from a period on; returns the override.

    Of several that hold at once the latest counts. Raises NotFound, FieldInvalid, PeriodDecided.
    """
    found = await ctx.session.scalar(
        select(Customer.customer_id).where(Customer.customer_id == customer_id)
    )
    if found is None:
        raise NotFound
    _check_periods(first_period_id, last_period_id)
    plan = (await versions.in_force(ctx.session, first_period_id)).document
    ids = {name: one.id for one in plan.ranks for name in (one.key, str(one.id))}
    if rank not in ids:
        known = ", ".join(one.key for one in plan.ranks) or "none"
        raise FieldInvalid("rank", f"The plan has no rank {rank!r}; it has: {known}.")
    await _require_open(ctx, first_period_id)
    override_id = await ctx.session.scalar(
        insert(RankOverride)
        .values(
            customer_id=customer_id,
            rank_id=ids[rank],
            first_period_id=first_period_id,
            last_period_id=last_period_id,
            reason=_reason(reason),
            created_by=trail.actor_of(ctx.principal),
        )
        .returning(RankOverride.override_id)
    )
    assert override_id is not None  # noqa: S101 - RETURNING always gives the key
    await trail.record(
        ctx,
        "rank.force",
        f"customer:{customer_id}",
        {"override": override_id, "rank": ids[rank], "from": first_period_id, "to": last_period_id},
    )
    return int(override_id)


async def lift(ctx: Context, override_id: int, first_period_id: int, reason: str) -> None:
    """End a forced rank: `first_period_id` is the first period without it.

    Raises NotFound, FieldInvalid, PeriodDecided or AlreadyLifted.
    """
    given = (
        await ctx.session.execute(
            select(
                RankOverride.customer_id, RankOverride.rank_id, RankOverride.first_period_id
            ).where(RankOverride.override_id == override_id, RankOverride.lifts_id.is_(None))
        )
    ).one_or_none()
    if given is None:
        raise NotFound
    _check_periods(first_period_id, None)
    if calendar.period_type(first_period_id) is not calendar.period_type(given.first_period_id):
        raise FieldInvalid("first_period_id", "The forced rank is for periods of the other kind.")
    await _require_open(ctx, first_period_id)
    lifted = select(RankOverride.override_id).where(RankOverride.lifts_id == override_id)
    if await ctx.session.scalar(lifted) is not None:
        raise AlreadyLifted
    await ctx.session.execute(
        insert(RankOverride).values(
            customer_id=given.customer_id,
            rank_id=given.rank_id,
            first_period_id=first_period_id,
            lifts_id=override_id,
            reason=_reason(reason),
            created_by=trail.actor_of(ctx.principal),
        )
    )
    await trail.record(
        ctx,
        "rank.lift",
        f"customer:{given.customer_id}",
        {"override": override_id, "from": first_period_id},
    )


async def list_overrides(
    ctx: Context, customer_id: int | None = None, period_id: int | None = None
) -> Sequence[Override]:
    """Forced ranks, the latest first: of one member, or those that hold in one period."""
    one, end = aliased(RankOverride), aliased(RankOverride)
    query = (
        select(
            one.override_id,
            one.customer_id,
            one.rank_id,
            Rank.name,
            one.first_period_id,
            one.last_period_id,
            one.reason,
            one.created_by,
            one.created_at,
            end.first_period_id,
            end.created_by,
            end.reason,
        )
        .outerjoin(end, end.lifts_id == one.override_id)
        .outerjoin(Rank, Rank.rank_id == one.rank_id)
        .where(one.lifts_id.is_(None))
        .order_by(one.override_id.desc())
    )
    if customer_id is not None:
        query = query.where(one.customer_id == customer_id)
    if period_id is not None:
        weekly = calendar.period_type(period_id) is calendar.PeriodType.WEEK
        query = query.where(
            one.first_period_id >= (calendar.FIRST_WEEK if weekly else calendar.FIRST_MONTH),
            one.first_period_id <= period_id,
            func.coalesce(one.last_period_id, period_id) >= period_id,
            func.coalesce(end.first_period_id, period_id + 1) > period_id,
        )
    return [Override(*tuple(row)) for row in await ctx.session.execute(query)]


def _check_periods(first_period_id: int, last_period_id: int | None) -> None:
    if not calendar.exists(first_period_id):
        raise FieldInvalid("first_period_id", f"There is no period {first_period_id}.")
    if last_period_id is None:
        return
    if not calendar.exists(last_period_id) or last_period_id < first_period_id:
        raise FieldInvalid("last_period_id", "The last period must not lie before the first.")
    if calendar.period_type(first_period_id) is not calendar.period_type(last_period_id):
        raise FieldInvalid("last_period_id", "Weeks and months cannot be mixed.")


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise FieldInvalid("reason", f"A reason of 1 to {LONGEST_REASON} characters is needed.")
    return reason


async def _require_open(ctx: Context, period_id: int) -> None:
    """Hold the period, so that no run closes it over what is being decided."""
    if (await commands.lock(ctx, period_id)).status_id != OPEN:
        raise PeriodDecided
