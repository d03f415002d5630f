"""How often something may happen, in this process: sliding windows in memory.

Several server processes each hold their own windows, so the effective rate is theirs added up.
"""

import math
import time
from functools import lru_cache

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from upline.core.errors import Throttled


class RateLimiter:
    """Counts hits on (rule, who); a rule reads like "5/15 minutes"."""

    def __init__(self, *, enabled: bool = True) -> None:
        self._enabled = enabled
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def hit(self, rule: str, *who: str) -> None:
        """Count one; raises Throttled instead when the window is full. Counting and deciding are
        one step, so no burst gets past the limit."""
        if self._enabled and not await self._limiter.hit(_parse(rule), *who):
            raise await self._throttled(rule, who)

    async def require(self, rule: str, *who: str) -> None:
        """Raises Throttled when the window is full, without counting."""
        if self._enabled and not await self._limiter.test(_parse(rule), *who):
            raise await self._throttled(rule, who)

    async def clear(self, rule: str, *who: str) -> None:
        """Forget what was counted for `who`."""
        await self._limiter.clear(_parse(rule), *who)

    async def _throttled(self, rule: str, who: tuple[str, ...]) -> Throttled:
        window = await self._limiter.get_window_stats(_parse(rule), *who)
        return Throttled(max(1, math.ceil(window.reset_time - time.time())))


@lru_cache(maxsize=256)
def _parse(rule: str) -> RateLimitItem:
    return parse(rule)
