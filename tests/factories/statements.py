"""Counting the statements a piece of work sends: the guard against one query a row."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession


@contextmanager
def counted(session: AsyncSession) -> Iterator[list[str]]:
    """The statements `session` sends inside the block; savepoints are not among them."""
    bind = session.sync_session.get_bind()
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(bind, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(bind, "before_cursor_execute", note)
