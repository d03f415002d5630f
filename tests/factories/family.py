"""A small organization every read can be told by heart.

    1 Root One
    ├── 2 Ann Able          4 stands below 2 since November; in October below 3
    │   ├── 4 Carl Cook     hides his contact data
    │   │   └── 6 Eve East
    │   └── 5 Dora Dale     retail customer, enrolled by 2
    └── 3 Bob Best          inactive
    7 Out Sider             a root of another organization

Everybody but 5 and 6 was enrolled by 1; 6 by 4. In the binary tree 1 has 2 on the left and 3 on the
right; below 2, always on the left, stand 4 and since November 6.
"""

from datetime import date
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.company import add_members
from tests.factories.figures import NOVEMBER, OCTOBER, add_run

from upline.models.commission import Rank
from upline.models.customer import Customer

MEMBERS: list[dict[str, Any]] = [
    {"customer_id": 1, "first_name": "Root", "last_name": "One"},
    {"customer_id": 2, "first_name": "Ann", "last_name": "Able", "sponsor_id": 1},
    {"customer_id": 3, "first_name": "Bob", "last_name": "Best", "sponsor_id": 1, "status": 2},
    {"customer_id": 4, "first_name": "Carl", "last_name": "Cook", "sponsor_id": 2},
    {"customer_id": 5, "first_name": "Dora", "last_name": "Dale", "sponsor_id": 2, "type": 3},
    {"customer_id": 6, "first_name": "Eve", "last_name": "East", "sponsor_id": 4},
    {"customer_id": 7, "first_name": "Out", "last_name": "Sider"},
]
BINARY = {2: (1, 1), 3: (1, 2), 4: (2, 1), 6: (4, 1)}
# Labels of the binary tree and levels: (pre, pre_end, level, members below).
BINARY_OCTOBER = {1: (0, 9, 0, 3), 2: (1, 6, 1, 1), 4: (2, 5, 2, 0), 3: (7, 8, 1, 0)}
BINARY_NOVEMBER = BINARY_OCTOBER | {
    1: (0, 9, 0, 4),
    2: (1, 6, 1, 2),
    4: (2, 5, 2, 1),
    6: (3, 4, 3, 0),
}
ENROLLERS = {2: 1, 3: 1, 4: 1, 5: 2, 6: 4}
RANKS = {-1: "Inactive", 0: "Distributor", 1: "Star", 2: "Senior Star"}


async def add_family(session: AsyncSession) -> None:
    """The members alone, as they stand in November 2014; no run has looked at them."""
    await session.execute(
        insert(Rank), [{"rank_id": number, "name": name} for number, name in RANKS.items()]
    )
    await add_members(
        session,
        [
            {
                **row,
                "enroller_id": ENROLLERS.get(row["customer_id"]),
                "enrolled_on": date(2014, 9, row["customer_id"]),
                **_place(row["customer_id"]),
            }
            for row in MEMBERS
        ],
    )
    await session.execute(
        update(Customer).where(Customer.customer_id == 4).values(contact_hidden=True)
    )


async def add_months(session: AsyncSession) -> tuple[int, int]:
    """October, paid, and November, open, both with figures; returns their runs."""
    october = {
        1: {"ov": 250, "rank_id": 0, "paid_rank_id": 0},
        2: {"sponsor_id": 1, "pv": 100, "ov": 100},
        3: {"sponsor_id": 1, "pv": 100, "ov": 150},
        4: {"sponsor_id": 3, "enroller_id": 1, "pv": 50, "ov": 50},
    }
    november = {
        1: {"pv": 50, "gv": 310, "ov": 310, "rank_id": 2, "paid_rank_id": 1},
        2: {"sponsor_id": 1, "pv": 100, "gv": 260, "ov": 260, "rank_id": 1, "paid_rank_id": 1},
        3: {"sponsor_id": 1, "status_id": 2},
        4: {"sponsor_id": 2, "enroller_id": 1, "pv": 80, "ov": 110, "rank_id": 0},
        5: {"sponsor_id": 2, "customer_type_id": 3, "pv": 50},
        6: {"sponsor_id": 4, "pv": 30, "ov": 30, "rank_id": 0},
        7: {"rank_id": 0},
    }
    return (
        await add_run(session, OCTOBER, _placed(october, BINARY_OCTOBER), status_id=4),
        await add_run(session, NOVEMBER, _placed(november, BINARY_NOVEMBER)),
    )


def _place(number: int) -> dict[str, Any]:
    """Where a member stands in the binary tree; 1 is its root."""
    parent_id, position_id = BINARY.get(number, (None, None))
    return {
        "binary_root": number == 1,
        "binary_parent_id": parent_id,
        "binary_position_id": position_id,
    }


def _placed(
    figures: dict[int, dict[str, Any]], labels: dict[int, tuple[int, int, int, int]]
) -> dict[int, dict[str, Any]]:
    """The figures with their places in the binary tree."""
    for number, (pre, pre_end, level, below) in labels.items():
        parent_id, position_id = BINARY.get(number, (None, None))
        figures[number] |= {
            "binary_parent_id": parent_id,
            "binary_position_id": position_id,
            "binary_pre": pre,
            "binary_pre_end": pre_end,
            "binary_level": level,
            "binary_downline_count": below,
        }
    return figures
