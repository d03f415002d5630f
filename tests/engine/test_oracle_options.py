"""Every option of every kind on one company where much is reached, the same in every run.

Random companies are small and often pay little; here everybody who can be paid is.
"""

from random import Random
from typing import Any

import pytest
from tests.engine.agreement import assert_agree
from tests.engine.strategies import VOLUMES, Company
from tests.engine.test_oracle import RANKS
from tests.engine.test_oracle_groups import TREES
from tests.engine.test_oracle_kinds import bonus

PLANS = 8  # of each kind; no option has more values
TREE = ['"sponsor"', '"enroller"', '"binary"', '"forced"', '"up"']
REQUIRES = [
    "{}", "{ pv = 50 }", '{ rank = "b" }', '{ gv = 100, rank_at_most = "c" }',
    "{ legs = { count = 1, volume = 100 } }", "{ enrolled = { count = 2, pv = 33.76 } }",
    "{ within = 3 }", "{ autoship_pv = 50 }",
]  # fmt: skip
VOLUME = ['"commission"', '"pv"', '"own"', '"total_pv"']
LEVELS = ["{}", "{ a = 1, c = 0, d = 2 }", "{ b = 2 }", "{ a = 3 }"]
BY_RANK = ["{}", '{ b = ["7%", 0, "1%"], d = [0] }']
COMPRESSION = ['"none"', '"skip_unqualified"', '"level_aware"']
LEADERS: dict[str, list[str]] = {"requires": REQUIRES, "tree": TREE, "volume": VOLUME}
KINDS: dict[str, dict[str, list[str]]] = {
    "unilevel": {
        **LEADERS,
        "rates": ['["10%", "6%", "2%"]', '[0, "33.3333%", "1%"]', "[0.05, 0.05, 0.05, 0.05]"],
        "compression": COMPRESSION,
        "levels": LEVELS,
        "rates_by_rank": BY_RANK,
        "unqualified_pays": ["true", "false"],
        "stops_at": ['"own"', '"b"', '"d"', '"c"'],
        "stop_pays": ["true", "false"],
    },
    "matching": {
        "requires": REQUIRES,
        "tree": TREE,
        "rates": ['["50%", "20%", 0, "10%"]'],
        "on": ['["unilevel"]'],
        "compression": COMPRESSION,
        "levels": LEVELS,
        "rates_by_rank": BY_RANK,
    },
    "generations": {
        **LEADERS,
        "rates": ['["2.5%", 0, "1%"]', '["33.3333%", "3%", "2%"]'],
        "levels": LEVELS,
        "rates_by_rank": BY_RANK,
        "boundary": ['"own"', '"a"', '"b"', '"c"'],
        "boundary_by": ['"paid"', '"highest"'],
        "inclusive": ["true", "false", '"purchases"'],
        "unqualified_bounds": ["true", "false"],
    },
    "infinity": {
        **LEADERS,
        "rates": ['["2%", "1%", "3%"]', '["2%", 0, "1%"]'],
        "rates_by_rank": ["{}", '{ b = ["7%", "3%"], d = [0] }'],
        "levels": LEVELS,
        "from_level": ["1", "2", "4"],
    },
    "differential": {
        "requires": REQUIRES,
        "volume": VOLUME[:3],
        "brackets": [
            '[{ volume = 0, rate = "10%" }, { volume = 200, rate = "11.5%" }]',
            '[{ volume = 50, rate = "3%" }, { volume = 300, rate = "9%" }]',
        ],
        "by": ['"ov"', '"gv"', '"pv"'],
        "kept": ["[]", '["starter_kit", "premium_kit"]'],
        "pays": ['"group"', '"group"', '"own"'],
    },
    "stairstep": {
        **LEADERS,
        "rates": ['{ a = "3%", c = "5%", d = "8%" }', '{ b = "7%" }', '{ a = "1%", b = "2%" }'],
        "own": ['"ignored"', '"kept"', '"paid"'],
        "same_rank": ["[]", '["1%"]', '["1%", 0, "0.5%"]'],
        "minimum": ["0", '"2.5%"'],
        "unqualified": ['"passes"', '"loses"'],
        "from_level": ["1", "2", "3"],
    },
    "breakaway": {
        **LEADERS,
        "leader": ['"a"', '"b"', '"c"'],
        "rate": ['"4%"', '"33.3333%"'],
        "floor": ["5", "0", "40.0001", "200"],
    },
    "structure": {
        "requires": REQUIRES[:4],
        "tree": TREE,
        "count": ["1", "2", "2"],
        "amounts": ["[5, 7.5]", "[50, 0, 250.5]", "[0, 3]"],
        "counted": ["{}", "{ pv = 50 }"],
    },
    "completion": {
        "requires": REQUIRES[:4],
        "tree": ['"forced"', '"binary"'],
        "width": ["1", "2"],
        "amounts": ["[5]", "[1, 10.5, 0, 3]"],
        "counted": ["{}", "{ pv = 50 }"],
    },
    "coded": {
        **LEADERS,
        "packages": ["[50, 200]", "[0.0001, 100]"],
        "rates": ['["10%", "5%"]', '[0, "2.5%"]'],
        "amounts": ["[20, 50]", "[7.5, 0]"],
        "order_types": ['["starter_kit", "premium_kit"]', '["standard", "autoship", "retail"]'],
    },
    "pool": {
        "requires": REQUIRES,
        "rate": ['"33.3333%"', "0.0625"],
        "amount": ["0", "100.01"],
        "most": ["1", '"20%"', '"7.5%"'],
        "compression": COMPRESSION[:2],
        "sources": REQUIRES[:3],
        "parts": [
            '[{ by = "rank", ranks = { a = 1, c = 3 } }]',
            '[{ by = "levels", points = [5, 3, 1] }]',
            '[{ by = "leaders", ranks = { a = 1, c = 3 } }]',
            '[{ by = "leaders", ranks = { b = 2, d = 5 }, generations = 1 }]',
            '[{ by = "leaders", ranks = { a = 2, b = 1 }, generations = 2 }, { by = "left" }]',
            '[{ by = "ov", per = 40, share = 3 }, { by = "earned", on = ["unilevel"] }]',
            '[{ by = "pv", bands = [{ places = 2, rate = "60%" }, { places = 5, rate = 0.3 }] }]',
            '[{ by = "customers", per = 5 }, { by = "pv", share = 15 }]',
        ],
    },
    "rank": {
        "requires": REQUIRES,
        "amounts": ["{ a = 10, c = 100.5 }", "{ b = 1, d = 3.3333 }"],
        "paid": ['"once"', '"every_period"'],
    },
    "retail": {
        "requires": REQUIRES,
        "customers": ['["retail"]', '["retail", "preferred"]'],
        "brackets": [
            '[{ volume = 0.01, rate = "20%" }, { volume = 60, rate = "25%" }]',
            '[{ volume = 50, rate = "20%" }, { volume = 500, rate = "30%" }]',
        ],
        "by": ['"customers"', '"total_pv"', '"pv"'],
    },
    "starter_kit": {
        "requires": REQUIRES,
        "tree": TREE,
        "kits": ["{ premium_kit = 25, starter_kit = [10, 0, 5] }", "{ standard = [1, 2] }"],
        "months": ["1", "4"],
        "compression": COMPRESSION[:2],
    },
    "fast_start": {
        "requires": REQUIRES,
        "tree": TREE,
        "months": ["4"],
        "levels": [
            '[{ rate = "20%", cap = 12 }, { rate = "10%" }]',
            '[{ rate = [0.5, 0.25, 0.1, 0] }, { rate = 0 }, { rate = "5%", cap = 3.3333 }]',
        ],
        "compression": COMPRESSION[:2],
    },
}
BASE = (
    bonus("unilevel", rates='["10%", "5%"]')
    .replace("id = 9", "id = 1")
    .replace('"x"', '"unilevel"')
)


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


@pytest.mark.parametrize("number", range(PLANS))
@pytest.mark.parametrize("kind", KINDS)
def test_options(kind: str, number: int) -> None:
    random = Random(kind)  # which values meet is arbitrary, but that each value is met is not
    chosen = {
        name: random.sample([values[k % len(values)] for k in range(PLANS)], PLANS)[number]
        for name, values in KINDS[kind].items()
    }
    assert_agree(head(number) + BASE + bonus(kind, **chosen), LIVELY)


def test_much_is_reached() -> None:
    result = assert_agree(head(0) + BASE, LIVELY)
    assert set(result.paid_rank.tolist()) == {-1, 0, 1, 2, 4}
    assert len(result.lines.payee) > 60
