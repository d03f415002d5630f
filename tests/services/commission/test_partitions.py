"""What a run stores before anybody sees it: complete, sealed, and cleared away with the run."""

import pytest
from sqlalchemy import select, text, update
from tests.factories.closing import CLOSER
from tests.factories.golden import PERIOD
from tests.factories.golden_company import found_company

from upline.core.context import SYSTEM, Context, ContextFactory
from upline.core.db import Database
from upline.models.commission import CommissionRun
from upline.services.commission import fingerprints, partitions, runs
from upline.services.commission.partitions import TABLES, partition_name
from upline.services.commission.runs import FAILED
from upline.services.commission.stages import Recorder
from upline.services.commission.storing import RARE
from upline.services.period import commands
from upline.services.plan import versions
from upline.services.workflows import calculation, close_period, refresh_periods

# What makes a table a partition of its parent: the same columns in the same order of every index.
INDEXES = """
SELECT i.indisprimary, i.indisunique, array_agg(a.attname::text ORDER BY k.place)
FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY k (attnum, place)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indrelid = to_regclass(:name) GROUP BY i.indexrelid, 1, 2 ORDER BY 3
"""
LEFT = "SELECT count(*) FROM pg_class WHERE relname ~ '_r[0-9]+$' AND relkind = 'r'"


@pytest.fixture
async def contexts(committed_database: Database) -> ContextFactory:
    return await found_company(committed_database)


async def _scalar(contexts: ContextFactory, query: str) -> object:
    async with contexts.open(SYSTEM) as ctx:
        return await ctx.session.scalar(text(query))


async def test_a_partition_has_the_indexes_of_its_table_and_no_others(
    contexts: ContextFactory,
) -> None:
    outcome = await close_period.close(contexts, PERIOD, CLOSER)
    async with contexts.open(SYSTEM) as ctx:
        for table in set(TABLES) - set(RARE):
            whole = await ctx.session.execute(text(INDEXES), {"name": table})
            own = {"name": partition_name(table, outcome.run_id)}
            assert (await ctx.session.execute(text(INDEXES), own)).all() == whole.all()


async def test_rows_are_seen_without_a_second_look(contexts: ContextFactory) -> None:
    outcome = await close_period.close(contexts, PERIOD, CLOSER)
    partition = partition_name("member_periods", outcome.run_id)
    pages = "SELECT relallvisible = relpages AND relpages > 0 FROM pg_class WHERE relname"
    assert await _scalar(contexts, f"{pages} = '{partition}'") is True


@pytest.mark.parametrize("is_preview", [True, False])
async def test_the_server_tidies_up_what_lasts_and_leaves_previews_alone(
    contexts: ContextFactory, is_preview: bool
) -> None:
    make = close_period.preview if is_preview else close_period.close
    outcome = await make(contexts, PERIOD, CLOSER)
    partition = partition_name("member_periods", outcome.run_id)
    told = f"SELECT count(*) FROM pg_stats WHERE tablename = '{partition}' AND attname"
    assert await _scalar(contexts, f"{told} = 'customer_id'") == 1
    assert await _scalar(contexts, f"{told} = 'rank_id'") == is_preview
    options = f"SELECT array_to_string(reloptions, ',') FROM pg_class WHERE relname = '{partition}'"
    assert f"autovacuum_enabled={str(not is_preview).lower()}" in str(
        await _scalar(contexts, options)
    )


async def test_figures_of_a_failed_run_are_cleared_away(
    contexts: ContextFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ConnectionError("the line is cut")

    monkeypatch.setattr(partitions, "attach", broken)
    with pytest.raises(ConnectionError):
        await close_period.close(contexts, PERIOD, CLOSER)
    counts = "SELECT count(*) FROM downline_counts"
    assert await _scalar(contexts, LEFT) != 0
    assert await _scalar(contexts, counts) != 0
    assert await refresh_periods.drop_superseded(contexts, SYSTEM) == 1
    assert await _scalar(contexts, LEFT) == 0
    assert await _scalar(contexts, counts) == 0
    assert await refresh_periods.drop_superseded(contexts, SYSTEM) == 0


async def test_a_run_that_was_taken_over_stores_nothing(contexts: ContextFactory) -> None:
    async with contexts.open(SYSTEM) as ctx:
        await commands.lock(ctx, PERIOD)
        plan = await versions.in_force(ctx.session, PERIOD)
        started = await runs.start(ctx, PERIOD, runs.FINAL, plan, None)
    loaded = await calculation.read(contexts, started, SYSTEM)
    snapshot = calculation.build(PERIOD, loaded)
    result = await calculation.calculate(started, snapshot)
    async with contexts.open(SYSTEM) as ctx:
        await ctx.session.execute(update(CommissionRun).values(status_id=FAILED))

    async def decide(ctx: Context) -> None:
        raise AssertionError("there is nothing to decide")

    recorder = Recorder(contexts, started, lambda *_: None)
    with pytest.raises(runs.RunInProgress):
        await calculation.store(
            contexts, started, SYSTEM, loaded, snapshot, result, recorder, decide
        )
    assert await _scalar(contexts, LEFT) == 0


async def test_seals_are_those_of_the_rows_that_were_attached(contexts: ContextFactory) -> None:
    outcome = await close_period.close(contexts, PERIOD, CLOSER)
    async with contexts.open(SYSTEM) as ctx:
        recorded = await ctx.session.scalar(select(CommissionRun.figures))
        assert recorded == await fingerprints.take(ctx.session, outcome.run_id)
