"""Checks as their owners read them: figures, names of corrections, and what is no check yet."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.checks import ITEMS, add_checks, write_check
from tests.factories.figures import NOVEMBER, OCTOBER, add_run, context_of
from tests.factories.statements import counted

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.models.commission import CommissionAdjustment
from upline.services.commission.checks import Adjustment, get_check, get_history
from upline.services.period.queries import PAID


@pytest.fixture
async def ctx(session: AsyncSession) -> Context:
    await add_checks(session)
    return context_of(session, 1)


async def test_a_closed_period_answers_with_its_check(ctx: Context) -> None:
    check = await get_check(ctx, 1, OCTOBER)
    assert (check.check_number, check.pay_date) == ("77", date(2014, 11, 17))
    assert (check.total_commission, check.adjustment_total) == (
        Decimal("158.67"),
        Decimal("11.5"),
    )
    assert (check.donation, check.total) == (Decimal(10), Decimal("160.17"))
    assert (check.paid_as_rank_id, check.max_rank_id) == (2, 3)
    assert (check.pv, check.ogv, check.pgv) == (290, 4_635, 4_000)
    assert check.currency == "USD"


async def test_bonuses_that_paid_and_their_levels(ctx: Context) -> None:
    bonuses = (await get_check(ctx, 1, OCTOBER)).bonuses
    assert set(bonuses) == {"retail", "unilevel"}  # fast start came to nothing
    assert bonuses["unilevel"].amount == Decimal("146.83")
    levels = [(level.level, level.amount) for level in bonuses["unilevel"].levels]
    assert levels == [(1, Decimal("142.83")), (3, Decimal(4))]


async def test_fees_and_corrections_have_names(ctx: Context) -> None:
    # As if it had been posted while October was open.
    await ctx.session.execute(text("SET LOCAL session_replication_role = replica"))
    await ctx.session.execute(
        insert(CommissionAdjustment).values(
            customer_id=1,
            period_id=OCTOBER,
            amount=Decimal("-5.5"),
            description="Returned order 17",
            created_by="desk",
        )
    )
    check = await get_check(ctx, 1, OCTOBER)
    assert check.adjustments == [
        Adjustment("Maintenance Fee", Decimal(-3), 2),
        Adjustment("Returned order 17", Decimal("-5.5"), 3),
        Adjustment("Adjustment", Decimal(20), 3),
    ]
    assert sum(item.amount for item in check.adjustments) == check.adjustment_total


async def test_the_open_period_shows_its_preview_without_a_number(ctx: Context) -> None:
    check = await get_check(ctx, 1, 0)
    assert (check.period_id, check.check_number) == (NOVEMBER, "")
    assert (check.total, check.pv) == (Decimal("0.8"), 7)
    assert check.pay_date is not None  # planned


@pytest.mark.parametrize(("member", "period"), [(2, OCTOBER), (1, NOVEMBER + 1), (1, 310)])
async def test_without_a_check_all_is_zero(ctx: Context, member: int, period: int) -> None:
    check = await get_check(ctx, member, period)
    assert (check.customer_id, check.period_id, check.check_number) == (member, period, "")
    assert check.total == check.total_commission == check.donation == check.pv == 0
    assert (check.paid_as_rank_id, check.bonuses, check.adjustments) == (-1, {}, [])
    assert check.currency == "USD"


async def test_history_holds_written_checks_up_to_a_period(
    ctx: Context, session: AsyncSession
) -> None:
    september = await add_run(session, OCTOBER - 1, {1: {}}, status_id=PAID)
    await write_check(session, september, 66, ITEMS[:1])
    numbers = {
        period: [check.number for check in await get_history(ctx, 1, period)]
        for period in (0, NOVEMBER + 100, OCTOBER, OCTOBER - 1, OCTOBER - 2)
    }
    assert numbers == {
        0: ["77", "66"],
        NOVEMBER + 100: ["77", "66"],
        OCTOBER: ["77", "66"],
        OCTOBER - 1: ["66"],
        OCTOBER - 2: [],
    }
    newest = (await get_history(ctx, 1, 0))[0]
    assert (newest.amount, newest.currency) == (Decimal("158.67"), "USD")
    assert await get_history(ctx, 2, 0) == []


async def test_weeks_have_no_checks_here(ctx: Context) -> None:
    for read in (get_check, get_history):
        with pytest.raises(NotFound):
            await read(ctx, 1, 10_027)


async def test_the_history_is_one_statement(ctx: Context) -> None:
    with counted() as sent:
        await get_history(ctx, 1, 0)
    assert len(sent) == 1
