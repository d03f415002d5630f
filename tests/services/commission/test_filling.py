"""Two connections share out the tables of a run and the indexes of large ones."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from tests.factories.closing import CLOSER
from tests.factories.golden import PERIOD
from tests.factories.golden_company import found_company

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.services.commission import filling, partitions
from upline.services.commission.partitions import TABLES, partition_name
from upline.services.commission.storing import RARE
from upline.services.workflows import close_period, refresh_periods

INDEXES = """
SELECT substring(pg_get_indexdef(indexrelid) FROM 'USING .*'), indisunique
FROM pg_index WHERE indrelid = to_regclass(:name) ORDER BY 1
"""
TABLES_LEFT = "SELECT count(*) FROM pg_class WHERE relname ~ '_r[0-9]+$' AND relkind = 'r'"


@pytest.fixture
async def contexts(committed_database: Database, monkeypatch: pytest.MonkeyPatch) -> ContextFactory:
    """A company every table of which is large."""
    monkeypatch.setattr(filling, "LARGE", 1)
    return await found_company(committed_database)


async def test_indexes_that_are_shared_out_are_those_of_the_table(
    contexts: ContextFactory,
) -> None:
    said: list[tuple[str, int, int | None]] = []
    outcome = await close_period.close(contexts, PERIOD, CLOSER, lambda *what: said.append(what))
    async with contexts.open(SYSTEM) as ctx:
        shared_out = 0
        for table in set(TABLES) - set(RARE):
            whole = (await ctx.session.execute(text(INDEXES), {"name": table})).all()
            own = {"name": partition_name(table, outcome.run_id)}
            assert (await ctx.session.execute(text(INDEXES), own)).all() == whole
            shared_out += len(whole) - 1
    done = [(done, total) for step, done, total in said if step == "Storing" and total != 1]
    every = done[-1][1]
    assert done == [(count, every) for count in range(len(done))]
    assert every is not None
    assert every >= len(TABLES) - len(RARE) + shared_out > len(TABLES)


async def test_while_one_table_takes_long_all_others_are_filled(
    contexts: ContextFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill, others, filled = partitions.fill, asyncio.Event(), 0

    async def noted(connection: Any, run_id: int, table: str, *rest: Any, **more: Any) -> None:
        nonlocal filled
        if table == "commission_lines":
            await asyncio.wait_for(others.wait(), 60)
        await fill(connection, run_id, table, *rest, **more)
        filled += 1
        if filled == len(TABLES) - len(RARE):  # and what all runs share, without the lines
            others.set()

    monkeypatch.setattr(partitions, "fill", noted)
    outcome = await close_period.close(contexts, PERIOD, CLOSER)
    async with contexts.open(SYSTEM) as ctx:
        lines = partition_name("commission_lines", outcome.run_id)
        assert await ctx.session.scalar(text(f"SELECT count(*) FROM {lines}")) == outcome.lines


async def test_of_an_index_that_fails_nothing_is_left(
    contexts: ContextFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = partitions.find_indexes

    async def broken(*asked: Any) -> dict[str, partitions.Indexes]:
        indexes = await found(*asked)
        indexes["commission_lines"].others.append("CREATE INDEX ON commission_lines_of_nobody (a)")
        return indexes

    monkeypatch.setattr(partitions, "find_indexes", broken)
    with pytest.raises(Exception, match="commission_lines_of_nobody"):
        await close_period.close(contexts, PERIOD, CLOSER)
    async with contexts.open(SYSTEM) as ctx:
        assert await ctx.session.scalar(text(TABLES_LEFT)) != 0
    assert await refresh_periods.drop_superseded(contexts, SYSTEM) == 1
    async with contexts.open(SYSTEM) as ctx:
        assert await ctx.session.scalar(text(TABLES_LEFT)) == 0
