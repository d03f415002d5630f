"""What members give of their checks, to the cent."""

import numpy as np
import pytest

from upline.engine.arithmetic import Mode
from upline.engine.donations import DonationColumns, Donations, donation_items, pledged
from upline.engine.plan import Rounding

# Customers 10, 20, 30 stand at positions 2, 0, 1.
IDS = np.array([10, 20, 30])
PLACE = np.array([2, 0, 1], np.int32)
CENT = 100


def rows_of(donations: Donations) -> list[tuple[int, ...]]:
    return list(zip(*(column.tolist() for column in donations), strict=True))


def test_pledges_stand_by_member_and_of_two_the_smaller_stays() -> None:
    columns = DonationColumns([10, 99, 30, 10, 20, 20], [5, 1, 7, 4, 6, 6], [0, 1, 2, 9, 8, 3])
    assert rows_of(pledged(columns, IDS, PLACE)) == [(0, 6, 3), (1, 7, 2), (2, 4, 9)]
    assert rows_of(pledged(DonationColumns(), IDS, PLACE)) == []


@pytest.mark.parametrize(
    ("rate", "amount", "commission", "left", "most", "expected"),
    [
        (100_000, 0, 12_345, 99_999, 1_000_000, [-1_200]),  # a tenth of 1.2345 is 12 cents
        (0, 2_500, 12_345, 99_999, 1_000_000, [-2_500]),
        (100_000, 2_500, 12_345, 99_999, 1_000_000, [-3_700]),
        (0, 2_500, 12_345, 1_700, 1_000_000, [-1_700]),  # no more than the check
        (0, 2_500, 12_345, 99_999, 150_000, [-1_800]),  # nor than 15 %, cut to a cent
        (0, 2_500, 12_345, 0, 1_000_000, []),
        (0, 2_500, 12_345, 1, 1_000_000, [-1]),
        (0, 2_500, 0, 99_999, 1_000_000, []),
        (0, 2_500, 1, 99_999, 1_000_000, []),
        (0, 0, 12_345, 99_999, 1_000_000, []),
    ],
)
def test_a_donation(
    rate: int, amount: int, commission: int, left: int, most: int, expected: list[int]
) -> None:
    """Of the member at position 1; 0 has a check, too, and pledged nothing."""
    given = Donations(np.array([1], np.int32), np.array([rate]), np.array([amount]))
    rounding = Rounding(unit=CENT, mode=Mode.HALF_UP)
    found = donation_items(
        given, np.array([50_000, commission]), np.array([50_000, left]), rounding, most
    )
    assert found.amount.tolist() == expected
    assert found.payee.tolist() == [1] * len(expected)
    assert found.volume.tolist() == [commission] * len(expected)
    assert found.rate.tolist() == found.level.tolist() == [0] * len(expected)


def test_everybody_gives_of_their_own() -> None:
    given = Donations(
        np.array([0, 2, 3], np.int32), np.array([0, 500_000, 0]), np.array([300, 0, 700])
    )
    commission, left = np.array([10_000, 10_000, 4_000, 0]), np.full(4, 10_000)
    found = donation_items(given, commission, left, Rounding(), 1_000_000)
    assert found.payee.tolist() == [0, 2]
    assert found.amount.tolist() == [-300, -2_000]
