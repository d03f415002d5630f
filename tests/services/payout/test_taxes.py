"""Tax totals: by the day of payment, of people in the United States, by the year's threshold."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from tests.factories.company import add_orders
from tests.factories.family import add_family
from tests.factories.payouts import CLERK, GERMAN, TREASURER, add_payout_methods, on
from tests.services.payout.test_batches import by, give

from upline.core.context import Context
from upline.core.errors import FieldInvalid
from upline.models.payout import Payout
from upline.services.payout import batches, settlement, taxes
from upline.services.payout.terms import Terms
from upline.services.verify import auditor


@pytest.fixture
async def clerk(ctx: Context) -> Context:
    await add_family(ctx.session)
    return by(ctx, CLERK)


async def pay(ctx: Context, amounts: dict[int, str], day: date, fee: str = "0") -> list[int]:
    """Paid on a day; the payouts' numbers in order of their members."""
    ctx = on(ctx, day)
    await give(ctx, amounts)
    terms = Terms(any_fee=Decimal(fee))
    batch = await batches.prepare(ctx, "USD", terms, day)
    await batches.approve(by(ctx, TREASURER), batch.payout_batch_id)
    await settlement.settle(ctx, batch.payout_batch_id, day)
    query = select(Payout.payout_id).where(Payout.payout_batch_id == batch.payout_batch_id)
    return list(await ctx.session.scalars(query.order_by(Payout.customer_id)))


async def reported(ctx: Context, year: int) -> dict[int, tuple[Decimal, bool]]:
    totals = await taxes.list_totals(ctx, year)
    return {each.customer_id: (each.compensation, each.is_reported) for each in totals}


async def test_the_day_of_payment_decides(clerk: Context) -> None:
    await add_payout_methods(clerk, [1, 2])
    await pay(clerk, {1: "600", 2: "599.99"}, date(2025, 12, 31), fee="1")
    await pay(clerk, {1: "1999.99", 2: "2000"}, date(2026, 1, 1))
    assert await reported(clerk, 2025) == {1: (600, True), 2: (Decimal("599.99"), False)}
    assert await reported(clerk, 2026) == {1: (Decimal("1999.99"), False), 2: (2000, True)}
    assert await reported(clerk, 2024) == {}
    assert await auditor.verify(clerk.session) == []


async def test_what_came_back_was_no_payment(clerk: Context) -> None:
    await add_payout_methods(clerk, [1, 2])
    first, _ = await pay(clerk, {1: "700", 2: "800"}, date(2025, 12, 30))
    number = await clerk.session.scalar(select(Payout.payout_batch_id).limit(1))
    assert number is not None
    day = date(2026, 1, 5)
    await settlement.take_back(on(clerk, day), number, [first], day, "returned")
    assert await reported(clerk, 2025) == {2: (800, True)}
    assert await reported(clerk, 2026) == {}
    assert await auditor.verify(clerk.session) == []


async def test_only_people_in_the_united_states(clerk: Context) -> None:
    await add_payout_methods(clerk, [1])
    await add_payout_methods(clerk, [3], GERMAN)
    await clerk.session.execute(
        text("UPDATE customers SET country_code = 'DE' WHERE customer_id = 3")
    )
    await pay(clerk, {1: "700", 3: "900"}, date(2025, 6, 1))
    (total,) = await taxes.list_totals(clerk, 2025)
    assert (total.customer_id, total.name, total.address[2]) == (1, "Root One", "Lehi")


async def test_goods_for_resale_are_flagged(clerk: Context) -> None:
    await add_orders(
        clerk.session,
        [
            {"order_id": 1, "customer_id": 1, "ordered_on": date(2014, 3, 1), "pv": "1",
             "total": "4000"},
            {"order_id": 2, "customer_id": 1, "ordered_on": date(2014, 9, 1), "pv": "1",
             "total": "1000"},
            {"order_id": 3, "customer_id": 2, "ordered_on": date(2014, 9, 1), "pv": "1",
             "total": "4999.99"},
            {"order_id": 4, "customer_id": 5, "ordered_on": date(2014, 9, 1), "pv": "1",
             "total": "9000"},
        ],
    )  # fmt: skip
    (total,) = await taxes.list_totals(clerk, 2014)
    assert (total.customer_id, total.has_direct_sales, total.is_reported) == (1, True, False)
    assert await taxes.list_totals(clerk, 2013) == []


def test_thresholds_by_year() -> None:
    assert [taxes.threshold(year) for year in (2014, 2025, 2026, 2027)] == [600, 600, 2000, 2000]
    with pytest.raises(FieldInvalid, match="year"):
        taxes.threshold(datetime(1, 1, 1, tzinfo=UTC).year)
