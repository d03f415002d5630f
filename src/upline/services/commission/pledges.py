"""Donations: what members pledge of their checks, from a period on.

A pledge holds until the next one; one of nothing ends it. What it comes to is decided by the run,
within what the plan's [donation] allows.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, LiteralString

import psycopg
from sqlalchemy import insert, select

from upline.core.context import Context
from upline.core.copy import Kind, read_columns
from upline.core.errors import FieldInvalid, NotFound
from upline.engine.donations import DonationColumns
from upline.models.bonus import DonationPledge
from upline.models.customer import Customer
from upline.services.audit import trail
from upline.services.commission.known import Known
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType

__all__ = ["Given", "Pledge", "find_pledge", "list_pledges", "load_pledges", "pledge"]

PLEDGES = """
SELECT customer_id, rate, amount FROM (
  SELECT DISTINCT ON (customer_id) customer_id, rate, amount FROM donation_pledges
  WHERE first_period_id BETWEEN %(floor)s AND %(period_id)s AND {known}
  ORDER BY customer_id, first_period_id DESC, pledge_id DESC) latest
WHERE rate > 0 OR amount > 0
"""
DECIMALS = {"rate": 6, "amount": 4}


@dataclass(frozen=True, slots=True)
class Pledge:
    """A share of the commission (0.1 = 10 %) and an amount, from a period on."""

    first_period_id: int
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Given:
    """A pledge with whose it is, and who wrote it down when."""

    customer_id: int
    pledge: Pledge
    created_by: str
    created_at: datetime


async def pledge(
    ctx: Context, customer_id: int, first_period: int, rate: Decimal, amount: Decimal
) -> None:
    """Have a member give away a share and an amount of each check from a period on.

    Raises NotFound for an unknown member, FieldInvalid for a period that is none or figures that
    cannot be given.
    """
    if not calendar.exists(first_period):
        raise FieldInvalid("first_period", "There is no such period.")
    for name, value, most in (("rate", rate, Decimal(1)), ("amount", amount, Decimal(10**12))):
        if not value.is_finite() or not 0 <= value <= most:
            raise FieldInvalid(name, f"Expected a number from 0 to {most}.")
        if value != round(value, DECIMALS[name]):
            raise FieldInvalid(name, f"At most {DECIMALS[name]} decimals.")
    if await ctx.session.get(Customer, customer_id) is None:
        raise NotFound
    await ctx.session.execute(
        insert(DonationPledge).values(
            customer_id=customer_id,
            first_period_id=first_period,
            rate=rate,
            amount=amount,
            created_by=trail.actor_of(ctx.principal),
            created_at=ctx.now,
        )
    )
    given = {"period": first_period, "rate": str(rate), "amount": str(amount)}
    await trail.record(ctx, "donation.pledge", f"customer:{customer_id}", given)


async def find_pledge(ctx: Context, customer_id: int, period_id: int) -> Pledge | None:
    """The pledge that holds for a member in a period, if any was ever made."""
    row = (
        await ctx.session.execute(
            select(DonationPledge.first_period_id, DonationPledge.rate, DonationPledge.amount)
            .where(
                DonationPledge.customer_id == customer_id,
                DonationPledge.first_period_id.between(_floor(period_id), period_id),
            )
            .order_by(DonationPledge.first_period_id.desc(), DonationPledge.pledge_id.desc())
            .limit(1)
        )
    ).one_or_none()
    return Pledge(*row) if row else None


async def list_pledges(ctx: Context, customer_id: int | None = None) -> list[Given]:
    """Of one member or of all, the latest first; those that end one included."""
    one = DonationPledge
    query = select(
        one.customer_id, one.first_period_id, one.rate, one.amount, one.created_by, one.created_at
    ).order_by(one.first_period_id.desc(), one.pledge_id.desc())
    if customer_id is not None:
        query = query.where(one.customer_id == customer_id)
    return [
        Given(member, Pledge(first, rate, amount), by, at)
        for member, first, rate, amount, by, at in await ctx.session.execute(query)
    ]


async def load_pledges(
    connection: psycopg.AsyncConnection[Any], period_id: int, known: Known | None
) -> DonationColumns:
    """Pledges in force in a period; `known` reads for a period that closed."""
    parameters: dict[str, object] = {"period_id": period_id, "floor": _floor(period_id)}
    visible: LiteralString = "true"
    if known is not None and known.seen is not None:
        visible, parameters["seen"] = known.visible(), known.seen
    rows = await read_columns(
        connection,
        PLEDGES.format(known=visible),
        {"customer_id": Kind.BIGINT, "rate": Kind.MILLIONTHS, "amount": Kind.NUMERIC},
        parameters,
    )
    return DonationColumns(rows["customer_id"], rows["rate"], rows["amount"])


def _floor(period_id: int) -> int:
    """First number of the same kind of period: weeks and months do not follow each other."""
    weekly = calendar.period_type(period_id) is PeriodType.WEEK
    return calendar.FIRST_WEEK if weekly else calendar.FIRST_MONTH
