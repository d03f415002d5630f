from datetime import UTC, date, datetime

import numpy as np
import pytest

from upline.demo.draws import Topic, stream
from upline.demo.timeline import build_months, instants_at, present_position
from upline.services.period import calendar

ZONE = "America/Denver"


def test_the_last_month_is_the_running_one() -> None:
    months = build_months(datetime(2026, 3, 15, 20, tzinfo=UTC), ZONE, 4)
    assert [month.period_id for month in months] == [
        calendar.month_id(date(2025, 12, 1)) + n for n in range(4)
    ]
    assert [len(month.weeks) for month in months] == [31, 31, 28, 31]
    assert months[-1].until == np.datetime64("2026-03-15T06:00:00")  # midnight, summer time
    assert months[0].until == months[1].start


def test_a_day_with_a_lost_hour_still_lies_in_its_week() -> None:
    (month,) = build_months(datetime(2026, 4, 2, tzinfo=UTC), ZONE, 2)[:1]
    late = np.array(["2026-03-09T05:30:00", "2026-03-09T06:30:00"], "M8[us]")
    sunday, monday = month.week_of(late)
    assert (sunday, monday) == (
        calendar.week_id(date(2026, 3, 8)),
        calendar.week_id(date(2026, 3, 9)),
    )


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 5, 1, 6, 0, 1, tzinfo=UTC),  # one second into the month
        datetime(2026, 5, 1, 20, tzinfo=UTC),
        datetime(2026, 5, 2, 7, tzinfo=UTC),
        datetime(2026, 5, 31, 23, tzinfo=UTC),
    ],
)
def test_nothing_happens_in_the_future_and_something_has_happened(now: datetime) -> None:
    month = build_months(now, ZONE, 2)[-1]
    draws = stream(1, Topic.ORDERS)
    fractions = draws.random(2000)
    done = fractions[month.happens(fractions)]
    instants = month.instants(done, draws)
    assert len(done) > 400
    assert instants.min() >= month.start
    assert instants.max() <= month.until


def test_positions_become_instants_in_their_month() -> None:
    months = build_months(datetime(2026, 5, 20, tzinfo=UTC), ZONE, 3)
    positions = np.array([0.0, 0.5, 1.999, -12.0, 99.0])
    first, middle, last, before, after = instants_at(months, positions)
    assert first == months[0].start
    assert months[0].start < middle < months[1].start
    assert months[1].start < last < months[2].start
    assert before < months[0].start - np.timedelta64(360, "D")
    assert after == months[-1].until
    assert 2 < present_position(months) < 3
