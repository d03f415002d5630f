"""Random companies: standings and reasons equal those of the second implementation."""

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.company import snapshot_of
from tests.engine.extras import extras_of
from tests.engine.strategies import Company, companies
from tests.services.contest.oracle import NEVER, Contests, Known

from upline.engine import contests as engine
from upline.engine import run
from upline.services import plan as plans
from upline.services.contest.inputs import Inputs
from upline.services.contest.scoring import VOLUMES, score
from upline.services.plan.versions import InForce
from upline.services.rollup.facts import Facts

PLAN = """
[plan]
key = "test"
name = "Test"

[volumes]
kinds = ["coupons"]

[[ranks]]
id = 4
key = "low"
name = "Low"
pv = 50

[[ranks]]
id = 9
key = "high"
name = "High"
ov = 300

[[contests]]
id = 1
key = "leadership"
name = "Leadership"
ties = "last_sale"
requires = { pv = 40 }
qualifies = { points = 20, rank = "low" }
points = [
  { kind = "enrolment", each = 10, pv = 33 },
  { kind = "rank", each = "2.5" },
  { kind = "growth", per = 100, each = 5, most = 12 },
]

[[contests]]
id = 2
key = "referral"
name = "Referral"
ties = "enrolled"
qualifies = { enrolments = 1, ratio = { of = ["retail"], to = ["distributor"], least = "50%" } }
points = [
  { kind = "volume", per = "33.3333", each = "0.0001", of = "enrolled", order_types = ["retail"] },
  { kind = "enrolment", each = 1, types = ["retail", "preferred"] },
]

[[contests]]
id = 3
key = "season"
name = "Season"
starts = 2014-08-01
ends = 2014-12-31
adds_up = true
ties = "last_sale"
requires = { total_pv = 1 }
points = [
  { kind = "volume", per = 50, each = 3, volume = "cv", most = 9 },
  { kind = "rank", ranks = { high = 7 } },
]

[[contests]]
id = 5
key = "trip"
name = "Trip"
starts = 2014-08-01
ties = "last_sale"
points = [
  { kind = "coupons", volume = "coupons" },
  { kind = "enrolment", each = [2, 4, 0.5], pv = 33 },
  { kind = "rank", ranks = { low = 20, high = 25 }, times = 2 },
  { kind = "volume", volume = "coupons", per = 2, each = 1, of = "enrolled" },
]

[[contests]]
id = 4
key = "shared"
name = "Shared"
points = [{ kind = "enrolment", each = 1 }]
"""
PERIOD = 405
IN_FORCE = InForce(
    1, "test", 300, b"", PLAN, plans.parse(PLAN, "test"), plans.compile(plans.parse(PLAN, "test"))
)


@settings(max_examples=150)
@given(companies(), st.data())
def test_standings_agree(company: Company, data: st.DataObject) -> None:
    members, orders = company
    for order in orders:
        order["sold_at"] = data.draw(st.sampled_from([1_412_200_000, 1_412_300_000, 1_412_300_001]))
        order["coupons"] = data.draw(st.sampled_from(["0", "3", "2.5", "-1", "40"]))
    ids = sorted(row["customer_id"] for row in members)
    some = st.lists(st.sampled_from(ids), unique=True)
    inputs, facts = _inputs(orders, ids, data, some), _facts(ids, data)
    extras = extras_of(IN_FORCE.compiled, members, orders)
    snapshot = snapshot_of(members, orders, PERIOD, extras=extras)
    result = run(IN_FORCE.compiled, snapshot)
    found = score(IN_FORCE, snapshot, result, facts, inputs)
    oracle = Contests(PLAN, _known(members, orders, snapshot, result, facts, inputs))
    assert [scored.contest_id for scored in found] == [1, 2, 3, 5, 4]
    for place, scored in enumerate(found):
        standing, customer = scored.standing, snapshot.customer_id
        rows, entries = oracle.standings(place)
        assert [
            (customer[m].item(), position.item(), Fraction(points.item(), 10_000), bool(won))
            for m, position, points, won in zip(
                standing.member, standing.position, standing.points, standing.qualified,
                strict=True,
            )
        ] == rows  # fmt: skip
        reasons: dict[int, list[tuple[Any, ...]]] = {}
        for m, reason, source, quantity, points in zip(*standing.entries, strict=True):
            reasons.setdefault(customer[m].item(), []).append(
                (
                    reason.item(),
                    customer[source].item() if source >= 0 else 0,
                    Fraction(quantity.item(), 10_000),
                    Fraction(points.item(), 10_000),
                )
            )
        assert {k: sorted(v) for k, v in reasons.items()} == {
            k: sorted(v) for k, v in entries.items()
        }


def _inputs(orders: list[dict[str, Any]], ids: list[int], data: st.DataObject, some: Any) -> Inputs:
    before, carried = data.draw(some), data.draw(some)
    volumes = st.sampled_from([0, 500_000, 3_000_000])
    return Inputs(
        contests=IN_FORCE.document.content.contests,
        before={
            "customer_id": np.array(before, np.int64),
            "ov": np.array([data.draw(volumes) for _ in before], np.int64),
        },
        entry_id=np.array([order["order_id"] for order in orders], np.int64),
        sold_at=np.array([order["sold_at"] for order in orders], np.int64),
        carried={
            3: {
                "customer_id": np.array(carried, np.int64),
                "points": np.array([data.draw(volumes) for _ in carried], np.int64),
                "last_sale": np.array(
                    [data.draw(st.sampled_from([1_412_300_000, engine.NEVER])) for _ in carried],
                    np.int64,
                ),
            }
        },
        held={
            5: {
                "customer_id": np.repeat(np.array(before, np.int64), 2),
                "rank_id": np.tile(np.array([4, 9], np.int16), len(before)),
                "periods": np.array([data.draw(st.integers(1, 3)) for _ in before * 2], np.int32),
            }
        },
        stock={
            (5, "coupons"): {
                "customer_id": np.array(carried, np.int64),
                "left_over": np.array([data.draw(volumes) for _ in carried], np.int64),
            }
        },
    )


def _facts(ids: list[int], data: st.DataObject) -> Facts:
    size = len(ids)
    flags = st.lists(st.booleans(), min_size=size, max_size=size)
    days = st.lists(st.integers(0, 3), min_size=size, max_size=size)
    return Facts(
        customer_id=np.array(ids, np.int64),
        enrolled_at=np.array(data.draw(days), np.int64),
        area=np.zeros(size, np.int32),
        areas=(),
        is_new=np.array(data.draw(flags), np.bool_),
        due=np.zeros(size, np.int64),
        standing=np.zeros(size, np.int64),
    )


def _known(
    members: list[dict[str, Any]],
    orders: list[dict[str, Any]],
    snapshot: Any,
    result: Any,
    facts: Facts,
    inputs: Inputs,
) -> list[Known]:
    places = {4: 0, 9: 1}
    rows = {row["customer_id"]: row for row in members}
    before = dict(zip(*(c.tolist() for c in inputs.before.values()), strict=True))
    carried = {
        row[0]: (Fraction(row[1], 10_000), NEVER if row[2] == engine.NEVER else row[2])
        for row in zip(*(c.tolist() for c in inputs.carried[3].values()), strict=True)
    }
    stock = dict(zip(*(c.tolist() for c in inputs.stock[5, "coupons"].values()), strict=True))
    held = {
        (member, rank): count
        for member, rank, count in zip(*(c.tolist() for c in inputs.held[5].values()), strict=True)
    }
    known = []
    for v, number in enumerate(snapshot.customer_id.tolist()):
        at = facts.customer_id.tolist().index(number)
        enroller = snapshot.enroller[v]
        known.append(
            Known(
                id=number,
                type=rows[number]["type"],
                status=rows[number]["status"],
                enroller=snapshot.customer_id[enroller].item() if enroller >= 0 else 0,
                is_new=facts.is_new[at].item(),
                enrolled_at=facts.enrolled_at[at].item(),
                rank=places.get(result.rank[v].item(), -1),
                best=places.get(rows[number]["max_rank"], -1),
                now={n: Fraction(getattr(result, n)[v].item(), 10_000) for n in VOLUMES},
                before={"ov": Fraction(before.get(number, 0), 10_000)},
                orders=[order for order in orders if order["customer_id"] == number],
                carried=carried.get(number),
                age=PERIOD - rows[number]["enrolled_period"],
                held=held.get((number, result.rank[v].item()), 0),
                stock=Fraction(stock.get(number, 0), 10_000),
            )
        )
    return known
