"""Blocks of members in tree order: every member counts once in each facet."""

import numpy as np

from upline.core.copy import Column, Kind
from upline.services.commission.downline_counts import MEMBERS_A_BLOCK, count_blocks


def _column(name: str, values: list[int], null: list[bool] | None = None) -> Column:
    missing = None if null is None else np.array(null)
    return Column(name, Kind.BIGINT, np.array(values), missing)


def test_blocks_hold_their_members_once() -> None:
    count = MEMBERS_A_BLOCK + 3
    placed = list(range(count - 1, -1, -1))  # the binary tree runs the other way
    rows = count_blocks(
        [
            _column("pre", [7 * n for n in range(count)]),
            _column("level", [n % 2 for n in range(count)]),
            _column("rank_id", [-1] * (count - 1) + [3]),
            _column("status_id", [1] * count),
            _column("binary_pre", placed, [n >= 2 for n in range(count)]),
            _column("binary_level", [0] * count),
        ]
    )
    counted = {
        tuple(row[:4]): row[4] for row in zip(*(c.values.tolist() for c in rows), strict=True)
    }
    second = 7 * MEMBERS_A_BLOCK
    assert counted == {
        (2, 0, 0, 0): MEMBERS_A_BLOCK,
        (2, 0, 0, second): 3,
        (2, 1, -1, 0): MEMBERS_A_BLOCK,
        (2, 1, -1, second): 2,
        (2, 1, 3, second): 1,
        (2, 2, 1, 0): MEMBERS_A_BLOCK,
        (2, 2, 1, second): 3,
        (2, 3, 0, 0): MEMBERS_A_BLOCK // 2,
        (2, 3, 1, 0): MEMBERS_A_BLOCK // 2,
        (2, 3, 0, second): 2,
        (2, 3, 1, second): 1,
        (3, 0, 0, count - 2): 2,
        (3, 1, -1, count - 2): 2,
        (3, 2, 1, count - 2): 2,
        (3, 3, 0, count - 2): 2,
    }


def test_an_empty_company_has_no_blocks() -> None:
    names = ("pre", "level", "rank_id", "status_id", "binary_pre", "binary_level")
    assert all(len(c.values) == 0 for c in count_blocks([_column(name, []) for name in names]))
