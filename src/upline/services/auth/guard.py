"""Checking secrets without being worn down: counted first, then hashed, then remembered.

An account is throttled per address, so that strangers cannot lock its owner out; a far higher
ceiling on failures from everywhere stops guessing by many.
"""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from upline.core.passwords import PasswordHasher, Verified
from upline.core.rate_limits import RateLimiter

FAILURES_PER_ACCOUNT = "100/hour"
REMEMBERED_SECONDS = 300.0
MOST_REMEMBERED = 50_000


class VerifiedPasswords:
    """Passwords that passed the slow check lately, as keyed digests in this process's memory.

    Clients that log in for every page then pay one Argon2 each few minutes. The key never leaves
    the process; a new epoch (password change) makes older entries unreachable.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._key = secrets.token_bytes(32)
        self._timer = timer
        self._until: dict[bytes, float] = {}

    def knows(self, account: str, epoch: int, password: str) -> bool:
        return self._until.get(self._digest(account, epoch, password), 0.0) > self._timer()

    def remember(self, account: str, epoch: int, password: str) -> None:
        if len(self._until) >= MOST_REMEMBERED:
            self._until.clear()
        self._until[self._digest(account, epoch, password)] = self._timer() + REMEMBERED_SECONDS

    def _digest(self, account: str, epoch: int, password: str) -> bytes:
        message = f"{account}\0{epoch}\0{password}".encode()
        return hmac.digest(self._key, message, hashlib.sha256)


@dataclass(frozen=True, slots=True)
class Guard:
    """What every check of a secret goes through; `per_…` are rates like "5/15 minutes"."""

    passwords: PasswordHasher
    limiter: RateLimiter
    per_account: str
    per_address: str
    verified: VerifiedPasswords = field(default_factory=VerifiedPasswords)
    turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def check(
        self, account: str, peer: str, password: str, stored: str | None, epoch: int = 0
    ) -> Verified:
        """Whether `password` fits the `stored` hash (None: no such account, same effort).

        Raises Throttled before any hashing. The memory of verified passwords is asked only after
        the attempt is counted, or it would answer guesses for free.
        """
        await self.limiter.require(self.per_address, "address", peer)
        await self.limiter.require(FAILURES_PER_ACCOUNT, "account", account)
        await self.limiter.require(self.per_account, "account", account, peer)
        # One attempt at a time: a client that logs in for several pages at once would otherwise be
        # counted out before its first log-in has succeeded.
        async with self.turns.setdefault(f"{account}\0{peer}", asyncio.Lock()):
            return await self._check_counted(account, peer, password, stored, epoch)

    async def _check_counted(
        self, account: str, peer: str, password: str, stored: str | None, epoch: int
    ) -> Verified:
        await self.limiter.hit(self.per_account, "account", account, peer)
        known = stored is not None and self.verified.knows(account, epoch, password)
        result = Verified(ok=True) if known else await self.passwords.verify(password, stored)
        if result.ok:
            await self.limiter.clear(self.per_account, "account", account, peer)
            self.verified.remember(account, epoch, password)
        else:
            await self.limiter.hit(self.per_address, "address", peer)
            await self.limiter.hit(FAILURES_PER_ACCOUNT, "account", account)
        return result
