"""Prints tell rows apart by content alone: not by order, nor by where members stand."""

from collections import Counter
from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from upline.engine.prints import came_and_went, differing, member_prints, row_prints
from upline.engine.stretches import stretches_of
from upline.engine.units import I16, I32, I64


class Rows(NamedTuple):
    payee: I32
    level: I16
    amount: I64


def rows(*given: tuple[int, int, int]) -> Rows:
    table = np.array(given, np.int64).reshape(-1, 3)
    return Rows(table[:, 0].astype(np.int32), table[:, 1].astype(np.int16), table[:, 2])


def test_members_count_by_their_ids() -> None:
    before = row_prints(rows((0, 1, -5), (1, 1, 5)), np.array([30, 20]))
    after = row_prints(rows((1, 1, -5), (2, 1, 5)), np.array([10, 30, 20]))
    assert (before == after).all()


def test_every_column_counts() -> None:
    ids = np.array([30, 20])
    found = row_prints(rows((0, 1, 5), (1, 1, 5), (0, 2, 5), (0, 1, 6), (0, 1, -5)), ids)
    assert len(set(found.tolist())) == 5


def test_long_tables_are_printed_in_parts() -> None:
    ids = np.arange(1, 3)
    table = rows(*((k % 2, k % 100, k) for k in range(20_000)))
    whole = row_prints(table, ids)
    tail = Rows(*(column[15_000:] for column in table))
    assert (whole[15_000:] == row_prints(tail, ids)).all()
    turned = Rows(*(column[::-1] for column in table))
    assert (
        member_prints(table.payee, whole, 2)
        == member_prints(turned.payee, row_prints(turned, ids), 2)
    ).all()


@given(st.lists(st.integers(0, 9)), st.lists(st.integers(0, 9)))
def test_what_came_and_what_went(old: list[int], new: list[int]) -> None:
    went, came = came_and_went(np.array(old, np.uint64), np.array(new, np.uint64))
    assert Counter(old[k] for k in went) == Counter(old) - Counter(new)
    assert Counter(new[k] for k in came) == Counter(new) - Counter(old)


def test_differences_follow_members_to_their_new_places() -> None:
    old, new = np.array([1, 2, 3]), np.array([1, 9, 2, 4])
    changed = np.zeros(4, np.bool_)
    differing(old, new, stretches_of(np.array([0, 3, 1, 2], np.int32), 3), changed)
    assert changed.tolist() == [False, False, False, True]
    changed = np.zeros(3, np.bool_)
    differing(old, np.array([1, 0, 3]), None, changed)
    assert changed.tolist() == [False, True, False]
