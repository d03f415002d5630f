"""Each requirement of a rank at the very volume where it begins to be met.

1 buys 10, and his customer 7 buys 20
├── 2 buys 100: 200 with those below, on the left
│   ├── 4 buys 60, on the left
│   └── 5 buys 40, on the right
└── 3 buys 50: 80 with 6, on the right
    └── 6 buys 30, on the right
"""

from typing import Any

import pytest
from tests.engine.agreement import plan_of
from tests.engine.company import snapshot_of
from tests.engine.extras import extras_of

from upline.engine import Result, Snapshot, run

HEAD = """
[plan]
key = "worked"
name = "Worked"

[volumes]
customers_as_own = false
kinds = ["qv"]
"""
RANK = '[[ranks]]\nid = {id}\nkey = "{key}"\nname = "{key}"\n{asks}\n'
FAMILY: list[dict[str, Any]] = [
    {"customer_id": 1, "pv": 10},
    {"customer_id": 2, "pv": 100, "sponsor_id": 1, "binary_parent_id": 1, "binary_position": 1},
    {"customer_id": 3, "pv": 50, "sponsor_id": 1, "binary_parent_id": 1, "binary_position": 2},
    {"customer_id": 4, "pv": 60, "sponsor_id": 2, "binary_parent_id": 2, "binary_position": 1},
    {"customer_id": 5, "pv": 40, "sponsor_id": 2, "binary_parent_id": 2, "binary_position": 2},
    {"customer_id": 6, "pv": 30, "sponsor_id": 3, "binary_parent_id": 3, "binary_position": 2},
    {"customer_id": 7, "pv": 20, "sponsor_id": 1, "type": 3},
]


def ranked(
    ranks: dict[str, str], people: list[dict[str, Any]] = FAMILY, more: str = ""
) -> tuple[Snapshot, Result]:
    """ranks: what each asks, by key."""
    text = f"{HEAD}{more}\n"
    for number, (key, asks) in enumerate(ranks.items()):
        text += RANK.format(id=number, key=key, asks=asks)
    plan = plan_of(text)
    orders = [{"order_id": row["customer_id"], **row} for row in people if "pv" in row]
    snapshot = snapshot_of(people, orders, extras=extras_of(plan, people, orders))
    return snapshot, run(plan, snapshot)


def holders(asks: str, people: list[dict[str, Any]] = FAMILY, more: str = "") -> list[int]:
    """Who reaches the one rank there is."""
    snapshot, result = ranked({"b": asks}, people, more)
    return sorted(snapshot.customer_id[result.rank == 0].tolist())


def changed(**changes: dict[str, Any]) -> list[dict[str, Any]]:
    """The family with some columns of some members changed: _1 is member 1."""
    return [row | changes.get(f"_{row['customer_id']}", {}) for row in FAMILY]


@pytest.mark.parametrize(
    ("asks", "expected"),
    [
        ("pv = 50", [2, 3, 4]),
        ("pv = 50.0001", [2, 4]),
        ("total_pv = 30", [1, 2, 3, 4, 5, 6]),
        ("total_pv = 30.0001", [2, 3, 4, 5]),
        ("ov = 80", [1, 2, 3]),
        ("ov = 80.0001", [1, 2]),
        ("gv = 200", [1, 2]),
        ("gv = 200.0001", [1]),
        ("left = 60", [1, 2]),
        ("left = 60.0001", [1]),
        ("right = 30", [1, 2, 3]),
        ("right = 40", [1, 2]),
        ("right = 40.0001", [1]),
        ("volumes = { ov = 80, pv = 50 }", [2, 3]),
        ("any_of = [{ pv = 100 }, { ov = 80, pv = 10 }]", [1, 2, 3]),
        ("any_of = [{ pv = 101 }, { ov = 80.0001, pv = 11 }]", [2]),
        ("ov = 80\nany_of = [{ pv = 60 }, { volumes = { qv = 1 } }]", [2]),
        # legs: customers are none
        ("legs = { count = 1, volume = 30 }", [1, 2, 3]),
        ("legs = { count = 1, volume = 30.0001 }", [1, 2]),
        ("legs = { count = 2, volume = 40 }", [1, 2]),
        ("legs = { count = 2, volume = 80 }", [1]),
        ("legs = { count = 2, volume = 80.0001 }", []),
        ("legs = { count = 3, volume = 20 }", []),
        ("legs = { count = 2, volume = 40, pv = 50 }", [1]),
        ("legs = { count = 2, volume = 40, pv = 50.0001 }", []),
        # of 10 + 200 + 80 + 20 no leg counts for more than so much
        ('capped_ov = { volume = 180, leg_share = "50%" }', [1, 2]),
        ("capped_ov = { volume = 160, leg_most = 70 }", [1, 2]),
        ("capped_ov = { volume = 170, leg_most = 70 }", [1, 2]),
        ("capped_ov = { volume = 170.0001, leg_most = 70 }", []),
        ("capped_ov = { volume = 171, leg_most = 70, own_capped = false }", [2]),
        ("capped_ov = { volume = 200, leg_most = 70, own_capped = false }", [2]),
        ("capped_ov = { volume = 200.0001, leg_most = 70, own_capped = false }", []),
        ('capped_ov = { volume = 172.5, leg_share_of_ov = "20%" }', []),
        ('capped_ov = { volume = 154, leg_share_of_ov = "20%" }', [1]),
        ('capped_ov = { volume = 154.0001, leg_share_of_ov = "20%" }', []),
        # people
        ("enrolled = { count = 2, pv = 40 }", [1, 2]),
        ("enrolled = { count = 2, pv = 50 }", [1]),
        ("enrolled = { count = 2, pv = 50.0001 }", []),
        ("enrolled = { count = 3, pv = 20 }", []),
        ("sides = { left = 1, right = 1, pv = 40 }", [1, 2]),
        ("sides = { left = 1, right = 1, pv = 50 }", [1]),
        ("sides = { left = 1, right = 0, pv = 60 }", [1, 2]),
        ("sides = { left = 0, right = 1, pv = 30 }", [1, 2, 3]),
        ("sides = { left = 2, right = 1 }", []),
        ("enrolled_legs = { count = 1, pv = 30 }", [1, 2, 3]),
        ("enrolled_legs = { count = 2, pv = 40 }", [1, 2]),
        ("enrolled_legs = { count = 2, pv = 50 }", [1]),
        ("enrolled_legs = { count = 1, each = 2 }", []),
        ("customers = { count = 1, pv = 20 }", [1]),
        ("customers = { count = 1, pv = 20.0001 }", []),
        ("customers = { count = 2 }", []),
        ('customers = { count = 1, types = ["retail"] }', [1]),
        ('customers = { count = 1, types = ["preferred"] }', []),
        (
            'pv = 10\ncustomer_ratio = { of = ["retail"], to = ["distributor"], least = "50%" }',
            [1, 4, 5, 6],
        ),
        (
            'pv = 10\ncustomer_ratio = { of = ["retail"], to = ["distributor"], least = 0.500001 }',
            [4, 5, 6],
        ),
        (
            'customer_ratio = { of = ["retail"], to = ["distributor"], least = "100%", pv = 60 }',
            [3, 4, 5, 6],
        ),
        (
            'customer_ratio = { of = ["distributor"], to = ["retail"], least = "300%", pv = 20 }',
            [2, 3, 4, 5, 6],
        ),
    ],
)
def test_a_requirement(asks: str, expected: list[int]) -> None:
    assert holders(asks) == expected


def test_enrolled_legs_hold_whom_the_member_enrolled_wherever_they_stand() -> None:
    """1 enrolled 2 and, below, 4 and 5; 6 below 3 is 2's, and no leg of 2's."""
    people = changed(_4={"enroller_id": 1}, _5={"enroller_id": 1}, _6={"enroller_id": 2})
    assert holders("enrolled_legs = { count = 1, each = 3 }", people) == [1]
    assert holders("enrolled_legs = { count = 1, each = 4 }", people) == []
    assert holders("enrolled_legs = { count = 1 }", people) == [1]
    assert holders("enrolled = { count = 1 }", people) == [1, 2]
    assert holders("sides = { left = 3, right = 1 }", people) == [1]
    assert holders("sides = { left = 0, right = 1 }", people) == [1]


def test_a_rank_held_in_periods_before() -> None:
    """2 held it in both, as paid; 3 only lately; 4 lost it lately; 5 has a higher one."""
    lately, before = 404, 403
    people = changed(
        _2={"history": {lately: {"rank": 0, "paid_rank": 1}, before: {"rank": 0, "paid_rank": 1}}},
        _3={"history": {lately: {"rank": 1}}},
        _4={"history": {before: {"rank": 1}}},
        _5={"history": {lately: {"rank": 2}, before: {"rank": 1}}},
    )
    ranks = {"a": "", "b": "pv = 1000", "c": "pv = 1000"}

    def held(periods: int, by: str) -> list[int]:
        asks = f'held = {{ rank = "b", periods = {periods}, by = "{by}" }}'
        snapshot, result = ranked(ranks | {"d": asks}, people)
        return sorted(snapshot.customer_id[result.rank == 3].tolist())

    assert held(1, "achieved") == [3, 5]
    assert held(2, "achieved") == [5]
    assert held(3, "achieved") == []
    assert held(2, "paid") == [2]


def test_volume_of_periods_before() -> None:
    people = changed(
        _2={"history": {404: {"pv": 30}, 403: {"pv": 500}}}, _3={"history": {404: {"pv": 79}}}
    )
    assert holders("rolling_pv = { volume = 130, periods = 2 }", people) == [2]
    assert holders("rolling_pv = { volume = 129, periods = 2 }", people) == [2, 3]
    assert holders("rolling_pv = { volume = 630, periods = 3 }", people) == [2]


def test_an_owner_of_several_positions_needs_more() -> None:
    """4 and 5 are positions of 2: 200 together. 6 is a position of nobody's but his own."""
    people = changed(_4={"owner": 2}, _5={"owner": 2})
    assert holders("owner_pv = { one = 50, several = 200 }", people) == [2, 3, 4, 5]
    assert holders("owner_pv = { one = 30, several = 200.0001 }", people) == [3, 6]
    people = changed(_4={"owner": 2, "history": {404: {"pv": 25}}}, _5={"owner": 2})
    asks = "owner_pv = { one = 1000, several = 225, periods = 2 }"
    assert holders(asks, people) == [2, 4, 5]


def test_a_leg_that_holds_a_rank_anywhere_counts_once() -> None:
    """4 and 5 are both in the leg of 2; 6 is deep in the leg of 3."""
    ranks = {"a": "pv = 30", "b": 'ranked_legs = { count = 2, rank = "a" }'}
    people = changed(_2={"pv": 5}, _3={"pv": 5})
    snapshot, result = ranked(ranks, people)
    assert snapshot.customer_id.tolist() == [1, 2, 4, 5, 3, 6, 7]
    assert result.rank.tolist() == [1, 1, 0, 0, -1, 0, -1]


def test_volume_without_the_largest_legs() -> None:
    """1 has legs of 70, 60, 50, 40, 30, 20 and 10, in an order of no kind, and buys 5."""
    legs = [30, 70, 10, 50, 60, 20, 40]
    people = [{"customer_id": 1, "pv": 5}]
    people += [{"customer_id": 2 + k, "pv": pv, "sponsor_id": 1} for k, pv in enumerate(legs)]
    people.append({"customer_id": 99, "pv": 100, "sponsor_id": 1, "type": 3})
    _, result = ranked({"a": ""}, people)
    less = [getattr(result, f"ov_less_{k}")[0] // 10_000 for k in range(2, 7)]
    assert result.ov[0] == 385 * 10_000
    assert less == [255, 205, 165, 135, 115]
    assert result.ov_less_2[1] == 30 * 10_000


def group_volumes(more: str, asks: str) -> dict[int, int]:
    """By member, where `b` asks something of legs."""
    ranks = {"a": "pv = 60", "b": asks}
    snapshot, result = ranked(ranks, more="[group_volume]\n" + more)
    return dict(zip(snapshot.customer_id.tolist(), (result.gv // 10_000).tolist(), strict=True))


def test_group_volume_leaves_out_led_organizations() -> None:
    """2 and 4 lead: they are not in the volume of those above them, but in their own."""
    led = group_volumes('led_by = "a"\nleaves_out = ["organizations"]', "pv = 1000")
    assert led == {1: 110, 2: 140, 3: 80, 4: 60, 5: 40, 6: 30, 7: 0}
    from_a = group_volumes('from_rank = "a"', "pv = 1000")
    assert from_a == {1: 310, 2: 140, 3: 80, 4: 60, 5: 40, 6: 30, 7: 0}


def test_group_volume_leaves_out_the_legs_that_qualified() -> None:
    """The largest of 1, and the larger of 2; 3 has but one."""
    rules = 'from_rank = "b"\nleaves_out = ["qualifying_legs"]'
    one = group_volumes(rules, "legs = { count = 1, volume = 30 }")
    assert one == {1: 110, 2: 140, 3: 50, 4: 60, 5: 40, 6: 30, 7: 0}
    both = group_volumes(rules, "legs = { count = 2, volume = 30 }")
    assert both == {1: 30, 2: 100, 3: 80, 4: 60, 5: 40, 6: 30, 7: 0}


@pytest.mark.parametrize("ids", [(2, 3), (3, 2)])
def test_of_legs_of_one_volume_those_that_cost_least_qualify(ids: tuple[int, int]) -> None:
    """Both legs make 100; in the cheaper one 90 are of an organization that somebody leads."""
    cheap, dear = ids
    people = [
        {"customer_id": 1, "pv": 7},
        {"customer_id": cheap, "pv": 10, "sponsor_id": 1},
        {"customer_id": 9, "pv": 90, "sponsor_id": cheap},
        {"customer_id": dear, "pv": 50, "sponsor_id": 1},
        {"customer_id": 8, "pv": 50, "sponsor_id": dear},
    ]
    ranks = {"b": "legs = { count = 1, volume = 60 }", "c": "pv = 90"}
    more = '[group_volume]\nfrom_rank = "b"\nled_by = "c"\n'
    _, result = ranked(ranks, people, more)
    assert result.gv[0] == (7 + 100) * 10_000
