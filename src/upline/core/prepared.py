"""Statements compiled once and kept prepared by the driver: for reads that every page stands on.

SQLAlchemy still writes them; what is saved is its work at each execution, which takes longer than
the database does. Rows come straight from the driver: an attribute of SQLAlchemy's rows takes ten
times as long to read.
"""

from dataclasses import dataclass
from typing import Any

from psycopg.rows import namedtuple_row
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from upline.core.db import raw_connection

_PSYCOPG = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Text for the driver, and the parameters of it that are always the same."""

    text: str
    constants: dict[str, object]

    async def fetch_all(self, session: AsyncSession, **parameters: object) -> list[Any]:
        """All rows as named tuples; in the session's transaction."""
        connection = await raw_connection(await session.connection())
        cursor = connection.cursor(row_factory=namedtuple_row)
        await cursor.execute(self.text, self.constants | parameters, prepare=True)
        return await cursor.fetchall()

    async def fetch_one(self, session: AsyncSession, **parameters: object) -> Any:
        """The first row, or None."""
        connection = await raw_connection(await session.connection())
        cursor = connection.cursor(row_factory=namedtuple_row)
        await cursor.execute(self.text, self.constants | parameters, prepare=True)
        return await cursor.fetchone()


def prepare(statement: ClauseElement, **literals: object) -> Prepared:
    """The statement as the driver takes it. Keep what this returns.

    What it has as `bindparam(name, None, type_)` is asked for at each execution. Those made with
    `literal_execute=True` get their value here and stand in the text: a run's number there lets its
    partition be chosen once, and not be looked for among those of all runs at each execution.
    """
    compiled = statement.compile(dialect=_PSYCOPG)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - narrows the type
    state = compiled.construct_expanded_state(literals)
    given = {name: value for name, value in state.parameters.items() if value is not None}
    return Prepared(state.statement, given)
