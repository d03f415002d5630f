import asyncio
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from tests.factories.closing import APPROVER, CLOSER, close
from tests.factories.company import add_orders
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import contexts_at, found_company

from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.models.commission import CommissionCheck, CommissionRun
from upline.models.period import Period
from upline.services.commission import partitions, runs
from upline.services.commission.runs import FAILED, WAITING, RunInProgress, lock_period
from upline.services.period.queries import CLOSED, OPEN, get_period
from upline.services.plan.versions import NoPlan
from upline.services.verify import auditor
from upline.services.workflows import calculation, close_period, refresh_periods, review_period

NOW = timedelta(0)


async def _status(database: Database) -> int | None:
    async with database.session() as session:
        return await session.scalar(select(Period.status_id).where(Period.period_id == PERIOD))


async def test_the_documented_check_comes_out_of_a_close(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    outcome = await close(contexts, PERIOD)
    async with contexts.open(SYSTEM) as ctx:
        check = (
            await ctx.session.execute(
                select(
                    CommissionCheck.total_commission,
                    CommissionCheck.adjustments,
                    CommissionCheck.net,
                ).where(
                    CommissionCheck.run_id == outcome.run_id,
                    CommissionCheck.customer_id == MEMBER,
                )
            )
        ).one()
        assert tuple(check) == (Decimal("317.39"), Decimal(-3), Decimal("314.39"))
        assert await auditor.verify(ctx.session) == []
    assert await _status(committed_database) == CLOSED


async def test_a_period_is_closed_once(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    answers = await asyncio.gather(
        *(close_period.close(contexts, PERIOD, CLOSER) for _ in range(4)), return_exceptions=True
    )
    done = [answer for answer in answers if isinstance(answer, runs.Outcome)]
    assert len({outcome.run_id for outcome in done}) == 1
    assert all(isinstance(answer, RunInProgress) for answer in answers if answer not in done)
    assert await close_period.close(contexts, PERIOD, CLOSER) == done[0]
    await review_period.approve(contexts, PERIOD, APPROVER)
    with pytest.raises(close_period.PeriodClosed):
        await close_period.close(contexts, PERIOD, CLOSER)


async def test_figures_in_review_are_read_by_nobody_and_booked_nowhere(
    committed_database: Database,
) -> None:
    contexts = await found_company(committed_database)
    preview = await close_period.preview(contexts, PERIOD, SYSTEM)
    final = await close_period.close(contexts, PERIOD, CLOSER)
    async with contexts.open(SYSTEM) as ctx:
        view = await get_period(ctx, PERIOD)
        assert (view.status, view.run_id) == ("Closing", preview.run_id)
        entries = "SELECT count(*) FROM ledger_entries"
        assert await ctx.session.scalar(text(entries)) == 0
        digests = await ctx.session.execute(
            select(CommissionRun.snapshot_digest, CommissionRun.result_digest).where(
                CommissionRun.run_id.in_([preview.run_id, final.run_id])
            )
        )
        assert len(set(digests.all())) == 1
    with pytest.raises(close_period.InReview):
        await close_period.preview(contexts, PERIOD, SYSTEM)
    assert await refresh_periods.reopen_abandoned(contexts, SYSTEM) == []


async def test_previews_replace_each_other_and_make_way_for_the_close(
    committed_database: Database,
) -> None:
    contexts = await found_company(committed_database)
    await close_period.preview(contexts, PERIOD, SYSTEM)
    second = await close_period.preview(contexts, PERIOD, SYSTEM)
    assert await refresh_periods.drop_superseded(contexts, SYSTEM) == 0
    assert await refresh_periods.drop_superseded(contexts, SYSTEM, NOW) == 1
    final = await close(contexts, PERIOD)
    assert final.total == second.total
    assert await refresh_periods.drop_superseded(contexts, SYSTEM, NOW) == 1
    async with contexts.open(SYSTEM) as ctx:
        partitions = await ctx.session.scalars(
            text("SELECT relname FROM pg_class WHERE relname ~ '^member_periods_r[0-9]+$'")
        )
        assert list(partitions) == [f"member_periods_r{final.run_id}"]


async def test_a_preview_is_due_again_after_an_order(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    await close_period.preview(contexts, PERIOD, SYSTEM)
    async with contexts.open(SYSTEM) as ctx:
        assert not await refresh_periods.needs_refresh(ctx, PERIOD)
        order = {"order_id": 1, "customer_id": MEMBER, "ordered_on": ctx.now.date(), "pv": "10"}
        await add_orders(ctx.session, [order])
        assert not await refresh_periods.needs_refresh(ctx, PERIOD)  # it counts in November
        await add_orders(ctx.session, [order | {"order_id": 2, "ordered_on": date(2014, 10, 30)}])
        assert await refresh_periods.needs_refresh(ctx, PERIOD)


async def test_a_period_that_has_not_ended_stays_open(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    with pytest.raises(close_period.PeriodNotOver):
        await close_period.close(contexts, PERIOD + 1, CLOSER)


async def test_periods_close_in_order(committed_database: Database) -> None:
    contexts = contexts_at(
        committed_database, (await found_company(committed_database)).clock.now().replace(year=2015)
    )
    with pytest.raises(close_period.EarlierPeriodOpen):
        await close_period.close(contexts, PERIOD + 1, CLOSER)
    await close(contexts, PERIOD)
    await close(contexts, PERIOD + 1)


async def test_without_a_plan_nothing_runs(committed_database: Database) -> None:
    with pytest.raises(NoPlan):
        await close_period.preview(contexts_at(committed_database), PERIOD, SYSTEM)


async def test_a_run_that_fails_leaves_the_period_open(
    committed_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts = await found_company(committed_database)

    async def broken(*_: object, **__: object) -> None:
        raise ConnectionError("the disk is full")

    monkeypatch.setattr(calculation.filling, "fill", broken)
    with pytest.raises(ConnectionError):
        await close_period.close(contexts, PERIOD, CLOSER)
    assert await _status(committed_database) == OPEN
    async with contexts.open(SYSTEM) as ctx:
        assert list(await ctx.session.scalars(select(CommissionRun.status_id))) == [FAILED]


async def test_a_run_left_behind_is_taken_over(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    async with contexts.open(SYSTEM) as ctx:
        await ctx.session.execute(
            text(
                "INSERT INTO periods (period_id, period_type_id, status_id, starts_at, ends_at)"
                " VALUES (405, 2, 2, '2014-10-01 06:00Z', '2014-11-01 06:00Z')"
            )
        )
        await ctx.session.execute(
            text(
                "INSERT INTO commission_runs (period_id, kind_id, plan_version_id, plan_digest,"
                " attempt, rounding_place, rounding_mode, currency_code)"
                " SELECT 405, 2, plan_version_id, digest, 'killed', 'level', 'half_up', 'USD'"
                " FROM plan_versions"
            )
        )
    outcome = await close_period.close(contexts, PERIOD, CLOSER)
    async with contexts.open(SYSTEM) as ctx:
        states = (
            await ctx.session.execute(
                select(CommissionRun.run_id, CommissionRun.status_id).order_by(CommissionRun.run_id)
            )
        ).all()
        assert [tuple(state) for state in states] == [
            (outcome.run_id - 1, FAILED),
            (outcome.run_id, WAITING),
        ]


async def test_only_one_process_runs_a_period(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    async with contexts.open(SYSTEM) as holder:
        await lock_period(holder.session, PERIOD)
        with pytest.raises(RunInProgress):
            await close_period.preview(contexts, PERIOD, SYSTEM)


async def test_the_same_figures_have_the_same_digest(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    for _ in range(2):
        await close_period.preview(contexts, PERIOD, SYSTEM)
    async with contexts.open(SYSTEM) as ctx:
        digests = await ctx.session.execute(
            select(CommissionRun.snapshot_digest, CommissionRun.result_digest)
        )
        assert len({tuple(row) for row in digests}) == 1


@pytest.mark.parametrize("statement", ["TRUNCATE {}", "DELETE FROM {}", "UPDATE {} SET run_id = 0"])
@pytest.mark.parametrize(
    "table", ["member_periods", "commission_checks", "check_items", "commission_lines"]
)
async def test_figures_are_final(committed_database: Database, table: str, statement: str) -> None:
    contexts = await found_company(committed_database)
    outcome = await close_period.close(contexts, PERIOD, CLOSER)
    partition = partitions.partition_name(table, outcome.run_id)
    async with committed_database.session() as session:
        with pytest.raises(IntegrityError, match="is refused"):
            await session.execute(text(statement.format(partition)))
        await session.rollback()
