"""Password hashing off the event loop, in a pool that refuses instead of queueing without end.

Argon2id takes tens of milliseconds of one core on purpose. Threads do run in parallel here: the
library releases the interpreter lock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import anyio.to_thread
from passlib.context import CryptContext

from upline.core.errors import DomainError, Kind

MINIMUM_LENGTH = 8
MAXIMUM_LENGTH = 128
_WAITING_PER_WORKER = 16
# The hash of a random text nobody kept, under today's parameters: work for unknown accounts.
DECOY = (
    "$argon2id$v=19$m=19456,t=2,p=1$NwYgBIBwznlPCQHgXIsx5g$2uE0UB"
    "f786XoXgLzDNt4HgHZEy7/87KPVqY0RKutH2I"
)

T = TypeVar("T")


class TooBusy(DomainError):
    """More passwords are waiting to be checked than we could answer in time."""

    code = "busy"
    kind = Kind.UNAVAILABLE
    message = "The service is busy. Try again shortly."


@dataclass(frozen=True, slots=True)
class Verified:
    """`new_hash` is set when the stored one is of an older kind and should be replaced."""

    ok: bool
    new_hash: str | None = None


class PasswordHasher:
    """Argon2id, 19 MiB, two passes, one lane: the least OWASP recommends."""

    def __init__(self, workers: int = 2, waiting: int | None = None) -> None:
        self._context = CryptContext(
            schemes=["argon2"],
            argon2__type="ID",
            argon2__memory_cost=19_456,
            argon2__time_cost=2,
            argon2__parallelism=1,
        )
        self._threads = anyio.CapacityLimiter(workers)
        self._most = workers + (workers * _WAITING_PER_WORKER if waiting is None else waiting)
        self._running = 0

    async def hash(self, password: str) -> str:
        return await self._run(lambda: str(self._context.hash(password)))

    async def verify(self, password: str, stored: str | None) -> Verified:
        """Check `password`; with no stored hash the same work is done and the answer is no, so
        that an unknown account takes as long as a wrong password."""
        return await self._run(lambda: self._verify(password, stored))

    def hash_now(self, password: str) -> str:
        """For commands without an event loop to protect."""
        return str(self._context.hash(password))

    def _verify(self, password: str, stored: str | None) -> Verified:
        if stored is None or len(password) > MAXIMUM_LENGTH:
            self._context.verify(password[:MAXIMUM_LENGTH], DECOY)
            return Verified(ok=False)
        ok, new_hash = self._context.verify_and_update(password, stored)
        return Verified(bool(ok), new_hash)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._running >= self._most:
            raise TooBusy
        self._running += 1
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._threads)
        finally:
            self._running -= 1
