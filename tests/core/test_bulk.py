"""Bare while loading, and exactly as before afterwards."""

from typing import Any

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from upline.core.bulk import STEP, rebuilt, without_insert_triggers
from upline.core.db import raw_connection

Connection = psycopg.AsyncConnection[Any]
CATALOGUE = (
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname <> 'pg_catalog'",
    "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal",
)
SCHEMA = """
CREATE SCHEMA "odd one";
CREATE TABLE "odd one"."Parents" (
  id integer PRIMARY KEY, code text CONSTRAINT "Odd %s key" UNIQUE, note text);
CREATE TABLE "odd one".children (
  id integer PRIMARY KEY, parent integer REFERENCES "odd one"."Parents" (id)
    DEFERRABLE INITIALLY DEFERRED,
  size integer CHECK (size > 0), code text UNIQUE, ward integer);
CREATE INDEX "Partial" ON "odd one".children (lower(code)) WHERE size > 1;
ALTER TABLE "odd one".children
  ADD CONSTRAINT trusted FOREIGN KEY (ward) REFERENCES "odd one"."Parents" (id) NOT VALID;
CREATE FUNCTION "odd one".double() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN NEW.size := 2 * NEW.size; RETURN NEW; END';
CREATE FUNCTION "odd one".nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER "On insert" BEFORE INSERT ON "odd one".children
  FOR EACH ROW EXECUTE FUNCTION "odd one".double();
CREATE TRIGGER "On change" BEFORE UPDATE OR DELETE ON "odd one".children
  FOR EACH ROW EXECUTE FUNCTION "odd one".double();
CREATE TRIGGER always BEFORE INSERT ON "odd one".children
  FOR EACH STATEMENT EXECUTE FUNCTION "odd one".nothing();
ALTER TABLE "odd one".children ENABLE ALWAYS TRIGGER always;
CREATE TRIGGER off BEFORE INSERT ON "odd one".children
  FOR EACH ROW EXECUTE FUNCTION "odd one".double();
ALTER TABLE "odd one".children DISABLE TRIGGER off;
"""
PARENTS, CHILDREN = "odd one.Parents", "odd one.children"


@pytest.fixture
async def connection(session: AsyncSession) -> Connection:
    """In a transaction that is rolled back; with tables that have one of everything."""
    connection = await raw_connection(await session.connection())
    await connection.execute(SCHEMA)
    return connection


async def catalogue(connection: Connection) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for query in CATALOGUE:
        rows += sorted(await (await connection.execute(query)).fetchall())
    return rows


async def sizes(connection: Connection) -> list[int]:
    rows = await (await connection.execute('SELECT size FROM "odd one".children')).fetchall()
    return [size for (size,) in rows]


async def test_everything_stands_again_after_the_load(connection: Connection) -> None:
    before = await catalogue(connection)
    async with rebuilt(connection, [CHILDREN, PARENTS]) as emptied:
        assert emptied == {CHILDREN, PARENTS}
        during = await catalogue(connection)
        # Children first: no foreign key looks at the row any more, and no trigger.
        await connection.execute("""INSERT INTO "odd one".children VALUES (1, 7, 3, 'x')""")
        await connection.execute("""INSERT INTO "odd one"."Parents" VALUES (7, 'a', '')""")
    assert await catalogue(connection) == before
    gone = {name for _, name, _ in before} - {name for _, name, _ in during}
    assert {"children_parent_fkey", "trusted", "Partial", "Odd %s key"} <= gone
    assert {"children_pkey", "Parents_pkey"} <= gone
    assert await sizes(connection) == [3]


async def test_the_key_that_other_tables_refer_to_stays(connection: Connection) -> None:
    async with rebuilt(connection, [PARENTS]):
        names = {name for _, name, _ in await catalogue(connection)}
    assert "Parents_pkey" in names


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ("(1, 99, 1, 'x')", psycopg.errors.ForeignKeyViolation),
        ("(1, NULL, 1, 'x'), (2, NULL, 1, 'x')", psycopg.errors.UniqueViolation),
        ("(1, NULL, 1, 'x'), (1, NULL, 1, 'y')", psycopg.errors.UniqueViolation),
        ("(1, NULL, -1, 'x')", psycopg.errors.CheckViolation),
    ],
)
async def test_every_loaded_row_is_checked(
    connection: Connection, row: str, error: type[psycopg.Error]
) -> None:
    with pytest.raises(error):
        async with rebuilt(connection, [CHILDREN]):
            await connection.execute(f'INSERT INTO "odd one".children VALUES {row}')


async def test_tables_with_rows_are_left_alone(connection: Connection) -> None:
    await connection.execute("""INSERT INTO "odd one".children VALUES (1, NULL, 1, 'x')""")
    before = await catalogue(connection)
    async with rebuilt(connection, [CHILDREN]) as emptied:
        assert emptied == frozenset()
        assert await catalogue(connection) == before


async def test_triggers_on_change_stay_armed_during_the_load(connection: Connection) -> None:
    async with rebuilt(connection, [CHILDREN]):
        await connection.execute("""INSERT INTO "odd one".children VALUES (1, NULL, 5, 'x')""")
        await connection.execute("""UPDATE "odd one".children SET code = 'y'""")
    assert await sizes(connection) == [10]


async def test_triggers_alone_can_be_left_out(connection: Connection) -> None:
    before = await catalogue(connection)
    insert = """INSERT INTO "odd one".children VALUES (%s, NULL, 1, %s)"""
    await connection.execute(insert, [1, "x"])
    # A table cannot be altered while checks of its rows are put off.
    await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    async with without_insert_triggers(connection, [CHILDREN]):
        await connection.execute(insert, [2, "y"])
    await connection.execute(insert, [3, "z"])
    assert await sizes(connection) == [2, 1, 2]
    assert await catalogue(connection) == before


async def test_progress_tells_each_thing_put_back(connection: Connection) -> None:
    seen: list[tuple[str, int, int | None]] = []
    async with rebuilt(
        connection,
        [CHILDREN],
        progress=lambda step, done, total: seen.append((step, done, total)),
    ):
        assert seen == []
    assert [done for _, done, _ in seen] == list(range(len(seen)))
    assert {step for step, _, _ in seen} == {STEP}
    assert seen[-1][1] == seen[-1][2]
