"""Days since enrolment and parts of a kind of volume, against the oracle."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.engine.agreement import assert_agree
from tests.engine.strategies import Company, checked, companies

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

[[bonuses]]
kind = "fast_start"
id = 1
code = "first"
name = "First"
days = {days}
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

[rounding]
place = "{place}"
"""


@st.composite
def aged(draw: st.DrawFn) -> Company:
    members, orders = draw(companies(most=14))
    ages = st.sampled_from([0, 1, 19, 20, 29, 30, 44, 45, 59, 60, 400])
    return members, [order | {"age": draw(ages)} for order in orders]


@st.composite
def plans(draw: st.DrawFn) -> str:
    days, rate = draw(
        st.sampled_from(
            [("60", '"20%"'), ("[30, 60]", '["20%", 0.12345]'), ("[1, 20, 45]", '["50%", 0, "1%"]')]
        )
    )
    cuts = ["days = 60\nrate = 1\n", 'days = [30, 60]\nrate = ["70%", "33.3333%"]\nup_to = 80\n']
    cut = draw(st.sampled_from(["", *cuts]))
    names: dict[str, Any] = {
        "days": days,
        "rate": rate,
        "reduction": cut and f"[volumes.new_member_reduction]\n{cut}",
        "commission": draw(st.sampled_from(["cv", "pv", "late"])),
        "as_own": draw(st.sampled_from(["true", "false"])),
        "cap": draw(st.sampled_from(["1000000", "12.5", "30"])),
        "volume": draw(st.sampled_from(["own", "pv", "kits"])),
        "compression": draw(st.sampled_from(["none", "skip_unqualified"])),
        "paid_on": draw(st.sampled_from(["commission", "kits", "ov_early"])),
        "place": draw(st.sampled_from(["line", "level"])),
    }
    return PLAN.format(**names)


@checked(60)
@given(plans(), aged())
def test_agrees(text: str, company: Company) -> None:
    assert_agree(text, company)
