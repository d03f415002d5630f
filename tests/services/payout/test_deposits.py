"""Deposits and the lines they paid: October in one, corrections in another, none twice."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from tests.factories.closing import close
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import contexts_at, found_company
from tests.factories.payouts import CLERK, TREASURER, add_methods_for_all
from tests.factories.statements import counted

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.core.errors import NotFound
from upline.core.paging import Page
from upline.models.payout import Payout
from upline.services.commission import queries
from upline.services.ledger import adjustments
from upline.services.payout import deposits, settlement
from upline.services.period import calendar
from upline.services.workflows import close_period, pay_period

ALL = Page(1, 1_000)


@pytest.fixture
async def paid(committed_database: Database) -> ContextFactory:
    contexts = await found_company(committed_database)
    await close(contexts, PERIOD)
    async with contexts.open(SYSTEM) as ctx:
        await add_methods_for_all(ctx)
    await pay_period.pay(contexts, PERIOD, CLERK, TREASURER)
    return contexts


async def test_a_deposit_paid_the_lines_of_its_statement(paid: ContextFactory) -> None:
    async with paid.open(SYSTEM) as ctx:
        (deposit,) = (await deposits.list_deposits(ctx, MEMBER, ALL)).items
        assert (deposit.amount, deposit.status, deposit.period_id) == (
            Decimal("314.39"),
            "Paid",
            PERIOD,
        )
        number = deposit.deposit_history_id
        lines = await deposits.list_deposit_lines(ctx, MEMBER, number, ALL)
        statement = await queries.get_statement(ctx, MEMBER, PERIOD, ALL)
        assert [line.line_id for line in lines.items] == [line.line_id for line in statement.lines]
        assert {line.period_id for line in lines.items} == {PERIOD}
        assert lines.total == statement.line_count
        second = await deposits.list_deposit_lines(ctx, MEMBER, number, Page(2, 4))
        assert list(second.items) == list(lines.items)[4:8]
        with pytest.raises(NotFound):
            await deposits.list_deposit_lines(ctx, MEMBER + 1, number, ALL)


async def test_no_line_is_paid_twice(paid: ContextFactory) -> None:
    """A later deposit pays what came later; one after a return pays the returned lines again."""
    later = contexts_at(paid.database, paid.clock.now() + timedelta(days=1))
    async with later.open(CLERK) as ctx:
        (first,) = (await deposits.list_deposits(ctx, MEMBER, ALL)).items
        await adjustments.adjust(ctx, MEMBER, Decimal(50), "USD", "gift")
    second = await _pay(later)
    async with later.open(SYSTEM) as ctx:
        assert (await deposits.list_deposit_lines(ctx, MEMBER, second, ALL)).total == 0
        number = await ctx.session.scalar(select(Payout.payout_batch_id).limit(1))
        assert number is not None
    async with later.open(CLERK) as ctx:
        for each in (first.deposit_history_id, second):
            batch = await ctx.session.scalar(
                select(Payout.payout_batch_id).where(Payout.payout_id == each)
            )
            assert batch is not None
            await settlement.take_back(ctx, batch, [each], date(2014, 11, 18), "returned")
    much_later = contexts_at(paid.database, paid.clock.now() + timedelta(days=2))
    third = await _pay(much_later)
    async with much_later.open(SYSTEM) as ctx:
        again = await deposits.list_deposit_lines(ctx, MEMBER, third, ALL)
        before = await deposits.list_deposit_lines(ctx, MEMBER, first.deposit_history_id, ALL)
        assert [each.line_id for each in again.items] == [each.line_id for each in before.items]
        listed = (await deposits.list_deposits(ctx, MEMBER, ALL)).items
        assert [each.status for each in listed] == ["Paid", "Returned", "Returned"]


async def _pay(contexts: ContextFactory) -> int:
    """Pay what is on account; the member's newest deposit."""
    async with contexts.open(CLERK) as ctx:
        today = calendar.local_date(ctx.now, ctx.company.time_zone)
        batch = await pay_period.batches.prepare(ctx, "USD", pay_period.Terms(), today)
    await pay_period.approve(contexts, batch.payout_batch_id, TREASURER)
    await pay_period.settle(contexts, batch.payout_batch_id, CLERK)
    async with contexts.open(SYSTEM) as ctx:
        return (await deposits.list_deposits(ctx, MEMBER, ALL)).items[0].deposit_history_id


async def test_statements_do_not_grow_with_the_lines(paid: ContextFactory) -> None:
    async with paid.open(SYSTEM) as ctx:
        sent = []
        for size in (1, 100):
            with counted() as statements:
                (deposit,) = (await deposits.list_deposits(ctx, MEMBER, Page(1, size))).items
                await deposits.list_deposit_lines(
                    ctx, MEMBER, deposit.deposit_history_id, Page(1, size)
                )
            sent.append(len(statements))
        assert sent[0] == sent[1] <= 6


async def test_cancelled_payments_never_were(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    await close_period.preview(contexts, PERIOD, SYSTEM)
    await close(contexts, PERIOD)
    async with contexts.open(SYSTEM) as ctx:
        await add_methods_for_all(ctx)
    (batch,) = await pay_period.prepare(contexts, PERIOD, CLERK)
    async with contexts.open(CLERK) as ctx:
        await settlement.cancel(ctx, batch.payout_batch_id, date(2014, 11, 17))
        assert (await deposits.list_deposits(ctx, MEMBER, ALL)).total == 0
