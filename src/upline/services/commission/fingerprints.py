"""SHA-256 of what a run stored, computed by the database from its rows alone.

Taken when figures are committed and kept with the run: the auditor takes it again, in SQL, and any
row that was changed, added or lost since shows. Each comes with the columns it covers, so that a
column of a later version changes nothing about figures of before.
"""

from typing import TypedDict

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from upline.services.commission.storing import TABLES, partition_name

COLUMNS = """
SELECT array_agg(a.attname::text ORDER BY a.attname) AS fields,
       (SELECT array_agg(k.attname::text ORDER BY k.at)
        FROM (SELECT c.attname, array_position(i.indkey::smallint[], c.attnum) AS at
              FROM pg_index i JOIN pg_attribute c ON c.attrelid = i.indrelid
              WHERE i.indrelid = to_regclass(:parent) AND i.indisprimary
                AND c.attnum = ANY (i.indkey) AND c.attname <> 'run_id') k) AS keys
FROM pg_attribute a
WHERE a.attrelid = to_regclass(:part) AND a.attnum > 0 AND NOT a.attisdropped
"""
DIGEST = "SELECT encode(figures_digest(:part, :fields, :keys), 'hex')"


class Figures(TypedDict):
    """Of one table: the columns covered, the keys they are ordered by, SHA-256 in hexadecimal."""

    fields: list[str]
    keys: list[str]
    sha256: str


async def take(session: AsyncSession, run_id: int) -> dict[str, Figures]:
    """The digest of each table of figures, as commission_runs keeps them."""
    figures: dict[str, Figures] = {}
    for table in TABLES:
        part = partition_name(table, run_id)
        fields, keys = (await session.execute(text(COLUMNS), {"parent": table, "part": part})).one()
        if fields is None:
            continue  # a run without figures of this sort
        digest = await session.scalar(text(DIGEST), {"part": part, "fields": fields, "keys": keys})
        figures[table] = {"fields": fields, "keys": keys, "sha256": digest}
    return figures
