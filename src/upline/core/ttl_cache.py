"""Answers kept for a short time in this process: few, made once however many ask at once."""

import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from upline.core.kept import Kept

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Timed(Generic[Value]):
    value: Value
    until: float


class TtlCache(Generic[Key, Value]):
    """Keeps `capacity` values for `seconds`, as Kept does."""

    def __init__(
        self, capacity: int, seconds: float, *, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._timer = timer
        self._kept: Kept[Key, _Timed[Value]] = Kept(capacity)

    async def get(self, key: Key, make: Callable[[], Awaitable[Value]]) -> Value:
        """The value kept for `key`, or the one `make` gives."""

        async def make_timed() -> _Timed[Value]:
            value = await make()
            return _Timed(value, self._timer() + self._seconds)

        timed = await self._kept.get(key, make_timed, lambda kept: kept.until > self._timer())
        return timed.value
