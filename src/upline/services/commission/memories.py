"""What bonuses remember from run to run: read from the run before, written with the figures.

Most plans remember nothing: their runs have no partition of `bonus_memories` at all.
"""

from typing import Any

import psycopg

from upline.core.copy import Column, Kind, read_columns
from upline.engine.memory import MemoryColumns
from upline.engine.result import Result
from upline.engine.snapshot import Snapshot

__all__ = ["load_memories", "memory_columns"]

MEMORIES = """
SELECT customer_id, bonus_id, slot, first_period_id, counted, total, link_id
FROM bonus_memories WHERE run_id = %(run_id)s
"""


async def load_memories(
    connection: psycopg.AsyncConnection[Any], run_id: int | None
) -> MemoryColumns:
    """What a run left behind; nothing before the first."""
    rows = await read_columns(
        connection,
        MEMORIES,
        {
            "customer_id": Kind.BIGINT,
            "bonus_id": Kind.SMALLINT,
            "slot": Kind.SMALLINT,
            "first_period_id": Kind.INTEGER,
            "counted": Kind.INTEGER,
            "total": Kind.NUMERIC,
            "link_id": Kind.BIGINT,
        },
        {"run_id": run_id},
    )
    return MemoryColumns(*rows.values())


def memory_columns(snapshot: Snapshot, result: Result) -> list[Column]:
    """Rows of `bonus_memories`."""
    rows = result.memories
    return [
        Column("customer_id", Kind.BIGINT, snapshot.customer_id[rows.member]),
        Column("bonus_id", Kind.SMALLINT, rows.bonus_id),
        Column("slot", Kind.SMALLINT, rows.slot),
        Column("first_period_id", Kind.INTEGER, rows.first_period),
        Column("counted", Kind.INTEGER, rows.counted),
        Column("total", Kind.NUMERIC, rows.total),
        Column("link_id", Kind.BIGINT, rows.link),
    ]
