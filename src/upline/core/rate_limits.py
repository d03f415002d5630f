"""How often something may happen, in this process: exact moving windows in memory.

The notation ("5/15 minutes") is that of the `limits` package, but not its asyncio memory store:
that one walks all keys, with a thread each, on every hit. Several server processes each hold their
own windows, so the effective rate is theirs added up; the methods are coroutines so that a shared
store can take this one's place.
"""

import math
import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache

from limits import RateLimitItem, parse

from upline.core.errors import Throttled

_SWEEP_FROM = 1_024

Window = deque[float]


class RateLimiter:
    """Counts hits on (rule, who)."""

    def __init__(
        self, *, enabled: bool = True, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._enabled = enabled
        self._timer = timer
        self._windows: dict[tuple[str, ...], Window] = {}
        self._sweep_at = _SWEEP_FROM

    async def hit(self, rule: str, *who: str) -> None:
        """Count one; raises Throttled instead when the window is full. Counting and deciding are
        one step, so no burst gets past the limit."""
        if self._enabled:
            self._require_room(rule, who).append(self._timer())

    async def require(self, rule: str, *who: str) -> None:
        """Raises Throttled when the window is full, without counting."""
        if self._enabled:
            self._require_room(rule, who)

    async def clear(self, rule: str, *who: str) -> None:
        """Forget what was counted for `who`."""
        self._windows.pop((rule, *who), None)

    def _require_room(self, rule: str, who: tuple[str, ...]) -> Window:
        limit = _parse(rule)
        if len(self._windows) >= self._sweep_at:
            self._sweep()
        window = self._windows.setdefault((rule, *who), deque())
        now = self._timer()
        while window and window[0] <= now - limit.get_expiry():
            window.popleft()
        if len(window) >= limit.amount:
            raise Throttled(max(1, math.ceil(window[0] + limit.get_expiry() - now)))
        return window

    def _sweep(self) -> None:
        """Drop windows nobody hit for their whole length; the next sweep is due at twice the rest,
        so that sweeping costs a constant share of the hits."""
        now = self._timer()
        for key, window in list(self._windows.items()):
            if not window or window[-1] <= now - _parse(key[0]).get_expiry():
                del self._windows[key]
        self._sweep_at = max(_SWEEP_FROM, 2 * len(self._windows))


@lru_cache(maxsize=256)
def _parse(rule: str) -> RateLimitItem:
    return parse(rule)
