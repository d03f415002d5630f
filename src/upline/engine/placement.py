"""Trees that a plan computes from who brought whom and when: forced matrices and pass-ups.

Enrolment order is the period of enrolment, then the customer id, and nobody is placed before the
one above him. Customers take no place: they stay with whoever has them.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from upline.engine.jit import njit_allocating
from upline.engine.lineage import nearest
from upline.engine.units import I32, I64, Bool

__all__ = ["Matrix", "PassUp", "Tree"]


class Tree(Protocol):
    """Data of a computed tree."""

    def parents(self, scene: Any) -> I32:
        """Position of everybody's parent, -1 for roots; int32[n]."""
        ...


@dataclass(frozen=True, slots=True)
class Matrix:
    """A forced matrix: `width` places under everybody, filled breadth first.

    A new member gets the first free place in his sponsor's organization: the nearest level with
    one, from the left. `source`: the tree that says who the sponsor is.
    """

    width: int
    source: str = "sponsor"

    def parents(self, scene: Any) -> I32:
        above, _ = _members_above(scene, self.source)
        out = above.copy()
        taken = scene.members.is_customer
        _spill(above, _by_enrolment(scene), taken, self.width, out)
        return out


@dataclass(frozen=True, slots=True)
class PassUp:
    """Of everybody's recruits those with these ordinal numbers (1 = first) go to his own upline.

    Whom he passes up counts as recruited by whoever he himself belongs to; with nobody above, they
    stay.
    """

    passes: tuple[int, ...]
    source: str = "enroller"

    def parents(self, scene: Any) -> I32:
        above, order = _members_above(scene, self.source)
        chosen = np.zeros(max(self.passes, default=0) + 1, np.bool_)
        chosen[list(self.passes)] = True
        out = above.copy()
        _pass_up(above, order, _by_enrolment(scene), scene.members.is_customer, chosen, out)
        return out


def _members_above(scene: Any, source: str) -> tuple[I32, I32]:
    """The nearest ancestor who is a member and not a customer, and an order with parents first."""
    parent, order = scene.lineage(source)
    members = ~scene.members.is_customer
    return nearest(parent, order, members.astype(np.int16), 1)[:, 0].copy(), order


def _by_enrolment(scene: Any) -> I64:
    return np.lexsort((scene.snapshot.customer_id, scene.members.enrolled)).astype(np.int64)


@njit_allocating
def _spill(above: I32, sequence: I64, customer: Bool, width: int, out: I32) -> None:
    """Fill `out`; nearest[v] is how many levels below v the first free place is.

    It only ever grows, and m levels need width ** m members, so all climbs together are n log n.
    """
    n = len(above)
    placed = np.zeros(n, np.bool_)
    count = np.zeros(n, np.int32)
    nearest = np.zeros(n, np.int32)
    child = np.empty((n, width), np.int32)
    waiting = np.empty(n, np.int32)
    for k in range(n):
        v = sequence[k]
        depth = 0
        while v >= 0 and not placed[v]:
            waiting[depth] = v
            depth += 1
            v = above[v]
        for step in range(depth - 1, -1, -1):
            v = waiting[step]
            placed[v] = True
            a = above[v]
            if a < 0 or customer[v]:
                continue
            while count[a] == width:
                slot = 0
                while nearest[child[a, slot]] != nearest[a] - 1:
                    slot += 1
                a = child[a, slot]
            child[a, count[a]] = v
            count[a] += 1
            out[v] = a
            while a >= 0 and count[a] == width:
                least = nearest[child[a, 0]]
                for slot in range(1, width):
                    least = min(least, nearest[child[a, slot]])
                if nearest[a] == least + 1:
                    break
                nearest[a] = least + 1
                a = out[a]


@njit_allocating
def _pass_up(above: I32, order: I32, sequence: I64, customer: Bool, chosen: Bool, out: I32) -> None:
    n = len(above)
    recruits = np.zeros(n, np.int32)
    passes = np.zeros(n, np.bool_)
    for k in range(n):
        v = sequence[k]
        a = above[v]
        if a >= 0 and not customer[v]:
            recruits[a] += 1
            passes[v] = recruits[a] < len(chosen) and chosen[recruits[a]]
    for k in range(n):
        v = order[k]
        a = above[v]
        out[v] = out[a] if a >= 0 and passes[v] and out[a] >= 0 else a
