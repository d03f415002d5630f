import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from tests.factories.closing import close
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import contexts_at, found_company
from tests.factories.payouts import CLERK, TREASURER, add_methods_for_all

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.models.ledger import LedgerAccount
from upline.models.period import Period
from upline.services.ledger import adjustments
from upline.services.payout import settlement
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


async def test_a_late_batch_is_paid_today(closed: ContextFactory) -> None:
    """The pay date of October, 17 November, has passed; a batch given up leaves room for it."""
    (early,) = await pay_period.prepare(closed, PERIOD, CLERK)
    late = contexts_at(closed.database, datetime(2014, 12, 3, 20, tzinfo=UTC))
    with pytest.raises(AlreadyPaid):
        await pay_period.prepare(late, PERIOD, CLERK)
    async with late.open(CLERK) as ctx:
        await settlement.cancel(ctx, early.payout_batch_id, date(2014, 12, 3))
    (batch,) = await pay_period.prepare(late, PERIOD, CLERK)
    assert (early.pay_date, batch.pay_date) == (date(2014, 11, 17), date(2014, 12, 3))


async def test_currencies_are_prepared_one_by_one(closed: ContextFactory) -> None:
    """Giving up the batch of one currency does not bar its period from being paid."""
    async with closed.open(SYSTEM) as ctx:
        await adjustments.adjust(ctx, MEMBER, Decimal(50), "EUR", "gift")
    euros, dollars = await pay_period.prepare(closed, PERIOD, CLERK)
    assert (euros.currency_code, dollars.currency_code) == ("EUR", "USD")
    async with closed.open(CLERK) as ctx:
        await settlement.cancel(ctx, euros.payout_batch_id, euros.pay_date)
    (again,) = await pay_period.prepare(closed, PERIOD, CLERK)
    assert (again.currency_code, again.total) == ("EUR", 50)
    for batch in (again, dollars):
        await pay_period.approve(closed, batch.payout_batch_id, TREASURER)
        assert await _status(closed) == CLOSED
        await pay_period.settle(closed, batch.payout_batch_id, CLERK)
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
