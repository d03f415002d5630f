"""The documented check of October 2014 comes out of a real run of the built-in plan."""

import numpy as np
import pytest
from tests.engine.company import snapshot_of, units
from tests.factories.golden import MEMBER, PERIOD, golden_members, golden_orders

from upline.engine import Result, Snapshot, run
from upline.engine.units import BONUS, FEE
from upline.services import plan as plans


@pytest.fixture(scope="module")
def golden() -> tuple[Snapshot, Result, int]:
    plan = plans.compile(plans.load_builtin("essential"))
    snapshot = snapshot_of(golden_members(), golden_orders(), PERIOD)
    return snapshot, run(plan, snapshot), snapshot.index_of(MEMBER)


def test_items_are_those_of_the_documented_check(golden) -> None:
    _, result, member = golden
    items = result.items
    mine = items.payee == member
    found = {
        (int(items.kind[k]), int(items.bonus_id[k]), int(items.level[k])): int(items.amount[k])
        for k in np.flatnonzero(mine)
    }
    assert found == {
        (BONUS, 1, 1): units("11.84"),
        (BONUS, 2, 1): units("142.83"),
        (BONUS, 2, 2): units("63.49"),
        (BONUS, 2, 3): units("23.39"),
        (BONUS, 3, 1): units("8.44"),
        (BONUS, 3, 2): units("67.40"),
        (FEE, 0, 0): units("-3"),
    }


def test_check_totals(golden) -> None:
    _, result, member = golden
    at = int(np.flatnonzero(result.checks.payee == member)[0])
    assert result.checks.total_commission[at] == units("317.39")
    assert result.checks.adjustments[at] == units("-3")
    assert result.checks.net[at] == units("314.39")


def test_volumes_and_ranks(golden) -> None:
    snapshot, result, member = golden
    assert snapshot.issues == ()
    assert result.pv[member] == units("290.25")
    assert result.ov[member] == result.gv[member] == units("4635.5")
    assert (result.rank[member], result.paid_rank[member], result.max_rank[member]) == (2, 2, 2)
    assert result.is_active[member]
    assert result.is_qualified[member]


def test_level_volumes_lie_where_the_document_needs_them(golden) -> None:
    _, result, member = golden
    items = result.items
    volume = {
        (int(items.bonus_id[k]), int(items.level[k])): int(items.volume[k])
        for k in np.flatnonzero(items.payee == member)
    }
    bounds = {
        (2, 1): ("1785.3125", "1785.4375"),
        (2, 2): ("1269.7", "1269.9"),
        (2, 3): ("584.625", "584.875"),
        (3, 1): ("33.74", "33.78"),
        (3, 2): ("673.95", "674.05"),
    }
    for cell, (low, high) in bounds.items():
        assert units(low) <= volume[cell] <= units(high)


def test_line_of_one_member_on_level_one(golden) -> None:
    snapshot, result, member = golden
    lines = result.lines
    source = snapshot.index_of(123445)
    [k] = np.flatnonzero((lines.payee == member) & (lines.source == source))
    assert (lines.base[k], lines.rate[k]) == (units("75.25"), 80_000)
    assert lines.amount[k] == units("6.02")
    assert (lines.bonus_id[k], lines.level[k], lines.paid_level[k]) == (2, 1, 1)


def test_retail_customer_shows_no_organization(golden) -> None:
    snapshot, result, member = golden
    customer = snapshot.index_of(123440)
    assert result.pv[customer] == units("49.33")
    assert result.ov[customer] == result.gv[customer] == 0
    assert result.rank[customer] == -1
    assert result.total_pv[member] == units("339.58")
