"""The engine agrees with the slow oracle on random companies and random plan options."""

from hypothesis import given
from hypothesis import strategies as st
from tests.engine.agreement import assert_agree
from tests.engine.strategies import checked, companies
from tests.factories.golden import golden_members, golden_orders

from upline.services import plan as plans

MODES = ["half_up", "half_even", "half_down", "down", "up", "floor", "ceiling"]
ESSENTIAL = plans.load_builtin("essential").text

# Ranks low enough that small random companies reach them, one of each requirement.
RANKS = """
[plan]
key = "random"
name = "Random"

[volumes]
commission = "{commission}"
active_pv = 50
qualified_pv = 100
customers_as_own = {as_own}
{reduction}

[group_volume]
from_rank = "c"

[[ranks]]
id = 0
key = "a"
name = "A"
pv = 50

[[ranks]]
id = 1
key = "b"
name = "B"
total_pv = 50
ov = 200
capped_ov = {{ volume = 150, leg_share = "60%" }}

[[ranks]]
id = 2
key = "c"
name = "C"
pv = 50
legs = {{ count = {legs}, volume = 100, pv = 50 }}
gv = {gv}

[[ranks]]
id = 4
key = "d"
name = "D"
ov = 500
gv = 50
legs = {{ count = 2, volume = 200 }}
ranked_legs = {{ count = 1, rank = "b" }}
enrolled = {{ count = 1, pv = 50 }}

[rounding]
place = "{place}"
mode = "{mode}"
decimals = {decimals}

[[fees]]
name = "Fee"
ledger_type = 2
amount = 3
from_commission = {fee_from}
capped = {capped}
"""


@st.composite
def heads(draw: st.DrawFn) -> str:
    """Everything of a plan but its bonuses."""
    reduction = '[volumes.new_member_reduction]\nmonths = 2\nrate = "33.3333%"\n'
    by_month = '[volumes.new_member_reduction]\nmonths = 3\nrate = [1, "70%", 0]\nup_to = 80\n'
    return RANKS.format(
        commission=draw(st.sampled_from(["pv", "cv"])),
        as_own=draw(st.sampled_from(["true", "false"])),
        reduction=draw(st.sampled_from(["", reduction, by_month])),
        legs=draw(st.integers(1, 3)),
        gv=draw(st.sampled_from([0, 60, 300])),
        place=draw(st.sampled_from(["line", "level", "bonus", "check"])),
        mode=draw(st.sampled_from(MODES)),
        decimals=draw(st.sampled_from([0, 2, 4])),
        fee_from=draw(st.sampled_from([0, 5])),
        capped=draw(st.sampled_from(["true", "false"])),
    )


REQUIRES = ["{}", "{ pv = 50 }", '{ rank = "b" }', '{ gv = 100, rank_at_most = "c" }']


@st.composite
def unilevels(draw: st.DrawFn) -> str:
    """A unilevel with any of its options."""
    compression = draw(
        st.sampled_from(["none", "skip_unqualified", "skip_below_rank", "level_aware"])
    )
    lines = [
        '[[bonuses]]\nkind = "unilevel"\nid = 1\ncode = "unilevel"\nname = "U"',
        f"rates = {draw(st.sampled_from(['[0.1]', '[0.08, 0.05, 0.033333]']))}",
        f'compression = "{compression}"',
        f"requires = {draw(st.sampled_from(REQUIRES))}",
        f"unqualified_pays = {draw(st.sampled_from(['true', 'false']))}",
        f'tree = "{draw(st.sampled_from(["sponsor", "enroller", "binary"]))}"',
        f'volume = "{draw(st.sampled_from(["commission", "pv", "own", "ov"]))}"',
    ]
    if compression == "skip_below_rank":
        lines.append('holding_rank = "b"')
    if draw(st.booleans()):
        lines.append("levels = { a = 1, c = 0, d = 1 }")
    if draw(st.booleans()):
        lines.append('rates_by_rank = { b = ["7%"], d = [0] }')
    return "\n".join(lines) + "\n"


FAST_START = """
[[bonuses]]
kind = "fast_start"
id = 2
code = "faststart"
name = "F"
months = 2
levels = [{{ rate = [0.5, 0.25], cap = 40 }}, {{ rate = "10%" }}]
requires = {requires}
compression = "{compression}"

[[bonuses]]
kind = "starter_kit"
id = 3
code = "kit"
name = "K"
amount = 25
months = 2

[[bonuses]]
kind = "retail"
id = 4
code = "retail"
name = "R"
rate = "24%"
customers = ["retail", "preferred"]
"""


@checked(150)
@given(st.sampled_from(["essential", "binary", "hybrid"]), companies(most=50))
def test_built_in_plans(name, company) -> None:
    assert_agree(plans.load_builtin(name).text, company)


def test_golden_company() -> None:
    assert_agree(ESSENTIAL, (golden_members(), golden_orders()))


@checked(150)
@given(heads(), unilevels(), companies())
def test_unilevel(head, bonus, company) -> None:
    assert_agree(head + bonus, company)


@checked(150)
@given(
    heads(),
    st.sampled_from(REQUIRES),
    st.sampled_from(["none", "skip_unqualified"]),
    companies(),
)
def test_first_orders_bonuses(head, requires, compression, company) -> None:
    assert_agree(head + FAST_START.format(requires=requires, compression=compression), company)
