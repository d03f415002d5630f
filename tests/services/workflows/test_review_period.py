import asyncio

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from tests.factories.closing import APPROVER, CLOSER, close
from tests.factories.company import add_orders
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import found_company

from upline.core.context import SYSTEM, ContextFactory, Principal
from upline.core.db import Database
from upline.models.commission import CommissionRun
from upline.models.operation import AuditEntry
from upline.services.auth.staff import principal_of
from upline.services.commission import runs
from upline.services.commission.decisions import SamePerson
from upline.services.commission.fingerprints import FiguresChanged
from upline.services.commission.runs import RunInProgress
from upline.services.period.queries import get_period
from upline.services.plan import load_builtin, versions
from upline.services.plan.versions import GovernsClosed
from upline.services.verify import auditor
from upline.services.workflows import close_period, refresh_periods, review_period
from upline.services.workflows.close_period import PeriodClosed
from upline.services.workflows.review_period import NothingToReview


async def count(contexts: ContextFactory, table: str) -> int:
    async with contexts.open(SYSTEM) as ctx:
        return int(await ctx.session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


@pytest.fixture
async def waiting(committed_database: Database) -> ContextFactory:
    """October's final figures wait for somebody else than CLOSER."""
    contexts = await found_company(committed_database)
    await close_period.preview(contexts, PERIOD, SYSTEM)
    await close_period.close(contexts, PERIOD, CLOSER)
    return contexts


async def test_approval_books_everything_at_once(waiting: ContextFactory) -> None:
    assert await count(waiting, "ledger_entries") == 0
    outcome = await review_period.approve(waiting, PERIOD, APPROVER)
    assert await count(waiting, "ledger_entries") > 0
    assert await count(waiting, "rank_achievements") > 0
    async with waiting.open(SYSTEM) as ctx:
        view = await get_period(ctx, PERIOD)
        assert (view.status, view.run_id) == ("Closed", outcome.run_id)
        states = await ctx.session.execute(
            select(CommissionRun.kind_id, CommissionRun.status_id).order_by(CommissionRun.run_id)
        )
        assert [tuple(state) for state in states] == [(1, runs.SUPERSEDED), (2, runs.COMMITTED)]
        assert await auditor.verify(ctx.session) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE commission_lines SET amount = amount + 1 WHERE line_no = 1",
        "DELETE FROM check_items WHERE item_no = 1",
        "UPDATE member_periods SET carry_left_out = carry_left_out + 1",
    ],
)
async def test_what_was_tampered_with_is_not_committed(
    waiting: ContextFactory, statement: str
) -> None:
    async with waiting.open(SYSTEM) as ctx:
        await ctx.session.execute(text("SET LOCAL session_replication_role = replica"))
        await ctx.session.execute(text(statement))
    with pytest.raises(FiguresChanged):
        await review_period.approve(waiting, PERIOD, APPROVER)
    assert await count(waiting, "ledger_entries") == 0
    await review_period.reject(waiting, PERIOD, APPROVER)
    await close(waiting, PERIOD)


async def test_seals_are_not_changed_while_figures_wait(waiting: ContextFactory) -> None:
    async with waiting.database.session() as session:
        with pytest.raises(IntegrityError, match="wait for a decision"):
            await session.execute(
                text("UPDATE commission_runs SET figures = '{}' WHERE kind_id = 2")
            )
        await session.rollback()


@pytest.mark.parametrize("actor", [CLOSER, SYSTEM], ids=["who closed it", "nobody"])
async def test_it_takes_a_second_person(waiting: ContextFactory, actor: Principal) -> None:
    with pytest.raises(SamePerson):
        await review_period.approve(waiting, PERIOD, actor)
    assert await count(waiting, "ledger_entries") == 0


async def test_the_database_asks_as_well(waiting: ContextFactory) -> None:
    async with waiting.database.session() as session:
        with pytest.raises(IntegrityError, match="two_people"):
            await session.execute(
                text(
                    "UPDATE commission_runs SET status_id = 2, approved_at = now(),"
                    " approved_by = started_by WHERE kind_id = 2"
                )
            )
        await session.rollback()


async def test_what_was_closed_by_the_machine_alone_has_no_first_person(
    committed_database: Database,
) -> None:
    contexts = await found_company(committed_database)
    await close_period.close(contexts, PERIOD, SYSTEM)
    with pytest.raises(SamePerson):
        await review_period.approve(contexts, PERIOD, APPROVER)


async def test_approved_once_whoever_asks(waiting: ContextFactory) -> None:
    people = [principal_of(number) for number in range(2, 8)]
    answers = await asyncio.gather(
        *(review_period.approve(waiting, PERIOD, person) for person in people),
        return_exceptions=True,
    )
    done = [answer for answer in answers if isinstance(answer, runs.Outcome)]
    assert len(done) == 1
    assert all(
        isinstance(answer, RunInProgress | PeriodClosed)
        for answer in answers
        if answer is not done[0]
    )
    with pytest.raises(PeriodClosed):
        await review_period.reject(waiting, PERIOD, APPROVER)


async def test_rejected_figures_are_dropped_and_orders_count_again(waiting: ContextFactory) -> None:
    before = (await close_period.close(waiting, PERIOD, CLOSER)).total
    await review_period.reject(waiting, PERIOD, CLOSER, "an order was missing")
    with pytest.raises(NothingToReview):
        await review_period.approve(waiting, PERIOD, APPROVER)
    async with waiting.open(SYSTEM) as ctx:
        assert (await get_period(ctx, PERIOD)).status == "Open"
        october = {"order_id": 1, "customer_id": MEMBER, "ordered_on": ctx.now.date(), "pv": "10"}
        await add_orders(ctx.session, [october | {"ordered_on": ctx.now.date().replace(month=10)}])
        noted = await ctx.session.scalar(
            select(AuditEntry.detail).where(AuditEntry.action == "period.reject")
        )
        assert noted is not None
        assert noted["reason"] == "an order was missing"
    assert await refresh_periods.drop_superseded(waiting, SYSTEM) == 1
    assert (await close(waiting, PERIOD)).total != before
    async with waiting.open(SYSTEM) as ctx:
        assert await auditor.verify(ctx.session) == []


async def test_the_plan_stays_while_figures_wait(waiting: ContextFactory) -> None:
    async with waiting.open(SYSTEM) as ctx:
        with pytest.raises(GovernsClosed):
            await versions.load(ctx.session, load_builtin("essential").text, PERIOD)
