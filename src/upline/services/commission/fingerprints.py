"""Seals of what a run stored: rows counted and their hashes summed, by the database, from the rows.

Taken in the transaction that stores the figures and kept with the run. Approval takes them again,
so that what is committed is what was calculated, and so does the auditor, in SQL: any row that was
changed, added or lost since shows. Each comes with the columns it covers, so that a column of a
later version changes nothing about figures of before (docs/decisions/0023-digests.md).
"""

from collections.abc import Sequence
from typing import NamedTuple, TypedDict

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from upline.core.errors import DomainError, Kind
from upline.models.commission import CommissionRun
from upline.services.commission.partitions import TABLES, partition_name

TAKE = """
SELECT t.name, f.fields, figures_print(t.part, jsonb_build_object('fields', f.fields)) AS print
FROM (SELECT name, to_regclass(part) AS part
      FROM unnest(:tables ::text[], :parts ::text[]) p (name, part)) t
CROSS JOIN LATERAL (
  SELECT array_agg(a.attname::text ORDER BY a.attname) AS fields FROM pg_attribute a
  WHERE a.attrelid = t.part AND a.attnum > 0 AND NOT a.attisdropped) f
WHERE t.part IS NOT NULL
"""
# What was recorded in an earlier way is taken in that way.
TAKE_AGAIN = """
SELECT f.key AS name,
       coalesce(f.value ->> 'print', 'sha256:' || (f.value ->> 'sha256')) AS recorded,
       coalesce(figures_print(to_regclass(f.key || '_r' || r.run_id), f.value), 'gone') AS now
FROM commission_runs r CROSS JOIN LATERAL jsonb_each(r.figures) f
WHERE r.run_id = :run_id ORDER BY f.key
"""


class Figures(TypedDict):
    """Of one table: the columns covered, and `rows:` with their number and the sum of hashes."""

    fields: list[str]
    print: str


class Taken(NamedTuple):
    """The seal of one table as it was recorded, and as its rows give it now."""

    table: str
    recorded: str
    now: str


class FiguresChanged(DomainError):
    """Somebody has been at rows that nobody changes."""

    code = "figures_changed"
    kind = Kind.CONFLICT
    message = "The figures are not those that were calculated: reject them and close again."


async def take(
    session: AsyncSession, run_id: int, tables: Sequence[str] = TABLES
) -> dict[str, Figures]:
    """The seal of each table of figures, as commission_runs keeps them."""
    parts = [partition_name(table, run_id) for table in tables]
    rows = await session.execute(text(TAKE), {"tables": list(tables), "parts": parts})
    return {row.name: {"fields": row.fields, "print": row.print} for row in rows}


async def take_again(session: AsyncSession, run_id: int) -> list[Taken]:
    """Every seal that was recorded of a run, beside what its rows give now."""
    rows = await session.execute(text(TAKE_AGAIN), {"run_id": run_id})
    return [Taken(*row) for row in rows]


async def recorded(session: AsyncSession, run_id: int) -> dict[str, Figures]:
    """The seals a run was stored with; runs that wait since an earlier version are sealed now."""
    figures: dict[str, Figures] | None = await session.scalar(
        select(CommissionRun.figures).where(CommissionRun.run_id == run_id)
    )
    return figures if figures is not None else await take(session, run_id)


async def compare(session: AsyncSession, run_id: int) -> None:
    """Make sure that the rows of a run are those it was sealed with; raises FiguresChanged."""
    if any(each.recorded != each.now for each in await take_again(session, run_id)):
        raise FiguresChanged
