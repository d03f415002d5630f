"""Every option of every kind on one company where much is reached, the same in every run.

Random companies are small and often pay little; here everybody who can be paid is.
"""

from random import Random

import pytest
from tests.engine.agreement import agreed, assert_agree
from tests.engine.lively import LIVELY, head
from tests.engine.strategies import PERIOD
from tests.engine.test_oracle_kinds import bonus

from upline.engine.memory import MemoryColumns

PLANS = 10  # of each kind; no option has more values
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
        "most_per_source": ["1", '"7%"', '"11.5%"'],
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
            (
                '[{ by = "ov", bands = [{ fraction = "20%", rate = 0.5 }, '
                "{ fraction = 0.333, rate = 0.3 }, { fraction = 0.467, rate = 0.2 }] }]"
            ),
            (
                '[{ by = "cv", places_by = "ov", bands = [{ fraction = "25%", rate = "70%" }, '
                '{ fraction = "75%", rate = "30%" }] }, { by = "rank", ranks = { a = 1, c = 3 }, '
                'places_by = "earned", on = ["unilevel"], '
                'bands = [{ places = 3, rate = "33.3333%" }] }]'
            ),
            '[{ by = "customers", per = 5 }, { by = "lesser_legs", share = 15 }]',
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
        "buyers": ["[]", '["retail"]', '["retail", "preferred"]'],
        "compression": COMPRESSION[:2],
    },
}
BINARY = {
    "counted": ['"pv"', '"cv"'],
    "minimum": ["0", "50"],
    "after_pay": ['"net_off"', '"flush_weak"', '"flush"'],
    "over_cap": ['"carry"', '"forfeit"', '"flush"'],
    "unqualified": ['"keep"', '"flush"', '"flush_weak"', '"keep_old"'],
    "leg_limit": ["100000", "99.5"],
    "carry_limit": ["100000", "80"],
    "requires": REQUIRES,
}
METHODS = [
    'rate = "20%"\nrates_by_rank = { b = "12.3456%" }\n',
    "rate = 0.1\nmax_amount = 7.77\n",
    'rate = 0.077777\nbalance = true\nlopsided = { rate = "15%" }\n',
    "tiers = [{ volume = 40, amount = 5 }, { volume = 125, amount = 20.5 }]\n",
    "tiers = [{ volume = 40, amount = 5 }, { volume = 99, amount = 20 }]\nmax_amount = 10\n",
    "cycle = { strong = 20, weak = 10, pay = 3, pay_by_rank = { b = 4, c = 0 } }\n",
    'cycle = { strong = 20, weak = 10, pay = 3, strong_leg = "once" }\nmax_cycles = 5\n',
    "cycle = { strong = 20, weak = 20, pay = 3, first = { strong = 40, weak = 20, pay = 7.5 } }\n",
    "cycle = { strong = 3.3333, weak = 3, pay = 1 }\nmax_amount = 6\n",
    "cycle = { strong = 20, weak = 10, pay = 1, lopsided = { strong = 40, weak = 20, pay = 5 } }\n",
]
# Bonuses that remember, and options that exclude those above: by kind, then what is left to say.
LASTING: list[tuple[str, dict[str, str], str]] = [
    ("rank", {"amounts": "{ a = 10, b = 5, c = 100.5 }"}, "hold = 1\n"),
    ("rank", {"amounts": "{ a = 10, b = 5, c = 100.5 }"}, 'skipped = "lost"\n'),
    ("rank", {"amounts": "{ a = 10, b = 5, d = 100.5 }"}, 'skipped = "lost"\nhold = 1\n'),
    (
        "rank",
        {"amounts": "{ a = 1, c = 3.3333 }"},
        "hold = 1\nstreaks = [{ periods = 2, amount = 7 }, { periods = 3, amount = 14.5 }]\n",
    ),
    ("rank", {"amounts": "{ a = 10, b = 5 }", "paid": '"every_period"'}, "hold = 1\ntimes = 1\n"),
    (
        "rank",
        {"amounts": "{ a = 10, c = 7.5 }", "paid": '"every_period"'},
        'multipliers = [{ from_period = 2, rate = "33.3333%" }, { from_period = 3, rate = 2 }]\n',
    ),
    ("rank", {"amounts": "{ b = 4 }", "requires": "{ streak = 2 }"}, ""),
    (
        "pool",
        {"amount": "1000", "parts": '[{ by = "pv", growth = "previous" }]'},
        "requires = { first_periods = 2 }\n",
    ),
    (
        "pool",
        {"amount": "1000", "parts": '[{ by = "earned", on = ["unilevel"], growth = "best" }]'},
        'requires = { rank = "a", streak = 2, first_periods = 2 }\n',
    ),
    (
        "pool",
        {"amount": "1000", "parts": '[{ by = "pv", growth = "previous", growth_over = 2 }]'},
        "",
    ),
    (
        "pool",
        {
            "amount": "1000",
            "parts": '[{ by = "cv", places_by = "earned", on = ["unilevel"], places_in = '
            '"previous", bands = [{ fraction = 0.5, rate = 0.7 }, { fraction = 0.5, rate = 0.3 }] '
            '}, { by = "pv", places_in = "previous", bands = [{ places = 3, rate = 1 }] }]',
        },
        "",
    ),
    (
        "matching",
        {"on": '["unilevel"]', "rates": '["15%", "10%"]', "bank": "3"},
        "sources = { pv = 99.9999, ov = 250 }\n",
    ),
    ("coded", {"packages": "[50, 200]", "rates": '["10%", "5%"]', "amounts": "[20, 50]"}, ""),
    ("completion", {"tree": '"forced"', "width": "2", "amounts": "[5, 10, 20]"}, ""),
    ("differential", {"brackets": '[{ volume = 0, rate = "5%" }]'}, "most_per_lifetime = 9.99\n"),
    (
        "retail",
        {"customers": '["retail", "preferred"]'},
        'rate = "24%"\nrates_by_rank = { b = "30%", c = 0, d = "20%" }\n',
    ),
    (
        "retail",
        {"by_order": '"pv"', "volume": '"cv"', "customers": '["retail", "preferred"]'},
        'brackets = [{ volume = 33.76, rate = "10%" }, { volume = 100, rate = "12.3456%" }]\n',
    ),
    ("retail", {"volume": '"pv"', "customers": '["preferred"]'}, 'rate = "12.3456%"\n'),
    (
        "differential",
        {"volume": '"lesser_legs"', "by": '"lesser_legs"', "pays": '"own"'},
        'brackets = [{ volume = 50, rate = "3%" }, { volume = 300, rate = "9%" }]\n',
    ),
    ("starter_kit", {"amount": "[25, 0, 10.5]", "order_type": '"autoship"'}, "months = 4\n"),
    ("unilevel", {"amounts": "[5, 0, 2.5]", "tree": '"up"'}, 'compression = "level_aware"\n'),
    (
        "stairstep",
        {"by": '"pv"', "same_rank": '["1%"]'},
        'brackets = [{ volume = 50, rate = "4%" }, { volume = 99, rate = "9%" }]\n',
    ),
]
BASE = (
    bonus("unilevel", rates='["10%", "5%"]')
    .replace("id = 9", "id = 1")
    .replace('"x"', '"unilevel"')
)


def plan_with(kind: str, number: int) -> str:
    """A plan of one kind beside a plain unilevel, one of `PLANS`."""
    random = Random(kind)  # which values meet is arbitrary, but that each value is met is not
    chosen = {
        name: random.sample([values[k % len(values)] for k in range(PLANS)], PLANS)[number]
        for name, values in KINDS[kind].items()
    }
    return head(number) + BASE + bonus(kind, **chosen)


@pytest.mark.parametrize("number", range(PLANS))
@pytest.mark.parametrize("kind", KINDS)
def test_options(kind: str, number: int) -> None:
    assert_agree(plan_with(kind, number), LIVELY)


@pytest.mark.parametrize("number", range(len(METHODS)))
def test_binary(number: int) -> None:
    options = {name: values[number % len(values)] for name, values in BINARY.items()}
    assert_agree(head(number) + bonus("binary", **options) + METHODS[number], LIVELY)


@pytest.mark.parametrize("number", range(len(LASTING)))
def test_memories(number: int) -> None:
    kind, options, more = LASTING[number]
    text = head(number) + BASE + bonus(kind, **options) + more
    members, orders = LIVELY
    memories, before = MemoryColumns(), None
    for later in range(4):
        less = [order for order in orders if order["order_id"] % 7 >= later]
        snapshot, result, before = agreed(
            text, (members, less), PERIOD + later, memories=memories, before=before
        )
        rows = result.memories
        values = {name: getattr(rows, name)[::-1] for name in rows._fields if name != "member"}
        memories = MemoryColumns(snapshot.customer_id[rows.member[::-1]], **values)


def test_much_is_reached() -> None:
    result = assert_agree(head(0) + BASE, LIVELY)
    assert set(result.paid_rank.tolist()) == {-1, 0, 1, 2, 4}
    assert len(result.lines.payee) > 60
