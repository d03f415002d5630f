"""Statements of the documented company equal its check, the ledger and their own lines."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest
from sqlalchemy import func, select
from tests.factories.closing import close
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import found_company
from tests.factories.payouts import CLERK, TREASURER, add_methods_for_all
from tests.factories.statements import counted

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.core.errors import NotFound
from upline.core.paging import Page
from upline.models.ledger import LedgerAccount, LedgerEntry
from upline.services.commission import queries
from upline.services.commission.queries import BonusTotal, DetailedStatement
from upline.services.workflows import close_period, pay_period

ALL = Page()
CENT = Decimal("0.01")
BONUSES = [
    BonusTotal(1, "Retail", Decimal("11.84")),
    BonusTotal(2, "Unilevel", Decimal("229.71")),
    BonusTotal(3, "Fast Start", Decimal("75.84")),
]


async def read(
    contexts: ContextFactory, customer_id: int = MEMBER, page: Page = ALL
) -> DetailedStatement:
    async with contexts.open(SYSTEM) as ctx:
        return await queries.get_statement(ctx, customer_id, PERIOD, page)


@pytest.fixture
async def contexts(committed_database: Database) -> ContextFactory:
    return await found_company(committed_database)


@pytest.fixture
async def closed(contexts: ContextFactory) -> ContextFactory:
    await close(contexts, PERIOD)
    return contexts


async def test_the_documented_check(closed: ContextFactory) -> None:
    statement = await read(closed)
    assert (statement.total, statement.adjustments, statement.net) == (
        Decimal("317.39"),
        -3,
        Decimal("314.39"),
    )
    assert (statement.status, statement.currency_code) == ("Closed", "USD")
    assert statement.description == "October 2014"
    assert statement.bonuses == BONUSES
    assert (statement.paid_as_rank_id, statement.paid_as_rank) == (2, "Senior Star")
    (fee,) = statement.adjustment_lines
    assert (fee.description, fee.amount, fee.ledger_type_id) == ("Maintenance Fee", -3, 2)


async def test_lines_add_up_to_the_cent(closed: ContextFactory) -> None:
    statement = await read(closed)
    levels: defaultdict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for line in statement.lines:
        levels[line.bonus_id, line.paid_level] += line.amount
    paid = [amount.quantize(CENT, ROUND_HALF_UP) for amount in levels.values()]
    assert sum(paid) == statement.total
    assert statement.line_count == len(statement.lines)


async def test_every_line_is_explained(closed: ContextFactory) -> None:
    lines = (await read(closed)).lines
    cool = next(line for line in lines if line.from_customer_id == 123445)
    assert (cool.bonus, cool.from_name, cool.order_id) == ("Unilevel", "Cool Member", None)
    assert (cool.volume, cool.percentage, cool.amount) == (Decimal("75.25"), 8, Decimal("6.02"))
    assert cool.explanation.startswith("Unilevel: 8 % of 75.25 = 6.02 USD, level 1; ")
    retail = next(line for line in lines if line.bonus == "Retail")
    assert (retail.from_customer_id, retail.order_id) == (123440, 9004)
    assert all(line.bonus in line.explanation for line in lines)


async def test_the_ledger_says_the_same(closed: ContextFactory) -> None:
    statement = await read(closed)
    async with closed.open(SYSTEM) as ctx:
        booked = await ctx.session.scalar(
            select(func.sum(LedgerEntry.amount))
            .join(LedgerAccount, LedgerAccount.account_id == LedgerEntry.account_id)
            .where(LedgerAccount.customer_id == MEMBER)
        )
    assert booked == statement.net


async def test_from_projected_to_paid(contexts: ContextFactory) -> None:
    await close_period.preview(contexts, PERIOD, SYSTEM)
    projected = await read(contexts)
    await close(contexts, PERIOD)
    async with contexts.open(SYSTEM) as ctx:
        await add_methods_for_all(ctx)
    await pay_period.pay(contexts, PERIOD, CLERK, TREASURER)
    paid = await read(contexts)
    assert (projected.status, paid.status) == ("Projected", "Paid")
    assert (projected.net, projected.lines) == (paid.net, paid.lines)


async def test_pages_of_lines(closed: ContextFactory) -> None:
    everything = (await read(closed)).lines
    second = await read(closed, page=Page(2, 4))
    assert (second.lines, second.line_count) == (everything[4:8], len(everything))
    assert (await read(closed, page=Page(9, 1_000))).lines == []


async def test_the_list_of_statements(closed: ContextFactory) -> None:
    async with closed.open(SYSTEM) as ctx:
        found = await queries.list_statements(ctx, MEMBER, Page())
        (statement,) = found.items
        assert (statement.period_id, statement.net) == (PERIOD, Decimal("314.39"))
        assert (statement.bonuses, statement.status) == (BONUSES, "Closed")
        assert found.total == 1
        assert (await queries.list_statements(ctx, MEMBER, Page(2, 1))).items == []
        assert (await queries.list_statements(ctx, 123440, Page())).total == 0  # a retail customer


async def test_who_earned_nothing_has_zeros(closed: ContextFactory) -> None:
    statement = await read(closed, 123801)
    assert (statement.total, statement.net, statement.bonuses) == (0, 0, [])
    assert (statement.lines, statement.adjustment_lines) == ([], [])
    assert (statement.paid_as_rank_id, statement.paid_as_rank) == (-1, "Inactive")


async def test_before_any_run(contexts: ContextFactory) -> None:
    statement = await read(contexts)
    assert (statement.status, statement.total, statement.line_count) == ("Projected", 0, 0)
    assert statement.currency_code == "USD"
    async with contexts.open(SYSTEM) as ctx:
        assert (await queries.list_statements(ctx, MEMBER, Page())).items == []
        with pytest.raises(NotFound):
            await queries.get_statement(ctx, MEMBER, 1, Page())


async def test_statements_do_not_grow_with_the_lines(closed: ContextFactory) -> None:
    sent = []
    async with closed.open(SYSTEM) as ctx:
        for size in (1, 100):
            with counted() as statements:
                await queries.get_statement(ctx, MEMBER, PERIOD, Page(1, size))
            sent.append(len(statements))
    assert sent[0] == sent[1] <= 8
