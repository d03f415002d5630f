"""Binary bonuses are refused with line and field; all that is asked of them reaches the engine."""

import pytest

from upline.engine.bonuses import Binary
from upline.engine.bonuses.binary_pairs import UNLIMITED
from upline.services import plan as plans

HEAD = """[plan]
key = "t"
name = "T"
[[ranks]]
id = 1
key = "gold"
name = "Gold"
pv = 1
[[bonuses]]
kind = "binary"
id = 1
code = "team"
name = "Team"
"""
FIRST = HEAD.count("\n") + 1


def problems_of(body: str) -> list[tuple[int, str]]:
    with pytest.raises(plans.PlanError) as caught:
        plans.parse(HEAD + body, "t.toml")
    return [(problem.line - FIRST, problem.field) for problem in caught.value.problems]


CYCLE = "cycle = { strong = 2, weak = 1, pay = 5 }\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("counted = 'pv'\n", [(-5, "")]),
        ("rate = 0.1\n" + CYCLE, [(-5, "")]),
        (CYCLE + "balance = true\n", [(1, "balance")]),
        (CYCLE + "lopsided = { rate = 0.1 }\n", [(1, "lopsided")]),
        (CYCLE + "rates_by_rank = { gold = 0.1 }\n", [(1, "rates_by_rank")]),
        ("rate = 0.1\nlopsided = { ratio = 1, rate = 0.1 }\n", [(1, "lopsided.ratio")]),
        ("rate = 0.1\nmax_cycles = 3\n", [(1, "max_cycles")]),
        ("rate = 0.1\nlifetime_cycles = 3\n", [(1, "lifetime_cycles")]),
        ("rate = 0.1\nsecond = { counted = 'cv', volume = 1 }\n", [(1, "second")]),
        (CYCLE + "second = { counted = 'pv', volume = 1 }\n", [(1, "second")]),
        (CYCLE + "second = { counted = 'qp', volume = 1 }\n", [(1, "second.counted")]),
        ("cycle = { strong = 1, weak = 2 }\n", [(0, "cycle")]),
        (
            "cycle = { strong = 2, weak = 1, first = { strong = 1, weak = 0 } }\n",
            [(0, "cycle.first.weak")],
        ),
        (
            "tiers = [{ volume = 5, amount = 1 }, { volume = 5, amount = 2 }]\n",
            [(0, "tiers")],
        ),
        ("rate = 0.1\nperiod_amount = 5\n", [(1, "period_amount")]),
        ("rate = 0.1\nevery = 'hour'\n", [(1, "every")]),
        ("rate = 0.1\ncarry_periods = 0\n", [(1, "carry_periods")]),
        ("rate = 0.1\ninactive = 'flush'\n", [(1, "inactive")]),
        ("rate = 0.1\nmax_amount_by_rank = { silver = 5 }\n", [(1, "max_amount_by_rank.silver")]),
        ("rate = 0.1\noverflow = { to = 'best' }\n", [(1, "overflow.to")]),
        (
            "rate = 0.1\n"
            + HEAD[HEAD.index("[[bonuses]]") :].replace("id = 1", "id = 2").replace("team", "more")
            + "rate = 0.1\n",
            [(2, "bonuses[1].kind")],
        ),
    ],
)
def test_errors_name_line_and_field(body: str, expected: list[tuple[int, str]]) -> None:
    whole = [
        (line, field if field.startswith("bonuses") else f"bonuses[0].{field}".rstrip("."))
        for line, field in expected
    ]
    assert problems_of(body) == whole


def test_whatever_is_given_reaches_the_engine() -> None:
    text = HEAD + (
        "cycle = { strong = 2, weak = 1, pay = 5, first = { strong = 4, weak = 2, pay = 9 },"
        " lopsided = { ratio = 3, strong = 3, weak = 1, pay = 6 } }\n"
        'second = { counted = "cv", volume = 7 }\n'
        "max_cycles_by_rank = { gold = 25 }\nmax_amount = 100\nlifetime_cycles = 400\n"
        'every = "week"\nperiod_amount = 200\ncarry_periods = 52\ncarry_limit = 5000\n'
        'active = { pv = 40 }\ninactive = "keep_old"\n'
        'overflow = { of = "both", over = 200, to = "balance" }\n'
    )
    [bonus] = plans.compile(plans.parse(text, "t.toml")).bonuses
    assert isinstance(bonus, Binary)
    m, caps = bonus.matching, bonus.caps
    assert (m.strong, m.weak, m.pays.tolist()) == (20_000, 10_000, [50_000] * 2)
    assert (m.first_strong, m.first_weak, m.first_pays.tolist()) == (40_000, 20_000, [90_000] * 2)
    assert (m.ratio, m.uneven_strong, m.uneven_weak) == (3, 30_000, 10_000)
    assert (bonus.second, bonus.second_each) == ("cv", 70_000)
    assert caps.cycles.tolist() == [UNLIMITED, 25]
    assert caps.money.tolist() == [1_000_000] * 2
    assert (caps.life_cycles, caps.life_money) == (400, UNLIMITED)
    assert (caps.period_cycles, caps.period_money, caps.carry) == (UNLIMITED, 2_000_000, 50_000_000)
    assert (bonus.days, bonus.most_age, bonus.overflow_over) == (7, 52, 2_000_000)
    assert (bonus.overflow_own, bonus.overflow_customers, bonus.counts) == (True, True, True)
