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
    """able: bool[n]; step: int16[n], the highest held, 0 for none; times: int32[n], how often;
    begun: int16[n], that of a further team beside them; amounts: int64[steps], 1e-4."""

    able: Bool
    step: I16
    times: I32
    begun: I16
    amounts: I64


@dataclass(frozen=True, slots=True)
class Structure:
    """amounts[step - 1] in money; counted: what a frontline member must have to count, and every
    holder of a step below the payee. repeats: whoever has built all steps may begin again with
    further frontline members."""

    bonus_id: int
    amounts: I64
    count: int
    gate: Gate
    counted: Gate
    tree: str = "sponsor"
    repeats: bool = False

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
        times, begun = (step > 0).astype(np.int32), np.zeros(len(able), np.int16)
        if self.repeats:
            _again(self.count, below, step, times, begun)
        return Step(kernel, Params(able, step, times, begun, self.amounts), len(able), 2, able)


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
def _again(count: int, below: I32, step: I16, times: I32, begun: I16) -> None:
    """How often all steps are built, and how far whoever stands beside those teams."""
    steps = below.shape[1]
    for v in range(len(step)):
        if step[v] == steps:
            times[v] = below[v, steps - 1] // count
            used = times[v] * count
            held = 0
            while held < steps - 1 and below[v, held] - used >= count:
                held += 1
            begun[v] = held


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """At most two lines per member from member `start` on; the level is the step."""
    room = len(sink.lines) - 2
    for v in range(start, len(p.able)):
        if p.step[v] == 0:
            continue
        if sink.used[0] > room:
            return v
        amount = p.amounts[p.step[v] - 1] * p.times[v]
        if amount != 0:
            emit_exact(sink, v, v, 0, 0, p.step[v], 0, 0, amount, 0)
        if p.begun[v] > 0 and p.amounts[p.begun[v] - 1] != 0:
            emit_exact(sink, v, v, 0, 0, p.begun[v], 0, 0, p.amounts[p.begun[v] - 1], 0)
    return len(p.able)
