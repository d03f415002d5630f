"""Narrow rows find their members and entries, whatever order they come in and whatever they say."""

import numpy as np
import pytest
from tests.engine.agreement import plan_of
from tests.engine.company import entry_columns, member_columns, snapshot_of
from tests.engine.extras import extras_of

from upline.engine import AdjustmentColumns, build, run
from upline.engine.extras import (
    ExtraColumns,
    ForcedColumns,
    HistoryColumns,
    KindColumns,
    Rates,
)

MEMBERS = [{"customer_id": 1}, {"customer_id": 2, "sponsor_id": 1}]
ORDERS = [{"order_id": 5, "customer_id": 2, "pv": 1}, {"order_id": 3, "customer_id": 1, "pv": 1}]
PAID = """
[plan]
key = "t"
name = "T"

[exchange]
volumes = ["cv"]

[[bonuses]]
kind = "unilevel"
id = 1
code = "u"
name = "U"
rates = ["10%"]
"""


def with_extras(**columns: object) -> object:
    none = AdjustmentColumns.empty()
    return build(405, member_columns(MEMBERS), entry_columns(ORDERS), none, ExtraColumns(**columns))


def test_without_any_there_is_nothing() -> None:
    extras = snapshot_of(MEMBERS, ORDERS).extras
    assert extras.past_pv.shape == (0, 2)
    assert extras.kinds.shape == (0, 2)
    assert len(extras.forced) == len(extras.member_currency) == len(extras.entry_currency) == 0


def test_history_is_placed_by_member_and_period() -> None:
    history = HistoryColumns([2, 1, 2, 9, 1], [404, 403, 401, 404, 405], [7, 6, 5, 4, 3], [1] * 5,
                             [10, 20, 30, 40, 50])  # fmt: skip
    extras = with_extras(periods=2, history=history).extras
    assert extras.past_rank.tolist() == [[-1, 7], [6, -1]]
    assert extras.past_pv.tolist() == [[0, 10], [20, 0]]


@pytest.mark.parametrize("turn", [1, -1])
def test_of_rows_that_contradict_each_other_the_largest_counts(turn: int) -> None:
    forced = ForcedColumns([2, 2][::turn], [4, 6][::turn])
    kinds = KindColumns([5, 5, 77][::turn], [0, 0, 0], [8, 9, 1] if turn == 1 else [1, 9, 8])
    snapshot = with_extras(forced=forced, kinds=1, volumes=kinds)
    assert snapshot.extras.forced.tolist() == [-1, 6]
    assert snapshot.entry_id.tolist() == [3, 5]
    assert snapshot.extras.kinds.tolist() == [[0, 9]]


def test_a_kind_that_the_plan_does_not_have_is_left_out() -> None:
    kinds = KindColumns([5], [3], [8])
    assert with_extras(kinds=1, volumes=kinds).extras.kinds.tolist() == [[0, 0]]


def test_a_forced_rank_of_nobody_is_named() -> None:
    snapshot = with_extras(forced=ForcedColumns([9], [4]))
    [issue] = snapshot.issues
    assert (issue.code, issue.customer_id, issue.detail) == ("unknown_customer", 9, "forced rank")


def test_rates_belong_to_currencies() -> None:
    with pytest.raises(ValueError, match="expected 1 values"):
        Rates(("CAD",), [1], [])


def test_a_currency_without_a_rate_counts_for_nothing_and_is_named() -> None:
    members = [{"customer_id": 1, "currency": "EUR"}, {"customer_id": 2, "sponsor_id": 1}]
    orders = [
        {"order_id": 1, "customer_id": 2, "pv": 100, "currency": "CAD"},
        {"order_id": 2, "customer_id": 2, "pv": 50},
    ]
    plan = plan_of(PAID)
    extras = extras_of(plan, members, orders, {"EUR": ("0.5", "0")})
    result = run(plan, snapshot_of(members, orders, extras=extras))
    assert result.cv.tolist() == [0, 500_000]
    assert result.pv.tolist() == [0, 1_500_000]
    assert result.checks.net.tolist() == result.local.net.tolist() == [50_000]
    assert result.local.currency.tolist() == [-1]
    assert [(one.code, one.customer_id, one.detail) for one in result.issues] == [
        ("no_exchange_rate", 1, "EUR"),
        ("no_exchange_rate", 2, "CAD"),
    ]


def test_rounded_by_member_orders_sum_to_the_rounded_total() -> None:
    text = PAID.replace('volumes = ["cv"]', 'volumes = ["cv"]\nrounded = "member"\ndecimals = 0')
    orders = [
        {"order_id": number, "customer_id": 2, "pv": 1, "currency": "CAD"} for number in (1, 2, 3)
    ]
    plan = plan_of(text)
    extras = extras_of(plan, MEMBERS, orders, {"CAD": ("0.4", "1")})
    result = run(plan, snapshot_of(MEMBERS, orders, extras=extras))
    assert result.cv.tolist() == [0, 10_000]  # 1.2, and not three times 0
    assert np.all(result.local.net == result.checks.net)
