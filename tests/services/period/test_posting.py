from datetime import date

import pytest

from upline.services.period.calendar import FIRST_WEEK
from upline.services.period.posting import Counted, count, longest_spread, spread
from upline.services.plan import load_builtin
from upline.services.plan import versions as plans
from upline.services.plan.versions import History


def history(late: str, period_id: int = 300) -> History:
    """A plan of that policy, in force from `period_id` on."""
    text = load_builtin("essential").text.replace("[calendar]", f'[calendar]\nlate = "{late}"')
    return History((plans.ready(1, "essential", period_id, text, late.encode()),))


OPEN, CLOSING, CLOSED, PAID = 1, 2, 3, 4
STATUSES = {404: PAID, 405: CLOSED, 406: CLOSING, 407: OPEN}


@pytest.mark.parametrize("number", [407, 408])
def test_open_periods_count_their_own(number: int) -> None:
    assert count(number, STATUSES, history("open_period")) == Counted(number)
    assert count(number, STATUSES, history("restate")) == Counted(number, restates=True)


@pytest.mark.parametrize("number", [404, 405, 406])
def test_closed_ones_as_the_plan_says(number: int) -> None:
    assert count(number, STATUSES, history("open_period")) == Counted(407, moved=True)
    restated = Counted(number, late=True, restates=True)
    assert count(number, STATUSES, history("restate")) == restated


def test_without_a_plan_the_next_open_period_counts() -> None:
    later = history("restate", 406)
    assert count(405, STATUSES, later) == Counted(407, moved=True)
    assert count(406, STATUSES, later) == Counted(406, late=True, restates=True)
    week = FIRST_WEEK + 5
    assert count(week, {week: CLOSED}, later) == Counted(week + 1, moved=True)


def test_volume_is_spread_as_the_plan_of_its_day_says() -> None:
    """By the month under the version of October, not at all before; returns may come in as many."""
    text = load_builtin("essential").text
    spreading = text.replace("[volumes]", "[volumes]\nspread_periods = 3")
    before = plans.ready(1, "essential", 300, text, b"before")
    since = plans.ready(2, "essential", 405, spreading, b"since")
    both = History((since, before))
    assert spread(date(2014, 10, 1), both) == (3, False)
    assert spread(date(2014, 9, 30), both) == (1, False)
    assert (longest_spread(both), longest_spread(History((before,)))) == (3, 1)
    weekly = load_builtin("binary").text.replace("[volumes]", "[volumes]\nspread_periods = 4")
    weeks = History((plans.ready(3, "binary", FIRST_WEEK, weekly, b"weeks"),))
    assert spread(date(2014, 10, 1), weeks) == (4, True)
