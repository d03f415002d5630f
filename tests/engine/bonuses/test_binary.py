"""Every option of the binary bonus: the engine, the oracle, and volume that is never lost."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.agreement import assert_lines, items_of, plan_of
from tests.engine.company import entry_columns, member_columns, units
from tests.engine.oracle import Oracle
from tests.engine.strategies import Company, checked, companies
from tests.engine.tally import tallied
from tests.engine.test_oracle import REQUIRES, heads

from upline.engine import AdjustmentColumns, Result, Snapshot, build, run
from upline.engine.bonuses.binary import HISTORY, SECOND_LEFT, SECOND_RIGHT
from upline.engine.carry import DayColumns, LotColumns, PositionColumns
from upline.engine.extras import ExtraColumns
from upline.engine.memory import MemoryColumns

PERIOD, BONUS = 405, 9
DAYS = (2, 12)  # a short period that begins on a Wednesday


def maybe(name: str, *values: str) -> st.SearchStrategy[str]:
    """A line of the bonus, or nothing."""
    return st.sampled_from(["", *(f"{name} = {value}\n" for value in values)])


RATES = st.tuples(
    st.sampled_from(['rate = "20%"\n', "rate = 0.077777\n"]),
    st.one_of(
        maybe("rates_by_rank", '{ b = "12.3456%", c = 0 }'),
        maybe(
            "rates_by_volume",
            '{ by = "cv", steps = [{ volume = 0, rate = "4%" }, { volume = 50, rate = "8%" }] }',
        ),
    ),
    maybe("balance", "true"),
    maybe("lopsided", '{ rate = "15%" }', '{ ratio = 3, rate = "7.5%" }'),
).map("".join)
TIERS = st.sampled_from(["tiers = [{ volume = 40, amount = 5 }, { volume = 99, amount = 20.5 }]\n"])
PAIRS = ["strong = 20, weak = 20", "strong = 20, weak = 10", "strong = 3.3333, weak = 3"]
PAYS = [
    "pay = 3, pay_by_rank = { b = 4, c = 0 }",
    "pay_by_volume = { by = 'pv', steps = [{ volume = 40, pay = 2 }, { volume = 99, pay = 4.5 }] }",
]
CYCLES = st.tuples(
    st.sampled_from([f"cycle = {{ {pair}, {pay}" for pair in PAIRS for pay in PAYS]),
    st.sampled_from(["", "", ', strong_leg = "once"']),
    st.sampled_from(["", ", first = { strong = 40, weak = 20, pay = 7.5 }"]),
    st.sampled_from(["", ", lopsided = { ratio = 2, strong = 40, weak = 20, pay = 5 }"]),
    st.just(" }\n"),
    maybe("second", '{ counted = "cv", volume = 15 }', '{ counted = "cv", volume = 33.3333 }'),
    maybe("max_cycles", "1", "5"),
    maybe("max_cycles_by_rank", "{ a = 2, c = 7 }"),
    maybe("lifetime_cycles", "3", "20"),
).map("".join)
STEPS = st.tuples(
    st.sampled_from(
        [
            "steps = [{ volume = 40, amount = 5 }, { volume = 15.5, amount = 7.5 }]\n",
            (
                "steps = [{ volume = 10, amount = 3 }, { volume = 33.3333, amount = 0 },"
                " { volume = 20, amount = 8 }]\n"
            ),
        ]
    ),
    maybe("max_cycles", "1", "5"),
    maybe("lifetime_cycles", "3", "20"),
).map("".join)
CAPS = st.tuples(
    maybe("max_amount", "7.77", "20"),
    maybe("max_amount_by_rank", "{ a = 5.5, c = 30 }"),
    maybe("lifetime_amount", "12.5", "40"),
    maybe("over_cap", '"carry"', '"forfeit"', '"flush"'),
    maybe("carry_limit", "80", "200"),
    maybe("leg_limit", "99.5"),
    maybe("minimum", "50"),
).map("".join)
RULES = ['"keep"', '"flush"', '"flush_weak"', '"keep_old"']
REST = st.tuples(
    maybe("counted", '"cv"'),
    maybe("after_pay", '"flush_weak"', '"flush"'),
    maybe("unqualified", *RULES),
    st.sampled_from(["", "active = { pv = 50 }\n"]).flatmap(
        lambda active: maybe("inactive", *RULES).map(lambda rule: active + rule if active else "")
    ),
    maybe("sides", "{}", "{ left = 1, right = 0, pv = 50 }"),
    maybe("carry_periods", "1", "2", "3"),
    maybe(
        "overflow",
        '{ over = 40, to = "lesser" }',
        '{ of = "both", to = "balance" }',
        '{ of = "customers", over = 30.5, to = "right" }',
        '{ of = "own", over = 200, to = "left" }',
    ),
    st.sampled_from(REQUIRES).map("requires = {}\n".format),
).map("".join)


@st.composite
def bonuses(draw: st.DrawFn) -> str:
    """A binary bonus with any of its options."""
    text = '[[bonuses]]\nkind = "binary"\nid = 9\ncode = "x"\nname = "X"\n'
    text += draw(st.one_of(RATES, TIERS, CYCLES, STEPS)) + draw(CAPS)
    every = draw(st.sampled_from(["", "", 'every = "day"\n', 'every = "week"\n']))
    if every:
        text += every + draw(maybe("period_amount", "15"))
        if "cycle =" in text or "\nsteps =" in text:
            text += draw(maybe("period_cycles", "2", "6"))
    rest = draw(REST)
    if 'counted = "cv"' in rest:
        text = text.replace('counted = "cv", volume', 'counted = "pv", volume')
    return text + rest


@st.composite
def histories(draw: st.DrawFn) -> Company:
    """Companies whose members carry dated lots and have been paid before."""
    members, orders = draw(companies(most=20))
    for row in members:
        if row["type"] != 2:
            continue
        row["kept"] = draw(st.integers(0, 5)) == 0
        row["cycles"] = draw(st.sampled_from([0, 0, 1, 19]))
        row["amount"] = draw(st.sampled_from(["0", "12.4999", "3"]))
        row["second"] = draw(st.sampled_from([["0", "0"], ["50", "70.5"], ["-10", "200"]]))
        if draw(st.booleans()):
            row["lots"] = draw(
                st.sampled_from(
                    [
                        [[404, "100.5", "10"], [402, "20", "65.5"]],
                        [[400, "7", "7"], [403, "33.3333", "0"], [404, "1", "1"]],
                        [[404, "-30", "50"]],
                    ]
                )
            )
            for side, key in enumerate(("carry_left", "carry_right"), 1):
                whole = sum(Fraction(lot[side]) for lot in row["lots"])
                row[key] = draw(st.sampled_from([str(float(whole)), row[key]]))
    for order in orders:
        order["day"] = draw(st.integers(*DAYS))
    return members, orders


class BinaryOracle(Oracle):
    """The oracle of a period that has days."""

    days = DAYS


def snapshot_with(members: list[dict[str, Any]], orders: list[dict[str, Any]]) -> Snapshot:
    """A snapshot with lots, memories, spared members and days."""
    lots = [
        (row["customer_id"], lot[0], units(lot[1]), units(lot[2]))
        for row in members
        for lot in row.get("lots", [])
    ]
    kept = [row["customer_id"] for row in members if row.get("kept")]
    memories = [
        (row["customer_id"], BONUS, slot, 0, counted, units(total), 0)
        for row in members
        for slot, counted, total in (
            (HISTORY, row.get("cycles", 0), row.get("amount", 0)),
            (SECOND_LEFT, 0, row.get("second", [0, 0])[0]),
            (SECOND_RIGHT, 0, row.get("second", [0, 0])[1]),
        )
    ]
    return build(
        PERIOD,
        member_columns(members),
        entry_columns(orders),
        AdjustmentColumns.empty(),
        ExtraColumns(
            lots=LotColumns(*np.array(lots, np.int64).reshape(-1, 4).T),
            positions=PositionColumns(kept, [0] * len(kept), [True] * len(kept)),
            memories=MemoryColumns(*np.array(memories, np.int64).reshape(-1, 7).T),
            days=DayColumns(
                [order["order_id"] for order in orders], [order.get("day", 2) for order in orders]
            ),
            period_days=DAYS,
        ),
    )


def fraction(value: Any) -> Fraction:
    return Fraction(int(value), 10_000)


def assert_conserved(snapshot: Snapshot, result: Result) -> None:
    """carry-in + new = paid + flushed + carry-out, leg by leg, and lots are the carry."""
    figures = result.leg_figures
    assert figures is not None
    carried_in = np.stack((snapshot.carry_left, snapshot.carry_right))
    carried_out = np.stack((result.carry_left_out, result.carry_right_out))
    gone = figures.paid + figures.flushed
    assert np.array_equal(carried_in + figures.new, gone + carried_out)
    assert (figures.paid >= 0).all()


@checked(400)
@given(heads(), bonuses(), histories())
def test_every_option(head: str, bonus: str, company: Company) -> None:
    members, orders = company
    snapshot = snapshot_with(members, orders)
    result = run(plan_of(head + bonus), snapshot)
    oracle = BinaryOracle(head + bonus, members, orders, PERIOD)
    assert_conserved(snapshot, result)
    figures = result.leg_figures
    assert figures is not None
    for v, customer in enumerate(snapshot.customer_id.tolist()):
        assert [fraction(result.left[v]), fraction(result.right[v])] == oracle.members[
            customer
        ].side
        legs = oracle.legs[customer]
        for side, out in enumerate((result.carry_left_out, result.carry_right_out)):
            assert fraction(out[v]) == legs.total()[side], customer
            assert fraction(figures.new[side, v]) == legs.new[side], customer
            assert fraction(figures.paid[side, v]) == legs.paid[side], customer
            assert fraction(figures.flushed[side, v]) == legs.flushed[side], customer
    assert items_of(snapshot, result) == oracle.items
    assert_lines(snapshot, result, oracle)
    assert_told(result, "rate =" in bonus, oracle.place == "line")
    if "carry_periods" in bonus:
        assert lots_of(snapshot, result) == expected_lots(oracle)
    if "second =" in bonus:
        assert second_of(snapshot, result) == {
            number: legs.second for number, legs in oracle.legs.items() if any(legs.second)
        }
    tallied(oracle.plan)


def assert_told(result: Result, has_rate: bool, rounded: bool) -> None:
    """A percentage is told with what it was paid on, to a ten-thousandth where a cap cut it."""
    lines = result.lines
    for k in range(len(lines.payee)):
        due = fraction(lines.base[k]) * Fraction(int(lines.rate[k]), 10**6)
        assert bool(lines.rate[k]) == has_rate
        if has_rate and not rounded:
            assert abs(fraction(lines.amount[k]) - due) < Fraction(2, 10_000)


def lots_of(snapshot: Snapshot, result: Result) -> dict[tuple[int, int], list[Fraction]]:
    """Lots carried out, by customer and period."""
    lots = result.lots
    return {
        (int(snapshot.customer_id[lots.member[k]]), int(lots.period[k])): [
            fraction(lots.left[k]),
            fraction(lots.right[k]),
        ]
        for k in range(len(lots.member))
    }


def expected_lots(oracle: Any) -> dict[tuple[int, int], list[Fraction]]:
    found: dict[tuple[int, int], list[Fraction]] = {}
    for number, legs in oracle.legs.items():
        for side in (0, 1):
            for period, volume in legs.lots[side]:
                found.setdefault((number, period), [Fraction(0)] * 2)[side] += volume
    return {key: volumes for key, volumes in found.items() if any(volumes)}


def second_of(snapshot: Snapshot, result: Result) -> dict[int, list[Fraction]]:
    """Carry of the second volume by customer."""
    rows = result.memories
    found: dict[int, list[Fraction]] = {}
    for k in range(len(rows.member)):
        if rows.slot[k] in (SECOND_LEFT, SECOND_RIGHT):
            customer = int(snapshot.customer_id[rows.member[k]])
            side = int(rows.slot[k]) - SECOND_LEFT
            found.setdefault(customer, [Fraction(0)] * 2)[side] = fraction(rows.total[k])
    return {customer: sides for customer, sides in found.items() if any(sides)}


@checked(60)
@given(heads(), bonuses(), histories(), st.data())
def test_rows_in_any_order_give_the_same_bytes(
    head: str, bonus: str, company: Company, data: st.DataObject
) -> None:
    members, orders = company
    mixed = [
        row | {"lots": data.draw(st.permutations(row["lots"]))} if "lots" in row else row
        for row in data.draw(st.permutations(members))
    ]
    plan = plan_of(head + bonus)
    one = run(plan, snapshot_with(members, orders))
    two = run(plan, snapshot_with(mixed, data.draw(st.permutations(orders))))
    assert one.digest == two.digest


PLAIN = """
[plan]
key = "plain"
name = "Plain"

[volumes]
members = ["distributor"]

[[bonuses]]
kind = "binary"
id = 9
code = "team"
name = "Team"
"""


def four_positions() -> Company:
    """One owner (1) stands above two further positions (2, 3) of his; each leg of each sells 300,
    600 and 900, so that at 10 % they get 30, 60 and 90 of their own."""
    members: list[dict[str, Any]] = []
    orders: list[dict[str, Any]] = []
    for place, volume in ((1, 300), (2, 600), (3, 900)):
        members.append({"customer_id": place})
        for side in (1, 2):
            below = 10 * place + side
            members.append(
                {"customer_id": below, "binary_parent_id": place, "binary_position": side}
            )
            orders.append({"order_id": below, "customer_id": below, "pv": volume})
    return members, orders


@pytest.mark.parametrize("place", ["line", "level", "bonus", "check"])
def test_a_cap_per_owner_is_shared_in_proportion(place: str) -> None:
    members, orders = four_positions()
    extras = ExtraColumns(
        positions=PositionColumns([2, 3], [1, 1], [False, False]),
    )
    snapshot = build(
        PERIOD,
        member_columns(members),
        entry_columns(orders),
        AdjustmentColumns.empty(),
        extras,
    )
    text = PLAIN + f'rate = "10%"\nmost_per_owner = 100\n[rounding]\nplace = "{place}"\n'
    items = items_of(snapshot, run(plan_of(text), snapshot))
    paid = [items[customer, 1, BONUS, 1] for customer in (1, 2, 3)]
    assert paid == [Fraction("16.67"), Fraction("33.33"), Fraction(50)]
    alone = build(PERIOD, member_columns(members), entry_columns(orders), AdjustmentColumns.empty())
    items = items_of(alone, run(plan_of(text), alone))
    assert [items[customer, 1, BONUS, 1] for customer in (1, 2, 3)] == [30, 60, 90]
