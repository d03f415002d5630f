"""One company where much is reached, and plans' heads under which it is."""

from random import Random
from typing import Any

from tests.engine.strategies import VOLUMES, Company
from tests.engine.test_oracle import RANKS
from tests.engine.test_oracle_groups import TREES

__all__ = ["LIVELY", "head"]


def head(number: int) -> str:
    """The usual ranks, with other settings for each number."""
    return RANKS.format(
        commission=["cv", "pv"][number % 2],
        as_own=["true", "false"][number // 2 % 2],
        reduction="",
        legs=1 + number % 2,
        gv=60 * (number % 3),
        place=["level", "line", "bonus", "check"][number % 4],
        mode=["floor", "half_up", "up", "half_even", "ceiling"][number % 5],
        decimals=[4, 2, 2][number % 3],
        fee_from=5 * (number % 2),
        capped="true",
    ) + TREES.format(width=1 + number % 3, source=["sponsor", "enroller"][number % 2])


def lively(size: int = 60) -> Company:
    """People of all kinds, sixty by default, in trees that are neither chains nor stars."""
    random = Random(405)
    members: list[dict[str, Any]] = []
    legs: list[tuple[int, int]] = []
    for number in range(1, size + 1):
        earners = [row["customer_id"] for row in members if row["type"] == 2]
        kind = random.choice([2, 2, 2, 2, 2, 1, 3]) if number > 3 else 2
        row = {
            "customer_id": number * 3,
            "type": kind,
            "status": random.choice([1] * 8 + [2, 3, 4]) if number > 3 else 1,
            "sponsor_id": random.choice(earners[-9:]) if earners else 0,
            "enroller_id": random.choice(earners) if earners else 0,
            "enrolled_period": random.randint(401, 406),
            "max_rank": random.choice([-1, 0, 1]),
            "carry_left": random.choice(["0", "120", "333.3333"]) if kind == 2 else 0,
            "carry_right": random.choice(["0", "75.5"]) if kind == 2 else 0,
        }
        if kind == 2 and random.random() < 0.9:
            if legs:
                leg = legs.pop(random.randrange(min(3, len(legs))))
                row["binary_parent_id"], row["binary_position"] = leg
            legs += [(number * 3, 1), (number * 3, 2)]
        members.append(row)
    orders = [
        {
            "order_id": number,
            "customer_id": members[min(random.randrange(size), random.randrange(size))][
                "customer_id"
            ],
            "order_type": random.randint(1, 5),
            "pv": random.choice(VOLUMES),
            "cv": random.choice(["50", "100.05", "12.3456", "7", "-250.5"]),
            "retail_margin_base": random.choice(["0", "49.33", "0.01"]),
        }
        for number in range(1, 3 * size)
    ]
    return members, orders


LIVELY = lively()
