"""A small organization every read can be told by heart.

    1 Root One
    ├── 2 Ann Able          4 stands below 2 since November; in October below 3
    │   ├── 4 Carl Cook     hides his contact data
    │   │   └── 6 Eve East
    │   └── 5 Dora Dale     retail customer, enrolled by 2
    └── 3 Bob Best          inactive
    7 Out Sider             a root of another organization

Everybody but 5 and 6 was enrolled by 1; 6 by 4.
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
        await add_run(session, OCTOBER, october, status_id=4),
        await add_run(session, NOVEMBER, november),
    )
