"""Initial loads without paying for foreign keys and indexes row by row.

A COPY into a table with foreign keys runs at a twentieth of the speed of one into a bare table.
`rebuilt` makes empty tables bare for the length of a load and puts everything back in one go, all
inside the caller's transaction: whatever goes wrong, a rollback leaves the tables as they were.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from upline.core.progress import Progress, silent

STEP = "Indexes and foreign keys"
# Sorting for an index in memory instead of in files; for this transaction only.
MAINTENANCE_MEMORY = "256MB"


@dataclass(frozen=True, slots=True)
class Dependent:
    """Something the server keeps up row by row: how to take it off and how to put it back."""

    removal: str
    restoration: str


# A key that a table not loaded here refers to stays, as does its index. Definitions include
# `NOT VALID` and `DEFERRABLE`. Percent signs of `format` are doubled for psycopg.
_FOREIGN_KEYS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
              pg_get_constraintdef(oid))
FROM pg_constraint
WHERE contype = 'f' AND conparentid = 0 AND conrelid = ANY(%(tables)s)
ORDER BY conrelid, conname
"""
_UNIQUE_KEYS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', c.conrelid::regclass, c.conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', c.conrelid::regclass, c.conname,
              pg_get_constraintdef(c.oid))
FROM pg_constraint c
WHERE c.contype IN ('p', 'u', 'x') AND c.conrelid = ANY(%(tables)s)
  AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.conindid
                  AND f.conrelid <> ALL(%(tables)s))
ORDER BY c.conrelid, c.conname
"""
_INDEXES = """
SELECT format('DROP INDEX %%s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
FROM pg_index i
WHERE i.indrelid = ANY(%(tables)s) AND NOT i.indisprimary
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
ORDER BY i.indrelid, i.indexrelid
"""
# tgtype bit 4 is INSERT: the guards against UPDATE and DELETE cost a load nothing and stay armed.
_INSERT_TRIGGERS = """
SELECT format('ALTER TABLE %%s DISABLE TRIGGER %%I', tgrelid::regclass, tgname),
       format('ALTER TABLE %%s ENABLE %%sTRIGGER %%I', tgrelid::regclass,
              CASE tgenabled WHEN 'R' THEN 'REPLICA ' WHEN 'A' THEN 'ALWAYS ' ELSE '' END, tgname)
FROM pg_trigger
WHERE NOT tgisinternal AND tgenabled <> 'D' AND (tgtype & 4) <> 0 AND tgrelid = ANY(%(tables)s)
ORDER BY tgrelid, tgname
"""
# In the order of removal: restored in the reverse one, indexes come before foreign keys.
REMOVED = (_FOREIGN_KEYS, _UNIQUE_KEYS, _INDEXES, _INSERT_TRIGGERS)


@asynccontextmanager
async def rebuilt(
    connection: psycopg.AsyncConnection[Any],
    tables: Sequence[str],
    *,
    progress: Progress = silent,
) -> AsyncIterator[frozenset[str]]:
    """Load `tables` bare; yields the names of those that were empty and are being rebuilt.

    A table that holds rows is left alone, so that small later loads do not rebuild large indexes.
    Foreign keys, keys no other table refers to, secondary indexes and triggers on INSERT are taken
    off the empty ones and put back at the end, where the server checks every loaded row against
    them. Only triggers are not made up for: the caller writes what they would have written. Others
    who use these tables, or tables they refer to, wait until the transaction ends.
    """
    empty = [table for table in tables if await _is_empty(connection, table)]
    removed: list[Dependent] = []
    if empty:
        removed = await _catalogued(connection, empty, REMOVED)
        for dependent in removed:
            await connection.execute(dependent.removal)
    yield frozenset(empty)
    if not empty:
        return
    await connection.execute(
        "SELECT set_config('maintenance_work_mem', %s, true)", [MAINTENANCE_MEMORY]
    )
    for table in empty:
        # Before the foreign keys: their check is a join, which wants to know the sizes.
        await connection.execute(sql.SQL("ANALYZE {}").format(_identifier(table)))
    for done, dependent in enumerate(reversed(removed)):
        progress(STEP, done, len(removed))
        await connection.execute(dependent.restoration)
    progress(STEP, len(removed), len(removed))


@asynccontextmanager
async def without_insert_triggers(
    connection: psycopg.AsyncConnection[Any], tables: Sequence[str]
) -> AsyncIterator[None]:
    """Load tables whose triggers would compute, row by row, what the caller has computed already.

    Unlike `rebuilt` this serves tables of any size. Nobody else can write to them until the
    transaction ends; reading goes on.
    """
    removed = await _catalogued(connection, tables, (_INSERT_TRIGGERS,))
    for dependent in removed:
        await connection.execute(dependent.removal)
    yield
    for dependent in removed:
        await connection.execute(dependent.restoration)


async def _is_empty(connection: psycopg.AsyncConnection[Any], table: str) -> bool:
    """Looks again under a lock, so that a table found empty stays so."""
    found = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(_identifier(table))
    if await _scalar(connection, found):
        return False
    await connection.execute(
        sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(_identifier(table))
    )
    return not await _scalar(connection, found)


async def _scalar(connection: psycopg.AsyncConnection[Any], query: sql.Composed) -> bool:
    cursor = await connection.execute(query)
    row = await cursor.fetchone()
    return bool(row and row[0])


async def _catalogued(
    connection: psycopg.AsyncConnection[Any], tables: Sequence[str], queries: Sequence[str]
) -> list[Dependent]:
    """What the catalogue has for `tables`; statements come ready quoted from it."""
    names = [_identifier(table).as_string() for table in tables]
    cursor = await connection.execute("SELECT %s::regclass[]::oid[]", [names])
    row = await cursor.fetchone()
    oids = row[0] if row else []
    found: list[Dependent] = []
    for query in queries:
        cursor = await connection.execute(query, {"tables": oids})
        found.extend([Dependent(*pair) for pair in await cursor.fetchall()])
    return found


def _identifier(table: str) -> sql.Composed:
    return sql.SQL(".").join(sql.Identifier(part) for part in table.split("."))
