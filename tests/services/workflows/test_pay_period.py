import asyncio
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from tests.factories.closing import close
from tests.factories.golden import PERIOD
from tests.factories.golden_company import found_company
from tests.factories.payouts import CLERK, TREASURER, add_methods_for_all

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.models.ledger import LedgerAccount
from upline.models.period import Period
from upline.services.payout.batches import AlreadyPaid, SamePerson
from upline.services.payout.vocabulary import BatchStatus
from upline.services.period.queries import CLOSED, PAID
from upline.services.verify import auditor
from upline.services.workflows import pay_period


@pytest.fixture
async def closed(committed_database: Database) -> ContextFactory:
    """October closed, everybody who earned with an account."""
    contexts = await found_company(committed_database)
    await close(contexts, PERIOD)
    async with contexts.open(SYSTEM) as ctx:
        await add_methods_for_all(ctx)
    return contexts


async def _status(contexts: ContextFactory) -> int | None:
    async with contexts.open(SYSTEM) as ctx:
        return await ctx.session.scalar(select(Period.status_id).where(Period.period_id == PERIOD))


async def _balance(contexts: ContextFactory, code: str) -> Decimal:
    async with contexts.open(SYSTEM) as ctx:
        total = await ctx.session.scalar(
            select(func.sum(LedgerAccount.balance)).where(LedgerAccount.code == code)
        )
        assert await auditor.verify(ctx.session) == []
        return total or Decimal(0)


async def test_only_a_closed_period_is_paid(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    with pytest.raises(pay_period.PeriodNotClosed):
        await pay_period.prepare(contexts, PERIOD, CLERK)


async def test_from_wallets_through_transit_to_cash(closed: ContextFactory) -> None:
    earned = await _balance(closed, "wallet")
    assert earned == Decimal("870.49")
    (batch,) = await pay_period.prepare(closed, PERIOD, CLERK)
    assert (batch.status, batch.payout_count, batch.total) == (BatchStatus.PREPARED, 4, earned)
    assert await _balance(closed, "payouts-in-transit") == earned
    with pytest.raises(SamePerson):
        await pay_period.approve(closed, batch.payout_batch_id, CLERK)
    await pay_period.approve(closed, batch.payout_batch_id, TREASURER)
    assert await _status(closed) == CLOSED
    settled = await pay_period.settle(closed, batch.payout_batch_id, CLERK)
    assert settled.status is BatchStatus.SETTLED
    assert await _balance(closed, "payouts-in-transit") == await _balance(closed, "wallet") == 0
    assert await _balance(closed, "cash") == earned
    assert await _status(closed) == PAID


async def test_a_period_is_paid_once(closed: ContextFactory) -> None:
    answers = await asyncio.gather(
        *(pay_period.pay(closed, PERIOD, CLERK, TREASURER) for _ in range(8)),
        return_exceptions=True,
    )
    paid = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert len(paid) == 1
    assert all(isinstance(answer, AlreadyPaid) for answer in answers if answer is not paid[0])
    assert await _balance(closed, "cash") == Decimal("870.49")
    assert await _status(closed) == PAID
