"""Tables by date, percentages by month in a row, and when a row of months ends."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upline.services.plan import load_builtin
from upline.services.points.schedule import months_in_a_row, read_schedule

SCHEDULE = read_schedule(load_builtin("essential"), "essential_rewards")
OLD, NEW = date(2014, 11, 1), date(2017, 9, 1)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (OLD, {1: 10, 6: 10, 7: 15, 12: 15, 13: 20, 99: 20}),
        (NEW, {1: 10, 3: 10, 4: 20, 24: 20, 25: 25, 99: 25}),
    ],
)
def test_percentages(day: date, expected: dict[int, int]) -> None:
    rules = SCHEDULE.on(day)
    assert rules is not None
    assert {months: rules.percent(months) for months in expected} == expected


def test_published_points_of_2017() -> None:
    rules = read_schedule(load_builtin("essential"), "essential_rewards").on(date(2017, 9, 1))
    assert rules is not None
    assert [rules.earned(Decimal(80), 1), rules.earned(Decimal(100), 15)] == [8, 20]


def test_each_day_has_the_table_of_its_time() -> None:
    assert SCHEDULE.on(date(2014, 2, 28)) is None
    early, late = SCHEDULE.on(date(2017, 8, 31)), SCHEDULE.on(NEW)
    assert early is not None
    assert late is not None
    assert (early.effective, late.effective) == (date(2014, 3, 1), NEW)


@pytest.mark.parametrize(
    ("pv", "points"), [("49.99", 0), ("50", 5), ("100.55", Decimal("10.05")), ("0", 0)]
)
def test_small_orders_earn_nothing_and_fractions_are_cut(pv: str, points: Decimal) -> None:
    rules = SCHEDULE.on(OLD)
    assert rules is not None
    assert rules.earned(Decimal(pv), 1) == points


@pytest.mark.parametrize(
    ("ordered", "through", "count"),
    [
        ([], 20, 0),
        ([20], 20, 1),
        ([17, 18, 19], 20, 3),  # the running month may still come
        ([17, 18], 20, 2),  # one skipped
        ([16, 17], 20, 0),  # two skipped
        ([10, 11, 13, 14], 14, 4),
        ([10, 11, 13, 15], 15, 1),  # the second skip comes too soon
        ([1, 3, *range(4, 15), 16], 16, 14),  # 2 and 15 lie more than twelve months apart
        ([1, 3, *range(4, 13), 14], 14, 1),
        ([1, 2, 3, 30], 3, 3),  # what comes later does not count
    ],
)
def test_rows_of_months(ordered: list[int], through: int, count: int) -> None:
    assert months_in_a_row(ordered, through, 12) == count


def test_without_forgiveness_every_gap_ends_the_row() -> None:
    assert months_in_a_row([1, 2, 4], 4, None) == 1
    assert months_in_a_row([1, 2], 4, None) == 0


@given(st.sets(st.integers(1, 60)), st.integers(1, 60))
def test_a_row_never_counts_more_than_was_ordered(ordered: set[int], through: int) -> None:
    months = sorted(ordered)
    strict = months_in_a_row(months, through, None)
    lenient = months_in_a_row(months, through, 12)
    assert 0 <= strict <= len([month for month in months if month <= through])
    assert strict <= lenient <= len([month for month in months if month <= through])
