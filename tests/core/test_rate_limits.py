import asyncio

import pytest

from upline.core.errors import Throttled
from upline.core.rate_limits import RateLimiter

RULE = "5/15 minutes"


class Timer:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


async def _hits(limiter: RateLimiter, count: int, who: str = "a") -> int:
    answers = await asyncio.gather(
        *(limiter.hit(RULE, who) for _ in range(count)), return_exceptions=True
    )
    return sum(answer is None for answer in answers)


async def test_a_burst_never_exceeds_the_limit() -> None:
    assert await _hits(RateLimiter(), 50) == 5


async def test_the_window_moves() -> None:
    timer = Timer()
    limiter = RateLimiter(timer=timer)
    assert await _hits(limiter, 3) == 3
    timer.seconds += 600
    assert await _hits(limiter, 9) == 2
    timer.seconds += 300  # the first three are 15 minutes old
    assert await _hits(limiter, 9) == 3


async def test_throttled_says_when_to_come_back() -> None:
    timer = Timer()
    limiter = RateLimiter(timer=timer)
    await _hits(limiter, 5)
    timer.seconds += 100.5
    with pytest.raises(Throttled) as refused:
        await limiter.hit(RULE, "a")
    assert refused.value.retry_after == 800


async def test_callers_do_not_share_windows() -> None:
    limiter = RateLimiter()
    assert await _hits(limiter, 9, "a") == 5
    assert await _hits(limiter, 9, "b") == 5
    await limiter.clear(RULE, "a")
    assert await _hits(limiter, 1, "a") == 1


async def test_require_counts_nothing() -> None:
    limiter = RateLimiter()
    for _ in range(9):
        await limiter.require(RULE, "a")
    assert await _hits(limiter, 9) == 5
    with pytest.raises(Throttled):
        await limiter.require(RULE, "a")


async def test_disabled_limits_let_everything_pass() -> None:
    assert await _hits(RateLimiter(enabled=False), 50) == 50


async def test_windows_nobody_uses_any_more_are_forgotten() -> None:
    timer = Timer()
    limiter = RateLimiter(timer=timer)
    for number in range(5_000):
        await limiter.hit("1/second", str(number))
        timer.seconds += 0.01
    assert len(limiter._windows) < 3_000
