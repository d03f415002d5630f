"""Preorder as labels with room between them, so that a newcomer is labelled without moving others.

A member opens at one label and closes at a later one; whoever stands below opens and closes in
between. Fresh labels put member v of the preorder at v * GAP, so that the k-th member after another
one is found without counting; those who end with v share the room up to v + 1 for their closings.
"""

from typing import NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.stretches import Stretches, carried
from upline.engine.tree_orders import invert
from upline.engine.units import I32, I64, NONE, Bool

__all__ = ["GAP", "Labels", "Standing", "fresh", "relabel"]

# Room for chains of millions that end together, and for 2^31 members in 63 bits.
GAP = 1 << 32
# A newcomer takes a part in so many of the room there is: little for long rows of siblings, enough
# for chains.
PARTS = 30


class Labels(NamedTuple):
    """int64[n] each: a is above m when open[a] < open[m] < close[a]."""

    open: I64
    close: I64


def fresh(pre: I32, end: I32, level: I32) -> Labels:
    """Labels of a forest of members in any order; int32[n] each.

    Member v and those below hold the places [pre[v], end[v]) of its preorder.
    """
    n = len(pre)
    level_at = np.zeros(n + 1, np.int32)
    level_at[pre] = level
    closings = level_at[:-1] - level_at[1:] + 1  # how many end with each place
    last = end - 1
    turn = (level_at[last] - level + 1).astype(np.int64)  # the deepest close first
    close = last * np.int64(GAP) + turn * GAP // (closings[last] + 1)
    return Labels(pre * np.int64(GAP), close)


class Standing(NamedTuple):
    """Where members stand in a tree: int32[n] each; order is the inverse of pre."""

    order: I32
    pre: I32
    end: I32
    level: I32
    parent: I32

    @classmethod
    def of(cls, pre: I32, end: I32, level: I32, parent: I32) -> "Standing":
        order = np.empty_like(pre)
        invert(pre, order)
        return cls(order, pre, end, level, parent)


def relabel(
    labels: Labels, stretches: Stretches, newly: Bool, tree: Standing
) -> tuple[Labels, Bool]:
    """Labels after newcomers and moves: those of `newly` (bool[n]), whole organizations, are put
    between the others, who keep theirs unless there is no room left. Also whose are others."""
    result = Labels(carried(labels.open, stretches), carried(labels.close, stretches))
    waiting, differing = newly.copy(), newly.copy()
    places = np.sort(tree.pre[np.flatnonzero(newly)])
    at = 0
    while at < len(places):
        at = _label(result, waiting, tree, places, at)
        if at < len(places):
            member = int(tree.order[places[at]])
            low, _ = _room(result, waiting, tree, member)
            parts = _parts(int(tree.end[member] - tree.pre[member]))
            _spread(result, ~waiting, int(low), parts, differing)
    return result, differing


@njit
def _parts(members: int) -> int:
    """What room is divided into for so many members."""
    return 2 * members + PARTS


@njit
def _label(labels: Labels, waiting: Bool, tree: Standing, places: I32, start: int) -> int:
    """Label the organizations that begin at the sorted `places` from `start` on; returns where room
    was lacking, or the number of places."""
    k = start
    while k < len(places):
        top = tree.order[places[k]]
        first = tree.pre[top]
        stop = tree.end[top]
        low, high = _room(labels, waiting, tree, top)
        step = (high - low) // _parts(stop - first)
        if step < 1:
            return k
        for place in range(first, stop):
            v = tree.order[place]
            events = 2 * (place - first) - (tree.level[v] - tree.level[top])
            labels.open[v] = low + step * (events + 1)
            labels.close[v] = low + step * (events + 2 * (tree.end[v] - place))
            waiting[v] = False
        k += stop - first
    return k


@njit
def _room(labels: Labels, waiting: Bool, tree: Standing, member: int) -> tuple[int, int]:
    """Labels before and after the place of a member."""
    place = tree.pre[member]
    parent = tree.parent[member]
    low = -GAP
    if place > 0:
        before = tree.order[place - 1]
        if before == parent:
            low = labels.open[parent]
        else:
            while tree.parent[before] != parent:
                before = tree.parent[before]
            low = labels.close[before]
    after = tree.end[member]
    stop = tree.end[parent] if parent != NONE else len(tree.order)
    while after < stop and waiting[tree.order[after]]:
        after = tree.end[tree.order[after]]
    if after < stop:
        return low, labels.open[tree.order[after]]
    if parent != NONE:
        return low, labels.close[parent]
    return low, low + GAP * _parts(int(tree.end[member] - place))


def _spread(labels: Labels, used: Bool, label: int, parts: int, differing: Bool) -> None:
    """Space the labels around one evenly, over the smallest window where that gives room, and mark
    whose are others."""
    for bits in range(8, 63, 2):
        low = label >> bits << bits
        inside = [
            np.flatnonzero(used & (side >= low) & (side < low + (1 << bits))) for side in labels
        ]
        gap = (1 << bits) // (len(inside[0]) + len(inside[1]) + 1)
        if gap >= max(1 << bits // 2, 2 * parts):
            break
    values = np.concatenate([side[there] for side, there in zip(labels, inside, strict=True)])
    spaced = np.empty(len(values), np.int64)
    spaced[np.argsort(values)] = low + gap * np.arange(1, len(values) + 1)
    labels.open[inside[0]] = spaced[: len(inside[0])]
    labels.close[inside[1]] = spaced[len(inside[0]) :]
    differing[inside[0]] = differing[inside[1]] = True
