"""Whatever is worked in, the snapshot equals one built from all rows, and labels still nest."""

from dataclasses import fields
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.company import entry_columns, member_columns, snapshot_of
from tests.engine.strategies import checked

from upline.engine.columns import AdjustmentColumns
from upline.engine.entry_grafting import with_adjustments, with_entries
from upline.engine.grafting import Index, Odd, Shift, graft
from upline.engine.labels import Labels, Standing, fresh, relabel
from upline.engine.snapshot import Snapshot

Row = dict[str, Any]


def member(number: int, sponsor: int = 0, **more: Any) -> Row:
    return {"customer_id": number, "sponsor_id": sponsor, "enroller_id": sponsor, **more}


def assert_same(one: Snapshot, other: Snapshot) -> None:
    for field in fields(Snapshot):
        if field.name not in ("extras", "digest"):
            a, b = getattr(one, field.name), getattr(other, field.name)
            assert np.array_equal(a, b), field.name


class World:
    """A company in rows, changed at random; `changed` are the customers since the last fold."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.ids = random.sample(range(1, 1_000), 400)
        self.members: dict[int, Row] = {}
        self.orders: list[Row] = []
        self.adjustments: list[tuple[int, int, int, int]] = []
        self.changed: set[int] = set()
        self.depth = random.choice([1, 3, 400])

    def act(self) -> None:
        draw = self.random.random()
        if not self.members or draw < 0.4:
            self.enrol()
        elif draw < 0.55:
            self.move()
        elif draw < 0.65:
            self.turn()
        elif draw < 0.75:
            self.change("status", self.random.randint(1, 4))
        elif draw < 0.8:
            self.change("enroller_id", self.random.choice([0, *self.members]))
        elif draw < 0.9:
            number = len(self.adjustments) + 1
            self.adjustments.append((number, self.anybody(), 3, self.random.randint(1, 99)))
        else:
            numbers = {row["order_id"] for row in self.orders}
            number = self.random.choice([n for n in range(1, 2_000) if n not in numbers])
            order = {"order_id": number, "customer_id": self.anybody(), "pv": number}
            self.orders.append(order)

    def anybody(self) -> int:
        return self.random.choice(list(self.members))

    def change(self, name: str, value: object, number: int = 0) -> None:
        number = number or self.anybody()
        self.members[number] = {**self.members[number], name: value}
        self.changed.add(number)

    def enrol(self) -> None:
        number = self.ids.pop()
        sponsor = self.random.choice([0, *list(self.members)[-self.depth :]])
        kind, since = self.random.choice([2, 2, 3]), self.random.choice([1, 403, 404, 405])
        self.members[number] = member(number, sponsor, type=kind, enrolled_period=since)
        self.changed.add(number)
        if self.random.random() < 0.6:
            self.turn(number)

    def below(self, number: int, name: str) -> set[int]:
        found = {number}
        while more := {n for n, r in self.members.items() if r.get(name) in found} - found:
            found |= more
        return found

    def move(self) -> None:
        number = self.anybody()
        free = set(self.members) - self.below(number, "sponsor_id")
        self.change("sponsor_id", self.random.choice([0, *sorted(free)]), number)

    def turn(self, number: int = 0) -> None:
        """Into a free leg of the binary tree, or out of it."""
        number = number or self.anybody()
        rows = self.members.values()
        taken = {(r.get("binary_parent_id"), r.get("binary_position")) for r in rows}
        free = sorted(set(self.members) - self.below(number, "binary_parent_id"))
        legs = [leg for n in free[-self.depth :] for leg in ((n, 1), (n, 2)) if leg not in taken]
        parent, side = self.random.choice([(0, 0), *legs])
        self.change("binary_parent_id", parent, number)
        self.change("binary_position", side, number)

    def snapshot(self) -> Snapshot:
        return snapshot_of(self.members.values(), self.orders, adjustments=self.adjustments)


def standings(s: Snapshot) -> tuple[Standing, Standing]:
    pre = np.arange(len(s), dtype=np.int32)
    return (
        Standing.of(pre, s.end, s.level, s.sponsor),
        Standing.of(s.binary_pre, s.binary_end, s.binary_level, s.binary_parent),
    )


def assert_nested(labels: Labels, tree: Standing) -> None:
    order = tree.order
    assert (np.diff(labels.open[order]) > 0).all()
    both = np.concatenate(labels)
    assert len(np.unique(both)) == len(both)
    for v in range(len(order)):
        inside = (labels.open > labels.open[v]) & (labels.open < labels.close[v])
        assert int(inside.sum()) == tree.end[v] - tree.pre[v] - 1
        if tree.parent[v] >= 0:
            assert labels.close[v] < labels.close[tree.parent[v]]


def relabelled(old: Labels, shift: Shift, newly: Any, tree: Standing) -> Labels:
    """The new labels; whoever is said to have his old ones has them."""
    labels, differing = relabel(old, shift.stretches, newly, tree)
    for before, after in zip(old, labels, strict=True):
        assert (before[shift.origin[~differing]] == after[~differing]).all()
    return labels


@checked(150)
@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_folding_news_equals_building_anew(random: Random, batches: int) -> None:
    world = World(random)
    for _ in range(random.randint(1, 20)):
        world.act()
    held = world.snapshot()
    index, labels = Index.of(held), [fresh(t.pre, t.end, t.level) for t in standings(held)]
    for _ in range(batches):
        orders, adjustments = len(world.orders), len(world.adjustments)
        world.changed.clear()
        for _ in range(random.randint(1, 12)):
            world.act()
        news = graft(held, index, member_columns(world.members[n] for n in world.changed))
        held, index = news.snapshot, news.index
        if news.shift is not None:
            labels = [
                relabelled(old, news.shift, those, tree)
                for old, those, tree in zip(
                    labels, (news.shift.sponsored, news.shift.placed), standings(held), strict=True
                )
            ]
        columns = entry_columns(world.orders[orders:])
        held = with_entries(held, index.find(columns.customer_id), columns)
        given = AdjustmentColumns(*np.array(world.adjustments[adjustments:]).reshape(-1, 4).T)
        held = with_adjustments(held, index.find(given.customer_id), given)
        assert_same(held, world.snapshot())
        for tree, label in zip(standings(held), labels, strict=True):
            assert_nested(label, tree)
    assert (held.customer_id[index.member] == index.ids).all()


COMPANY = [member(5), member(7, 5, binary_parent_id=5, binary_position=1)]


@pytest.mark.parametrize(
    "row",
    [
        member(8, 6),
        member(8, 5, enroller_id=6),
        member(8, 5, binary_parent_id=6, binary_position=1),
        member(8, 5, binary_parent_id=5, binary_position=1),
        member(8, 5, binary_parent_id=5, binary_position=3),
        member(8, 5, type=4),
        member(8, 5, type=0),
        member(0, 5),
        member(-8, 5),
        member(5, 7),
        member(9, 9),
        member(5, binary_parent_id=7, binary_position=1),
    ],
)
def test_what_would_be_an_issue_is_not_worked_in(row: Row) -> None:
    held = snapshot_of(COMPANY, [])
    with pytest.raises(Odd):
        graft(held, Index.of(held), member_columns([row]))


def test_what_would_settle_an_issue_is_not_worked_in() -> None:
    held = snapshot_of([*COMPANY, member(8, 6)], [])
    assert held.issues
    with pytest.raises(Odd):
        graft(held, Index.of(held), member_columns([member(6)]))
    assert len(graft(held, Index.of(held), member_columns([member(9)])).snapshot) == 4


@pytest.mark.parametrize("customer", [5, 9])
def test_entries_of_nobody_and_entries_that_are_there_are_odd(customer: int) -> None:
    held = snapshot_of(COMPANY, [{"order_id": 1, "customer_id": 5, "pv": 1}])
    columns = entry_columns([{"order_id": 1, "customer_id": customer, "pv": 1}])
    with pytest.raises(Odd):
        with_entries(held, Index.of(held).find(columns.customer_id), columns)


def test_a_company_may_begin_with_nobody() -> None:
    held = snapshot_of([], [])
    news = graft(held, Index.of(held), member_columns(COMPANY))
    assert_same(news.snapshot, snapshot_of(COMPANY, []))
