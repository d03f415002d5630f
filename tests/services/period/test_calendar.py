from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upline.services.period import calendar
from upline.services.period.calendar import PeriodType

DAYS = st.dates(date(calendar.FIRST_YEAR, 1, 7), date(calendar.LAST_YEAR, 12, 1))
KINDS = st.sampled_from(list(PeriodType))


@pytest.mark.parametrize(
    ("day", "number"),
    [(date(2014, 5, 1), 400), (date(2014, 10, 31), 405), (date(2014, 11, 1), 406)],
)
def test_month_numbers_are_the_published_ones(day: date, number: int) -> None:
    assert calendar.month_id(day) == number


@pytest.mark.parametrize(
    ("day", "number"),
    [(date(2014, 5, 5), 10_000), (date(2014, 5, 11), 10_000), (date(2014, 5, 4), 9_999)],
)
def test_weeks_count_from_a_monday(day: date, number: int) -> None:
    assert calendar.week_id(day) == number


@given(DAYS, KINDS)
def test_a_day_lies_in_exactly_its_period(day: date, kind: PeriodType) -> None:
    number = calendar.period_id(day, kind)
    assert calendar.period_type(number) is kind
    assert calendar.first_day(number) <= day <= calendar.last_day(number)
    assert calendar.last_day(number) + timedelta(days=1) == calendar.first_day(number + 1)
    assert calendar.exists(number)


@given(DAYS, KINDS, st.sampled_from(["America/Denver", "Pacific/Kiritimati", "Asia/Kathmandu"]))
def test_bounds_are_half_open_and_leave_no_gap(day: date, kind: PeriodType, zone: str) -> None:
    number = calendar.period_id(day, kind)
    start, end = calendar.bounds(number, zone)
    assert start < end == calendar.bounds(number + 1, zone)[0]
    assert calendar.current_id(start, zone, kind) == number
    assert calendar.current_id(end - timedelta(microseconds=1), zone, kind) == number


def test_daylight_saving_makes_a_month_an_hour_longer() -> None:
    start, end = calendar.bounds(calendar.month_id(date(2014, 11, 1)), "America/Denver")
    assert (start, end) == (
        datetime(2014, 11, 1, 6, tzinfo=UTC),
        datetime(2014, 12, 1, 7, tzinfo=UTC),
    )


@pytest.mark.parametrize("number", [-1, 0, 107, 2628, 8729, 19_688, 2**63])
def test_numbers_outside_the_calendar_do_not_exist(number: int) -> None:
    assert not calendar.exists(number)


def test_months_and_weeks_are_named_for_people() -> None:
    assert calendar.describe(405) == "October 2014"
    assert calendar.describe(10_000) == "2014-05-05 – 2014-05-11"
