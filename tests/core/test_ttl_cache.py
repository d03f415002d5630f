"""Kept for a while, made once, and never more than there is room for."""

import asyncio

import pytest

from upline.core.ttl_cache import TtlCache


class Maker:
    """Counts what it makes; waits for `gate` and fails while `broken`."""

    def __init__(self) -> None:
        self.made = 0
        self.broken = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> int:
        self.made += 1
        await self.gate.wait()
        if self.broken:
            raise RuntimeError
        return self.made


async def test_a_value_lasts_until_its_time_is_over() -> None:
    now, make = [0.0], Maker()
    cache: TtlCache[str, int] = TtlCache(2, 10, timer=lambda: now[0])
    assert [await cache.get("a", make) for _ in range(3)] == [1, 1, 1]
    now[0] = 10
    assert await cache.get("a", make) == 2


async def test_the_one_unused_for_longest_makes_room() -> None:
    cache: TtlCache[str, int] = TtlCache(2, 10, timer=lambda: 0)
    make = Maker()
    for key in ("a", "b", "a", "c"):
        await cache.get(key, make)
    assert make.made == 3
    assert await cache.get("a", make) == 1
    assert await cache.get("b", make) == 4


async def test_many_at_once_make_it_once() -> None:
    cache: TtlCache[str, int] = TtlCache(2, 10)
    make = Maker()
    make.gate.clear()
    asking = [asyncio.create_task(cache.get("a", make)) for _ in range(20)]
    await asyncio.sleep(0)
    make.gate.set()
    assert await asyncio.gather(*asking) == [1] * 20


async def test_failures_are_not_kept() -> None:
    cache: TtlCache[str, int] = TtlCache(2, 10)
    make = Maker()
    make.broken = True
    with pytest.raises(RuntimeError):
        await cache.get("a", make)
    make.broken = False
    assert await cache.get("a", make) == 2
