"""Newcomers and those who moved find their place among the others, by id or by side."""

import numpy as np
import pytest

from upline.engine.tree_orders import Tree, order_of

LEFT, RIGHT = 1, 2


def tree_of(old: str, parent: list[int], side: list[int] | None = None) -> Tree:
    """`old` draws those who were there, in preorder, a digit of level each; row k stands there at
    place k. `parent` is of all rows, newcomers last."""
    level = np.array([int(digit) for digit in old], np.int32)
    n = len(level)
    end = [next((k for k in range(v + 1, n) if level[k] <= level[v]), n) for v in range(n)]
    sides = None if side is None else np.array(side, np.int8)
    pre = np.arange(n, dtype=np.int32)
    return Tree(pre, np.array(end, np.int32), level, np.array(parent, np.int32), sides)


def ordered(tree: Tree, ids: list[int], changed: list[int]) -> tuple[list[int], list[int]]:
    """Ids in preorder, and their levels; every end fits the levels."""
    by_id = np.argsort(ids).astype(np.int32)
    found = order_of(tree, np.array(ids), by_id, np.array(changed, np.int32))
    assert found is not None
    order = found.order()
    level = found.level[order].tolist()
    n = len(level)
    ends = [next((k for k in range(v + 1, n) if level[k] <= level[v]), n) for v in range(n)]
    assert found.end[order].tolist() == ends
    return np.array(ids)[order].tolist(), level


@pytest.mark.parametrize(
    ("newcomer", "expected"), [(5, [10, 5, 20, 30, 40]), (25, [10, 20, 30, 25, 40])]
)
def test_a_newcomer_stands_among_siblings_by_id(newcomer: int, expected: list[int]) -> None:
    # 10 has 20, who has 30; and 40
    tree = tree_of("0121", [-1, 0, 1, 0, 0])
    levels = [0, 1, 1, 2, 1] if newcomer == 5 else [0, 1, 2, 1, 1]
    assert ordered(tree, [10, 20, 30, 40, newcomer], [4]) == (expected, levels)


def test_whoever_has_the_greatest_id_comes_last() -> None:
    tree = tree_of("0120", [-1, 0, 1, -1, 0])
    assert ordered(tree, [10, 20, 30, 40, 50], [4]) == ([10, 20, 30, 50, 40], [0, 1, 2, 1, 0])


@pytest.mark.parametrize(
    ("newcomer", "expected"), [(5, [5, 10, 20, 30]), (25, [10, 20, 25, 30]), (50, [10, 20, 30, 50])]
)
def test_a_new_root_stands_among_roots_by_id(newcomer: int, expected: list[int]) -> None:
    tree = tree_of("010", [-1, 0, -1, -1])
    found, levels = ordered(tree, [10, 20, 30, newcomer], [3])
    assert found == expected
    assert levels[expected.index(newcomer)] == 0


@pytest.mark.parametrize("top", [0, 1])
@pytest.mark.parametrize("side", [LEFT, RIGHT])
def test_in_a_binary_tree_left_stands_before_right(top: int, side: int) -> None:
    """Whatever the ids, and below the first of all members, too."""
    parent, level = ([-1, 0, 0], "011") if top == 0 else ([-1, 0, 1, 1], "0122")
    there = RIGHT if side == LEFT else LEFT
    parent, sides = [*parent[:-1], top], [0] * (len(parent) - 2) + [there, side]
    tree = tree_of(level[:-1], parent, sides)
    old = [10, 20, 30][: len(parent) - 1]
    for newcomer in (5, 99):
        found, _ = ordered(tree, [*old, newcomer], [len(old)])
        assert found[-2:] == ([newcomer, old[-1]] if side == LEFT else [old[-1], newcomer])


def test_newcomers_below_newcomers() -> None:
    """50 below 20 with 70 and 60 below him, 80 below 10: at one place, deep ones first."""
    tree = tree_of("010", [-1, 0, -1, 1, 3, 3, 0])
    found = ordered(tree, [10, 20, 30, 50, 70, 60, 80], [3, 4, 5, 6])
    assert found == ([10, 20, 50, 60, 70, 80, 30], [0, 1, 2, 3, 3, 1, 0])


def test_those_on_both_sides_of_a_newcomer_stand_left_before_right() -> None:
    tree = tree_of("00", [-1, -1, 0, 2, 2], [0, 0, LEFT, RIGHT, LEFT])
    found = ordered(tree, [10, 20, 30, 40, 50], [2, 3, 4])
    assert found == ([10, 30, 50, 40, 20], [0, 1, 2, 2, 0])


def test_who_moved_stands_among_others() -> None:
    """30 has gone from 20 to 10, as has 25, who is new."""
    tree = tree_of("0120", [-1, 0, 0, -1, 0])
    found = ordered(tree, [10, 20, 30, 40, 25], [2, 4])
    assert found == ([10, 20, 25, 30, 40], [0, 1, 1, 1, 0])


@pytest.mark.parametrize(("parent", "changed"), [([-1, 2, 1], [1]), ([-1, 2, 1], [1, 2])])
def test_nobody_stands_in_a_circle(parent: list[int], changed: list[int]) -> None:
    assert (
        order_of(
            tree_of("01", parent),
            np.array([1, 2, 3]),
            np.arange(3, dtype=np.int32),
            np.array(changed, np.int32),
        )
        is None
    )


def test_newcomers_in_a_circle_are_found() -> None:
    tree = tree_of("0", [-1, 2, 1])
    changed = np.array([1, 2], np.int32)
    assert order_of(tree, np.array([1, 2, 3]), np.arange(3, dtype=np.int32), changed) is None
