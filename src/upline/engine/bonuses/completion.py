"""Completion: an amount for every level of the payee's matrix that has been filled.

Level k of a matrix that is `width` wide is full with width ** k members. Paid once per level, or in
every period that it is full. Source of the rule: plan rules, matrix.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.lines import Sink, emit_exact
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.units import I32, I64, Bool

__all__ = ["Completion"]

SLOT = 64  # memory of level k stands in slot SLOT + k


class Params(NamedTuple):
    """able: bool[n]; due: bool[n, levels], full and not paid yet; amounts: int64[levels], 1e-4."""

    able: Bool
    due: Bool
    amounts: I64


@dataclass(frozen=True, slots=True)
class Completion:
    """amounts[level - 1] in money; counted: whoever meets this gate fills a place."""

    bonus_id: int
    amounts: I64
    width: int
    gate: Gate
    counted: Gate
    tree: str
    once: bool = True

    @property
    def levels(self) -> int:
        return len(self.amounts)

    def prepare(self, scene: Scene) -> Step:
        able = scene.passes(self.gate)
        parent, _ = scene.lineage(self.tree)
        filled = np.zeros((len(able), self.levels), np.int32)
        _fill(parent, scene.passes(self.counted), filled)
        full = np.array([min(self.width**k, 1 << 30) for k in range(1, self.levels + 1)])
        due = (filled >= full) & able[:, None]
        if self.once:
            for level in range(self.levels):
                memory = scene.memories.recall(self.bonus_id, SLOT + level)
                due[:, level] &= memory.first_period == 0
                memory.first_period[due[:, level]] = scene.snapshot.period_id
        return Step(kernel, Params(able, due, self.amounts), len(able), self.levels, able)


@njit
def _fill(parent: I32, counted: Bool, filled: I32) -> None:
    """filled[v, k] = members on level k + 1 below v."""
    for v in range(len(parent)):
        if counted[v]:
            a = parent[v]
            level = 0
            while a >= 0 and level < filled.shape[1]:
                filled[a, level] += 1
                a = parent[a]
                level += 1


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """One line per member and full level from member `start` on."""
    levels = len(p.amounts)
    room = len(sink.lines) - levels
    for v in range(start, len(p.able)):
        if not p.able[v]:
            continue
        if sink.used[0] > room:
            return v
        for level in range(levels):
            if p.due[v, level] and p.amounts[level] != 0:
                emit_exact(sink, v, v, 0, 0, level + 1, 0, 0, p.amounts[level], 0)
    return len(p.able)
