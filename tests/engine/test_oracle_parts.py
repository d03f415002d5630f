"""Days since enrolment, parts of a kind of volume, points and choices, against the oracle."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.agreement import agreed, assert_agree
from tests.engine.lively import LIVELY, head
from tests.engine.strategies import Company, checked, companies
from tests.engine.test_oracle_kinds import bonus

from upline.engine.memory import MemoryColumns

PLAN = """
[plan]
key = "parts"
name = "Parts"

[volumes]
commission = "{commission}"
customers_as_own = {as_own}

[volumes.parts]
kits = {{ of = "cv", order_types = ["starter_kit", "premium_kit"] }}
late = {{ of = "cv", after_days = 20 }}
early = {{ of = "pv", first_days = 45, buyers = ["distributor"] }}
soon = {{ of = "pv", after_hours = 1, first_hours = 72 }}

[volumes.sums]
two = {{ of = "ov", periods = 2 }}
all = {{ of = "ov_kits" }}

{reduction}

[[ranks]]
id = 1
key = "a"
name = "A"
volumes = {{ ov_early = 150, total_kits = 20 }}

[[ranks]]
id = 2
key = "b"
name = "B"
volumes = {{ late = 80 }}
{either}

[[bonuses]]
kind = "fast_start"
id = 1
code = "first"
name = "First"
{windows}
levels = [
  {{ rate = {rate}, cap = {cap} }}, {{ rate = "10%", cap = 7.7777 }}, {{ rate = "3.3333%" }}
]
volume = "{volume}"
compression = "{compression}"

[[bonuses]]
kind = "unilevel"
id = 2
code = "levels"
name = "Levels"
rates = ["10%", "5%"]
volume = "{paid_on}"
requires = {requires}

[[bonuses]]
kind = "differential"
id = 3
code = "group"
name = "Group"
by = "{by}"
brackets = [{{ volume = 100, rate = "5%" }}, {{ volume = 700, rate = "12%" }}]

[rounding]
place = "{place}"
"""


EITHER = (
    "any_of = [{ ov = 300, enrolled = { count = 1 } }, { volumes = { two = 600 } },"
    " { pv = 50, total_pv = 150, customers = { count = 1 } }]"
)


@st.composite
def aged(draw: st.DrawFn) -> Company:
    members, orders = draw(companies(most=14))
    before = st.sampled_from(["0", "99.9999", "600", "-50"])
    members = [row | {"earlier": {"two": draw(before)}} for row in members]
    ages = st.sampled_from([0, 1, 19, 20, 29, 30, 44, 45, 59, 60, 400])
    hours = st.sampled_from([0, 1, 23])
    aged = [order | {"age": draw(ages)} for order in orders]
    return members, [order | {"hours": order["age"] * 24 + draw(hours)} for order in aged]


@st.composite
def plans(draw: st.DrawFn) -> str:
    windows, rate = draw(
        st.sampled_from(
            [
                ("days = 60", '"20%"'),
                ("days = [30, 60]", '["20%", 0.12345]'),
                ("days = [1, 20, 45]", '["50%", 0, "1%"]'),
                ("hours = 72", '"20%"'),
                ("hours = [1, 24, 480]", '["50%", "25%", "1%"]'),
            ]
        )
    )
    cuts = [
        "days = 60\nrate = 1\n",
        'days = [30, 60]\nrate = ["70%", "33.3333%"]\nup_to = 80\n',
        'hours = [24, 500]\nrate = ["70%", "33.3333%"]\nup_to = 80\n',
    ]
    cut = draw(st.sampled_from(["", *cuts]))
    names: dict[str, Any] = {
        "windows": windows,
        "rate": rate,
        "reduction": cut and f"[volumes.new_member_reduction]\n{cut}",
        "commission": draw(st.sampled_from(["cv", "pv", "late"])),
        "as_own": draw(st.sampled_from(["true", "false"])),
        "cap": draw(st.sampled_from(["1000000", "12.5", "30"])),
        "volume": draw(st.sampled_from(["own", "pv", "kits"])),
        "compression": draw(st.sampled_from(["none", "skip_unqualified"])),
        "paid_on": draw(st.sampled_from(["commission", "kits", "ov_early", "soon"])),
        "either": draw(st.sampled_from(["", EITHER])),
        "requires": draw(
            st.sampled_from(
                ["{}", '{ best_rank = "a" }', "{ " + EITHER + " }", "{ volumes.two = 9 }"]
            )
        ),
        "by": draw(st.sampled_from(["ov", "two", "all"])),
        "place": draw(st.sampled_from(["line", "level"])),
    }
    return PLAN.format(**names)


@checked(60)
@given(plans(), aged())
def test_agrees(text: str, company: Company) -> None:
    assert_agree(text, company)


def coded(code: str, number: int, table: str) -> str:
    """A bonus table under a code and number of its own."""
    return table.replace('"x"', f'"{code}"').replace("id = 9", f"id = {number}")


LEVELS = coded("levels", 1, bonus("unilevel", rates='["10%", "5%"]'))
GROUP = coded(
    "group",
    2,
    bonus(
        "differential", brackets='[{ volume = 50, rate = "7%" }, { volume = 300, rate = "12%" }]'
    ),
)
MATCH = coded("match", 3, bonus("matching", on='["levels", "group"]', rates='["20%", "7.7777%"]'))
POOL = bonus("pool", amount="1000", parts='[{ by = "earned", on = ["group"] }, { by = "pv" }]')


@pytest.mark.parametrize("number", range(4))
def test_points_are_shared_by_and_not_paid(number: int) -> None:
    result = assert_agree(
        head(number)
        + LEVELS
        + GROUP.replace("id = 2", "points_only = true\nid = 2")
        + MATCH
        + POOL,
        LIVELY,
    )
    assert set(result.items.bonus_id.tolist()) == {0, 1, 3, 9}
    assert set(result.lines.bonus_id.tolist()) == {1, 3, 9}


@pytest.mark.parametrize("number", range(8))
def test_only_the_greatest_is_paid(number: int) -> None:
    chosen = ['["levels", "group"]', '["levels", "match", "group"]'][number % 2]
    limit = f"[[limits]]\nbonuses = {chosen}\nonly_greatest = true\n"
    more = ["", "most_per_member = 20\n"][number // 4]
    result = assert_agree(head(number) + LEVELS + GROUP + MATCH + limit + more, LIVELY)
    paid = result.items.amount != 0
    assert {1, 2} <= set(result.items.bonus_id[paid].tolist())
    both = [
        set(result.items.payee[paid & (result.items.bonus_id == code)].tolist()) for code in (1, 2)
    ]
    assert not both[0] & both[1]


def test_a_sum_over_all_periods_goes_on_from_run_to_run() -> None:
    text = '[plan]\nkey = "p"\nname = "P"\n[volumes.sums]\nall = { of = "ov" }\n' + bonus(
        "differential", by='"all"', brackets='[{ volume = 500, rate = "10%" }]'
    )
    memories, before = MemoryColumns(), None
    for later in range(3):
        snapshot, result, before = agreed(
            text, LIVELY, 405 + later, memories=memories, before=before
        )
        rows = result.memories
        memories = MemoryColumns(snapshot.customer_id[rows.member], *rows[1:])
    assert set(rows.bonus_id.tolist()) == {0}
    assert (rows.total == 3 * result.ov[rows.member]).mean() > 0.5
