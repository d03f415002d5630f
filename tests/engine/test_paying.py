"""Every kernel stops before its sink is full, and goes on where it stopped."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.agreement import plan_of
from tests.engine.bonuses.test_binary import DAYS, snapshot_with
from tests.engine.company import snapshot_of
from tests.engine.lively import LIVELY, head
from tests.engine.strategies import Company, checked, companies
from tests.engine.test_oracle import heads
from tests.engine.test_oracle_groups import planted, sales, stairs, walks
from tests.engine.test_oracle_kinds import binaries, bonus, generations, infinity
from tests.engine.test_oracle_options import KINDS as OPTIONS
from tests.engine.test_oracle_options import plan_with
from tests.engine.test_oracle_shapes import ESSENTIAL, KINDS, MORE, shaped
from tests.engine.test_worked import BONUS, HEAD

from upline.engine import items as money
from upline.engine import run
from upline.engine.lines import LINE, Sink, new_sink, totals_for
from upline.engine.paying import ready
from upline.engine.plan import Plan, Step
from upline.engine.run import measure
from upline.engine.scene import Scene
from upline.engine.snapshot import Snapshot
from upline.services.plan.schema_types import ORDER_TYPES


def emitted(scene: Scene, step: Step, sink: Sink) -> Sink:
    """The lines of a bonus, with room for one position's lines whenever the kernel stopped."""
    at = 0
    while at < step.steps:
        used = int(sink.used[0])
        room = np.empty(used + step.burst, LINE)
        room[:used] = sink.lines[:used]
        sink = sink._replace(lines=room)
        at = step.kernel(step.params, scene.members, scene.entries, sink, at)
        assert used < int(sink.used[0]) or at == step.steps, "a kernel with room does not go on"
        assert int(sink.used[0]) <= len(sink.lines)
    return sink


def assert_room_is_enough(text: str, company: Company) -> None:
    assert_goes_on(plan_of(text), snapshot_of(*company))


def assert_goes_on(plan: Plan, snapshot: Snapshot) -> None:
    scene, _ = measure(plan, snapshot)
    sink = new_sink(0, plan.rounding)
    running = money.running_for(plan.rounding, len(snapshot))
    for one in plan.bonuses:
        step = ready(one, scene)
        sink = totals_for(sink, step.payees, one.levels, one.bonus_id)
        sink = emitted(scene, step, sink)
        scene.earned[one.bonus_id] = money.bonus_items(sink, step.payees, running)
    lines = run(plan, snapshot).lines
    for name in lines._fields:
        assert sink.lines[: sink.used[0]][name].tolist() == getattr(lines, name).tolist()


@pytest.mark.parametrize("plan", [ESSENTIAL, KINDS, MORE], ids=["essential", "kinds", "more"])
@pytest.mark.parametrize("shape", ["star", "chain"])
def test_shapes(shape: str, plan: str) -> None:
    assert_room_is_enough(plan, shaped(shape, 60))


@pytest.mark.parametrize("number", [0, 3])
@pytest.mark.parametrize("kind", OPTIONS)
def test_every_kind(kind: str, number: int) -> None:
    assert_room_is_enough(plan_with(kind, number), LIVELY)


@checked(20)
@given(heads(), planted, st.one_of(walks, stairs, generations, infinity), companies(most=15))
def test_lines_of_leaders(head: str, tree: str, text: str, company: Company) -> None:
    unilevel = (
        '[[bonuses]]\nkind = "unilevel"\nid = 1\ncode = "unilevel"\nname = "U"\nrates = [0.1]\n'
    )
    assert_room_is_enough(head + tree + unilevel + text, company)


@checked(20)
@given(heads(), st.one_of(sales, binaries), companies(most=15))
def test_the_rest(head: str, text: str, company: Company) -> None:
    assert_room_is_enough(head + text, company)


def test_days_go_on_where_they_stopped() -> None:
    members, orders = LIVELY
    dated = [order | {"day": DAYS[0] + k % 5} for k, order in enumerate(orders)]
    text = head(0) + bonus("binary", rate='"10%"', every='"day"', max_amount="5")
    assert_goes_on(plan_of(text), snapshot_with(members, dated))


def test_one_newcomer_with_every_kind_of_kit() -> None:
    """Two kinds for each of two levels fill all the room that one member may ask for."""
    kits = "kits = { premium_kit = [25, 10], starter_kit = [5, 2] }\n"
    members = [{"customer_id": k, "sponsor_id": k - 1, "enrolled_period": 405} for k in range(1, 6)]
    orders = [
        {"order_id": 10 * k + kind, "customer_id": k, "order_type": kind, "pv": 100}
        for k in range(1, 6)
        for kind in (ORDER_TYPES["premium_kit"], ORDER_TYPES["starter_kit"])
    ]
    text = f'{HEAD}{BONUS}kind = "starter_kit"\n{kits}'
    assert_room_is_enough(text, (members, orders))
