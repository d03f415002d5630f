"""Codes are those that the database, the APIs and plans know."""

from upline.engine import units
from upline.services.plan.schema_types import CUSTOMER_TYPES, ORDER_TYPES, STATUSES


def test_plans_name_the_codes_of_the_engine() -> None:
    assert CUSTOMER_TYPES == {
        "preferred": units.PREFERRED,
        "distributor": units.DISTRIBUTOR,
        "retail": units.RETAIL,
    }
    assert STATUSES == {
        "active": units.ACTIVE,
        "inactive": units.INACTIVE,
        "on_hold": units.ON_HOLD,
        "terminated": units.TERMINATED,
    }
    assert ORDER_TYPES == {
        "standard": units.STANDARD,
        "autoship": units.AUTOSHIP,
        "starter_kit": units.STARTER_KIT,
        "premium_kit": units.PREMIUM_KIT,
        "retail": units.RETAIL_ORDER,
    }


def test_check_items_have_the_kinds_that_are_stored() -> None:
    assert (units.BONUS, units.FEE, units.ADJUSTMENT, units.DONATION) == (1, 2, 3, 4)
    assert (units.LEFT, units.RIGHT) == (1, 2)


def test_periods_are_months() -> None:
    assert [units.month_id(2014, month) for month in (5, 10, 12)] == [400, 405, 407]
    assert units.month_id(2015, 1) == 408
