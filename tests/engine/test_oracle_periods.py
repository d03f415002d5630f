"""What bonuses remember: several periods one after the other, engine and oracle side by side."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.agreement import agreed
from tests.engine.strategies import PERIOD, VOLUMES, Company, checked, companies
from tests.engine.test_oracle import heads, unilevels
from tests.engine.test_oracle_groups import TREES
from tests.engine.test_oracle_kinds import bonus, one_of

from upline.engine import Result, Snapshot
from upline.engine.memory import MemoryColumns


def handed_on(snapshot: Snapshot, result: Result, draw: Any) -> MemoryColumns:
    """What a run remembers, as the next one reads it: rows in any order."""
    rows = result.memories
    turn = np.array(draw(st.permutations(range(len(rows.member)))), np.int64)
    return MemoryColumns(
        customer_id=snapshot.customer_id[rows.member[turn]],
        **{name: getattr(rows, name)[turn] for name in rows._fields if name != "member"},
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Company], Any]:
    """A company over a few periods: the same people, other orders; somebody may leave."""
    members, orders = draw(companies(most=12))
    found = [(members, orders)]
    for _ in range(draw(st.integers(1, 4))):
        orders = [
            {**order, "pv": draw(st.sampled_from(VOLUMES)), "order_type": draw(st.integers(1, 5))}
            for order in orders
            if draw(st.integers(0, 4))
        ]
        ends = {row["sponsor_id"] for row in members} | {row["enroller_id"] for row in members}
        ends |= {row.get("binary_parent_id", 0) for row in members}
        ends |= {order["customer_id"] for order in orders}
        if len(members) > 1 and members[-1]["customer_id"] not in ends and draw(st.booleans()):
            members = members[:-1]
        found.append((members, orders))
    return found, draw


def assert_agree_over(text: str, history: tuple[list[Company], Any]) -> None:
    """Run every period on what the one before remembered."""
    found, draw = history
    memories, oracle = MemoryColumns(), None
    for number, company in enumerate(found):
        snapshot, result, oracle = agreed(
            text, company, PERIOD + number, memories=memories, before=oracle
        )
        memories = handed_on(snapshot, result, draw)


rank_amounts = st.builds(
    lambda more, **fields: bonus("rank", **fields) + more,
    one_of(
        "hold = 1\n",
        "hold = 2\nstreaks = [{ periods = 2, amount = 7 }, { periods = 3, amount = 14.5 }]\n",
        'paid = "every_period"\nhold = 1\n',
        'paid = "every_period"\ntimes = 2\n',
        'paid = "every_period"\nhold = 1\ntimes = 1\n'
        'multipliers = [{ from_period = 2, rate = "150%" }, { from_period = 3, rate = 2 }]\n',
        'paid = "every_period"\nmultipliers = [{ from_period = 2, rate = "33.3333%" }]\n'
        "streaks = [{ periods = 1, amount = 3 }]\n",
    ),
    amounts=one_of("{ a = 10, c = 100.5 }", "{ b = 1, d = 3.3333 }", "{ a = 0, b = 5 }"),
    requires=one_of("{}", "{ pv = 50 }", "{ streak = 2 }"),
)
lasting = one_of(
    "{ streak = 2 }",
    "{ pv = 50, streak = 3 }",
    "{ first_periods = 1 }",
    '{ rank = "a", streak = 2, first_periods = 2 }',
)
pools = st.builds(
    bonus,
    st.just("pool"),
    amount=one_of("1000"),
    requires=lasting,
    parts=one_of(
        '[{ by = "pv", growth = "previous" }]',
        '[{ by = "ov", growth = "best", per = 10 }, { by = "cv", growth = "previous" }]',
        '[{ by = "earned", on = ["unilevel"], growth = "best" }]',
    ),
)
coded = st.builds(
    bonus,
    st.just("coded"),
    packages=one_of("[50, 200]"),
    rates=one_of('["10%", "5%"]'),
    amounts=one_of("[20, 50]"),
    requires=one_of("{}", "{ pv = 50 }"),
)
completions = st.builds(
    bonus,
    st.just("completion"),
    tree=one_of('"forced"'),
    width=one_of("2"),
    amounts=one_of("[5, 10, 20]"),
    counted=one_of("{}", "{ pv = 50 }"),
)
lifetime = one_of("", "most_per_lifetime = 9.99\n", "requires = { first_periods = 2 }\n")


@checked(60)
@given(heads(), rank_amounts, histories())
def test_ranks_held_for_a_time(head, text, history) -> None:
    assert_agree_over(head + text, history)


@checked(60)
@given(heads(), unilevels(), pools, histories())
def test_growth_and_first_periods(head, first, second, history) -> None:
    assert_agree_over(head + first + second, history)


@checked(40)
@given(heads(), st.one_of(coded, completions), histories())
def test_codes_and_levels_once(head, text, history) -> None:
    assert_agree_over(head + TREES.format(width=2, source="sponsor") + text, history)


@checked(60)
@given(heads(), lifetime, histories())
def test_lifetime_limits(head, rule, history) -> None:
    text = bonus("differential", brackets='[{ volume = 0, rate = "5%" }]', pays='"own"')
    assert_agree_over(head + text + rule, history)
