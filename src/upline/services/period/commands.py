"""Claiming a period's row: the one lock that orders, closing and payout agree on."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from upline.core.context import Context
from upline.models.period import Period
from upline.services.period import calendar


class Locked(NamedTuple):
    """A period's state, which nobody else changes until the transaction ends."""

    status_id: int
    pay_date: date | None


async def lock(ctx: Context, period_id: int) -> Locked:
    """Lock the row of a period, making it when nothing has happened to the period yet."""
    starts_at, ends_at = calendar.bounds(period_id, ctx.company.time_zone)
    await ctx.session.execute(
        insert(Period)
        .values(
            period_id=period_id,
            period_type_id=calendar.period_type(period_id),
            starts_at=starts_at,
            ends_at=ends_at,
        )
        .on_conflict_do_nothing()
    )
    row = await ctx.session.execute(
        select(Period.status_id, Period.pay_date)
        .where(Period.period_id == period_id)
        .with_for_update()
    )
    return Locked(*row.one())
