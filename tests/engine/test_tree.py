"""Preorder, cycles, unknown parents and jump pointers, deep chains included."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from upline.engine.tree import (
    by_member,
    forest,
    jump_pointers,
    leg_tops,
    positions_of,
    preorder,
)


def test_small_forest() -> None:
    found = preorder(np.array([5, 1, 3, 9, 7]), np.array([1, 0, 1, 3, 99]))
    assert found.order.tolist() == [1, 2, 3, 0, 4]
    assert found.parent.tolist() == [-1, 0, 1, 0, -1]
    assert found.end.tolist() == [4, 3, 3, 4, 5]
    assert found.level.tolist() == [0, 1, 2, 1, 0]
    assert found.issues == [("unknown_parent", 7, "parent 99")]


def test_empty() -> None:
    found = preorder(np.array([], np.int64), np.array([], np.int64))
    assert len(found.order) == len(found.parent) == len(jump_pointers(found.parent, found.level))


def test_cycles_report_their_members_and_are_cut_at_the_lowest_id() -> None:
    ids = np.array([1, 2, 3, 4, 5, 6])
    parents = np.array([1, 4, 2, 3, 4, 0])  # 1 is its own parent; 2-4-3 a ring with 5 below it
    found = preorder(ids, parents)
    assert [(issue.code, issue.id) for issue in found.issues] == [
        ("cycle", 1),
        ("cycle", 2),
        ("cycle", 3),
        ("cycle", 4),
    ]
    assert ids[found.order].tolist() == [1, 2, 3, 4, 5, 6]
    assert found.parent.tolist() == [-1, -1, 1, 2, 3, -1]


def test_repeated_id_keeps_its_first_row() -> None:
    found = preorder(np.array([2, 1, 2]), np.array([1, 0, 0]))
    assert found.order.tolist() == [1, 0]
    assert [issue.code for issue in found.issues] == ["duplicate_id"]


def test_chain_of_a_million() -> None:
    ids = np.arange(1, 1_000_001)
    found = preorder(ids[::-1], ids[::-1] - 1)
    assert found.level[-1] == 999_999
    assert (found.end == 1_000_000).all()
    jump = jump_pointers(found.parent, found.level)
    v, steps = 999_999, 0
    while v != 0:  # to the root in logarithmically many steps
        v = int(jump[v])
        steps += 1
    assert steps <= 40


@given(st.lists(st.integers(-1, 25), max_size=25), st.randoms(use_true_random=False))
def test_any_parents_give_a_valid_preorder(parents: list[int], random) -> None:
    size = len(parents)
    ids = random.sample(range(1, 10_000), size)
    wanted = [0 if p < 0 or p >= size else ids[p] for p in parents]
    found = preorder(np.array(ids, np.int64), np.array(wanted, np.int64))
    assert sorted(found.order.tolist()) == list(range(size))
    cut = sum(1 for v in range(size) if found.parent[v] < 0 and wanted[found.order[v]] != 0)
    assert (cut == 0) == (not found.issues)
    for v in range(size):
        p = int(found.parent[v])
        if p >= 0:
            assert ids[found.order[p]] == wanted[found.order[v]]
            assert p < v < found.end[p]
            assert found.level[v] == found.level[p] + 1
        below = [u for u in range(size) if _is_under(found.parent, u, v)]
        assert below == list(range(v, int(found.end[v])))


@given(st.lists(st.integers(-1, 1000), max_size=30), st.randoms(use_true_random=False))
def test_numbers_of_nodes_do_not_count(draws: list[int], random) -> None:
    parent = [draw % (v + 1) - 1 for v, draw in enumerate(draws)]  # parents first: no walk needed
    size = len(parent)
    sequence, names = (np.array(random.sample(range(size), size), np.int64) for _ in range(2))
    renamed = np.empty(size, np.int32)
    for v, p in enumerate(parent):
        renamed[names[v]] = names[p] if p >= 0 else -1
    one, _, place = forest(np.array(parent, np.int32), sequence)
    two, on_cycle, moved = forest(renamed, names[sequence])
    assert names[one.order].tolist() == two.order.tolist()
    assert place.tolist() == moved[names].tolist()
    assert not on_cycle.any()
    for field in ("parent", "end", "level"):
        assert getattr(one, field).tolist() == getattr(two, field).tolist()


def _is_under(parent, u: int, v: int) -> bool:
    while u >= 0 and u != v:
        u = int(parent[u])
    return u == v


def test_positions_of_packed_and_scattered_ids() -> None:
    for ids in ([3, 4, 5, 9], [1, 10**9, 10**15]):
        known = np.array(ids, np.int64)
        wanted = np.array([*ids[::-1], 0, 2, 10**16], np.int64)
        expected = [*range(len(ids) - 1, -1, -1), -1, -1, -1]
        assert positions_of(known, wanted).tolist() == expected


def test_rows_stand_by_member_in_their_order() -> None:
    rows, member = np.array([5, 3, 0, 4, 1]), np.array([2, 0, 9, 0, -1, 2], np.int32)
    assert by_member(rows, np.where(member == 9, -1, member), 3).tolist() == [3, 1, 5, 0]
    assert by_member(np.arange(0), np.empty(0, np.int32), 3).tolist() == []


def test_jumps_of_a_chain_are_those_of_a_skew_binary_number() -> None:
    """A pointer from level 7 leads to 0, as 7 is one digit of that system."""
    chain = np.arange(-1, 9, dtype=np.int32)
    jump = jump_pointers(chain, np.arange(10, dtype=np.int32))
    assert jump.tolist() == [0, 0, 1, 0, 3, 4, 3, 0, 7, 8]
    two = jump_pointers(np.array([-1, 0, -1, 2], np.int32), np.array([0, 1, 0, 1], np.int32))
    assert two.tolist() == [0, 0, 2, 2]


def test_a_straight_run_ends_where_the_side_changes() -> None:
    """0 has 1 on the left, who has 2 on the left and 4 on the right; 3 is on the left of 2, 5 on
    the right of 4; 6 is another root."""
    parent = np.array([-1, 0, 1, 2, 1, 4, -1], np.int32)
    side = np.array([0, 1, 1, 1, 2, 2, 0], np.int8)
    assert leg_tops(parent, side).tolist() == [-1, 0, 0, 0, 1, 1, -1]


def test_siblings_stand_as_they_are_told() -> None:
    """Also where a parent comes after those below him."""
    sequence = np.array([4, 3, 2, 1, 0])
    first, _, place = forest(np.array([-1, 0, 0, 1, 1], np.int32), sequence)
    assert first.order.tolist() == [0, 2, 1, 4, 3]
    assert place.tolist() == [0, 2, 1, 4, 3]
    last, _, place = forest(np.array([3, 3, 4, 4, -1], np.int32), sequence)
    assert last.order.tolist() == [4, 3, 1, 0, 2]
    assert place.tolist() == [3, 2, 4, 1, 0]
    assert last.end.tolist() == [5, 4, 3, 4, 5]
    assert last.level.tolist() == [0, 1, 2, 2, 1]
