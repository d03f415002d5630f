"""Orders, enrolments and moves at a given rate, and how soon the figures tell of each."""

import asyncio
import random
import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import psycopg

__all__ = ["Watch", "connect", "happen", "value", "values"]

CONNECTIONS = 8
LOOK_EVERY_SECONDS = 0.005
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
BUYERS = "SELECT customer_id FROM customers WHERE customer_type_id = 2 AND status_id = 1"
MOVERS = """
SELECT m.customer_id FROM member_periods m JOIN periods p ON p.run_id = m.run_id
WHERE p.period_id = %s AND m.level > 2 AND m.downline_count BETWEEN 1 AND 20 LIMIT 10000
"""
KINDS = {ORDER: "orders", ENROLMENT: "enrolments", MOVE: "moves"}
SEEN = """
SELECT seen FROM commission_runs JOIN periods USING (run_id) WHERE periods.period_id = %s
"""


@dataclass
class Watch:
    """A period: when events were committed, and how long each took to show there (seconds)."""

    period_id: int
    waiting: dict[int, float] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    folds: int = 0

    def shown(self, seen: str, at: float) -> None:
        """`seen` is a snapshot of the database: lowest:highest:still open."""
        low, high, open_now = seen.split(":")
        missing = set(map(int, open_now.split(","))) if open_now else set()
        for number in list(self.waiting):
            if number < int(low) or (number < int(high) and number not in missing):
                self.latencies.append(at - self.waiting.pop(number))

    def share(self, parts: float) -> float:
        """What so large a share of the events took at most."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * parts), len(ordered) - 1)]


async def happen(
    dsn: str, month: Watch, week: Watch, options: Namespace
) -> tuple[float, dict[str, int]]:
    """Commit events at a rate and wait until the last has shown; gives the seconds they took and
    how many there were of each kind."""
    watches, kinds = (month, week), dict.fromkeys(KINDS.values(), 0)
    async with AsyncExitStack() as stack:
        first, *others = [
            await stack.enter_async_context(await connect(dsn))
            for _ in range(CONNECTIONS + len(watches))
        ]
        ids = await values(first, BUYERS)
        movers = await values(first, MOVERS, month.period_id)
        looking = [
            asyncio.create_task(_look(connection, watch))
            for connection, watch in zip(others, watches, strict=False)
        ]
        queue: asyncio.Queue[tuple[str, int] | None] = asyncio.Queue()
        posting = [
            asyncio.create_task(_post(connection, queue, watches, kinds))
            for connection in (first, *others[len(watches) :])
        ]
        draw = random.Random(7)  # the same events every time
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
        while any(watch.waiting for watch in watches):  # noqa: ASYNC110 - a process works at it
            await asyncio.sleep(0.05)
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)
    return spent, kinds


async def _post(
    connection: psycopg.AsyncConnection[Any],
    queue: "asyncio.Queue[tuple[str, int] | None]",
    watches: Sequence[Watch],
    kinds: dict[str, int],
) -> None:
    """Commit events from the queue, one after the other."""
    month, week = (watch.period_id for watch in watches)
    while (event := await queue.get()) is not None:
        statement, member = event
        parameters = {"member": member, "month": month, "week": week, "pv": member % 90 + 10}
        cursor = await connection.execute(statement, parameters)
        if row := await cursor.fetchone():
            now = time.perf_counter()
            kinds[KINDS[statement]] += 1
            for watch in watches:
                watch.waiting[int(row[0])] = now


async def _look(connection: psycopg.AsyncConnection[Any], watch: Watch) -> None:
    """See what the figures of a period tell of, over and over."""
    known = ""
    while True:
        seen = await value(connection, SEEN, watch.period_id)
        watch.folds += seen != known
        known = seen
        # Always: an event may have shown before its sender knew that it was committed.
        watch.shown(seen, time.perf_counter())
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def connect(dsn: str) -> psycopg.AsyncConnection[Any]:
    return await psycopg.AsyncConnection.connect(dsn, autocommit=True)


async def value(connection: psycopg.AsyncConnection[Any], query: str, *parameters: Any) -> Any:
    row = await (await connection.execute(query, parameters)).fetchone()
    return row[0] if row else None


async def values(connection: psycopg.AsyncConnection[Any], query: str, *parameters: Any) -> Any:
    cursor = await connection.execute(query, parameters)
    return [row[0] for row in await cursor.fetchall()]
