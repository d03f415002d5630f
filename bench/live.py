"""How soon news show in the figures of the open month: `python bench/live.py --members 100000`.

A worker of its own folds while orders, enrolments and moves are committed at a given rate; of each
is measured how long after its commit the figures tell of it. The floor is what no fold can do
without: one run of the engine in memory and a bare UPDATE of as many rows as a fold changes. At the
end every table is compared with those of a full run: `rows that differ` must be 0. What a cycle
costs the worker is told step by step, for the running month and the running week together.

    python bench/live.py --members 100000 --rate 250 --seconds 30 [--data DIR] [--json]
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from _steps import Steps, by_cycle
from rich.console import Console
from rich.table import Table

from upline.adapters import postgres
from upline.adapters.postgres import schema
from upline.bootstrap import Container, database_url
from upline.core import logs
from upline.core.allocation import keep_pages
from upline.core.context import SYSTEM
from upline.demo import company
from upline.engine.run import run
from upline.services.commission import runs
from upline.services.commission.partitions import CHANGEABLE, partition_name
from upline.services.period import calendar
from upline.services.workflows import calculation, close_period
from upline.settings import Settings
from upline.worker import live

CONNECTIONS = 8
LOOK_EVERY_SECONDS = 0.005
MEMBERS = "SELECT count(*) FROM member_periods WHERE run_id = %s"
ORDER = """
WITH o AS (
    INSERT INTO orders (customer_id, order_type_id, ordered_at, paid_at, country_code,
                        currency_code, subtotal, total, pv, cv)
    VALUES (%(member)s, 1, now(), now(), 'US', 'USD', %(pv)s, %(pv)s, %(pv)s, %(pv)s)
    RETURNING order_id
)
INSERT INTO volume_entries (customer_id, period_id, week_id, entry_type_id, order_type_id, order_id,
                            occurred_at, pv, cv)
SELECT %(member)s, %(month)s, %(week)s, 1, 1, order_id, now(), %(pv)s, %(pv)s FROM o
RETURNING pg_current_xact_id()::text
"""
ENROLMENT = """
WITH c AS (
    INSERT INTO customers (customer_type_id, first_name, last_name, country_code, currency_code,
                           enrolled_at, activated_at)
    VALUES (2, 'New', 'Comer', 'US', 'USD', now(), now()) RETURNING customer_id
)
INSERT INTO placements (customer_id, genealogy_id, valid_from, parent_id)
SELECT customer_id, genealogy, now(), %(member)s FROM c CROSS JOIN (VALUES (1), (2)) g (genealogy)
RETURNING pg_current_xact_id()::text
"""
# One step up: never into somebody's own downline.
MOVE = """
WITH ended AS (
    UPDATE placements p SET valid_to = now() FROM placements above
    WHERE p.customer_id = %(member)s AND p.genealogy_id = 2 AND p.valid_to IS NULL
      AND above.customer_id = p.parent_id AND above.genealogy_id = 2 AND above.valid_to IS NULL
      AND above.parent_id IS NOT NULL
    RETURNING above.parent_id
)
INSERT INTO placements (customer_id, genealogy_id, valid_from, parent_id)
SELECT %(member)s, 2, now(), parent_id FROM ended
RETURNING pg_current_xact_id()::text
"""
# What is kept up in leg_blocks, as readers see it.
KEPT_UP = {
    "left_volume": "coalesce(leg_figure(figures, leg_place, 0)::numeric / 10000, left_volume)",
    "right_volume": "coalesce(leg_figure(figures, leg_place, 1)::numeric / 10000, right_volume)",
    "binary_downline_count": "CASE WHEN binary_pre IS NOT NULL THEN"
    " coalesce(leg_figure(figures, leg_place, 2), binary_downline_count) END",
}
LEGS = dict.fromkeys(CHANGEABLE, "") | {
    "member_periods": "LEFT JOIN leg_blocks b ON b.run_id = m.run_id AND block_no = leg_place / 64"
}
# Places, numbers and what full runs alone sum up: another after every run.
NOT_COMPARED = ("run_id", "pre", "pre_end", "binary_pre", "binary_pre_end", "item_no", "line_no")


@dataclass(frozen=True)
class Figure:
    """One measurement beside its floor, where it has one."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    ratio: float | None = None


@dataclass
class Watch:
    """When events were committed, and how long each took to show (seconds)."""

    waiting: dict[int, float] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    folds: int = 0
    kinds: dict[str, int] = field(default_factory=dict)

    def shown(self, seen: str, at: float) -> None:
        """`seen` is a snapshot of the database: lowest:highest:still open."""
        low, high, open_now = seen.split(":")
        missing = set(map(int, open_now.split(","))) if open_now else set()
        for number in list(self.waiting):
            if number < int(low) or (number < int(high) and number not in missing):
                self.latencies.append(at - self.waiting.pop(number))


def work(settings: Settings, steps: Steps) -> None:
    """The worker under test, in a process of its own; its log is written, but to nowhere."""
    steps.count()
    keep_pages()  # as every program of ours does that calculates
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    logs.configure(settings.server.log_format, settings.server.log_level)

    async def keep() -> None:
        async with Container.open(settings) as container:
            await live.run(container)

    asyncio.run(keep())


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--rate", type=float, default=250, help="events a second")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--enrolments", type=float, default=0.05, help="share of the events")
    parser.add_argument("--moves", type=float, default=0.002, help="share of the events")
    parser.add_argument("--data", type=Path, help="a demo folder to keep and use again")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(demo=True, data_dir=options.data or Path(folder))
        settings.database.url = database_url(settings)
        settings.worker.renew_seconds = 3_600
        schema.upgrade(settings.database.url)
        try:
            figures = await measure(settings, options)
        finally:
            postgres.stop(settings.data_dir)
    if options.json:
        for each in figures:
            print(json.dumps(asdict(each)))
        return
    table = Table("figure", "value", "unit", "floor", "ratio", title="From a commit to its figures")
    for each in figures:
        beside = (f"{each.floor:.1f}", f"{each.ratio:.2f}") if each.floor and each.ratio else ()
        table.add_row(each.name, f"{each.value:,.1f}", each.unit, *beside)
    Console().print(table)


async def measure(settings: Settings, options: argparse.Namespace) -> list[Figure]:
    async with Container.open(settings) as container:
        if not await company.exists(container):
            await company.build(container, members=options.members)
        month = calendar.current_id(container.clock.now(), settings.company.time_zone)
        url = container.database.engine.url.set(drivername="postgresql")
        dsn = url.render_as_string(hide_password=False)
        watch, steps = Watch(), Steps()
        async with working(settings, steps), await connect(dsn) as connection:
            run_id = await until_live(connection, month, dsn)
            before = await updated_rows(connection, run_id)
            begun = steps.so_far()
            spent = await happen(dsn, month, watch, options)
            split = by_cycle(begun, steps.so_far())
            members = await value(connection, MEMBERS, run_id)
            rows = (await updated_rows(connection, run_id) - before) / max(watch.folds, 1)
        floor = await floor_of(container, connection_string=dsn, month=month, rows=int(rows))
        differing = await differences(container, dsn, month, run_id)
        ordered = sorted(watch.latencies)
        p50, p99 = statistics.median(ordered), ordered[len(ordered) * 99 // 100]
        return [
            Figure("members", members, "members"),
            Figure("events a second", len(ordered) / spent, "1/s"),
            *(Figure(kind, count, "events") for kind, count in sorted(watch.kinds.items())),
            Figure("folds a second", watch.folds / spent, "1/s"),
            Figure("members changed by a fold", rows, "rows"),
            Figure("commit to visible, p50", p50 * 1e3, "ms", floor * 1e3, p50 / floor),
            Figure("commit to visible, p99", p99 * 1e3, "ms", floor * 1e3, p99 / floor),
            Figure("commit to visible, most", ordered[-1] * 1e3, "ms"),
            Figure("rows that differ", differing, "rows"),
            *(Figure(f"{name}, processor", cpu, "ms a cycle") for name, cpu, _ in split),
            *(Figure(f"{name}, clock", clock, "ms a cycle") for name, _, clock in split),
        ]


@asynccontextmanager
async def working(settings: Settings, steps: Steps) -> AsyncIterator[None]:
    process = multiprocessing.get_context("spawn").Process(target=work, args=(settings, steps))
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


async def connect(dsn: str) -> psycopg.AsyncConnection[Any]:
    return await psycopg.AsyncConnection.connect(dsn, autocommit=True)


async def until_live(connection: psycopg.AsyncConnection[Any], month: int, dsn: str) -> int:
    """Wait for the worker's first full run and first folds, which compile; gives the run."""
    run_id = await value(connection, "SELECT run_id FROM periods WHERE period_id = %s", month)
    while (  # noqa: ASYNC110 - another process works at it
        now := await value(connection, "SELECT run_id FROM periods WHERE period_id = %s", month)
    ) == run_id:
        await asyncio.sleep(0.2)
    warm = Watch()
    quiet = argparse.Namespace(rate=20, seconds=5, enrolments=0.2, moves=0.1)
    await happen(dsn, month, warm, quiet)
    return int(now)


async def happen(dsn: str, month: int, watch: Watch, options: argparse.Namespace) -> float:
    """Commit events at a rate and wait until the last has shown; gives the seconds they took."""
    looking = asyncio.create_task(look(dsn, month, watch))
    async with await connect(dsn) as connection:
        ids = await values(connection, BUYERS)
        movers = await values(connection, MOVERS, month)
    draw = random.Random(7)  # the same events every time
    queue: asyncio.Queue[tuple[str, int] | None] = asyncio.Queue()
    week = await week_of(dsn)
    posting = [
        asyncio.create_task(post(dsn, queue, watch, month, week)) for _ in range(CONNECTIONS)
    ]
    begun = time.perf_counter()
    for number in range(int(options.rate * options.seconds)):
        due = begun + number / options.rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        chance = draw.random()
        if chance < options.enrolments:
            await queue.put((ENROLMENT, draw.choice(ids)))
        elif chance < options.enrolments + options.moves:
            await queue.put((MOVE, draw.choice(movers)))
        else:
            await queue.put((ORDER, draw.choice(ids)))
    for _ in posting:
        await queue.put(None)
    await asyncio.gather(*posting)
    spent = time.perf_counter() - begun
    while watch.waiting:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.05)
    looking.cancel()
    return spent


BUYERS = "SELECT customer_id FROM customers WHERE customer_type_id = 2 AND status_id = 1"
MOVERS = """
SELECT m.customer_id FROM member_periods m JOIN periods p ON p.run_id = m.run_id
WHERE p.period_id = %s AND m.level > 2 AND m.downline_count BETWEEN 1 AND 20 LIMIT 10000
"""
KINDS = {ORDER: "orders", ENROLMENT: "enrolments", MOVE: "moves"}


async def post(
    dsn: str,
    queue: "asyncio.Queue[tuple[str, int] | None]",
    watch: Watch,
    month: int,
    week: int,
) -> None:
    """Commit events from the queue, one after the other."""
    async with await connect(dsn) as connection:
        while (event := await queue.get()) is not None:
            statement, member = event
            parameters = {"member": member, "month": month, "week": week, "pv": member % 90 + 10}
            cursor = await connection.execute(statement, parameters)  # type: ignore[arg-type]
            if row := await cursor.fetchone():
                watch.waiting[int(row[0])] = time.perf_counter()
                watch.kinds[KINDS[statement]] = watch.kinds.get(KINDS[statement], 0) + 1


async def look(dsn: str, month: int, watch: Watch) -> None:
    """See what the figures tell of, over and over."""
    known = ""
    async with await connect(dsn) as connection:
        while True:
            seen = await value(
                connection,
                "SELECT seen FROM commission_runs JOIN periods USING (run_id)"
                " WHERE periods.period_id = %s",
                month,
            )
            watch.folds += seen != known
            known = seen
            # Always: an event may have shown before its sender knew that it was committed.
            watch.shown(seen, time.perf_counter())
            await asyncio.sleep(LOOK_EVERY_SECONDS)


async def floor_of(container: Container, connection_string: str, month: int, rows: int) -> float:
    """Seconds for one run of the engine in memory and a bare UPDATE of so many rows."""
    async with close_period.claimed(container.contexts, month, SYSTEM, 1) as started:
        loaded = await calculation.read(container.contexts, started, SYSTEM)
        snapshot = calculation.build(month, loaded)
        times = []
        for _ in range(4):
            begun = time.perf_counter()
            run(started.plan.compiled, snapshot, sealed=False)
            times.append(time.perf_counter() - begun)
        async with container.context(SYSTEM) as ctx:
            await runs.fail(ctx, started)
    async with await connect(connection_string) as connection:
        await connection.execute(
            "CREATE TEMP TABLE bare AS SELECT customer_id, 0::numeric AS pv FROM customers"
        )
        await connection.execute("CREATE UNIQUE INDEX ON bare (customer_id)")
        begun = time.perf_counter()
        await connection.execute(
            "UPDATE bare SET pv = 1 WHERE customer_id IN"
            " (SELECT customer_id FROM customers ORDER BY customer_id DESC LIMIT %s)",
            [rows],
        )
        return min(times) + time.perf_counter() - begun


async def differences(container: Container, dsn: str, month: int, live_run: int) -> int:
    """Rows of the live figures that a full run has not, and the other way round."""
    outcome = await close_period.preview(container.contexts, month, SYSTEM)
    differing = 0
    async with await connect(dsn) as connection:
        for table in CHANGEABLE:
            if table == "bonus_memories" and not await value(
                connection, "SELECT to_regclass(%s)", partition_name(table, live_run)
            ):
                continue  # the plan remembers nothing
            names = await values(connection, COLUMNS, table, list(NOT_COMPARED))
            columns = ", ".join(KEPT_UP.get(n, n) for n in names if "place" not in n)
            one, other = (
                f"SELECT {columns} FROM {partition_name(table, number)} m {LEGS[table]}"
                for number in (live_run, outcome.run_id)
            )
            for this, that in ((one, other), (other, one)):
                differing += await value(
                    connection, f"SELECT count(*) FROM ({this} EXCEPT ALL {that}) d"
                )
    return differing


COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
  AND attname <> ALL(%s) AND attname NOT IN ('sponsor_level', 'sponsor_height')
"""


async def updated_rows(connection: psycopg.AsyncConnection[Any], run_id: int) -> int:
    table = partition_name("member_periods", run_id)
    await connection.execute("SELECT pg_stat_clear_snapshot()")
    return int(
        await value(connection, "SELECT pg_stat_get_tuples_updated(%s::regclass)", table) or 0
    )


async def week_of(dsn: str) -> int:
    async with await connect(dsn) as connection:
        today = await value(connection, "SELECT current_date")
    return calendar.week_id(today)


async def value(connection: psycopg.AsyncConnection[Any], query: str, *parameters: Any) -> Any:
    row = await (await connection.execute(query, parameters)).fetchone()  # type: ignore[arg-type]
    return row[0] if row else None


async def values(connection: psycopg.AsyncConnection[Any], query: str, *parameters: Any) -> Any:
    cursor = await connection.execute(query, parameters)  # type: ignore[arg-type]
    return [row[0] for row in await cursor.fetchall()]


if __name__ == "__main__":
    asyncio.run(main())
