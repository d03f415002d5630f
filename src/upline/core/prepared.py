"""Statements compiled once and kept prepared by the driver: for reads that every page stands on.

SQLAlchemy still writes them; what is saved is its work at each execution, which takes longer than
the database does. Rows come straight from the driver: an attribute of SQLAlchemy's rows takes ten
times as long to read. Placeholders are PostgreSQL's own ($1), because the driver reads a long text
again at each execution to find the other kind.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from psycopg import AsyncRawCursor
from psycopg.rows import AsyncRowFactory, namedtuple_row
from sqlalchemy import BindParameter
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import ClauseElement, visitors
from sqlalchemy.sql.compiler import SQLCompiler

from upline.core.db import driver_of

Row = TypeVar("Row")

_DIALECT = postgresql.psycopg.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Text for the driver, and the names of its parameters in their order."""

    text: str
    names: tuple[str, ...]

    async def fetch_all(self, session: AsyncSession, **parameters: object) -> list[Any]:
        """All rows as named tuples; in the session's transaction."""
        return await (await self._execute(session, parameters)).fetchall()

    async def fetch_packed(self, session: AsyncSession, **parameters: object) -> list[Any]:
        """The same for rows with long byte strings, which come as they are instead of spelled."""
        return await (await self._execute(session, parameters, binary=True)).fetchall()

    async def fetch_as(
        self, make: Callable[..., Row], session: AsyncSession, **parameters: object
    ) -> list[Row]:
        """All rows as what `make` gives for the values of one, in their order."""
        cursor = await self._execute(session, parameters, lambda _: lambda values: make(*values))
        return await cursor.fetchall()

    async def fetch_one(self, session: AsyncSession, **parameters: object) -> Any:
        """The first row, or None."""
        return await (await self._execute(session, parameters)).fetchone()

    async def _execute(
        self,
        session: AsyncSession,
        parameters: dict[str, object],
        row_factory: AsyncRowFactory[Any] = namedtuple_row,
        *,
        binary: bool = False,
    ) -> AsyncRawCursor[Any]:
        cursor = AsyncRawCursor(await driver_of(session), row_factory=row_factory)
        values = [_sent(parameters[name]) for name in self.names]
        return await cursor.execute(self.text, values, prepare=True, binary=binary)


def prepare(statement: ClauseElement, **literals: object) -> Prepared:
    """The statement as the driver takes it. Keep what this returns.

    What it has as `bindparam(name, None, type_)` is asked for at each execution; all other values
    stand in the text. Those made with `literal_execute=True` get theirs here: a run's number in the
    text lets its partition be chosen once, and not be looked for among those of all runs at each
    execution.
    """
    fixed = visitors.cloned_traverse(statement, {}, {"bindparam": _stand_in_the_text})
    compiled = fixed.compile(dialect=_DIALECT)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - narrows the type
    state = compiled.construct_expanded_state(literals)
    return Prepared(state.statement, tuple(state.positiontup or ()))


def _sent(value: object) -> object:
    """Numbers as texts, which take the type the statement says.

    The driver would send each as the smallest that holds it: small and large ones as statements of
    their own, and with a cast to plan for that makes one plan for all look dearer than a new one
    each time. Of lists it looks at each for what to escape, which takes ten times as long.
    """
    if type(value) is int:
        return str(value)
    if isinstance(value, list) and all(type(each) is int for each in value):
        return f"{{{','.join(map(str, value))}}}"
    return value


def _stand_in_the_text(parameter: BindParameter[Any]) -> None:
    parameter.literal_execute |= parameter.value is not None
