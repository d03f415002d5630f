"""Figures followed from news to news are those of a full run, line by line and item by item."""

from collections import Counter
from dataclasses import fields
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.agreement import plan_of
from tests.engine.company import entry_columns, member_columns
from tests.engine.strategies import VOLUMES, checked
from tests.engine.test_grafting import World
from tests.engine.test_oracle import FAST_START, heads, unilevels
from tests.engine.test_oracle_groups import planted, stairs, walks
from tests.engine.test_oracle_kinds import generations, infinity, matching, pools
from tests.engine.test_oracle_options import KINDS as OPTIONS
from tests.engine.test_oracle_options import plan_with

from upline.engine.columns import AdjustmentColumns
from upline.engine.entry_grafting import with_adjustments, with_entries
from upline.engine.following import Known, follow
from upline.engine.grafting import Index, graft
from upline.engine.line_book import LineBook
from upline.engine.moving import Standings
from upline.engine.result import Result
from upline.engine.run import run
from upline.engine.snapshot import Snapshot

POSITIONS = ("payee", "source")
# One of every kind whose lines follow from those above a source, and one that does not.
KINDS = (walks, matching, generations, infinity, stairs, pools)


def numbered(kinds: tuple[str, ...]) -> str:
    """Bonuses drawn one by one, under names of their own."""
    return "".join(
        text.replace("id = 9", f"id = {number}").replace('code = "x"', f'code = "x{number}"')
        for number, text in enumerate(kinds, 10)
    )


FIRST = FAST_START.format(requires="{ pv = 50 }", compression="none")
plans = st.builds(
    lambda head, trees, levels, more: head + trees + levels + FIRST + numbered(more),
    heads(),
    planted,
    unilevels(),
    st.tuples(*KINDS),
)


class Company(World):
    """People who buy enough to get somewhere, and give some of it back."""

    def act(self) -> None:
        if not self.members or self.random.random() < 0.5:
            super().act()
            return
        self.orders.append(
            {
                "order_id": 5_000 + len(self.orders),
                "customer_id": self.anybody(),
                "order_type": self.random.randint(1, 5),
                "pv": self.random.choice(VOLUMES),
                "cv": self.random.choice(["100", "12.3456"]),
                "retail_margin_base": self.random.choice(["0", "49.33"]),
            }
        )


class Follower:
    """What a company came to, kept up; `table` is what is stored of its lines."""

    def __init__(self, plan: Any, snapshot: Snapshot) -> None:
        self.plan = plan
        self.snapshot = snapshot
        self.index = Index.of(snapshot)
        self.slots = np.arange(len(snapshot), dtype=np.int32)
        result = run(plan, snapshot)
        self.book = LineBook(result.lines, snapshot.customer_id)
        self.table = dict(enumerate(rows_of(result.lines, snapshot)))
        self.known = Known()

    def follow(self, changed: list[Any], orders: list[Any], adjustments: list[Any]) -> Result:
        news = graft(self.snapshot, self.index, member_columns(changed))
        origin = news.shift.origin if news.shift else None
        if origin is not None:
            longer = np.arange(len(origin), dtype=np.int32)
            longer[: len(self.slots)] = self.slots
            self.slots = longer[origin]
        columns, touched = entry_columns(orders), np.zeros(len(news.snapshot), np.bool_)
        buyers = news.index.find(columns.customer_id)
        touched[buyers] = True
        snapshot = with_entries(news.snapshot, buyers, columns)
        given = AdjustmentColumns(*np.array(adjustments, np.int64).reshape(-1, 4).T)
        snapshot = with_adjustments(snapshot, news.index.find(given.customer_id), given)
        standings = Standings(news.shift, self.slots, touched, news.given)
        result, lines, _, self.known = follow(self.plan, snapshot, self.known, self.book, standings)
        for place in lines.gone.tolist():
            del self.table[place]
        self.table |= dict(enumerate(rows_of(lines.came, snapshot), lines.first))
        self.snapshot, self.index = snapshot, news.index
        return result


def rows_of(rows: Any, s: Snapshot) -> list[tuple[Any, ...]]:
    """Rows by ids instead of positions."""
    columns = [
        (s.customer_id[column] if name in POSITIONS else column).tolist()
        for name, column in zip(rows._fields, rows, strict=True)
    ]
    return list(zip(*columns, strict=True))


def assert_same(followed: Result, result: Result, s: Snapshot) -> None:
    for field in fields(Result):
        one, other = getattr(followed, field.name), getattr(result, field.name)
        if isinstance(one, np.ndarray):
            assert np.array_equal(one, other), field.name
    for name in ("items", "checks"):
        one, other = getattr(followed, name), getattr(result, name)
        assert Counter(rows_of(one, s)) == Counter(rows_of(other, s)), name
    assert followed.issues == result.issues


@checked(150)
@given(
    st.one_of(plans, plans, plans, heads()), st.randoms(use_true_random=False), st.integers(1, 12)
)
def test_following_equals_a_full_run(text: str, random: Random, batches: int) -> None:
    world = Company(random)
    for _ in range(random.randint(1, 40)):
        world.act()
    assert_followed(text, world, batches)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("kind", OPTIONS)
def test_every_kind_is_followed(kind: str, number: int) -> None:
    """By a company of some size, where everything is paid."""
    world = Company(Random(number))
    for _ in range(150):
        world.act()
    follower = assert_followed(plan_with(kind, number), world, 3)
    assert len(follower.book)


def assert_followed(text: str, world: Company, batches: int) -> Follower:
    """Whatever happens, all is as in a full run."""
    plan, random = plan_of(text), world.random
    follower = Follower(plan, world.snapshot())
    for _ in range(batches):
        orders, adjustments = len(world.orders), len(world.adjustments)
        world.changed.clear()
        for _ in range(random.randint(1, 6)):
            world.act()
        changed = [world.members[number] for number in world.changed]
        followed = follower.follow(changed, world.orders[orders:], world.adjustments[adjustments:])
        result = run(plan, follower.snapshot)
        assert_same(followed, result, follower.snapshot)
        lines = Counter(rows_of(result.lines, follower.snapshot))
        assert Counter(follower.table.values()) == lines
        assert len(follower.book) == len(result.lines.payee)
    return follower
