"""One unilevel level of a check, member by member."""

from decimal import Decimal

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.checks import UNILEVEL, add_checks
from tests.factories.figures import OCTOBER, context_of

from upline.models.commission import CommissionLine
from upline.services.commission.check_levels import get_unilevel_level


async def test_a_level_lists_where_its_volume_came_from(session: AsyncSession) -> None:
    run_id, _ = await add_checks(session)
    ctx = context_of(session, 1)
    lines = [
        (4, 11, "75.25", "6.02"),
        (2, 12, "100.128", "8.01024"),
        (2, 13, "10", "0.8"),
        (6, 14, "0.06", "0.0048"),
    ]
    for at, (source, entry, base, amount) in enumerate(lines):
        await session.execute(
            insert(CommissionLine).values(
                run_id=run_id,
                line_no=at,
                customer_id=1,
                source_id=source,
                entry_id=entry,
                bonus_id=UNILEVEL,
                level=2,
                paid_level=1,
                base=Decimal(base),
                rate=Decimal("0.08"),
                amount=Decimal(amount),
            )
        )
    found = await get_unilevel_level(ctx, 1, OCTOBER, 1)
    assert (found.volume, found.rate, found.amount) == (
        Decimal("1785.378"),
        Decimal("0.08"),
        Decimal("142.83"),
    )
    earned = [(e.customer_id, e.name, e.volume, e.amount) for e in found.earnings]
    assert earned == [
        (2, "ABLE, ANN", Decimal("110.128"), Decimal("8.81")),
        (4, "COOK, CARL", Decimal("75.25"), Decimal("6.02")),
        (6, "EAST, EVE", Decimal("0.06"), Decimal(0)),
    ]


async def test_a_level_that_paid_nothing_is_empty(session: AsyncSession) -> None:
    await add_checks(session)
    ctx = context_of(session, 1)
    for member, period, level in ((1, OCTOBER, 2), (1, 310, 1), (2, OCTOBER, 1)):
        found = await get_unilevel_level(ctx, member, period, level)
        assert (found.volume, found.rate, found.amount, found.earnings) == (0, 0, 0, [])
