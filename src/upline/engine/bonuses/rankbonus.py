"""Rank bonuses: a fixed amount for reaching a rank for the first time, or for every period in it.

Reaching several ranks at once pays each of them, lowest first, or the highest alone. A rank may
have to be held for some further periods first, be paid a limited number of times, and pay more the
longer it has been held.
Source: plan rules, rank advancement, multipliers for consecutive months and car bonuses.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upline.engine.arithmetic import product
from upline.engine.jit import njit
from upline.engine.lines import Sink, emit_exact
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.units import I16, I32, I64, NONE, RATE, Bool

__all__ = ["RankBonus"]

HELD, PAID = 128, 256  # memory: periods in a row at rank r or above, and times paid, by slot + r


class Params(NamedTuple):
    """able: bool[n]; due: int64[n, levels], money 1e-4."""

    able: Bool
    due: I64


@dataclass(frozen=True, slots=True)
class RankBonus:
    """amounts[rank] in money: `once` for every rank reached (or `highest`, of several the highest
    alone), otherwise for the one held.

    hold: further periods in a row that the rank must be held before it is paid. times: how often it
    is paid, 0 = always. multipliers: (periods in a row, rate) ascending, times the amount from then
    on. steps: (periods in a row, amount) on top, paid in the period in which the lowest paid rank
    has been held so long.
    """

    bonus_id: int
    amounts: I64
    gate: Gate
    once: bool = True
    hold: int = 0
    times: int = 0
    multipliers: tuple[tuple[int, int], ...] = ()
    steps: tuple[tuple[int, int], ...] = ()
    highest: bool = False

    @property
    def levels(self) -> int:
        """One for each rank, and one more for steps."""
        return len(self.amounts) + 1

    def prepare(self, scene: Scene) -> Step:
        able = scene.passes(self.gate)
        # Reaching a rank is an achievement; a forced rank is paid for as long as it is held.
        rank = np.where(able, scene.achieved if self.once else scene.members.rank, NONE)
        due = np.zeros((len(able), self.levels), np.int64)
        paying = np.flatnonzero(self.amounts).astype(np.int16)
        former = scene.former_rank()
        best = np.full(len(able), NONE, np.int16)  # the rank paid for, where one is
        held_for = np.zeros(len(able), np.int32)
        for r in paying:
            reached = rank >= r
            if self.hold or self.multipliers or self.steps:
                held = scene.memories.recall(self.bonus_id, HELD + int(r)).counted
                held[:] = np.where(reached, held + 1, 0)
                reached &= held > self.hold
                held_for = np.where(reached, held, held_for)
                for periods, amount in self.steps if r == paying[0] else ():
                    due[(held == periods) & (rank >= r), -1] += amount
            if not self.once:
                best[reached] = r
                continue
            if self.hold:
                paid = scene.memories.recall(self.bonus_id, PAID + int(r)).counted
                reached &= paid == 0
                paid[reached] = 1
            else:
                reached &= former < r
            if self.highest:
                due[reached, :r] = 0
            due[reached, r] = self.amounts[r]
        if not self.once:
            self._every_period(scene, best, held_for, due)
        return Step(kernel, Params(able, due), len(able), self.levels, able)

    def _every_period(self, scene: Scene, best: I16, held_for: I32, due: I64) -> None:
        """The amount of the rank held, times what the length of the row makes it."""
        for r in np.flatnonzero(self.amounts):
            now = best == r
            if self.times:
                paid = scene.memories.recall(self.bonus_id, PAID + int(r)).counted
                now &= paid < self.times
                paid[now] += 1
            factor = np.full(len(best), RATE, np.int64)
            for periods, rate in self.multipliers:
                factor[held_for >= periods] = rate
            for rate in np.unique(factor[now]):
                amount, _ = product(int(self.amounts[r]), int(rate))
                due[now & (factor == rate), r] = amount


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """One line per member and rank from member `start` on; the level is the rank's position + 1."""
    levels = p.due.shape[1]
    room = len(sink.lines) - levels
    for v in range(start, len(p.able)):
        if not p.able[v]:
            continue
        if sink.used[0] > room:
            return v
        for k in range(levels):
            if p.due[v, k] != 0:
                emit_exact(sink, v, v, 0, 0, k + 1, 0, 0, p.due[v, k], 0)
    return len(p.able)
