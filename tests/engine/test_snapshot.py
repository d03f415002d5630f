"""Rows in any order become one canonical snapshot; bad data is named, never raised."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.company import member_columns, snapshot_of
from tests.engine.strategies import checked, companies, shuffled

from upline.engine import EntryColumns, MemberColumns


def codes(snapshot) -> list[tuple[str, int]]:
    return [(issue.code, issue.customer_id) for issue in snapshot.issues]


@checked(60)
@given(companies(), st.data())
def test_row_order_does_not_matter(company, data) -> None:
    one = snapshot_of(*company)
    two = snapshot_of(*shuffled(company, data.draw))
    assert one.digest == two.digest


def test_digest_sees_every_value() -> None:
    base = snapshot_of([{"customer_id": 1}], [{"order_id": 1, "customer_id": 1, "pv": 1}])
    for members, orders in (
        ([{"customer_id": 2}], [{"order_id": 1, "customer_id": 2, "pv": 1}]),
        ([{"customer_id": 1, "status": 2}], [{"order_id": 1, "customer_id": 1, "pv": 1}]),
        ([{"customer_id": 1}], [{"order_id": 2, "customer_id": 1, "pv": 1}]),
        ([{"customer_id": 1}], [{"order_id": 1, "customer_id": 1, "pv": 2}]),
        ([{"customer_id": 1}], []),
    ):
        assert snapshot_of(members, orders).digest != base.digest
    again = snapshot_of([{"customer_id": 1}], [{"order_id": 1, "customer_id": 1, "pv": 1}], 404)
    assert again.digest != base.digest


def test_bad_members_are_named() -> None:
    members = [
        {"customer_id": 1},
        {"customer_id": 2, "sponsor_id": 77, "enroller_id": 1},
        {"customer_id": 3, "sponsor_id": 1, "enroller_id": 88},
        {"customer_id": 4, "sponsor_id": 5},
        {"customer_id": 5, "sponsor_id": 4},
        {"customer_id": 0},
        {"customer_id": 6, "type": 9},
        {"customer_id": 1, "status": 2},
    ]
    snapshot = snapshot_of(members, [])
    assert codes(snapshot) == [
        ("bad_customer_id", 0),
        ("duplicate_customer", 1),
        ("unknown_sponsor", 2),
        ("unknown_enroller", 3),
        ("sponsor_cycle", 4),
        ("sponsor_cycle", 5),
        ("unknown_customer_type", 6),
    ]
    assert snapshot.customer_id.tolist() == [1, 3, 2, 4, 5, 6]
    assert snapshot_of(members[::-1], []).digest == snapshot.digest


def test_binary_tree_and_its_faults() -> None:
    members = [
        {"customer_id": 1},
        {"customer_id": 2, "binary_parent_id": 1, "binary_position": 2},
        {"customer_id": 3, "binary_parent_id": 1, "binary_position": 1},
        {"customer_id": 4, "binary_parent_id": 1, "binary_position": 1},
        {"customer_id": 5, "binary_parent_id": 2, "binary_position": 7},
        {"customer_id": 6, "binary_parent_id": 99, "binary_position": 1},
        {"customer_id": 7, "binary_parent_id": 8, "binary_position": 1},
        {"customer_id": 8, "binary_parent_id": 7, "binary_position": 1},
    ]
    snapshot = snapshot_of(members, [])
    assert codes(snapshot) == [
        ("leg_taken", 4),
        ("bad_binary_position", 5),
        ("unknown_binary_parent", 6),
        ("binary_cycle", 7),
        ("binary_cycle", 8),
    ]
    at = {int(c): v for v, c in enumerate(snapshot.customer_id)}
    pre = {c: int(snapshot.binary_pre[v]) for c, v in at.items()}
    assert pre[1] < pre[3] < pre[2]  # left before right
    assert snapshot.binary_end[at[1]] - pre[1] == 3
    assert snapshot.binary_parent[at[4]] == -1
    assert snapshot.binary_position[at[4]] == 0
    assert snapshot.binary_level[at[8]] == 1


def test_entries_of_nobody_and_repeated_entries() -> None:
    orders = [
        {"order_id": 2, "customer_id": 1, "pv": 5},
        {"order_id": 1, "customer_id": 1, "pv": 9},
        {"order_id": 1, "customer_id": 1, "pv": 4},
        {"order_id": 3, "customer_id": 99, "pv": 1},
    ]
    snapshot = snapshot_of([{"customer_id": 1}], orders)
    assert codes(snapshot) == [("duplicate_entry", 1), ("unknown_customer", 99)]
    assert snapshot.entry_id.tolist() == [1, 2]
    assert snapshot.entry_pv.tolist() == [40_000, 50_000]
    turned = snapshot_of([{"customer_id": 1}], orders[::-1])
    assert turned.digest == snapshot.digest


def test_columns_refuse_different_lengths() -> None:
    none: list[int] = []
    with pytest.raises(ValueError, match="expected 1 values"):
        EntryColumns([1], none, none, none, none, none)


def test_columns_cast_lists() -> None:
    columns = member_columns([{"customer_id": 1}])
    assert isinstance(columns, MemberColumns)
    assert columns.customer_type.dtype == np.int8


def test_empty_company() -> None:
    snapshot = snapshot_of([], [])
    assert len(snapshot) == 0
    assert snapshot.issues == ()
