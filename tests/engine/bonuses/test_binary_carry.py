"""Lots of one member's legs, number by number."""

import numpy as np
import pytest

from upline.engine.bonuses.binary_carry import Overflow, dated_in, dated_out, place_overflow
from upline.engine.carry import Aging


def lots_of(*lots: tuple[int, int, int], fresh: tuple[int, int] = (0, 0)) -> Aging:
    """(age, left, right) each, oldest first, of member 1; 0 and 2 have lots of their own, which
    nothing may touch. Carried for at most three periods."""
    rows = [(9, 1, 1), *lots, (9, 1, 1)]
    period = np.array([100 - age for age, _, _ in rows], np.int32)
    volume = np.array([[row[side] for row in rows] for side in (1, 2)])
    first = np.array([0, 1, len(lots) + 1, len(lots) + 2], np.int32)
    return Aging(first, period, volume, np.array([[5, fresh[0], 5], [5, fresh[1], 5]]), 100, 3)


def left_over(lots: Aging) -> tuple[list[int], list[int], list[int]]:
    """Member 1's lots on the left and on the right, and what is fresh of both."""
    assert lots.volume[:, [0, -1]].tolist() == [[1, 1], [1, 1]]
    assert lots.fresh[:, [0, 2]].tolist() == [[5, 5], [5, 5]]
    mine = lots.volume[:, 1:-1].tolist()
    return mine[0], mine[1], lots.fresh[:, 1].tolist()


def test_what_comes_in_is_fresh_and_what_is_too_old_is_gone() -> None:
    """Carried for three periods: gone in the fourth."""
    lots = lots_of((5, 1, 10), (4, 2, 20), (3, 3, 30), (1, 4, 40))
    assert dated_in(lots, 1, 7, 8) == (3, 30)
    assert left_over(lots) == ([0, 0, 3, 4], [0, 0, 30, 40], [7, 8])


def test_what_is_given_back_comes_off_the_newest() -> None:
    lots = lots_of((3, 3, 30), (2, 4, 40), fresh=(1, 0))
    assert dated_in(lots, 1, -6, -5) == (0, 0)
    assert left_over(lots) == ([2, 0], [30, 35], [0, 0])


def test_what_no_lot_covers_is_a_debt_and_old_debts_are_of_now() -> None:
    lots = lots_of((4, -2, -9), (2, 4, 3))
    assert dated_in(lots, 1, -5, 0) == (0, 0)
    assert left_over(lots) == ([0, 0], [0, 0], [-3, -6])
    assert dated_in(lots, 1, 3, 10) == (0, 0)
    assert left_over(lots) == ([0, 0], [0, 0], [0, 4])


def test_the_oldest_is_used_first() -> None:
    lots = lots_of((2, 10, 0), (1, 20, 0), fresh=(5, 0))
    assert dated_out(lots, 1, 0, 35, 1000, True) == 35
    assert left_over(lots)[0] == [10, 20]
    assert dated_out(lots, 1, 0, 23, 1000, True) == 23
    assert left_over(lots) == ([0, 18], [0, 0], [5, 0])
    assert dated_out(lots, 1, 0, 3, 1000, True) == 3
    assert left_over(lots) == ([0, 0], [0, 0], [3, 0])


@pytest.mark.parametrize(
    ("closing", "most", "kept", "left"),
    [
        (False, 1000, 37, ([7, 20], 10)),
        (True, 1000, 30, ([0, 20], 10)),
        (True, 30, 30, ([0, 20], 10)),
        (True, 25, 25, ([0, 15], 10)),
        (True, 8, 8, ([0, 0], 8)),
        (False, 36, 36, ([6, 20], 10)),
    ],
)
def test_what_is_too_old_when_a_period_closes_is_gone_before_what_is_too_much(
    closing: bool, most: int, kept: int, left: tuple[list[int], int]
) -> None:
    """In the period after, the first lot would be carried for a fourth time."""
    lots = lots_of((3, 7, 0), (2, 20, 0), fresh=(10, 6))
    assert dated_out(lots, 1, 0, 37, most, closing) == kept
    assert left_over(lots) == (left[0], [0, 0], [left[1], 6])


def test_what_is_not_kept_forgives_a_debt() -> None:
    lots = lots_of((2, 0, 0), fresh=(-4, 0))
    assert dated_out(lots, 1, 0, 0, 1000, True) == 0
    assert left_over(lots) == ([0], [0], [0, 0])


@pytest.mark.parametrize(
    ("where", "carry", "new", "expected"),
    [
        (Overflow.LEFT, (0, 0), (9, 1), (16, 1)),
        (Overflow.RIGHT, (0, 0), (1, 9), (1, 16)),
        (Overflow.LESSER, (0, 0), (1, 9), (8, 9)),
        (Overflow.LESSER, (0, 0), (9, 1), (9, 8)),
        (Overflow.LESSER, (0, 0), (4, 4), (11, 4)),
        (Overflow.LESSER, (9, 0), (1, 2), (1, 9)),
        (Overflow.LESSER, (0, 9), (2, 1), (9, 1)),
        # level with each other, and half of the rest for each; of odd ones one more for the lesser
        (Overflow.BALANCE, (0, 0), (1, 4), (6, 6)),
        (Overflow.BALANCE, (0, 0), (4, 1), (6, 6)),
        (Overflow.BALANCE, (0, 0), (1, 5), (7, 6)),
        (Overflow.BALANCE, (0, 0), (5, 1), (6, 7)),
        (Overflow.BALANCE, (0, 0), (5, 5), (9, 8)),
        (Overflow.BALANCE, (0, 0), (1, 50), (8, 50)),
        (Overflow.BALANCE, (0, 20), (20, 1), (24, 4)),
    ],
)
def test_own_volume_of_seven(
    where: Overflow, carry: tuple[int, int], new: tuple[int, int], expected: tuple[int, int]
) -> None:
    """Member 1 of three; whoever has none, or owes some, adds nothing."""
    legs = np.array([[3, new[0], 3], [3, new[1], 3]])
    carried = np.array([[0, carry[0], 0], [0, carry[1], 0]])
    place_overflow(int(where), np.array([0, 7, -1]), carried, legs)
    assert legs.tolist() == [[3, expected[0], 3], [3, expected[1], 3]]
