"""Forests as arrays: preorder, subtree ends, levels and jump pointers, each O(n) without recursion.

A member's subtree is the range [v, end[v]) of preorder, so that sums over organizations are one
backward pass and an ancestor test is two comparisons. Children stand in ascending id order, which
makes the order canonical: the same members give the same arrays whatever the order of the rows.
"""

from typing import NamedTuple

import numpy as np

from upline.engine.jit import njit, njit_allocating
from upline.engine.units import I8, I32, I64, NONE, Bool

__all__ = [
    "Forest",
    "TreeIssue",
    "by_member",
    "forest",
    "jump_pointers",
    "leg_tops",
    "positions_of",
    "preorder",
]


class TreeIssue(NamedTuple):
    """Bad data met while a tree was built; the member stays in, as a root."""

    code: str  # duplicate_id | unknown_parent | cycle
    id: int
    detail: str


class Forest(NamedTuple):
    """A forest over n nodes in preorder; every array has n entries.

    order: row of the input at each preorder position, int64 (rows that repeat an id are left out).
    parent: preorder position of the parent, -1 for roots, int32.
    end: exclusive end of the subtree, int32. level: depth below the root, int32.
    issues: what was wrong with the input.
    """

    order: I64
    parent: I32
    end: I32
    level: I32
    issues: list[TreeIssue]


def positions_of(sorted_ids: I64, wanted: I64) -> I64:
    """Position in `sorted_ids` of each wanted id, -1 where it is not there; int64[len(wanted)].

    A dense table answers in O(1) when the ids are packed; otherwise binary search.
    """
    if len(sorted_ids) == 0 or len(wanted) == 0:
        return np.full(len(wanted), NONE, np.int64)
    low, high = int(sorted_ids[0]), int(sorted_ids[-1])
    if high - low < 4 * len(sorted_ids) + 1024:
        table = np.full(high - low + 1, NONE, np.int32)
        table[sorted_ids - low] = np.arange(len(sorted_ids), dtype=np.int32)
        inside = (wanted >= low) & (wanted <= high)
        return np.where(inside, table[np.where(inside, wanted - low, 0)], NONE).astype(np.int64)
    found = np.searchsorted(sorted_ids, wanted)
    found[found == len(sorted_ids)] = 0
    return np.where(sorted_ids[found] == wanted, found, NONE).astype(np.int64)


@njit_allocating
def _cut_cycles(parent: I32, on_cycle: Bool) -> None:
    """Mark the nodes that lie on a cycle and cut each cycle open at its lowest position.

    parent: int32[n], -1 for roots; the cut node becomes a root. on_cycle: bool[n], filled.
    """
    n = len(parent)
    walk = np.zeros(n, np.int32)  # number of the walk that met the node, 0 = not met
    for start in range(n):
        if walk[start] != 0:
            continue
        v = start
        while v != -1 and walk[v] == 0:
            walk[v] = start + 1
            v = parent[v]
        if v == -1 or walk[v] != start + 1:
            continue  # ran out at a root or into an earlier, already settled walk
        lowest = v
        u = v
        while not on_cycle[u]:
            on_cycle[u] = True
            lowest = min(lowest, u)
            u = parent[u]
        parent[lowest] = -1


@njit_allocating
def _traverse(parent: I32, sequence: I64, order: I64, place: I32) -> None:
    """Preorder of a cycle-free forest.

    parent: int32[n]; sequence: int64[n], the nodes in the order in which siblings shall stand.
    order: int64[n], filled with the node at each preorder position; place: int32[n], its inverse.
    """
    n = len(parent)
    first = np.full(n + 1, -1, np.int32)  # the last slot holds the roots
    following = np.full(n, -1, np.int32)
    for k in range(n - 1, -1, -1):
        v = sequence[k]
        p = parent[v] if parent[v] >= 0 else n
        following[v] = first[p]
        first[p] = v
    v = first[n]
    position = 0
    while v >= 0:
        order[position] = v
        place[v] = position
        position += 1
        step = first[v]
        while step < 0 and v >= 0:  # a leaf: climb to the next sibling of someone above
            step = following[v]
            v = parent[v]
        v = step


@njit_allocating
def _stack(parent: I32, sequence: I64, order: I64, place: I32) -> None:
    """What `_traverse` does, where parents come first: three passes in which no step has to wait
    for the one before, instead of a walk from node to node through all of memory."""
    n = len(parent)
    size = np.ones(n, np.int32)
    for v in range(n - 1, -1, -1):
        if parent[v] >= 0:
            size[parent[v]] += size[v]
    taken = np.zeros(n + 1, np.int32)  # below each by its children so far; the last slot is roots'
    for v in sequence:
        p = parent[v] if parent[v] >= 0 else n
        place[v] = taken[p]  # behind the parent, so far
        taken[p] += size[v]
    for v in range(n):
        if parent[v] >= 0:
            place[v] += place[parent[v]] + 1
        order[place[v]] = v


@njit
def _measure(parent: I32, end: I32, level: I32) -> None:
    """Fill level (forward) and exclusive subtree end (backward) of int32[n] in preorder."""
    n = len(parent)
    for v in range(n):
        level[v] = level[parent[v]] + 1 if parent[v] >= 0 else 0
        end[v] = v + 1
    for v in range(n - 1, -1, -1):
        p = parent[v]
        if p >= 0 and end[v] > end[p]:
            end[p] = end[v]


def forest(parent: I32, sequence: I64) -> tuple[Forest, Bool, I32]:
    """Preorder of nodes 0..n-1 whose parents are given as node numbers, -1 for roots.

    Returns the forest (order holds node numbers), the nodes found on cycles, and the preorder
    place of each node. `parent` is changed where a cycle was cut.
    """
    n = len(parent)
    on_cycle = np.zeros(n, np.bool_)
    order, place = np.empty(n, np.int64), np.empty(n, np.int32)
    if (parent < np.arange(n, dtype=np.int32)).all():  # parents first: no cycle either
        _stack(parent, sequence, order, place)
    else:
        _cut_cycles(parent, on_cycle)
        _traverse(parent, sequence, order, place)
    above = parent[order]
    upper = np.where(above >= 0, place[above], NONE).astype(np.int32)
    end, level = np.empty(n, np.int32), np.empty(n, np.int32)
    _measure(upper, end, level)
    return Forest(order, upper, end, level, []), on_cycle, place


def preorder(ids: I64, parents: I64) -> Forest:
    """Sort members into preorder of one tree: (order, parent_index, end, level, issues).

    ids: int64[n] positive, any order; parents: int64[n], 0 for none. A repeated id keeps its first
    row; an unknown parent makes a root; a cycle is cut at its lowest id and every member on it is
    reported. Nothing is raised for bad data.
    """
    ids = np.ascontiguousarray(ids, np.int64)
    parents = np.ascontiguousarray(parents, np.int64)
    issues: list[TreeIssue] = []
    rows = np.argsort(ids, kind="stable")
    if len(rows) > 1:
        repeated = np.concatenate(([False], ids[rows][1:] == ids[rows][:-1]))
        issues += [TreeIssue("duplicate_id", int(i), "") for i in ids[rows[repeated]]]
        rows = rows[~repeated]
    known, wanted = ids[rows], parents[rows]
    parent = positions_of(known, wanted).astype(np.int32)
    for v in np.flatnonzero((parent < 0) & (wanted != 0)):
        issues.append(TreeIssue("unknown_parent", int(known[v]), f"parent {wanted[v]}"))
    built, on_cycle, _ = forest(parent, np.arange(len(rows), dtype=np.int64))
    issues += [TreeIssue("cycle", int(known[v]), "") for v in np.flatnonzero(on_cycle)]
    return built._replace(order=rows[built.order], issues=issues)


@njit
def _scatter(rows: I64, member: I32, next_place: I64, order: I64) -> None:
    for row in rows:
        v = member[row]
        if v >= 0:
            order[next_place[v]] = row
            next_place[v] += 1


def by_member(rows: I64, member: I32, members: int) -> I64:
    """`rows` grouped by ascending member, otherwise in their order; members of -1 are left out.

    A counting sort: rows int64[k], member int32[all rows], O(k + members).
    """
    counts = np.bincount(member[member >= 0], minlength=members)
    place = np.zeros(members + 1, np.int64)
    np.cumsum(counts, out=place[1:])
    order = np.empty(int(place[-1]), np.int64)
    _scatter(rows, member, place, order)
    return order


@njit
def _jumps(parent: I32, level: I32, jump: I32) -> None:
    """Fill skew-binary jump pointers; int32[n] each, parents before their children."""
    for v in range(len(parent)):
        p = parent[v]
        if p < 0:
            jump[v] = v
        else:
            q = jump[p]
            if level[p] - level[q] == level[q] - level[jump[q]]:
                jump[v] = jump[q]
            else:
                jump[v] = p


def jump_pointers(parent_index: I32, level: I32) -> I32:
    """Jump pointers of a tree in preorder, int32[n]; a root jumps to itself.

    With `parent` and `jump` the ancestor at any level is reached in O(log n) steps at any depth.
    """
    jump = np.empty(len(parent_index), np.int32)
    _jumps(
        np.ascontiguousarray(parent_index, np.int32), np.ascontiguousarray(level, np.int32), jump
    )
    return jump


@njit
def _leg_tops(parent: I32, position: I8, top: I32) -> None:
    """Fill where straight runs begin; int32[n] each, parents before their children."""
    for v in range(len(parent)):
        p = parent[v]
        top[v] = top[p] if p >= 0 and position[p] == position[v] else p


def leg_tops(parent_index: I32, position: I8) -> I32:
    """For each member of a binary tree in preorder, the one below whom the straight run of lefts
    (or of rights) begins on which they stand, int32[n]; -1 for roots, whose position is 0."""
    top = np.empty(len(parent_index), np.int32)
    _leg_tops(
        np.ascontiguousarray(parent_index, np.int32), np.ascontiguousarray(position, np.int8), top
    )
    return top
