"""One organization after the other taken from its place in a preorder to another one."""

from upline.engine.jit import njit
from upline.engine.units import I32, I64, NONE

__all__ = ["former_parent", "move"]


@njit
def former_parent(rows: I32, level: I32, place: int) -> int:
    """The row that whoever stands at a place stands below; rows: int32[n] in preorder."""
    wanted = level[rows[place]] - 1
    at = place - 1
    while wanted >= 0 and level[rows[at]] != wanted:
        at -= 1
    return rows[at] if wanted >= 0 else NONE


@njit
def move(
    row: int,
    to: int,
    sided: bool,
    right: bool,
    ids: I64,
    parent: I32,
    rows: I32,
    pre: I32,
    size: I32,
    level: I32,
) -> bool:
    """Put a row with all below it under another one, or among the roots (-1), and keep everything
    up; False, and nothing done, where that is below itself.

    rows: int32[n], the preorder; the others int32[n] by row. Siblings stand by id; below somebody
    in a `sided` tree, left before right.
    """
    first, count = pre[row], size[row]
    if to >= 0 and first <= pre[to] < first + count:
        return False
    place = _place(row, to, sided, right, ids, rows, pre, size)
    _add_above(parent[row], -count, parent, size)
    _add_above(to, count, parent, size)
    parent[row] = to
    deeper = (level[to] + 1 if to >= 0 else 0) - level[row]
    for at in range(first, first + count):
        level[rows[at]] += deeper
    _carry(rows, first, count, place, pre)
    return True


@njit
def _place(
    row: int, to: int, sided: bool, right: bool, ids: I64, rows: I32, pre: I32, size: I32
) -> int:
    """Before which place he belongs, while he is still counted where he was."""
    begin = pre[to] + 1 if to >= 0 else 0
    stop = pre[to] + size[to] if to >= 0 else len(rows)
    if sided and to >= 0:
        return stop if right else begin
    at = begin
    while at < stop:
        sibling = rows[at]
        if sibling != row and ids[sibling] > ids[row]:
            return at
        at += size[sibling]
    return stop


@njit
def _add_above(row: int, count: int, parent: I32, size: I32) -> None:
    while row >= 0:
        size[row] += count
        row = parent[row]


@njit
def _carry(rows: I32, first: int, count: int, place: int, pre: I32) -> None:
    """Let `count` rows from `first` on stand before those of `place` on."""
    begin, middle, stop = first, first + count, place
    if place <= first:
        begin, middle, stop = place, first, first + count
    _reverse(rows, begin, middle)
    _reverse(rows, middle, stop)
    _reverse(rows, begin, stop)
    for at in range(begin, stop):
        pre[rows[at]] = at


@njit
def _reverse(rows: I32, begin: int, stop: int) -> None:
    for k in range((stop - begin) // 2):
        one, other = rows[begin + k], rows[stop - 1 - k]
        rows[begin + k] = other
        rows[stop - 1 - k] = one
