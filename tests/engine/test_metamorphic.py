"""What must not change a run, and what may change only what it should."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.agreement import items_of, plan_of
from tests.engine.company import snapshot_of
from tests.engine.strategies import checked, companies, shuffled

from upline.engine import run
from upline.engine.extras import ExtraColumns
from upline.engine.limits import NO_SHARE, Limit
from upline.engine.memory import MemoryColumns
from upline.engine.plan import Ranks
from upline.services import plan as plans

ESSENTIAL = plan_of(plans.load_builtin("essential").text)
REMEMBERING = plan_of(
    """
[plan]
key = "remembering"
name = "Remembering"
[[ranks]]
id = 0
key = "a"
name = "A"
pv = 50
[[bonuses]]
kind = "unilevel"
id = 1
code = "m"
name = "M"
rates = ["10%", "5%"]
tree = "forced"
most_per_lifetime = 20
[[bonuses]]
kind = "rank"
id = 2
code = "r"
name = "R"
amounts = { a = 5 }
hold = 1
[[bonuses]]
kind = "pool"
id = 3
code = "p"
name = "P"
amount = 100
parts = [{ by = "pv", growth = "best" }]
requires = { streak = 2 }
[[bonuses]]
kind = "coded"
id = 4
code = "c"
name = "C"
packages = [50]
amounts = [10]
[[trees]]
key = "forced"
kind = "matrix"
width = 2
[[limits]]
bonuses = ["m", "r"]
most_per_member = 9.99
"""
)
LIMIT = Limit((1,), NO_SHARE, np.zeros(1, np.int64))


@checked(60)
@given(companies(), st.data())
def test_row_order_gives_the_same_bytes(company, data) -> None:
    one = run(ESSENTIAL, snapshot_of(*company))
    two = run(ESSENTIAL, snapshot_of(*shuffled(company, data.draw)))
    assert one.digest == two.digest


@checked(60)
@given(companies(most=12), st.data())
def test_the_order_of_memories_gives_the_same_bytes(company, data) -> None:
    ids = [row["customer_id"] for row in company[0]]
    size = data.draw(st.integers(0, 2 * len(ids)))
    column = st.lists(st.integers(0, 3), min_size=size, max_size=size)
    rows = np.array([data.draw(st.lists(st.sampled_from(ids), min_size=size, max_size=size))])
    slots = np.array(
        [data.draw(st.lists(st.sampled_from([0, 1, 32, 128]), min_size=size, max_size=size))]
    )
    figures = [np.array(data.draw(column)) for _ in range(4)]
    table = [rows[0], 1 + figures[0], slots[0], *figures[1:], rows[0]]
    turn = np.array(data.draw(st.permutations(range(size))), np.int64)
    results = []
    for order in (np.arange(size), turn):
        memories = MemoryColumns(*(np.asarray(c, np.int64)[order] for c in table))
        snapshot = snapshot_of(*company, extras=ExtraColumns(memories=memories))
        results.append((snapshot.digest, run(REMEMBERING, snapshot).digest))
    assert results[0] == results[1]


@checked(60)
@given(companies(), st.randoms(use_true_random=False))
def test_new_ids_change_nothing_but_ids(company, random) -> None:
    members, orders = company
    names = {row["customer_id"]: row["customer_id"] for row in members}
    fresh = random.sample(range(1, 10**6), len(names))
    names = dict(zip(names, fresh, strict=True)) | {0: 0}
    links = ("customer_id", "sponsor_id", "enroller_id", "binary_parent_id")
    renamed = [row | {key: names[row[key]] for key in links if key in row} for row in members]
    moved = [row | {"customer_id": names[row["customer_id"]]} for row in orders]
    before, after = snapshot_of(members, orders), snapshot_of(renamed, moved)
    expected = {
        (names[payee], *rest): amount
        for (payee, *rest), amount in items_of(before, run(ESSENTIAL, before)).items()
    }
    assert items_of(after, run(ESSENTIAL, after)) == expected


@checked(60)
@given(companies(), st.data())
def test_an_order_in_two_parts_is_the_same_order(company, data) -> None:
    members, orders = company
    if not orders:
        return
    index = data.draw(st.integers(0, len(orders) - 1))
    order = orders[index]
    if order["order_type"] == 4:  # two kits are not one kit
        return
    rest = order | {"order_id": 10**6, "pv": "0", "cv": order["cv"], "retail_margin_base": "0"}
    parts = [*orders[:index], order | {"cv": "0"}, rest, *orders[index + 1 :]]
    before, after = snapshot_of(members, orders), snapshot_of(members, parts)
    assert items_of(before, run(ESSENTIAL, before)) == items_of(after, run(ESSENTIAL, after))


@checked(60)
@given(companies(), companies(most=8), st.data())
def test_an_inactive_organization_changes_nothing_above(company, other, data) -> None:
    members, orders = company
    hosts = [row["customer_id"] for row in members if row["type"] == 2]
    host = data.draw(st.sampled_from(hosts))
    added = [
        row
        | {"customer_id": row["customer_id"] + 10**6}
        | {"sponsor_id": row["sponsor_id"] + 10**6 if row["sponsor_id"] else host}
        | {"enroller_id": host, "binary_parent_id": 0, "binary_position": 0}
        for row in other[0]
    ]
    before, after = snapshot_of(members, orders), snapshot_of([*members, *added], orders)
    one, two = run(ESSENTIAL, before), run(ESSENTIAL, after)
    assert items_of(before, one) == items_of(after, two)
    old = np.isin(after.customer_id, before.customer_id)
    for name in ("pv", "ov", "gv", "rank", "ov_less_2", "ov_less_6"):
        assert getattr(two, name)[old].tolist() == getattr(one, name).tolist()


@checked(10)
@given(companies(), companies())
def test_one_thread_or_eight_give_the_same_bytes(company, other) -> None:
    snapshots = [snapshot_of(*company), snapshot_of(*other)] * 8
    alone = [run(ESSENTIAL, snapshot).digest for snapshot in snapshots[:2]]
    with ThreadPoolExecutor(8) as threads:  # kernels let go of the interpreter
        together = threads.map(lambda snapshot: run(ESSENTIAL, snapshot).digest, snapshots)
    assert list(together) == alone * 8


def test_a_deep_chain_of_inactive_members_passes_volume_up() -> None:
    size = 300_000
    members = [{"customer_id": k, "sponsor_id": k - 1} for k in range(1, size + 1)]
    orders = [
        {"order_id": 1, "customer_id": 1, "pv": 100},
        {"order_id": 2, "customer_id": size, "pv": 1000},
    ]
    snapshot = snapshot_of(members, orders)
    result = run(ESSENTIAL, snapshot)
    assert result.ov[0] == 11_000_000
    assert (int(result.lines.payee[0]), int(result.lines.source[0])) == (0, size - 1)
    assert (int(result.lines.level[0]), int(result.lines.paid_level[0])) == (32767, 1)


def test_the_sink_grows() -> None:
    """More lines than the first guess of the sink's size."""
    members = [{"customer_id": k, "sponsor_id": k - 1} for k in range(1, 3001)]
    orders = [{"order_id": k, "customer_id": k, "pv": 100} for k in range(1, 3001)]
    result = run(ESSENTIAL, snapshot_of(members, orders))
    assert len(result.lines.payee) > 10_000


def test_a_company_of_nobody() -> None:
    result = run(ESSENTIAL, snapshot_of([], []))
    assert len(result.checks.payee) == len(result.items.payee) == 0


def test_adjustments_reach_the_check_outside_of_commission() -> None:
    snapshot = snapshot_of([{"customer_id": 5}], [], adjustments=[(1, 5, 7, -12_345)])
    result = run(ESSENTIAL, snapshot)
    assert result.checks.total_commission.tolist() == [0]
    assert result.checks.net.tolist() == [-12_345]
    assert result.items.ledger_type.tolist() == [7]
    assert result.items.kind.tolist() == [3]


def test_volumes_alone() -> None:
    """A plan without ranks, bonuses and fees still gives every volume."""
    bare = replace(ESSENTIAL, ranks=Ranks.none(), bonuses=(), fees=(), limits=(LIMIT,))
    orders = [{"order_id": 1, "customer_id": 1, "pv": 5}]
    result = run(bare, snapshot_of([{"customer_id": 1}], orders))
    assert (result.ov.tolist(), result.rank.tolist()) == ([50_000], [-1])
    assert len(result.lines.payee) == len(result.checks.payee) == 0
