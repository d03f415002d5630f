"""Where a cycle spends its time: functions timed from outside, so that the program has no clock."""

import multiprocessing
import queue
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from statistics import mean
from types import ModuleType
from typing import Any

from upline.engine import following
from upline.engine.printed_rows import PrintedRows
from upline.services.live import holding, news, publishing
from upline.services.live.news import News
from upline.services.workflows.fold_news import LivePeriod

WRITE = "write"
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
    WRITE: ((publishing, "publish"),),
}
WHOLE = "all of a cycle"
NAMES = [*STEPS, WHOLE]


@dataclass
class Cycle:
    """One cycle of a period: when it began, what was new, and seconds of processor time and by the
    clock, by step and in all; what no step has is opening and waiting for the one before."""

    period_id: int
    begun: float
    entries: int = 0
    members: int = 0
    processor: dict[str, float] = field(default_factory=dict)
    clock: dict[str, float] = field(default_factory=dict)

    def add(self, step: str, processor: float, clock: float) -> None:
        self.processor[step] = self.processor.get(step, 0.0) + processor
        self.clock[step] = self.clock.get(step, 0.0) + clock


_NOW: ContextVar[Cycle | None] = ContextVar("cycle", default=None)


class Steps:
    """Cycles timed in one process and told to another."""

    def __init__(self) -> None:
        self._told: Any = multiprocessing.get_context("spawn").Queue()

    def count(self) -> None:
        """Time this process's functions from now on."""
        for step, functions in STEPS.items():
            for owner, name in functions:
                setattr(owner, name, _timed(step, getattr(owner, name), self._tell))
        fold: Any = LivePeriod._fold  # what a cycle is

        async def cycle(period: LivePeriod) -> Any:
            _NOW.set(Cycle(period.period_id, time.perf_counter()))
            try:
                return await fold(period)
            finally:
                _NOW.set(None)

        setattr(LivePeriod, "_fold", cycle)  # noqa: B010 - checked code has no such assignment

    def _tell(self, this: Cycle, step: str) -> None:
        """What is written, beside the next cycle, ends one."""
        if step == WRITE:
            this.add(WHOLE, sum(this.processor.values()), time.perf_counter() - this.begun)
            self._told.put(this)

    def since_then(self) -> list[Cycle]:
        """The cycles that ended since the last call."""
        cycles = []
        while True:
            try:
                cycles.append(self._told.get(timeout=0.1))
            except queue.Empty:
                return cycles


def by_step(cycles: Iterable[Cycle]) -> list[tuple[str, float, float]]:
    """Each step with its processor time and its time by the clock, milliseconds a cycle."""
    cycles = list(cycles)
    if not cycles:
        return []
    return [
        (
            name,
            mean(cycle.processor.get(name, 0.0) for cycle in cycles) * 1e3,
            mean(cycle.clock.get(name, 0.0) for cycle in cycles) * 1e3,
        )
        for name in NAMES
    ]


def slowest(cycles: Iterable[Cycle], count: int) -> list[Cycle]:
    """Those that took longest, by the clock."""
    return sorted(cycles, key=lambda cycle: -cycle.clock[WHOLE])[:count]


def _timed(
    step: str, function: Callable[..., Any], tell: Callable[[Cycle, str], None]
) -> Callable[..., Any]:
    """The same function, adding what it takes to the cycle it is called in. Reading and writing go
    on beside other cycles: the processor time of one is partly that of the others."""

    def add(processor: float, clock: float, result: Any) -> None:
        if (cycle := _NOW.get()) is None:
            return
        cycle.add(step, time.thread_time() - processor, time.perf_counter() - clock)
        if isinstance(result, News):
            cycle.entries = len(result.entries)
            cycle.members = len(result.members) if result.members else 0
        tell(cycle, step)

    async def awaited(*arguments: Any, **named: Any) -> Any:
        processor, clock = time.thread_time(), time.perf_counter()
        result = await function(*arguments, **named)
        add(processor, clock, result)
        return result

    def called(*arguments: Any, **named: Any) -> Any:
        processor, clock = time.thread_time(), time.perf_counter()
        result = function(*arguments, **named)
        add(processor, clock, result)
        return result

    return awaited if iscoroutinefunction(function) else called
