"""Volumes and ranks of a few, worked out again, are those of a full run; nobody else's differ."""

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.agreement import plan_of
from tests.engine.company import entry_columns, member_columns
from tests.engine.strategies import checked
from tests.engine.test_following import Company
from tests.engine.test_oracle import heads
from tests.engine.test_worked import HEAD

from upline.engine.entry_grafting import with_entries
from upline.engine.grafting import Grafted, Index, graft
from upline.engine.moving import Standings
from upline.engine.remeasuring import Differing, Measured, measure_again
from upline.engine.run import measure
from upline.engine.scene import Members
from upline.engine.shown import Shown, shown
from upline.engine.snapshot import Snapshot

BY_LEGS = "left = 60\nright = 30"
LAPSE = "qualified_pv = 100\nlapse = { periods = 3, pv = 50 }"
OTHERS = [("total_pv = 50", BY_LEGS), ("qualified_pv = 100", LAPSE)]
plans = st.builds(
    lambda head, other: head.replace(*other), heads(), st.sampled_from([("", ""), *OTHERS])
)


class Held:
    """A company's snapshot, kept up."""

    def __init__(self, world: Company) -> None:
        self.world = world
        self.snapshot = world.snapshot()
        self.index = Index.of(self.snapshot)

    def take_in(self, acts: int) -> tuple[Snapshot, Standings]:
        """Something happens: the snapshot after it, and how it goes with the one before."""
        world, orders = self.world, len(self.world.orders)
        world.changed.clear()
        for _ in range(acts):
            world.act()
        changed = member_columns(world.members[number] for number in world.changed)
        news: Grafted = graft(self.snapshot, self.index, changed)
        columns = entry_columns(world.orders[orders:])
        self.index, buyers = news.index, news.index.find(columns.customer_id)
        self.snapshot = with_entries(news.snapshot, buyers, columns)
        touched = np.zeros(len(self.snapshot), np.bool_)
        touched[buyers] = True
        slots = np.arange(len(self.snapshot), dtype=np.int32)
        return self.snapshot, Standings(news.shift, slots, touched, news.given)


@checked(150)
@given(plans, st.randoms(use_true_random=False), st.integers(1, 10))
def test_a_few_are_measured_as_everybody_is(text: str, random: Random, batches: int) -> None:
    assert_measured_again(text, random, batches)


# Of the members enrolled, and of customers: whoever brings them buys nothing himself.
BROUGHT = HEAD.replace("pv = 1000", "enrolled = { count = 1, pv = 50 }").replace(
    "pv = 5000", "sides = { left = 1, right = 0, pv = 50 }"
)
# What is bought below a leader changes nothing in the group volume above him, but the OV.
LED = HEAD.replace("pv = 1000", "pv = 50") + '[group_volume]\nled_by = "leader"\n'
# What new members buy counts for less, month by month.
NEW = HEAD + "[volumes.new_member_reduction]\nmonths = 3\nrate = [1, 0.7, 0.25]\nup_to = 150\n"


@pytest.mark.parametrize("text", [BROUGHT, LED, NEW], ids=["brought", "led", "new"])
@pytest.mark.parametrize("seed", range(3))
def test_what_others_bring_reaches_those_above(text: str, seed: int) -> None:
    assert_measured_again(text, Random(seed), 12)


@pytest.mark.parametrize("side", [1, 2])
@pytest.mark.parametrize(
    ("parent", "position", "whose"),
    [(0, 0, [1]), (2, 1, [1, 2]), (2, 2, [1, 2])],
    ids=["nowhere", "left", "right"],
)
def test_legs_that_somebody_leaves_are_told_of(
    side: int, parent: int, position: int, whose: list[int]
) -> None:
    """3 buys 100 in a leg of 1, beside 2 in the other one, and leaves for another place."""
    world = Company(Random(1))
    world.members = {
        number: {"customer_id": number, "binary_parent_id": parent, "binary_position": position}
        for number, parent, position in ((1, 0, 0), (2, 1, 3 - side), (3, 1, side))
    }
    world.orders = [{"order_id": 1, "customer_id": 3, "pv": 100}]
    plan, held = plan_of(HEAD), Held(world)
    snapshot, standings = held.take_in(0)
    before, _ = measure_again(plan, snapshot, None, standings)
    there = {"binary_parent_id": parent, "binary_position": position}
    world.act = lambda: [world.change(name, value, 3) for name, value in there.items()]
    snapshot, standings = held.take_in(1)
    known, differing = measure_again(plan, snapshot, before, standings)
    assert differing is not None
    assert sorted(snapshot.customer_id[differing.legs].tolist()) == whose
    scene, _ = measure(plan, snapshot)
    assert known.scene.left.tolist() == scene.left.tolist()
    assert known.scene.right.tolist() == scene.right.tolist()


def test_whoever_brings_as_much_as_is_lost_below_hands_on_what_others_bring() -> None:
    """All in one leg: 4 gives 100 back, 3 buys 100, 2 buys 50, and so 1 has 50 more."""
    world = Company(Random(1))
    world.members = {
        number: {"customer_id": number, "binary_parent_id": number - 1,
                 "binary_position": min(number - 1, 1)}
        for number in range(1, 5)
    }  # fmt: skip
    world.orders = [{"order_id": 1, "customer_id": 4, "pv": 100}]
    plan, held = plan_of(HEAD), Held(world)
    snapshot, standings = held.take_in(0)
    before, _ = measure_again(plan, snapshot, None, standings)
    bought = [(2, 50), (3, 100), (4, -100)]
    world.act = lambda: world.orders.extend(
        {"order_id": 10 + customer, "customer_id": customer, "pv": pv} for customer, pv in bought
    )
    snapshot, standings = held.take_in(1)
    known, _ = measure_again(plan, snapshot, before, standings)
    assert known.scene.left.tolist() == [1_500_000, 1_000_000, 0, 0]


def assert_measured_again(text: str, random: Random, batches: int) -> None:
    """A company lives on for so many batches of news."""
    plan, world = plan_of(text), Company(random)
    for _ in range(random.randint(1, 60)):
        world.act()
    held, before = Held(world), None
    for _ in range(batches):
        snapshot, standings = held.take_in(random.randint(1, 6))
        known, differing = measure_again(plan, snapshot, before, standings)
        scene, outputs = measure(plan, snapshot)
        for name in Members._fields:
            mine, its = getattr(known.scene.members, name), getattr(scene.members, name)
            assert np.array_equal(mine, its), name
            assert mine.dtype == its.dtype
        for name in ("left", "right", "achieved", "carry_left", "carry_right"):
            assert np.array_equal(getattr(known.scene, name), getattr(scene, name)), name
        for mine, its in zip(known.figures, shown(scene, outputs), strict=True):
            assert np.array_equal(mine, its)
        assert (differing is None) == (before is None or LAPSE in text)
        if before is not None and differing is not None:
            assert_told_of(before, known, standings, differing)
        before = known


def assert_told_of(
    before: Measured, now: Measured, standings: Standings, differing: Differing
) -> None:
    """Whoever was there and has other figures is among those who are said to."""
    there = np.ones(len(standings.slots), np.bool_)
    there[standings.given[standings.stood < 0]] = False
    pairs: list[tuple[Any, Any, Any]] = [
        (getattr(before.figures, name), getattr(now.figures, name), differing.figures)
        for name in Shown._fields
    ]
    pairs += [
        (getattr(before.scene, leg), getattr(now.scene, leg), differing.legs)
        for leg in ("left", "right")
    ]
    for old, new, whose in pairs:
        others = (standings.carried(old) != new) & there & ~whose
        assert not others.any()
