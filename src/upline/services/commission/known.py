"""What was known when: reading for a period that closed, as of then or as of now."""

from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

__all__ = ["Connection", "Known", "read_instant"]

Connection = psycopg.AsyncConnection[Any]
# What a run with the snapshot %(seen)s could see of a row, and of the end of a stay.
SEEN_ROW: LiteralString = "pg_visible_in_snapshot((recorded_in::text)::xid8, %(seen)s::pg_snapshot)"
UNSEEN_END: LiteralString = (
    "NOT pg_visible_in_snapshot((closed_in::text)::xid8, %(seen)s::pg_snapshot)"
)
SEEN = "SELECT pg_current_snapshot()::text"


@dataclass(frozen=True, slots=True)
class Known:
    """Reading for a period that closed with `run_id`: its members are what they were then.

    With `seen` (pg_snapshot) whatever was recorded after it is left out, as if it were still then;
    without, all that became known of the period since is taken in.
    """

    run_id: int
    seen: str | None = None

    def visible(self) -> LiteralString:
        return "true" if self.seen is None else SEEN_ROW

    def unseen_end(self) -> LiteralString:
        return "false" if self.seen is None else UNSEEN_END


async def read_instant(connection: Connection) -> str:
    """The database snapshot (pg_snapshot) of the transaction."""
    row = await (await connection.execute(SEEN)).fetchone()
    assert row is not None  # noqa: S101 - a SELECT of one value has one row
    return str(row[0])
