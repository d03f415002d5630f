"""The bank's news: what is booked where, and what it may not say."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from tests.factories.family import add_family
from tests.factories.payouts import CLERK, TREASURER, add_payout_methods, on
from tests.services.payout.test_batches import balances, by, give

from upline.core.context import Context
from upline.core.errors import FieldInvalid
from upline.models.payout import Payout
from upline.services.payout import batches, settlement
from upline.services.payout.batches import Batch, WrongState
from upline.services.payout.settlement import WrongPayouts
from upline.services.payout.terms import Terms
from upline.services.payout.vocabulary import BatchStatus
from upline.services.verify import auditor

DAY, LATER = date(2014, 11, 17), date(2015, 1, 5)


@pytest.fixture
async def clerk(ctx: Context) -> Context:
    await add_family(ctx.session)
    return by(ctx, CLERK)


async def approved(ctx: Context) -> tuple[Batch, Sequence[int]]:
    """100 for each of three, a dollar of it as fee."""
    await add_payout_methods(ctx, (1, 2, 3))
    await give(ctx, {1: "100", 2: "100", 3: "100"})
    batch = await batches.prepare(ctx, "USD", Terms(any_fee=Decimal(1)), DAY)
    await batches.approve(by(ctx, TREASURER), batch.payout_batch_id)
    ids = await ctx.session.scalars(select(Payout.payout_id).order_by(Payout.customer_id))
    return batch, ids.all()


async def company(ctx: Context) -> dict[str, Decimal]:
    found = {}
    for code in ("cash", "payouts-in-transit", "fee-income"):
        found[code] = (await balances(ctx, code))[None]  # type: ignore[index]
    return found


async def test_paid_failed_and_returned(clerk: Context) -> None:
    batch, (first, second, _) = await approved(clerk)
    number = batch.payout_batch_id
    failed = await settlement.fail(clerk, number, [first], DAY, "account closed")
    assert failed.status is BatchStatus.APPROVED
    assert (await balances(clerk))[1] == 100  # the fee is back too
    settled = await settlement.settle(clerk, number, DAY)
    assert settled.status is BatchStatus.SETTLED
    assert await company(clerk) == {"cash": 198, "payouts-in-transit": 0, "fee-income": 2}
    await settlement.take_back(on(clerk, LATER), number, [second], LATER, "no such account")
    assert await balances(clerk) == {1: 100, 2: 99, 3: 0}
    assert await company(clerk) == {"cash": 99, "payouts-in-transit": 0, "fee-income": 2}
    assert await auditor.verify(clerk.session) == []
    row = (
        await clerk.session.execute(
            select(Payout.status_id, Payout.paid_on, Payout.undone_on, Payout.reason).where(
                Payout.payout_id == second
            )
        )
    ).one()
    assert tuple(row) == (4, DAY, LATER, "no such account")


async def test_returned_money_is_paid_again(clerk: Context) -> None:
    batch, (first, *_) = await approved(clerk)
    await settlement.settle(clerk, batch.payout_batch_id, DAY)
    later = on(clerk, LATER)
    await settlement.take_back(later, batch.payout_batch_id, [first], LATER, "returned")
    again = await batches.prepare(later, "USD", Terms(), LATER)
    assert (again.payout_count, again.total) == (1, 99)


async def test_a_batch_whose_last_payout_fails_is_settled(clerk: Context) -> None:
    batch, ids = await approved(clerk)
    done = await settlement.fail(clerk, batch.payout_batch_id, ids, DAY, "bank away")
    assert done.status is BatchStatus.SETTLED
    assert await company(clerk) == {"cash": 0, "payouts-in-transit": 0, "fee-income": 0}


async def test_news_that_cannot_be(clerk: Context) -> None:
    batch, (first, *_) = await approved(clerk)
    number = batch.payout_batch_id
    with pytest.raises(WrongPayouts, match=f"Not paid by {DAY} in batch {number}: {first}."):
        await settlement.take_back(clerk, number, [first], DAY, "")
    with pytest.raises(WrongPayouts, match="999"):
        await settlement.fail(clerk, number, [999], DAY, "")


async def test_days_that_cannot_be(clerk: Context) -> None:
    """The day decides on the year of a tax form, and a slip of the hand is easily made."""
    batch, (first, *_) = await approved(clerk)
    number, paid = batch.payout_batch_id, LATER - timedelta(days=1)
    for day in (DAY - timedelta(days=1), DAY + timedelta(days=1)):
        with pytest.raises(FieldInvalid, match="not between the day of the batch, 2014-11-17"):
            await settlement.settle(clerk, number, day)
    later = on(clerk, LATER)
    await settlement.settle(later, number, paid)
    with pytest.raises(WrongPayouts, match=f"Not paid by {DAY}"):
        await settlement.take_back(later, number, [first], DAY, "came back before it left")


async def test_only_approved_batches_are_settled_and_only_prepared_ones_cancelled(
    clerk: Context,
) -> None:
    await add_payout_methods(clerk, [1])
    await give(clerk, {1: "100"})
    batch = await batches.prepare(clerk, "USD", Terms(), DAY)
    with pytest.raises(WrongState):
        await settlement.settle(clerk, batch.payout_batch_id, DAY)
    await batches.approve(by(clerk, TREASURER), batch.payout_batch_id)
    with pytest.raises(WrongState):
        await settlement.cancel(clerk, batch.payout_batch_id, DAY)
