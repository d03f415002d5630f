"""Autoships and their monthly orders, as the worker makes them."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.company import add_orders

from upline.models.autoship import Autoship
from upline.services.period import calendar

LOCAL_MARKET, NOT_FOR_RESALE = 1, 2
AUTOSHIP_ORDER = 2


async def add_autoship(
    session: AsyncSession,
    customer_id: int,
    *,
    program: int = LOCAL_MARKET,
    next_date: date | None = date(2014, 12, 1),
    pv: int = 80,
    status: int = 1,
    last_result: int = 1,
) -> None:
    """A standing order on the first of the month."""
    await session.execute(
        insert(Autoship).values(
            customer_id=customer_id,
            program_id=program,
            status_id=status,
            day_of_month=1,
            next_date=next_date,
            started_on=date(2013, 12, 1),
            currency_code="USD",
            pv=Decimal(pv),
            last_result_id=last_result,
        )
    )


async def add_autoship_orders(
    session: AsyncSession,
    customer_id: int,
    months: Iterable[int],
    *,
    pv: int = 80,
    first_order: int = 50_001,
) -> None:
    """One paid order on the first of each month, given by its number; their ids count on."""
    await add_orders(
        session,
        [
            {
                "order_id": first_order + at,
                "customer_id": customer_id,
                "order_type": AUTOSHIP_ORDER,
                "ordered_on": calendar.first_day(month),
                "pv": pv,
                "total": pv,
            }
            for at, month in enumerate(months)
        ],
    )
