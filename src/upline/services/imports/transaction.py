"""How every import begins and ends: alone, without time limits, and with a trace of itself."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg

from upline.core.context import Context
from upline.core.db import raw_connection
from upline.services.audit import trail
from upline.services.imports.report import ChangedMeanwhile, ImportRunning
from upline.services.imports.staging import Connection

# Namespace and number of the advisory lock that imports hold until they commit.
LOCK = (1431325701, 1)
# Sorting millions of rows in memory where it fits; for this transaction only.
SETTINGS = {"work_mem": "256MB", "statement_timeout": "0", "jit": "off"}


@asynccontextmanager
async def importing(ctx: Context) -> AsyncIterator[Connection]:
    """The driver's connection under the session, with the import lock held.

    Raises ImportRunning when another import holds it, and ChangedMeanwhile when somebody else
    took what the file needs between the checks and the writes.
    """
    connection = await raw_connection(await ctx.session.connection())
    cursor = await connection.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", LOCK)
    row = await cursor.fetchone()
    if not (row and row[0]):
        raise ImportRunning
    for name, value in SETTINGS.items():
        await connection.execute("SELECT set_config(%s, %s, true)", [name, value])
    try:
        yield connection
    except (psycopg.errors.UniqueViolation, psycopg.errors.ForeignKeyViolation) as error:
        raise ChangedMeanwhile from error


async def record(ctx: Context, kind: str, path: Path, stored: Mapping[str, int]) -> None:
    """Say in the audit trail which file was imported, and what it brought."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    detail = {"sha256": digest, **stored}
    await trail.record(ctx, f"import.{kind}", path.name, detail)


async def advance_sequence(connection: Connection, table: str, column: str) -> None:
    """Let the next id given out follow the highest one imported.

    Sequences are not rolled back, so this comes last; a gap is all that a failure leaves.
    """
    await connection.execute(
        "SELECT setval(s.name, m.highest) FROM pg_get_serial_sequence(%s, %s) AS s (name),"
        f" (SELECT max({column}) AS highest FROM {table}) m"
        " WHERE m.highest > coalesce(pg_sequence_last_value(s.name::regclass), 0)",
        [table, column],
    )
