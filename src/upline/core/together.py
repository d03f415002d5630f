"""Several things at once, of which none outlives the others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["together"]


@asynccontextmanager
async def together() -> AsyncIterator[asyncio.TaskGroup]:
    """A group of tasks, all over when the block ends; the first that fails ends the others, and its
    error is raised as if it had been alone."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
        return
    except BaseExceptionGroup as failed:
        failure = failed.exceptions[0]
    raise failure
