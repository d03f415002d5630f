"""Time in rank, grace, force, further volumes, exchange: the engine agrees with the oracle."""

from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.engine.agreement import agreed, plan_of
from tests.engine.company import snapshot_of
from tests.engine.extras import extras_of
from tests.engine.oracle import rounded
from tests.engine.oracle_ranks import recent_pv
from tests.engine.strategies import Company, checked, companies, shuffled

from upline.engine import run

PERIOD = 405
RATES = {"CAD": ("0.775194", "1.29"), "JPY": ("0.008765", "112.345678")}

PLAN = """
[plan]
key = "random"
name = "Random"

[volumes]
commission = "{commission}"
kinds = ["qv", "bv"]
active_pv = 60
active_periods = {periods}

[rank_rules]
forced = "{forced}"
ranks_below = "{below}"

{group}

[[ranks]]
id = 0
key = "a"
name = "A"
pv = 50
grace = {grace}

[[ranks]]
id = 1
key = "b"
name = "B"
rolling_pv = {{ volume = 120, periods = {periods} }}
{capped}

[[ranks]]
id = 2
key = "c"
name = "C"
{asked}
grace = 2

[[ranks]]
id = 4
key = "d"
name = "D"
legs = {{ count = 1, volume = 100 }}
ranked_legs = {{ count = 1, rank = "b" }}
gv = 20

[exchange]
volumes = {exchanged}
rounded = "{rounded}"
decimals = {decimals}

[[bonuses]]
kind = "unilevel"
id = 1
code = "unilevel"
name = "U"
rates = ["10%", "5%"]
volume = "{volume}"
requires = {requires}

[[bonuses]]
kind = "generations"
id = 2
code = "generations"
name = "G"
rates = ["3%", "2%"]
boundary = "c"

[[bonuses]]
kind = "rank"
id = 3
code = "reached"
name = "R"
amounts = {{ a = 1, b = 2, c = 4, d = 8 }}

[[bonuses]]
kind = "rank"
id = 4
code = "kept"
name = "K"
paid = "every_period"
amounts = {{ a = 1, b = 2, c = 4, d = 8 }}
"""
GROUPS = [
    "",
    '[group_volume]\nfrom_rank = "c"',
    '[group_volume]\nfrom_rank = "a"\nled_by = "b"',
    '[group_volume]\nled_by = "c"',
    '[group_volume]\nfrom_rank = "b"\nled_by = "d"\nleaves_out = ["organizations"]',
    '[group_volume]\nfrom_rank = "b"\nleaves_out = ["qualifying_legs"]',
]
CAPS = [
    'capped_ov = { volume = 150, leg_share = "60%" }',
    'capped_ov = { volume = 150, leg_share_of_ov = "33.3333%" }',
    "capped_ov = { volume = 150, leg_most = 70, own_capped = false }",
]
ASKED = [
    "volumes = { qv = 10 }",
    "volumes = { ov_bv = 40, total_qv = 5, cv = 10 }",
    "sides = { left = 1, right = 1, pv = 0 }",
    "enrolled_legs = { count = 2, each = 1, pv = 0 }",
    "enrolled_legs = { count = 1, each = 2, pv = 10 }",
    "enrolled = { count = 2, pv = 33.76 }",
    'held = { rank = "a", periods = 2 }',
    'held = { rank = "b", periods = 1, by = "paid" }',
]
REQUIRES = ["{}", "{ volumes = { qv = 10 } }", '{ held = { rank = "a", periods = 1 } }']


@st.composite
def plans(draw: st.DrawFn) -> str:
    """A plan with any of the options."""
    pick = {
        "commission": ["cv", "pv", "bv"],
        "periods": [2, 3],
        "forced": ["at_least", "exactly"],
        "below": ["achieved", "paid"],
        "group": GROUPS,
        "grace": [0, 1, 3],
        "capped": CAPS,
        "asked": ASKED,
        "exchanged": ["[]", '["cv", "bv"]', '["pv", "qv", "margin"]'],
        "rounded": ["order", "member"],
        "decimals": [0, 2, 4],
        "volume": ["commission", "bv", "ov_qv", "total_cv"],
        "requires": REQUIRES,
    }
    return PLAN.format(**{name: draw(st.sampled_from(values)) for name, values in pick.items()})


@st.composite
def histories(draw: st.DrawFn, most: int = 20) -> Company:
    """Companies whose members have a past, ranks by force and money of their own."""
    members, orders = draw(companies(most))
    ranks = st.sampled_from([-1, 0, 1, 2, 4, 5])  # no plan has a 5
    for row in members:
        row["history"] = {
            PERIOD - back: {
                "rank": draw(ranks),
                "paid_rank": draw(ranks),
                "pv": draw(st.sampled_from(["0", "60", "-5.5", "100.0001"])),
            }
            for back in draw(st.sets(st.integers(1, 4), max_size=3))
        }
        if draw(st.integers(0, 5)) == 0:
            row["forced_rank"] = draw(ranks.filter(lambda rank: rank >= 0))
        if draw(st.booleans()):
            row["currency"] = draw(st.sampled_from(sorted(RATES)))
    for order in orders:
        order["qv"] = draw(st.sampled_from(["0", "10", "12.3456"]))
        if draw(st.booleans()):
            order["bv"] = draw(st.sampled_from(["7", "-3.3333"]))
        if draw(st.booleans()):
            order["currency"] = draw(st.sampled_from(sorted(RATES)))
    return members, orders


@checked(120)
@given(plans(), histories())
def test_the_oracle_agrees(text: str, company: Company) -> None:
    snapshot, result, oracle = agreed(text, company, PERIOD, rates=RATES)
    periods = oracle.plan["volumes"]["active_periods"]
    people = [oracle.members[number] for number in snapshot.customer_id.tolist()]
    active = [m.earner and recent_pv(oracle, m, periods) >= 60 for m in people]
    assert result.is_active.tolist() == active
    paid = result.local
    for k, v in enumerate(result.checks.payee.tolist()):
        code = people[v].row.get("currency")
        net = Fraction(int(result.checks.net[k]), 10_000)
        due = net if code is None else rounded(net * Fraction(RATES[code][1]), 2, "half_up")
        assert Fraction(int(paid.net[k]), 10_000) == due
        assert paid.currency[k] == (-1 if code is None else sorted(RATES).index(code))


@checked(120)
@given(plans(), histories(), st.data())
def test_row_order_gives_the_same_bytes(text: str, company: Company, data: Any) -> None:
    plan = plan_of(text)
    digests = set()
    for members, orders in (company, shuffled(company, data.draw)):
        extras = extras_of(plan, members, orders, RATES)
        snapshot = snapshot_of(members, orders, PERIOD, extras=extras)
        digests.add((snapshot.digest, run(plan, snapshot).digest))
    assert len(digests) == 1


def test_the_digest_sees_what_only_some_plans_ask() -> None:
    plan = plan_of(PLAN.format(
        commission="cv", periods=2, forced="at_least", below="paid", group="", grace=1,
        capped=CAPS[0], asked=ASKED[0], exchanged="[]", rounded="order", decimals=2,
        volume="commission", requires="{}",
    ))  # fmt: skip
    order = {"order_id": 1, "customer_id": 1, "pv": 1}
    digests = []
    for member, more, rates in (
        ({}, {}, {}),
        ({"history": {404: {"rank": 1}}}, {}, {}),
        ({"history": {404: {"paid_rank": 1}}}, {}, {}),
        ({"history": {404: {"pv": 1}}}, {}, {}),
        ({"history": {403: {"pv": 1}}}, {}, {}),
        ({"forced_rank": 1}, {}, {}),
        ({"currency": "CAD"}, {}, {}),
        ({}, {"currency": "CAD"}, {}),
        ({}, {"qv": 1}, {}),
        ({}, {"bv": 1}, {}),
        ({}, {}, {"CAD": ("1", "1")}),
        ({}, {}, {"CAD": ("1", "2")}),
    ):
        rows, orders = [{"customer_id": 1} | member], [order | more]
        extras = extras_of(plan, rows, orders, rates)
        digests.append(snapshot_of(rows, orders, PERIOD, extras=extras).digest)
    assert len(set(digests)) == len(digests)
