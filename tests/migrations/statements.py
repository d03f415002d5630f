"""Running SQL that must be refused, and telling by which rule it was."""

from collections.abc import Mapping
from typing import Any

from psycopg import Error
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession


async def run(session: AsyncSession, statement: str, **values: object) -> list[Any]:
    """Run it; rows as tuples when it returns any."""
    result = await session.execute(text(statement), values)
    return [tuple(row) for row in result] if result.returns_rows else []


async def refusal(
    session: AsyncSession, statement: str, values: Mapping[str, object] | None = None
) -> str | None:
    """The name of the rule that refuses `statement`, at the latest when the transaction ends;
    None when none does. Whatever it did is undone."""
    savepoint = await session.begin_nested()
    try:
        await session.execute(text(statement), dict(values or {}))
        await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    except DBAPIError as error:
        return _rule(error.orig)
    finally:
        await savepoint.rollback()
    return None


def _rule(error: object) -> str | None:
    return error.diag.constraint_name or error.sqlstate if isinstance(error, Error) else None
