"""Counting the statements a piece of work sends: the guard against one query a row."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

# Nested transactions of the test itself.
BRACKETS = ("SAVEPOINT", "RELEASE", "ROLLBACK")


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements sent inside the block; savepoints are not among them.

    Counted at the driver, so that those that go past SQLAlchemy count as well.
    """
    seen: list[str] = []
    execute = psycopg.AsyncCursor.execute

    async def note(cursor: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        if not str(query).startswith(BRACKETS):
            seen.append(str(query))
        return await execute(cursor, query, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.AsyncCursor, "execute", note)
        yield seen
