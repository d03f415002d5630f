"""Checks as runs store them: member 1 of the family has one for October and a November preview."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.company import load_essential
from tests.factories.family import add_family
from tests.factories.figures import NOVEMBER, OCTOBER, add_run

from upline.models.commission import CheckItem, CommissionCheck
from upline.models.period import Period
from upline.services.period.queries import CLOSED, OPEN

RETAIL, UNILEVEL, FAST_START = 1, 2, 3
BONUS, FEE, CORRECTION, DONATION = 1, 2, 3, 4
# kind, bonus, ledger type, level, volume, rate, amount
ITEMS = [
    (BONUS, RETAIL, 1, 1, "49.33", "0.24", "11.84"),
    (BONUS, UNILEVEL, 1, 1, "1785.378", "0.08", "142.83"),
    (BONUS, UNILEVEL, 1, 3, "100", "0.04", "4"),
    (BONUS, FAST_START, 1, 1, "10", "0", "0"),
    (FEE, 0, 2, 0, "0", "0", "-3"),
    (CORRECTION, 0, 3, 0, "0", "0", "-5.5"),
    (CORRECTION, 0, 3, 0, "0", "0", "20"),
    (DONATION, 0, 6, 0, "0", "0", "-10"),
]


async def write_check(
    session: AsyncSession,
    run_id: int,
    number: int,
    items: list[tuple[Any, ...]],
    member: int = 1,
    local: tuple[str, str] | None = None,
) -> None:
    """A check of `items`, as a run stores it; `local` is a currency and what is paid in it."""
    sums = {
        kind: sum((Decimal(item[-1]) for item in items if item[0] == kind), Decimal(0))
        for kind in (BONUS, FEE, CORRECTION, DONATION)
    }
    other, donation = sums[FEE] + sums[CORRECTION], -sums[DONATION]
    await session.execute(
        insert(CommissionCheck).values(
            run_id=run_id,
            customer_id=member,
            check_id=number,
            total_commission=sums[BONUS],
            adjustments=other,
            donation=donation,
            net=sums[BONUS] + other - donation,
            currency_code=local[0] if local else None,
            exchange_rate=Decimal(1) if local else None,
            local_net=Decimal(local[1]) if local else None,
        )
    )
    names = ("kind_id", "bonus_id", "ledger_type_id", "level", "volume", "rate", "amount")
    for at, item in enumerate(items):
        await session.execute(
            insert(CheckItem).values(
                run_id=run_id,
                item_no=number * 100 + at,
                customer_id=member,
                **dict(zip(names, item, strict=True)),
            )
        )


async def add_checks(session: AsyncSession) -> tuple[int, int]:
    """The family, its plan and two runs, October's closed; returns the runs."""
    await add_family(session)
    await load_essential(session)
    figures = {1: {"pv": 290, "ov": 4_635, "gv": 4_000, "paid_rank_id": 2, "max_rank_id": 3}}
    october = await add_run(session, OCTOBER, figures, status_id=CLOSED)
    november = await add_run(session, NOVEMBER, {1: {"pv": 7}}, status_id=OPEN)
    await write_check(session, october, 77, ITEMS)
    await write_check(session, november, 88, [(BONUS, UNILEVEL, 1, 1, "10", "0.08", "0.8")])
    await session.execute(
        update(Period).where(Period.period_id == OCTOBER).values(pay_date=date(2014, 11, 17))
    )
    return october, november
