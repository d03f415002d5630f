"""Values kept in this process: made once however many ask at once, within a fixed room."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """As many values as fit `capacity`, each taking what `size` tells (1 unless it is given); the
    one unused for longest makes room. Whoever asks says whether a kept one is good enough.

    Failures are not kept. Who asks while a value is being made waits for it and, if that fails,
    makes it themselves: a caller's cancelled request never fails another's.
    """

    def __init__(self, capacity: int, size: Callable[[Value], int] = lambda _: 1) -> None:
        self._capacity = capacity
        self._size = size
        self._taken = 0
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._making: dict[Key, asyncio.Lock] = {}

    async def get(
        self, key: Key, make: Callable[[], Awaitable[Value]], is_good: Callable[[Value], bool]
    ) -> Value:
        """The value kept for `key` if it is good, else the one `make` gives."""
        if (value := self.find(key, is_good)) is not None:
            return value
        lock = self._making.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                value = self.find(key, is_good)
                if value is None:
                    value = await make()
                    self._keep(key, value)
        finally:
            if not lock.locked():
                self._making.pop(key, None)
        return value

    def find(self, key: Key, is_good: Callable[[Value], bool]) -> Value | None:
        """What is kept for `key`, if it is good."""
        value = self._values.get(key)
        if value is None or not is_good(value):
            return None
        self._values.move_to_end(key)
        return value

    def _keep(self, key: Key, value: Value) -> None:
        if key in self._values:
            self._taken -= self._size(self._values.pop(key))
        self._values[key] = value
        self._taken += self._size(value)
        while self._taken > self._capacity:
            _, oldest = self._values.popitem(last=False)
            self._taken -= self._size(oldest)
