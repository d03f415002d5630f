"""A table kept up by what came and went holds the rows it should, whoever joined in between."""

from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from upline.engine.moving import Standings
from upline.engine.printed_rows import PrintedRows
from upline.engine.units import I32, I64

AMOUNTS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=12)


class Rows(NamedTuple):
    payee: I32
    amount: I64


def rows(given: list[tuple[int, int]]) -> Rows:
    table = np.array(given, np.int64).reshape(-1, 2)
    return Rows(table[:, 0].astype(np.int32), table[:, 1])


def standings(slots: I32) -> Standings:
    return Standings(None, slots, np.zeros(len(slots), np.bool_), slots[:0])


@given(AMOUNTS, st.lists(AMOUNTS, max_size=6), st.booleans())
def test_replacing_leaves_what_was_given(
    first: list[tuple[int, int]], later: list[list[tuple[int, int]]], told: bool
) -> None:
    """Whether it is told who may have others, or finds out."""
    ids, slots = np.array([40, 30, 20, 10]), np.arange(4, dtype=np.int32)
    held = PrintedRows(rows(first), ids)
    table = dict(enumerate((int(ids[payee]), amount) for payee, amount in first))
    for number, table_rows in enumerate(later):
        at = number % (len(ids) + 1)  # a newcomer in between moves the others on
        ids = np.insert(ids, at, 100 + number)
        slots = np.insert(slots, at, len(slots)).astype(np.int32)
        anybody = np.ones(len(ids), np.bool_) if told else None
        replaced = held.replace(rows(table_rows), ids, standings(slots), anybody)
        for place in replaced.gone.tolist():
            del table[place]
        for k, row in enumerate(replaced.came.tolist()):
            table[replaced.first + k] = (int(ids[table_rows[row][0]]), table_rows[row][1])
        wanted = sorted((int(ids[payee]), amount) for payee, amount in table_rows)
        assert sorted(table.values()) == wanted


def test_rows_that_stay_are_left_alone() -> None:
    ids = np.array([10, 20])
    slots = np.arange(2, dtype=np.int32)
    held = PrintedRows(rows([(0, 1), (0, 2), (1, 5)]), ids)
    replaced = held.replace(rows([(1, 5), (0, 3), (0, 2)]), ids, standings(slots))
    assert replaced.members.tolist() == [0]
    assert (replaced.gone.tolist(), replaced.came.tolist(), replaced.first) == ([0], [1], 3)


def test_nobody_else_is_looked_at() -> None:
    ids, slots = np.array([10, 20]), np.arange(2, dtype=np.int32)
    held = PrintedRows(rows([(0, 1), (1, 5)]), ids)
    watched = np.array([False, True])
    replaced = held.replace(rows([(0, 9), (1, 6)]), ids, standings(slots), watched)
    assert (replaced.members.tolist(), replaced.gone.tolist()) == ([1], [1])
    assert replaced.came.tolist() == [1]
