"""Where volume counts whose own period takes no more: decided once, when it is posted.

An entry counts in one period, the one it names, and in no other. The plan of the entry's own period
chooses which. `open_period`: the first one after it that is open, where it counts like any other.
`restate`: its own, though no figures in force hold it; the next restatement takes it in and posts
what it changes. So nothing counts twice, and a plan may change its mind for later periods.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from upline.services.period import calendar
from upline.services.period.queries import OPEN
from upline.services.plan.versions import History


class Counted(NamedTuple):
    """The period an entry counts in. moved: not its own. late: its own, which takes no more.

    restates: what corrects the entry (a refund) belongs to the entry's period, not to its own.
    """

    period_id: int
    moved: bool = False
    late: bool = False
    restates: bool = False


def spread(day: date, plans: History) -> tuple[int, bool]:
    """In how many parts, period by period, what is ordered on a day counts; whether by the week."""
    for weekly, number in ((True, calendar.week_id(day)), (False, calendar.month_id(day))):
        plan = plans.find(number)
        if plan is not None and plan.document.content.volumes.spread_periods > 1:
            return plan.document.content.volumes.spread_periods, weekly
    return 1, False


def longest_spread(plans: History) -> int:
    """The most parts that volume comes in under any version."""
    parts = [version.document.content.volumes.spread_periods for version in plans.versions]
    return max([1, *parts])


def count(number: int, statuses: Mapping[int, int], plans: History) -> Counted:
    """Where an entry dated in period `number` counts; periods without a status are open."""
    plan = plans.find(number)
    restates = plan is not None and plan.document.calendar.late == "restate"
    if statuses.get(number, OPEN) == OPEN:
        return Counted(number, restates=restates)
    if restates:
        return Counted(number, late=True, restates=True)
    after = number
    while statuses.get(after, OPEN) != OPEN:
        after += 1
    return Counted(after, moved=True)
