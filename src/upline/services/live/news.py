"""What was recorded since a run read its inputs, found by the transactions that recorded it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg

from upline.engine.columns import AdjustmentColumns, EntryColumns, MemberColumns
from upline.engine.extras import ExtraColumns
from upline.engine.plan import Plan
from upline.services.commission import extras, known, loading, member_rows

Connection = psycopg.AsyncConnection[Any]

# The first comparison finds them in an index, the second is exact.
UNSEEN: LiteralString = (
    "{column} >= (pg_snapshot_xmin(%(seen)s::pg_snapshot)::text)::bigint"
    " AND NOT pg_visible_in_snapshot(({column}::text)::xid8, %(seen)s::pg_snapshot)"
)
UNSEEN_ROW: LiteralString = UNSEEN.format(column="recorded_in")
OWNED = "SELECT FROM customers WHERE customer_id = ANY(%(touched)s) AND owner_id IS NOT NULL"
OF_NEWS: LiteralString = (
    f"({UNSEEN.format(column='e.recorded_in')} OR e.customer_id = ANY(%(touched)s))"
)
# Whose row, or whose place in a tree, is another one.
TOUCHED: LiteralString = " UNION ".join(
    f"SELECT customer_id FROM {table} WHERE {UNSEEN.format(column=column)}"
    for table, column in (
        ("customers", "recorded_in"),
        ("placements", "recorded_in"),
        ("placements", "closed_in"),
    )
)


@dataclass(frozen=True, slots=True)
class News:
    """New entries and adjustments of a period, and the present state of members who came or are
    not what they were; `seen` is the database snapshot (pg_snapshot) they complete. extras: what
    the plan reads of the entries, and of older ones of those members. owned: whether any of them
    is another one's further position, where that matters to the plan."""

    members: MemberColumns | None
    entries: EntryColumns
    adjustments: AdjustmentColumns
    seen: str
    extras: ExtraColumns = field(default_factory=ExtraColumns)
    owned: bool = False

    def __bool__(self) -> bool:
        return bool(self.members or len(self.entries) or len(self.adjustments))


async def read(
    connection: Connection,
    plan: Plan,
    period_id: int,
    zone: str,
    previous_run: int | None,
    seen: str,
    currencies: Sequence[str],
) -> News:
    """All that the snapshot `seen` does not show; the caller's transaction is REPEATABLE READ.

    currencies: those known so far, which others are told apart by their place among."""
    parameters: dict[str, object] = {"seen": seen}
    now = await known.read_instant(connection)
    cursor = await connection.execute(TOUCHED, parameters)
    touched = [row[0] for row in await cursor.fetchall()]
    members, owned = None, False
    if touched and extras.reads_positions(plan):
        cursor = await connection.execute(OWNED, {"touched": touched})
        owned = await cursor.fetchone() is not None
    if touched:
        members, _ = await member_rows.read_members(
            connection, period_id, zone, previous_run, only=touched
        )
    return News(
        members,
        await loading.read_entries(connection, period_id, UNSEEN_ROW, parameters),
        await loading.read_adjustments(connection, period_id, UNSEEN_ROW, parameters),
        now,
        await extras.load_of_entries(
            connection,
            plan,
            period_id,
            zone,
            OF_NEWS,
            parameters | {"touched": touched},
            currencies,
        ),
        owned,
    )
