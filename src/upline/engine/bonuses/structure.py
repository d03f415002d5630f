"""Structure: a fixed amount for a team built of teams, such as three who each have three.

Whoever has `count` frontline members who are counted holds the first step; whoever has `count` who
hold a step themselves holds the next one. Only the highest step held is paid. Source of the rule:
plan rules, bonuses that ask for a set leg structure.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.lines import Sink, emit_exact
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.units import I16, I32, I64, Bool

__all__ = ["Structure"]


class Params(NamedTuple):
    """able: bool[n]; step: int16[n], the highest held, 0 for none; amounts: int64[steps], 1e-4."""

    able: Bool
    step: I16
    amounts: I64


@dataclass(frozen=True, slots=True)
class Structure:
    """amounts[step - 1] in money; counted: what a frontline member must have to count, and every
    holder of a step below the payee."""

    bonus_id: int
    amounts: I64
    count: int
    gate: Gate
    counted: Gate
    tree: str = "sponsor"

    @property
    def levels(self) -> int:
        return len(self.amounts)

    def prepare(self, scene: Scene) -> Step:
        able = scene.passes(self.gate)
        counted = scene.passes(self.counted)
        parent, order = scene.lineage(self.tree)
        step = np.zeros(len(able), np.int16)
        below = np.zeros((len(able), self.levels), np.int32)
        _build(parent, order, counted, able, self.count, below, step)
        return Step(kernel, Params(able, step, self.amounts), len(able), 1, able)


@njit
def _build(
    parent: I32, order: I32, counted: Bool, able: Bool, count: int, below: I32, step: I16
) -> None:
    """Last to first: below[v, k] = frontline members of v who hold at least step k."""
    steps = below.shape[1]
    for k in range(len(order) - 1, -1, -1):
        v = order[k]
        held = 0
        while held < steps and below[v, held] >= count:
            held += 1
        step[v] = held if able[v] else 0
        p = parent[v]
        if p >= 0 and counted[v]:
            for level in range(min(step[v] + 1, steps)):
                below[p, level] += 1


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """At most one line per member from member `start` on; the level is the step."""
    room = len(sink.lines) - 1
    for v in range(start, len(p.able)):
        if p.step[v] == 0 or p.amounts[p.step[v] - 1] == 0:
            continue
        if sink.used[0] > room:
            return v
        emit_exact(sink, v, v, 0, 0, p.step[v], 0, 0, p.amounts[p.step[v] - 1], 0)
    return len(p.able)
