"""Answers kept for a short time in this process: few, made once however many ask at once."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Value]):
    value: Value
    until: float


class TtlCache(Generic[Key, Value]):
    """Keeps `capacity` values for `seconds`; the one unused for longest makes room.

    Failures are not kept. Who asks while a value is being made waits for it and, if that fails,
    makes it themselves: a caller's cancelled request never fails another's.
    """

    def __init__(
        self, capacity: int, seconds: float, *, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._capacity = capacity
        self._seconds = seconds
        self._timer = timer
        self._kept: OrderedDict[Key, _Kept[Value]] = OrderedDict()
        self._making: dict[Key, asyncio.Lock] = {}

    async def get(self, key: Key, make: Callable[[], Awaitable[Value]]) -> Value:
        """The value kept for `key`, or the one `make` gives."""
        found = self._find(key)
        if found is not None:
            return found.value
        lock = self._making.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                found = self._find(key)
                if found is not None:
                    return found.value
                value = await make()
                self._keep(key, value)
                return value
        finally:
            if not lock.locked():
                self._making.pop(key, None)

    def _find(self, key: Key) -> _Kept[Value] | None:
        kept = self._kept.get(key)
        if kept is None or kept.until <= self._timer():
            return None
        self._kept.move_to_end(key)
        return kept

    def _keep(self, key: Key, value: Value) -> None:
        self._kept[key] = _Kept(value, self._timer() + self._seconds)
        self._kept.move_to_end(key)
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)
