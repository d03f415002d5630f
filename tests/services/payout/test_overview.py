"""What somebody sees before saying yes: the batch by file, its payouts, and who gets nothing."""

from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest
from sqlalchemy import text
from tests.factories.family import add_family
from tests.factories.payouts import (
    AMERICAN,
    CLERK,
    FIELDS,
    PAYONEER,
    TREASURER,
    WALLET,
    add_payout_methods,
)
from tests.services.payout.test_batches import DAY, by, earn, give

from upline.core.context import Context
from upline.services.payout import batches, methods, overview, settlement
from upline.services.payout.batches import NothingToPay
from upline.services.payout.methods import Wish
from upline.services.payout.overview import Kept, Reason, Share
from upline.services.payout.terms import Terms
from upline.services.payout.vocabulary import FileFormat, PayoutStatus

TERMS = Terms(minimum=Decimal(25), any_fee=Decimal(1))


@pytest.fixture
async def family(ctx: Context) -> Context:
    await add_family(ctx.session)
    return by(ctx, CLERK)


async def test_a_batch_by_file_and_state(family: Context) -> None:
    await add_payout_methods(family, [1, 2])
    await add_payout_methods(family, [3], PAYONEER)
    await give(family, {1: "100", 2: "40", 3: "60"})
    batch = await batches.prepare(family, "USD", TERMS, DAY)
    number = batch.payout_batch_id
    assert await overview.list_shares(family, number) == [
        Share(FileFormat.NACHA, PayoutStatus.PENDING, 2, Decimal(138), Decimal(2)),
        Share(FileFormat.PAYONEER, PayoutStatus.PENDING, 1, Decimal(59), Decimal(1)),
    ]
    await batches.approve(by(family, TREASURER), number)
    shown = [each async for each in overview.stream_payments(family, batch)]
    assert [(each.customer_id, each.amount, each.method) for each in shown] == [
        (1, 99, "Bank account ****6789"),
        (3, 59, "Payoneer"),
        (2, 39, "Bank account ****6789"),
    ]
    await settlement.fail(family, number, [shown[2].payout_id], DAY, "closed")
    assert [each.status for each in await overview.list_shares(family, number)] == [
        PayoutStatus.PENDING,
        PayoutStatus.FAILED,
        PayoutStatus.PENDING,
    ]
    (largest,) = [each async for each in overview.stream_payments(family, batch, limit=1)]
    assert (largest.name, largest.reference) == ("Root One", f"UP{number}-{largest.payout_id}")


async def _hold(ctx: Context) -> None:
    await add_payout_methods(ctx, [1])
    await ctx.session.execute(text("UPDATE customers SET status_id = 3 WHERE customer_id = 1"))


async def _keep(ctx: Context) -> None:
    await add_payout_methods(ctx, [1], WALLET)


async def _change(ctx: Context) -> None:
    await add_payout_methods(ctx, [1])
    await methods.add_method(ctx, FIELDS, 1, Wish(AMERICAN, is_default=True))


async def _nothing(ctx: Context) -> None:
    pass


async def _account(ctx: Context) -> None:
    await add_payout_methods(ctx, [1])


Arrange = Callable[[Context], Awaitable[None]]


@pytest.mark.parametrize(
    ("reason", "arrange", "terms"),
    [
        (Reason.ON_HOLD, _hold, TERMS),
        (Reason.NO_METHOD, _nothing, TERMS),
        (Reason.KEPT, _keep, TERMS),
        (Reason.JUST_CHANGED, _change, TERMS),
        (Reason.TOO_LITTLE, _account, Terms(minimum=Decimal(101))),
        (Reason.TOO_LITTLE, _account, Terms(any_fee=Decimal(100))),
    ],
)
async def test_why_money_stays(
    family: Context, reason: Reason, arrange: Arrange, terms: Terms
) -> None:
    """Whoever a batch leaves out is told of, with the reason by which it decided."""
    await give(family, {1: "100"})
    await arrange(family)
    with pytest.raises(NothingToPay):
        await batches.prepare(family, "USD", terms, DAY)
    assert await overview.list_kept(family, "USD", terms) == [Kept(reason, 1, Decimal(100))]


async def test_what_was_just_earned_waits(family: Context) -> None:
    await add_payout_methods(family, [1])
    await give(family, {1: "5"})
    await earn(family, 1, Decimal(100), days_ago=3)
    terms = Terms(minimum=Decimal(25), hold_days=7)
    with pytest.raises(NothingToPay):
        await batches.prepare(family, "USD", terms, DAY)
    kept = await overview.list_kept(family, "USD", terms)
    assert kept == [Kept(Reason.TOO_RECENT, 1, Decimal(105))]


async def test_nobody_is_left_out(family: Context) -> None:
    await add_payout_methods(family, [1])
    await give(family, {1: "100"})
    await batches.prepare(family, "USD", TERMS, DAY)
    assert await overview.list_kept(family, "USD", TERMS) == []
