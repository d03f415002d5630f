"""Closing a month against COPY alone.

The floor is what PostgreSQL needs to read out the rows a run reads, with nobody to receive them,
and to take in the rows it writes, by binary COPY into bare tables that keep values as theirs do,
in this same run. It counts every row once, whatever asks for it. Read are members, places in the
trees, figures, ranks and addresses of before, autoships, entries; written are the partitions of the
run, the counts of its lists, ranks achieved, ledger entries, the accounts they move, and points. It
does not count what is read again (rows for their seals, items for the ledger), and nothing in it
waits for a disk. Everything above it is ours: arrays, engine, indexes, guards, seals, ledger,
commits. The first figure is what the driver needs to receive and send the same rows by COPY, and to
do nothing with them.

A round is a preview, a close and the floor of both, so that whatever else the machine does meets
all of them; figures are medians over the rounds (stages: means). A period is approved once. Before
the rounds the database is brought to where one is that has been in use: vacuumed, with statistics,
and with nothing left to be written of how the company was made.

    python bench/close.py --members 100000 [--rounds 5] [--json]
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from upline.adapters import postgres
from upline.adapters.postgres import schema
from upline.bootstrap import Container, database_url
from upline.core.clock import FixedClock
from upline.core.context import SYSTEM, ContextFactory
from upline.core.copy import Column, Kind, write_columns
from upline.core.progress import Progress
from upline.demo import company
from upline.services.auth.staff import principal_of
from upline.services.commission import runs
from upline.services.commission.partitions import TABLES, partition_name
from upline.services.commission.runs import Outcome
from upline.services.contest import inputs as contests
from upline.services.contest import scoring
from upline.services.contest.rows import standing_rows
from upline.services.period import calendar
from upline.services.plan import versions
from upline.services.rollup import building, facts
from upline.services.workflows import calculation, close_period, review_period
from upline.settings import Settings

# Every row once, whatever part of a run asks for it.
READ = (
    "SELECT customer_id, customer_type_id, status_id, enrolled_at FROM customers",
    "SELECT customer_id, parent_id, position_id FROM placements WHERE valid_to IS NULL",
    (
        "SELECT customer_id, paid_rank_id, max_rank_id, carry_left_out, carry_right_out, ov"
        " FROM {previous}"
    ),
    "SELECT customer_id, rank_id FROM rank_achievements WHERE period_id < {period}",
    "SELECT customer_id, country_code, state_province FROM addresses WHERE is_default_billing",
    "SELECT customer_id, pv, next_date FROM autoships WHERE status_id = 1",
    (
        "SELECT entry_id, customer_id, order_type_id, pv, cv, retail_margin_base, occurred_at"
        " FROM volume_entries WHERE period_id = {period}"
    ),
)
# What closing and approval write beside the run's partitions.
WRITTEN = {
    "downline_counts": "run_id = {run}",
    "rank_achievements": "period_id = {period}",
    "ledger_entries": (
        "transaction_id IN (SELECT transaction_id FROM ledger_transactions"
        " WHERE kind = 'commission' AND period_id = {period})"
    ),
    "ledger_accounts": (
        "account_id IN (SELECT e.account_id FROM ledger_entries e"
        " JOIN ledger_transactions t USING (transaction_id)"
        " WHERE t.kind = 'commission' AND t.period_id = {period})"
    ),
    "point_entries": "posted_at = (SELECT max(posted_at) FROM point_entries)",
}


@dataclass(frozen=True)
class Figure:
    """One measurement; `ratio` is value over floor, both in seconds."""

    name: str
    value: float
    unit: str
    floor: float
    ratio: float


def figure(name: str, seconds: float, floor: float) -> Figure:
    """`seconds` beside the floor they are measured against."""
    return Figure(name, seconds, "s", floor, seconds / floor)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--data", type=Path, help="a demo folder to keep, of a company of two months"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = options.data or Path(folder)
        members, figures = await measure(data, options.members, options.rounds)
    if options.json:
        for each in figures:
            print(json.dumps(asdict(each)))
        return
    table = Table("figure", "seconds", "floor", "ratio", title=f"{members:,} members")
    for each in figures:
        table.add_row(each.name, f"{each.value:.3f}", f"{each.floor:.3f}", f"{each.ratio:.2f}")
    Console().print(table)


async def measure(folder: Path, members: int, rounds: int) -> tuple[int, list[Figure]]:
    """Build a company of two months where there is none, preview and close its last month, and take
    the floors; how many members there were."""
    settings = Settings(demo=True, data_dir=folder)
    schema.upgrade(database_url(settings))
    try:
        async with Container.open(settings) as container:
            if not await company.exists(container):
                await company.build(container, members=members, months=2, seed=1)
            return await _figures(container, rounds)
    finally:
        postgres.stop(folder)


async def _figures(container: Container, rounds: int) -> tuple[int, list[Figure]]:
    now, zone = container.clock.now(), container.contexts.company.time_zone
    period = calendar.current_id(now, zone)
    # The running month can be closed once it is over.
    later = FixedClock(now + timedelta(days=35))
    contexts = ContextFactory(container.database, later, container.contexts.company)
    await close_period.preview(contexts, period, SYSTEM)  # kernels compiled, caches warm
    taken, final = await _rounds(contexts, period, rounds)
    approved, _ = await timed(review_period.approve(contexts, period, principal_of(2)))
    async with container.database.raw() as connection:
        tables = {
            table: f"{table} WHERE {which.format(run=final.run_id, period=period)}"
            for table, which in WRITTEN.items()
        }
        more = [await floor_in(connection, tables) for _ in range(rounds)]
    summed = await rolled_up(contexts, period)
    out, into = taken.median("out"), taken.median("into") + statistics.median(more)
    floor, previewed, closed = out + into, taken.median("preview"), taken.median("close")
    stages = taken.stages
    return final.members, [
        figure("the same rows by COPY through a client", taken.median("received") + into, floor),
        figure("load", stages["Reading"] / rounds, out),
        figure("calculate", stages["Calculating"] / rounds, floor),
        figure("store, with indexes", stages["Storing"] / rounds, into),
        figure("roll-ups and contests of it all", summed, previewed),
        figure("preview, end to end", previewed, floor),
        figure("close, ready for review", closed, floor),
        figure("approve, with ledger", approved, floor),
        figure("close and approve, with ledger", closed + approved, floor),
    ]


@dataclass
class Taken:
    """Seconds of every round, by what took them, and of the stages of all previews together."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    stages: dict[str, float] = field(default_factory=dict)

    def median(self, what: str) -> float:
        return statistics.median(self.seconds[what])


async def _rounds(contexts: ContextFactory, period: int, rounds: int) -> tuple[Taken, Outcome]:
    """Preview and close the period again and again, each time beside the floor; the last close
    waits for approval."""
    taken = Taken()

    async def time_of(what: str, work: Awaitable[Any]) -> Any:
        seconds, result = await timed(work)
        taken.seconds[what].append(seconds)
        return result

    await settle(contexts)
    for done in range(rounds):
        if done:
            await review_period.reject(contexts, period, principal_of(2))
        previewed = await time_of(
            "preview", close_period.preview(contexts, period, SYSTEM, marking(taken.stages))
        )
        final = await time_of("close", close_period.close(contexts, period, principal_of(1)))
        assert final.total == previewed.total
        async with contexts.database.raw() as connection:
            previous = await previous_rows(connection, period)
            queries = [query.format(previous=previous, period=period) for query in READ]
            await time_of("out", floor_out(connection, queries))
            await time_of("received", receive(connection, queries))
            tables = {table: partition_name(table, final.run_id) for table in TABLES}
            taken.seconds["into"].append(await floor_in(connection, tables))
    return taken, final


async def settle(contexts: ContextFactory) -> None:
    """Do what a server in use has done in its own time."""
    async with contexts.database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM (ANALYZE)"))
        await connection.execute(text("CHECKPOINT"))


async def rolled_up(contexts: ContextFactory, period: int) -> float:
    """Seconds of a preview that go into roll-ups and contests: facts, sums, rows, indexes."""
    async with contexts.open(SYSTEM) as ctx:
        plan = await versions.in_force(ctx.session, period)
        previous = await runs.find_previous_run(ctx.session, period)
    started = runs.Started(0, "", period, runs.PREVIEW, plan, previous)
    loaded = await calculation.read(contexts, started, SYSTEM)
    snapshot = calculation.build(period, loaded)
    result = await calculation.calculate(started, snapshot)
    known, zone = loaded.facts, contexts.company.time_zone
    async with contexts.database.raw() as connection:
        begun = time.perf_counter()
        ids, enrolled = known.customer_id, known.enrolled_at
        found = await facts.load(connection, period, zone, ids, enrolled, contexts.clock.now())
        asked = await contests.load(connection, plan, period, previous)
        sums = building.build(snapshot, result, found, loaded.seen)
        scored = scoring.score(plan, snapshot, result, found, asked)
        places = building.place_columns(sums, snapshot)
        # Places travel with their members' rows, so they are measured as columns alone.
        names = ", ".join(column.name for column in places)
        await connection.execute(
            f"CREATE TEMP TABLE places ON COMMIT DROP AS SELECT {names} FROM member_periods"
            " WHERE false"
        )
        await write_columns(connection, "places", places)
        for table, columns in (*building.block_rows(sums), *standing_rows(scored, snapshot)):
            await connection.execute(
                f"CREATE TEMP TABLE IF NOT EXISTS summed_{table}"
                f" (LIKE {table} INCLUDING STORAGE) ON COMMIT DROP"
            )
            key = Column("run_id", Kind.BIGINT, np.zeros(len(columns[0].values), np.int64))
            await write_columns(connection, f"summed_{table}", [key, *columns])
        return time.perf_counter() - begun


async def timed(work: Awaitable[Any]) -> tuple[float, Any]:
    """Seconds `work` takes, and what it gives back."""
    begun = time.perf_counter()
    result = await work
    return time.perf_counter() - begun, result


def marking(stages: dict[str, float]) -> Progress:
    """A progress that adds up how long each step took."""
    current, begun = "", time.perf_counter()

    def report(step: str, done: int, total: int | None, /) -> None:
        nonlocal current, begun
        now = time.perf_counter()
        if current:
            stages[current] = stages.get(current, 0.0) + now - begun
        current, begun = step, now

    return report


async def previous_rows(connection: psycopg.AsyncConnection[Any], period: int) -> str:
    """The partition that ranks and carry come in from."""
    row = await (
        await connection.execute("SELECT run_id FROM periods WHERE period_id = %s", [period - 1])
    ).fetchone()
    return partition_name("member_periods", row[0]) if row else "member_periods"


async def floor_out(connection: psycopg.AsyncConnection[Any], queries: Sequence[str]) -> None:
    """Let the server read out the rows a run reads."""
    for query in queries:
        await connection.execute(f"COPY ({query}) TO '/dev/null' (FORMAT BINARY)")


async def receive(connection: psycopg.AsyncConnection[Any], queries: Sequence[str]) -> None:
    """Take the rows a run reads and do nothing with them."""
    for query in queries:
        await copied_out(connection, query)


async def floor_in(connection: psycopg.AsyncConnection[Any], tables: Mapping[str, str]) -> float:
    """Seconds to take what was written into bare tables: `tables` tells where the rows are."""
    seconds = 0.0
    for table, source in tables.items():
        found = await connection.execute("SELECT to_regclass(%s)", [source.partition(" ")[0]])
        if await found.fetchone() == (None,):
            continue  # a table that this plan leaves empty
        rows = await copied_out(connection, f"SELECT * FROM {source}")
        seconds += await taken_in(connection, table, rows)
    return seconds


async def taken_in(
    connection: psycopg.AsyncConnection[Any], table: str, rows: Sequence[bytes]
) -> float:
    """Seconds to COPY rows into a bare table that is made for them."""
    await connection.execute(f"CREATE TABLE bare (LIKE {table} INCLUDING STORAGE)")
    begun = time.perf_counter()
    statement = "COPY bare FROM STDIN (FORMAT BINARY)"
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for chunk in rows:
            await copy.write(chunk)
    seconds = time.perf_counter() - begun
    await connection.execute("DROP TABLE bare")
    return seconds


async def copied_out(connection: psycopg.AsyncConnection[Any], query: str) -> list[bytes]:
    """The binary COPY stream of a query, in chunks large enough to write back at full speed."""
    chunks, pending = [], bytearray()
    statement = f"COPY ({query}) TO STDOUT (FORMAT BINARY)"
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        async for piece in copy:
            pending += piece
            if len(pending) > 1 << 20:
                chunks.append(bytes(pending))
                pending.clear()
    return [*chunks, bytes(pending)]


if __name__ == "__main__":
    asyncio.run(main())
