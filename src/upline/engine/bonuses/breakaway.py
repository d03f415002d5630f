"""Breakaway: a leader's override on the groups of the leaders who broke away below him.

Worked out from the bottom up. Every leader's group earns `rate` for the next leader above. A leader
whose own group earns less than the floor must make the difference up out of what he gets himself,
so that his upline is paid the floor as long as there is enough below. Whoever does not qualify
keeps nothing: all of it goes up. Source of the rule: plan rules, breakaway (leadership bonus with a
guaranteed floor, computed bottom-up).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upline.engine.arithmetic import product
from upline.engine.jit import njit
from upline.engine.lineage import nearest
from upline.engine.lines import Sink, emit, emit_exact
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.units import I32, I64, Bool

__all__ = ["Breakaway"]


class Params(NamedTuple):
    """able, leader: bool[n]; upper: int32[n], next leader above; group: int64[n], volume of a
    leader's own group; extra: int64[n, 2], exact limbs of what goes up beside the group's own part,
    out of what the leader received; tree_level: int32[n], depth in the tree."""

    able: Bool
    leader: Bool
    upper: I32
    group: I64
    extra: I64
    rate: int
    tree_level: I32


@dataclass(frozen=True, slots=True)
class Breakaway:
    """rate in millionths of a broken-away group's volume; leaders hold at least the rank `leader`;
    floor: guaranteed to the upline for every leader, money 1e-4."""

    bonus_id: int
    gate: Gate
    leader: int
    rate: int
    floor: int = 0
    tree: str = "sponsor"
    volume: str = "commission"

    @property
    def levels(self) -> int:
        return 3

    def prepare(self, scene: Scene) -> Step:
        m = scene.members
        able = scene.passes(self.gate) & (m.rank >= self.leader)
        leader = m.rank >= self.leader
        parent, order = scene.lineage(self.tree)
        upper = nearest(parent, order, leader.astype(np.int16), 1)[:, 0].copy()
        group = np.zeros(len(able), np.int64)
        volume = scene.volume(self.volume)
        head = np.where(leader, np.arange(len(able)), upper)
        np.add.at(group, head[head >= 0], volume[head >= 0])
        extra = np.zeros((len(able), 2), np.int64)
        received = np.zeros((len(able), 2), np.int64)
        _pass_up(order, upper, leader, able, group, self.rate, self.floor, received, extra)
        params = Params(able, leader, upper, group, extra, self.rate, scene.depths(self.tree))
        return Step(kernel, params, len(able), 3, able)


@njit
def _pass_up(
    order: I32,
    upper: I32,
    leader: Bool,
    able: Bool,
    group: I64,
    rate: int,
    floor: int,
    received: I64,
    extra: I64,
) -> None:
    """Fill `extra`, last to first: what each leader hands on of what he received."""
    for k in range(len(order) - 1, -1, -1):
        v = order[k]
        u = upper[v]
        if not leader[v] or u < 0:
            continue
        high, low = product(group[v], rate)
        if not able[v]:
            extra[v, 0] = received[v, 0]
            extra[v, 1] = received[v, 1]
        elif high < floor:
            missing_high = floor - high
            missing_low = -low
            if missing_low < 0:
                missing_high -= 1
                missing_low += 1_000_000
            got_high = received[v, 0]
            got_low = received[v, 1]
            if got_high < 0:
                got_high = 0
                got_low = 0
            if got_high < missing_high or (got_high == missing_high and got_low < missing_low):
                missing_high = got_high
                missing_low = got_low
            extra[v, 0] = missing_high
            extra[v, 1] = missing_low
        received[u, 0] += high + extra[v, 0]
        received[u, 1] += low + extra[v, 1]
        while received[u, 1] >= 1_000_000:
            received[u, 1] -= 1_000_000
            received[u, 0] += 1


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """By leader below: level 1, his group; level 2, what he adds from below; level 3, against the
    leader himself, what he pays over."""
    room = len(sink.lines) - 3
    for v in range(start, len(p.group)):
        if not p.leader[v]:
            continue
        if sink.used[0] > room:
            return v
        u = p.upper[v]
        if u < 0:
            continue
        added = p.extra[v, 0] != 0 or p.extra[v, 1] != 0
        if p.able[u]:
            steps = p.tree_level[v] - p.tree_level[u]
            if p.group[v] != 0:
                emit(sink, u, v, 0, steps, 1, p.group[v], p.rate)
            if added:
                emit_exact(sink, u, v, 0, steps, 2, 0, 0, p.extra[v, 0], p.extra[v, 1])
        if added and p.able[v]:
            emit_exact(sink, v, v, 0, 0, 3, 0, 0, -p.extra[v, 0], -p.extra[v, 1])
    return len(p.group)
