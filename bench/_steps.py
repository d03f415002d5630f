"""Where a cycle spends its time: functions timed from outside, so that the program has no clock."""

import multiprocessing
import time
from collections.abc import Callable
from inspect import iscoroutinefunction
from types import ModuleType
from typing import Any

from upline.engine import following
from upline.engine.printed_rows import PrintedRows
from upline.services.live import holding, news, publishing

# Each step with the functions it consists of; none of them calls one of another step.
STEPS: dict[str, tuple[tuple[ModuleType | type, str], ...]] = {
    "read the news": ((news, "read"),),
    "work them into the snapshot": (
        (holding, "graft"),
        (holding, "_with_extras"),
        (holding, "with_entries"),
        (holding, "with_adjustments"),
    ),
    "volumes and ranks": ((following, "measure_again"),),
    "bonuses": ((following, "pay_again"),),
    "items and checks": ((following, "settle"),),
    "labels": ((holding, "_relabelled"),),
    "compare": (
        (holding, "mark_sizes"),
        (holding, "mark_figures"),
        (holding, "mark_legs"),
        (PrintedRows, "replace"),
    ),
    "write": ((publishing, "publish"),),
}


class Steps:
    """Seconds of processor time and by the clock, two for each step, and at the end the number of
    cycles; counted in one process and read in another."""

    def __init__(self) -> None:
        self._seconds: Any = multiprocessing.get_context("spawn").Array("d", 2 * len(STEPS) + 1)

    def count(self) -> None:
        """Time this process's functions from now on."""
        for place, functions in enumerate(STEPS.values()):
            for owner, name in functions:
                setattr(owner, name, self._timed(getattr(owner, name), 2 * place))

    def so_far(self) -> list[float]:
        """All of them as they stand."""
        return list(self._seconds)

    def _timed(self, function: Callable[..., Any], place: int) -> Callable[..., Any]:
        def add(processor: float, clock: float) -> None:
            self._seconds[place] += time.thread_time() - processor
            self._seconds[place + 1] += time.perf_counter() - clock
            if place == 2 * (len(STEPS) - 1):
                self._seconds[-1] += 1  # what is written ends a cycle

        async def awaited(*arguments: Any, **named: Any) -> Any:
            processor, clock = time.thread_time(), time.perf_counter()
            try:
                return await function(*arguments, **named)
            finally:
                add(processor, clock)

        def called(*arguments: Any, **named: Any) -> Any:
            processor, clock = time.thread_time(), time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                add(processor, clock)

        return awaited if iscoroutinefunction(function) else called


def by_cycle(before: list[float], after: list[float]) -> list[tuple[str, float, float]]:
    """Each step with its processor time and its time by the clock, milliseconds a cycle."""
    spent = [late - early for early, late in zip(before, after, strict=True)]
    cycles = max(spent.pop(), 1)
    pairs = [
        (spent[k] / cycles * 1e3, spent[k + 1] / cycles * 1e3) for k in range(0, len(spent), 2)
    ]
    pairs.append((sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)))
    return [(name, *pair) for name, pair in zip([*STEPS, "all of a cycle"], pairs, strict=True)]
