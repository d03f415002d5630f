"""The preorder of a tree after newcomers and moves.

Newcomers alone are put between the others at the places they belong to; when somebody moved the
whole order is made anew. Both give what `tree.forest` would.
"""

from typing import NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.tree import forest
from upline.engine.units import I8, I32, I64, RIGHT, Bool

__all__ = ["Order", "Tree", "order_of"]


class Tree(NamedTuple):
    """pre, end, level: int32[n] of the rows there were; parent: int32[rows], as it is to be, and
    side: int8[rows] in a binary tree, where siblings stand left before right instead of by id."""

    pre: I32
    end: I32
    level: I32
    parent: I32
    side: I8 | None


class Order(NamedTuple):
    """order: int32[rows], rows in preorder; pre (its inverse), end, level: int32[rows] by row."""

    order: I32
    pre: I32
    end: I32
    level: I32

    def below(self, rows: I32) -> Bool:
        """Whether each row is one of `rows` or stands below one; bool[rows]."""
        marks = np.zeros(len(self.order) + 1, np.int32)
        np.add.at(marks, self.pre[rows], 1)
        np.add.at(marks, self.end[rows], -1)
        return (np.cumsum(marks[:-1]) > 0)[self.pre]


def order_of(tree: Tree, ids: I64, by_id: I32, changed: I32) -> Order | None:
    """The order of all rows, `changed` being newcomers and those whose place is another; None when
    they stand in a circle. ids: int64[rows]; by_id: int32[rows], rows sorted by id."""
    n, count = len(tree.pre), len(tree.parent)
    if (changed >= n).all():
        order = _inserted(tree, ids, count)
        if len(order) < count:
            return None
    else:
        sequence = by_id.astype(np.int64)
        if tree.side is not None:
            sequence = sequence[np.argsort(tree.side[sequence], kind="stable")]
        built, on_cycle, _ = forest(tree.parent.copy(), sequence)
        if on_cycle.any():
            return None
        order = built.order.astype(np.int32)
    pre = np.empty(count, np.int32)
    pre[order] = np.arange(count, dtype=np.int32)
    end, level = np.empty(count, np.int32), np.empty(count, np.int32)
    _measure(order, tree.parent, pre, end, level)
    return Order(order, pre, end, level)


@njit
def _measure(order: I32, parent: I32, pre: I32, end: I32, level: I32) -> None:
    """Level and exclusive end of every row, in preorder and back."""
    for k in range(len(order)):
        v = order[k]
        p = parent[v]
        level[v] = level[p] + 1 if p >= 0 else 0
        end[v] = k + 1
    for k in range(len(order) - 1, -1, -1):
        v = order[k]
        p = parent[v]
        if p >= 0 and end[v] > end[p]:
            end[p] = end[v]


def _inserted(tree: Tree, ids: I64, count: int) -> I32:
    """Rows in preorder when only newcomers came; shorter where they stand in a circle."""
    n = len(tree.pre)
    old = np.empty(n, np.int32)
    old[tree.pre] = np.arange(n, dtype=np.int32)
    below: dict[int, list[int]] = {}
    tops: list[tuple[int, int, tuple[int, int], int]] = []
    for row in range(n, count):  # by ascending id
        parent = int(tree.parent[row])
        if parent >= n:
            below.setdefault(parent, []).append(row)
        else:
            depth = int(tree.level[parent]) if parent >= 0 else -1
            # Of those who come to one place, the ones below deeper parents stand first.
            tops.append((_place_for(tree, ids, old, row), -depth, _among(tree, ids, row), row))
    places: list[int] = []
    rows: list[int] = []
    for place, _, _, top in sorted(tops):
        waiting = [top]
        while waiting:
            row = waiting.pop()
            rows.append(row)
            places.append(place)
            waiting += sorted(below.get(row, ()), key=lambda r: _among(tree, ids, r), reverse=True)
    return np.insert(old, places, rows)


def _among(tree: Tree, ids: I64, row: int) -> tuple[int, int]:
    """What siblings are sorted by."""
    return (0 if tree.side is None else int(tree.side[row]), int(ids[row]))


def _place_for(tree: Tree, ids: I64, old: I32, row: int) -> int:
    """Where among the old ones a newcomer below one of them (or nobody) belongs."""
    parent = int(tree.parent[row])
    n = len(old)
    if tree.side is not None and parent >= 0:
        return int(tree.end[parent] if tree.side[row] == RIGHT else tree.pre[parent] + 1)
    begin, stop = (int(tree.pre[parent]) + 1, int(tree.end[parent])) if parent >= 0 else (0, n)
    return int(_next_sibling(begin, stop, int(ids[row]), old, tree.end, ids))


@njit
def _next_sibling(begin: int, stop: int, number: int, old: I32, end: I32, ids: I64) -> int:
    """Place of the first sibling from `begin` on with a greater id, else `stop`."""
    at = begin
    while at < stop:
        if ids[old[at]] > number:
            return at
        at = end[old[at]]
    return stop
