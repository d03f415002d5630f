"""Columns that are carried over stand where their members do."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.strategies import checked

from upline.engine.stretches import FEW, carried, renumbered, stretches_of


@st.composite
def origins(draw: st.DrawFn) -> tuple[list[int], int]:
    """Where everybody stood, and how many there were: some moved, some came."""
    before, newcomers = draw(st.integers(0, 12)), draw(st.integers(0, 4))
    order = list(range(before))
    for newcomer in range(before, before + newcomers):
        order.insert(draw(st.integers(0, len(order))), newcomer)
    first, last = sorted(draw(st.tuples(*[st.integers(0, len(order))] * 2)))
    block, rest = order[first:last], order[:first] + order[last:]
    at = draw(st.integers(0, len(rest)))
    return rest[:at] + block + rest[at:], before


@checked(200)
@given(origins())
def test_columns_go_with_their_members(drawn: tuple[list[int], int]) -> None:
    origin, before = drawn
    stretches = stretches_of(np.array(origin, np.int32), before)
    assert int(stretches.length.sum()) == before
    values = np.array([range(before), range(100, 100 + before)], np.int64)
    expected = [old if old < before else -7 for old in origin]
    assert carried(values, stretches, -7)[0].tolist() == expected
    assert carried(values[1], stretches).tolist() == [
        100 + old if old < before else 0 for old in origin
    ]
    place = np.argsort(origin).astype(np.int32)
    positions = np.array([v - 1 for v in range(before)], np.int32)
    assert renumbered(positions, stretches, place).tolist() == [
        int(place[old]) if old >= 0 else -1 for old in positions
    ]


def test_positions_are_looked_up_where_many_came() -> None:
    origin = np.array([[old, 100 + old] for old in range(100)], np.int32).reshape(-1)
    stretches = stretches_of(origin, 100)
    assert len(stretches.to) > FEW
    place = np.argsort(origin).astype(np.int32)
    positions = np.array([99, -1, 3], np.int32)
    assert renumbered(positions, stretches, place).tolist() == [198, -1, 6]
