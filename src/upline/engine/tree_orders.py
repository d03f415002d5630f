"""The preorder of a tree after newcomers and moves.

Newcomers are put between the others at the places they belong to, and the few who moved are taken
from one place to another, each with all below; when many moved the whole order is made anew. All of
it gives what `tree.forest` would.
"""

from typing import NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.tree import forest
from upline.engine.tree_moves import former_parent, move
from upline.engine.units import I8, I32, I64, RIGHT, Bool

__all__ = ["Order", "Tree", "invert", "order_of"]


FEW = 16  # organizations, which take a look at a part of all each


class Tree(NamedTuple):
    """pre, end, level: int32[n] of the rows there were; parent: int32[rows], as it is to be, and
    side: int8[rows] in a binary tree, where siblings stand left before right instead of by id."""

    pre: I32
    end: I32
    level: I32
    parent: I32
    side: I8 | None


class Order(NamedTuple):
    """pre, end, level: int32[rows] of all rows as they are to stand."""

    pre: I32
    end: I32
    level: I32

    def order(self) -> I32:
        """Rows in preorder: the inverse of `pre`."""
        order = np.empty(len(self.pre), np.int32)
        invert(self.pre, order)
        return order

    def below(self, rows: I32, place: I32) -> Bool:
        """Who is one of `rows` or stands below one; bool[rows], by the `place` given of each."""
        inside = np.zeros(len(place), np.bool_)
        inside[place[rows]] = True
        tops = rows[self.end[rows] - self.pre[rows] > 1]
        if len(tops):
            there = np.zeros_like(inside)
            for begin, stop in zip(self.pre[tops].tolist(), self.end[tops].tolist(), strict=True):
                there[begin:stop] = True
            inside[place[there[self.pre]]] = True
        return inside


@njit
def invert(place: I32, order: I32) -> None:
    """Fill `order` with who stands at each place."""
    for v in range(len(place)):
        order[place[v]] = v


def order_of(tree: Tree, ids: I64, by_id: I32, changed: I32) -> Order | None:
    """The order of all rows, `changed` being newcomers and those whose place is another; None when
    they stand in a circle. ids: int64[rows]; by_id: int32[rows], rows sorted by id."""
    n, count = len(tree.pre), len(tree.parent)
    moved = changed[changed < n]
    if not len(moved):
        return _inserted(tree, ids)
    if len(moved) <= FEW and (found := _moved(tree, ids, moved)) is not None:
        return found
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
    _measure(order, tree.parent, end, level)
    return Order(pre, end, level)


def _moved(tree: Tree, ids: I64, moved: I32) -> Order | None:
    """The order when some of the old ones moved; None where one of them would stand below himself,
    as may be for a moment before the next one has moved."""
    parent, rows = tree.parent.copy(), np.empty(len(tree.pre), np.int32)
    invert(tree.pre, rows)
    for row in moved.tolist():  # who are still there when the newcomers are let in
        parent[row] = former_parent(rows, tree.level, int(tree.pre[row]))
    order = _inserted(tree._replace(parent=parent), ids)
    if order is None:
        return None
    size, rows = order.end - order.pre, order.order()
    for row in moved.tolist():
        right = tree.side is not None and bool(tree.side[row] == RIGHT)
        if not move(
            row, int(tree.parent[row]), tree.side is not None, right, ids, parent, rows, order.pre,
            size, order.level,
        ):  # fmt: skip
            return None
    return Order(order.pre, order.pre + size, order.level)


@njit
def _measure(order: I32, parent: I32, end: I32, level: I32) -> None:
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


def _inserted(tree: Tree, ids: I64) -> Order | None:
    """The order when only newcomers came; None where they stand in a circle."""
    n, count = len(tree.pre), len(tree.parent)
    greatest = int(ids[:n].max(initial=0))
    below: dict[int, list[int]] = {}
    tops: list[tuple[int, int, tuple[int, int], int]] = []
    for row in range(n, count):  # by ascending id
        parent = int(tree.parent[row])
        if parent >= n:
            below.setdefault(parent, []).append(row)
        else:
            depth = int(tree.level[parent]) if parent >= 0 else -1
            # Of those who come to one place, the ones below deeper parents stand first.
            place = _place_for(tree, ids, greatest, row)
            tops.append((place, -depth, _among(tree, ids, row), row))
    places: list[int] = []
    rows: list[int] = []
    for place, _, _, top in sorted(tops):
        waiting = [top]
        while waiting:
            row = waiting.pop()
            rows.append(row)
            places.append(place)
            waiting += sorted(below.get(row, ()), key=lambda r: _among(tree, ids, r), reverse=True)
    if len(rows) < count - n:
        return None
    return _shifted(tree, np.array(places, np.int32), np.array(rows, np.int32))


def _shifted(tree: Tree, places: I32, rows: I32) -> Order:
    """Everybody moved on by those who came before him; `rows` came to the sorted `places`."""
    n, count = len(tree.pre), len(tree.parent)
    pre, end, level = (np.empty(count, np.int32) for _ in range(3))
    if len(places) and places[0] < n:
        _move_on(tree.pre, tree.end, places, np.empty(n + 1, np.int32), pre, end)
    else:
        pre[:n], end[:n] = tree.pre, tree.end
    level[:n] = tree.level
    pre[rows] = places + np.arange(len(rows), dtype=np.int32)
    _settle(tree.parent, tree.end, places, rows, pre, end, level)
    return Order(pre, end, level)


@njit
def _move_on(old_pre: I32, old_end: I32, places: I32, came: I32, pre: I32, end: I32) -> None:
    """came: int32[n + 1], filled with how many came to each place or before it."""
    k = 0
    for place in range(len(came)):
        while k < len(places) and places[k] <= place:
            k += 1
        came[place] = k
    for v in range(len(old_pre)):
        pre[v] = old_pre[v] + came[old_pre[v]]
        end[v] = old_end[v] + came[old_end[v] - 1]


@njit
def _settle(
    parent: I32, old_end: I32, places: I32, rows: I32, pre: I32, end: I32, level: I32
) -> None:
    """Levels and ends of newcomers, and ends of those they came to the end of."""
    for k in range(len(rows)):
        row = rows[k]
        level[row] = level[parent[row]] + 1 if parent[row] >= 0 else 0
        end[row] = pre[row] + 1
        above = parent[row]
        while above >= 0:
            if above >= len(old_end):
                end[above] = max(end[above], end[row])
            elif old_end[above] == places[k]:
                end[above] += 1
            else:
                break  # his end was after that place, and so were those above him
            above = parent[above]


def _among(tree: Tree, ids: I64, row: int) -> tuple[int, int]:
    """What siblings are sorted by."""
    return (0 if tree.side is None else int(tree.side[row]), int(ids[row]))


def _place_for(tree: Tree, ids: I64, greatest: int, row: int) -> int:
    """Where among the old ones, whose ids go up to `greatest`, a newcomer belongs."""
    parent = int(tree.parent[row])
    n = len(tree.pre)
    if tree.side is not None and parent >= 0:
        return int(tree.end[parent] if tree.side[row] == RIGHT else tree.pre[parent] + 1)
    begin, stop = (int(tree.pre[parent]) + 1, int(tree.end[parent])) if parent >= 0 else (0, n)
    if ids[row] > greatest:
        return stop
    old = np.empty(n, np.int32)
    old[tree.pre] = np.arange(n, dtype=np.int32)
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
