"""What was paid and what restatements correct come to what would have been paid, had all been
known in time; to the cent, member by member."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select, text
from tests.database import TestServer
from tests.factories.closing import APPROVER, CLOSER, close
from tests.factories.company import add_members, add_orders, place_again
from tests.factories.golden import MEMBER, PERIOD, golden_members, golden_orders
from tests.factories.golden_company import contexts_at

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.models.commission import (
    CommissionAdjustment,
    CommissionCheck,
    CommissionRun,
    Rank,
    RunCause,
)
from upline.models.engine_input import RankOverride
from upline.models.period import Period
from upline.services.commission import runs
from upline.services.commission.runs import RESTATEMENT
from upline.services.plan import load_builtin, versions
from upline.services.verify import auditor
from upline.services.workflows import close_period, restate_period, review_period
from upline.services.workflows.close_period import InReview
from upline.services.workflows.restate_period import NotClosed

NOVEMBER, DECEMBER = PERIOD + 1, PERIOD + 2
IN_JANUARY = datetime(2015, 1, 5, 20, tzinfo=UTC)
News = Callable[[ContextFactory], Awaitable[None]]


def order(number: int, day: date, pv: int = 200, customer: int = MEMBER) -> dict[str, object]:
    return {"order_id": number, "customer_id": customer, "ordered_on": day, "pv": str(pv)}


OCTOBER_ORDER = order(1, date(2014, 10, 20))


async def found(database: Database, plan: str = "essential") -> ContextFactory:
    """The golden company in January 2015, nothing closed yet; orders of its people in November."""
    contexts = contexts_at(database, IN_JANUARY)
    async with contexts.open(SYSTEM) as ctx:
        source = load_builtin(plan).text.replace("[calendar]", '[calendar]\nlate = "restate"')
        assert 'late = "restate"' in source
        await versions.load(ctx.session, source, 300)
        await add_members(ctx.session, golden_members())
        await add_orders(ctx.session, golden_orders())
        again = [
            {**each, "order_id": int(each["order_id"]) + 50_000, "ordered_on": date(2014, 11, 10)}
            for each in golden_orders()
        ]
        await add_orders(ctx.session, again)
    return contexts


async def add_late(contexts: ContextFactory, *rows: dict[str, object]) -> None:
    async with contexts.open(SYSTEM) as ctx:
        await add_orders(ctx.session, [{**row, "is_late": True} for row in rows])


async def earned(contexts: ContextFactory, period_id: int) -> dict[int, Decimal]:
    """What each member was paid for a period: the check, and corrections of it in later ones."""
    async with contexts.open(SYSTEM) as ctx:
        run_id = await ctx.session.scalar(
            select(Period.run_id).where(Period.period_id == period_id)
        )
        checks = await ctx.session.execute(
            select(
                CommissionCheck.customer_id,
                CommissionCheck.net
                - func.coalesce(
                    select(func.sum(CommissionAdjustment.amount))
                    .where(
                        CommissionAdjustment.period_id == period_id,
                        CommissionAdjustment.customer_id == CommissionCheck.customer_id,
                    )
                    .scalar_subquery(),
                    0,
                ),
            ).where(CommissionCheck.run_id == run_id)
        )
        sums = dict(tuple(row) for row in checks)
        corrections = await ctx.session.execute(
            select(CommissionAdjustment.customer_id, CommissionAdjustment.amount).where(
                CommissionAdjustment.corrects_run_id == run_id
            )
        )
        for customer_id, amount in corrections:
            sums[customer_id] = sums.get(customer_id, Decimal(0)) + amount
    return {customer_id: amount for customer_id, amount in sums.items() if amount}


async def expected(
    database: Database, known: list[dict[str, object]], news: News | None = None
) -> list[dict[int, Decimal]]:
    """October and November of the same company in which everything was known in time."""
    contexts = await found(database)
    async with contexts.open(SYSTEM) as ctx:
        await add_orders(ctx.session, known)
    if news:
        await news(contexts)
    paid = []
    for period_id in (PERIOD, NOVEMBER):
        await close(contexts, period_id)
        paid.append(await earned(contexts, period_id))
    return paid


@pytest.fixture
async def other_database(server: TestServer) -> AsyncIterator[Database]:
    """A second company to compare with."""
    url = server.clone()
    database = Database.connect(url, application="upline-tests")
    yield database
    await database.dispose()
    server.drop(url)


async def is_clean(contexts: ContextFactory) -> bool:
    async with contexts.open(SYSTEM) as ctx:
        return await auditor.verify(ctx.session) == []


async def test_a_late_order_is_paid_as_if_it_had_come_in_time(
    committed_database: Database, other_database: Database
) -> None:
    contexts = await found(committed_database)
    await close(contexts, PERIOD)
    before = await earned(contexts, PERIOD)
    await add_late(contexts, OCTOBER_ORDER)
    assert await is_clean(contexts)
    restated = await restate_period.restate(contexts, PERIOD, CLOSER)
    assert restated.posted_to == NOVEMBER
    assert [pair.period_id for pair in restated.pairs] == [PERIOD]
    assert await is_clean(contexts)
    await close(contexts, NOVEMBER)
    in_time = await expected(other_database, [OCTOBER_ORDER])
    assert await earned(contexts, PERIOD) == in_time[0] != before
    assert await earned(contexts, NOVEMBER) == in_time[1]
    assert await is_clean(contexts)


async def test_later_closed_periods_follow(
    committed_database: Database, other_database: Database
) -> None:
    contexts = await found(committed_database)
    for period_id in (PERIOD, NOVEMBER):
        await close(contexts, period_id)
    mover = 123801

    async def move(company: ContextFactory) -> None:
        async with company.open(SYSTEM) as ctx:
            await place_again(ctx.session, mover, MEMBER, date(2014, 10, 5))

    await add_late(contexts, OCTOBER_ORDER, order(2, date(2014, 11, 3)))
    await move(contexts)
    restated = await restate_period.restate(contexts, PERIOD, CLOSER)
    assert [pair.period_id for pair in restated.pairs] == [PERIOD, NOVEMBER]
    assert restated.posted_to == DECEMBER
    in_time = await expected(other_database, [OCTOBER_ORDER, order(2, date(2014, 11, 3))], move)
    assert [await earned(contexts, number) for number in (PERIOD, NOVEMBER)] == in_time
    assert await is_clean(contexts)
    async with contexts.open(SYSTEM) as ctx:
        found_causes = await ctx.session.execute(
            select(RunCause.kind_id, RunCause.order_id, RunCause.customer_id)
            .join(CommissionRun, CommissionRun.run_id == RunCause.run_id)
            .where(CommissionRun.period_id == PERIOD)
            .order_by(RunCause.cause_no)
        )
        assert [tuple(row) for row in found_causes] == [
            (1, 1, MEMBER),
            (2, None, mover),
            (2, None, mover),
        ]


async def test_restating_twice_posts_once_and_later_news_the_rest(
    committed_database: Database, other_database: Database
) -> None:
    contexts = await found(committed_database)
    await close(contexts, PERIOD)
    await add_late(contexts, OCTOBER_ORDER)
    first = await restate_period.restate(contexts, PERIOD, CLOSER)
    again = await restate_period.restate(contexts, PERIOD, CLOSER)
    assert first.corrections
    assert (again.corrections, again.posted_to) == ([], None)
    await close(contexts, NOVEMBER)
    second = order(3, date(2014, 10, 21), 150)
    await add_late(contexts, second)
    rest = await restate_period.restate(contexts, PERIOD, CLOSER)
    assert rest.posted_to == DECEMBER
    in_time = await expected(other_database, [OCTOBER_ORDER, second])
    assert [await earned(contexts, number) for number in (PERIOD, NOVEMBER)] == in_time
    assert await is_clean(contexts)


async def test_a_refund_of_a_closed_order_takes_back_what_it_paid(
    committed_database: Database, other_database: Database
) -> None:
    contexts = await found(committed_database)
    async with contexts.open(SYSTEM) as ctx:
        await add_orders(ctx.session, [OCTOBER_ORDER])
    await close(contexts, PERIOD)
    with_order = await earned(contexts, PERIOD)
    async with contexts.open(SYSTEM) as ctx:
        await ctx.session.execute(
            text(
                "INSERT INTO volume_entries (customer_id, period_id, week_id, is_late,"
                " entry_type_id, order_type_id, order_id, corrects_id, occurred_at, pv, cv)"
                " SELECT customer_id, period_id, week_id, true, 2, order_type_id, order_id,"
                " entry_id, occurred_at, -pv, -cv FROM volume_entries WHERE order_id = 1"
            )
        )
    restated = await restate_period.restate(contexts, PERIOD, CLOSER)
    assert sum(correction.amount for correction in restated.corrections) < 0
    never_ordered = (await expected(other_database, []))[0]
    assert await earned(contexts, PERIOD) == never_ordered != with_order
    assert await is_clean(contexts)


async def test_what_else_a_run_reads_is_a_cause_as_well(committed_database: Database) -> None:
    contexts = await found(committed_database)
    await close(contexts, PERIOD)
    async with contexts.open(CLOSER) as ctx:
        best = await ctx.session.scalar(select(func.max(Rank.rank_id)))
        await ctx.session.execute(
            insert(RankOverride).values(
                customer_id=MEMBER,
                rank_id=best,
                first_period_id=PERIOD,
                last_period_id=PERIOD,
                reason="an agreement found later",
                created_by="administrator:1",
            )
        )
    restated = await restate_period.restate(contexts, PERIOD, CLOSER)
    assert {correction.customer_id for correction in restated.corrections} >= {MEMBER}
    async with contexts.open(SYSTEM) as ctx:
        assert list(await ctx.session.scalars(select(RunCause.kind_id))) == [5]
    assert await is_clean(contexts)


async def test_a_dry_run_shows_and_keeps_nothing(committed_database: Database) -> None:
    contexts = await found(committed_database)
    await close(contexts, PERIOD)
    await add_late(contexts, OCTOBER_ORDER)
    shown = await restate_period.restate(contexts, PERIOD, CLOSER, dry_run=True)
    assert shown.corrections
    assert shown.posted_to is None
    async with contexts.open(SYSTEM) as ctx:
        assert await ctx.session.scalar(select(func.count(CommissionAdjustment.amount))) == 0
        states = await ctx.session.scalars(
            select(CommissionRun.status_id).where(CommissionRun.kind_id == RESTATEMENT)
        )
        assert list(states) == [runs.REJECTED]
    assert await is_clean(contexts)


async def test_what_is_known_goes_on_from_the_restatement(committed_database: Database) -> None:
    contexts = await found(committed_database)
    await close(contexts, PERIOD)
    await add_late(contexts, OCTOBER_ORDER)
    restated = await restate_period.restate(contexts, PERIOD, CLOSER)
    final = await close_period.close(contexts, NOVEMBER, CLOSER)
    async with contexts.open(SYSTEM) as ctx:
        previous = await ctx.session.scalar(
            select(CommissionRun.previous_run_id).where(CommissionRun.run_id == final.run_id)
        )
    assert previous == restated.pairs[0].restated_run


async def test_open_periods_are_not_restated(committed_database: Database) -> None:
    contexts = await found(committed_database)
    with pytest.raises(NotClosed):
        await restate_period.restate(contexts, PERIOD, CLOSER)
    await close(contexts, PERIOD)
    await close_period.close(contexts, NOVEMBER, CLOSER)
    with pytest.raises(InReview):
        await restate_period.restate(contexts, PERIOD, CLOSER)
    await review_period.approve(contexts, NOVEMBER, APPROVER)
    assert (await restate_period.restate(contexts, PERIOD, CLOSER)).corrections == []
