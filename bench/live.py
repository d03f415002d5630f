"""How soon news show in the figures of the open month: `python bench/live.py --members 100000`.

A worker of its own folds while orders, enrolments and moves are committed at a given rate; of each
is measured how long after its commit the figures of the running month tell of it, and those of the
running week. The floor is what no fold can do without: one run of the engine in memory and a bare
UPDATE of as many rows as a fold changes. At the end every table is compared with those of a full
run: `rows that differ` must be 0. What a cycle costs the worker is told step by step, on average
and for the slowest ones, which are where the last per cent of the latencies comes from.

    python bench/live.py --members 100000 --rate 250 --seconds 30 [--data DIR] [--json]
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from _events import Watch, connect, happen, value, values
from _steps import NAMES, Cycle, Steps, by_step, slowest
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
from upline.services.period.calendar import PeriodType
from upline.services.workflows import calculation, close_period
from upline.settings import Settings
from upline.worker import live

SLOWEST, WIDE = 8, 150
RUN = "SELECT run_id FROM periods WHERE period_id = %s"
MEMBERS = "SELECT count(*) FROM member_periods WHERE run_id = %s"
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
            figures, slow = await measure(settings, options)
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
    console = Console()
    console.print(table)
    console.width = max(console.width, WIDE)
    console.print(slow_table(slow))


def slow_table(cycles: list[Cycle]) -> Table:
    """The slowest cycles, each a column: what was new, and processor time and clock by step."""
    table = Table("slowest cycles, ms", *(f"{cycle.begun:.1f} s" for cycle in cycles))
    table.add_row("entries", *(str(cycle.entries) for cycle in cycles))
    table.add_row("members", *(str(cycle.members) for cycle in cycles))
    for name in NAMES:
        both = [
            f"{cycle.processor.get(name, 0) * 1e3:.0f} / {cycle.clock.get(name, 0) * 1e3:.0f}"
            for cycle in cycles
        ]
        table.add_row(name, *both)
    return table


async def measure(
    settings: Settings, options: argparse.Namespace
) -> tuple[list[Figure], list[Cycle]]:
    """All figures, and the cycles of the month that took longest."""
    async with Container.open(settings) as container:
        if not await company.exists(container):
            await company.build(container, members=options.members)
        now, zone = container.clock.now(), settings.company.time_zone
        month, week = (
            Watch(calendar.current_id(now, zone, kind))
            for kind in (PeriodType.MONTH, PeriodType.WEEK)
        )
        url = container.database.engine.url.set(drivername="postgresql")
        dsn = url.render_as_string(hide_password=False)
        steps = Steps()
        async with working(settings, steps), await connect(dsn) as connection:
            run_id, weekly_run = await until_live(connection, month, week)
            warm = argparse.Namespace(rate=20, seconds=5, enrolments=0.2, moves=0.1)
            await happen(dsn, Watch(month.period_id), Watch(week.period_id), warm)
            before = await updated_rows(connection, run_id)
            steps.since_then()
            spent, kinds = await happen(dsn, month, week, options)
            cycles = steps.since_then()
            members = await value(connection, MEMBERS, run_id)
            rows = (await updated_rows(connection, run_id) - before) / max(month.folds, 1)
        floor = await floor_of(container, dsn, month.period_id, int(rows))
        differing = await differences(container, dsn, month.period_id, run_id)
        differing += await differences(container, dsn, week.period_id, weekly_run)
        monthly = [cycle for cycle in cycles if cycle.period_id == month.period_id]
        weekly = [cycle for cycle in cycles if cycle.period_id == week.period_id]
        figures = [
            Figure("members", members, "members"),
            Figure("events a second", len(month.latencies) / spent, "1/s"),
            *(Figure(kind, count, "events") for kind, count in sorted(kinds.items())),
            Figure("folds a second", month.folds / spent, "1/s"),
            Figure("members changed by a fold", rows, "rows"),
            *latencies("commit to visible", month, floor),
            *latencies("to visible in the week", week, floor),
            Figure("rows that differ", differing, "rows"),
            *costs("month", monthly),
            *costs("week", weekly),
        ]
        return figures, slowest(monthly, SLOWEST)


def latencies(name: str, watch: Watch, floor: float) -> list[Figure]:
    """The middle, the 99th per cent and the end of them."""
    p50, p99, most = watch.share(0.5), watch.share(0.99), watch.share(1)
    return [
        Figure(f"{name}, p50", p50 * 1e3, "ms", floor * 1e3, p50 / floor),
        Figure(f"{name}, p99", p99 * 1e3, "ms", floor * 1e3, p99 / floor),
        Figure(f"{name}, most", most * 1e3, "ms"),
    ]


def costs(period: str, cycles: list[Cycle]) -> list[Figure]:
    """What a cycle costs, step by step."""
    split = by_step(cycles)
    return [
        *(Figure(f"{period}: {name}, processor", cpu, "ms a cycle") for name, cpu, _ in split),
        *(Figure(f"{period}: {name}, clock", clock, "ms a cycle") for name, _, clock in split),
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


async def until_live(connection: psycopg.AsyncConnection[Any], *periods: Watch) -> tuple[int, ...]:
    """Wait for the worker's first full runs; gives them."""
    numbers = [watch.period_id for watch in periods]
    before = [await value(connection, RUN, number) for number in numbers]
    runs_now = before
    while any(  # another process works at it
        now == run for now, run in zip(runs_now, before, strict=True)
    ):
        await asyncio.sleep(0.2)
        runs_now = [await value(connection, RUN, number) for number in numbers]
    return tuple(runs_now)


async def floor_of(container: Container, dsn: str, month: int, rows: int) -> float:
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
    async with await connect(dsn) as connection:
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


async def differences(container: Container, dsn: str, period: int, live_run: int) -> int:
    """Rows of the live figures that a full run has not, and the other way round."""
    outcome = await close_period.preview(container.contexts, period, SYSTEM)
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


if __name__ == "__main__":
    asyncio.run(main())
