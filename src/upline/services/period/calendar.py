"""Period numbers and their bounds; pure arithmetic, no database.

Months follow the published helper `(year*12 + month) − (2014*12 + 5) + 400`, so May 2014 is 400;
weeks are `10000 + whole weeks since Monday 2014-05-05`. Bounds are half-open and begin at
midnight in the company's time zone.
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

MONTH_BASE = 2014 * 12 + 5 - 400
WEEK_BASE = 10_000
FIRST_MONDAY = date(2014, 5, 5)
# Periods outside these years do not exist: the numbers stay far from overflow and from each other.
FIRST_YEAR, LAST_YEAR = 1990, 2199


class PeriodType(IntEnum):
    """How long a period lasts."""

    WEEK = 1
    MONTH = 2


def month_id(day: date) -> int:
    """The month `day` lies in; Oct 2014 is 405."""
    return day.year * 12 + day.month - MONTH_BASE


def week_id(day: date) -> int:
    """The week, Monday to Sunday, `day` lies in."""
    return WEEK_BASE + (day - FIRST_MONDAY).days // 7


FIRST_MONTH, LAST_MONTH = month_id(date(FIRST_YEAR, 1, 1)), month_id(date(LAST_YEAR, 12, 1))
FIRST_WEEK, LAST_WEEK = week_id(date(FIRST_YEAR, 1, 1)), week_id(date(LAST_YEAR, 12, 31))


def period_id(day: date, kind: PeriodType) -> int:
    """The period of `kind` that `day` lies in."""
    return month_id(day) if kind is PeriodType.MONTH else week_id(day)


def exists(number: int) -> bool:
    """Whether `number` names a week or a month of the calendar."""
    return FIRST_MONTH <= number <= LAST_MONTH or FIRST_WEEK <= number <= LAST_WEEK


def period_type(number: int) -> PeriodType:
    """Week or month; weeks are the numbers from FIRST_WEEK on."""
    return PeriodType.WEEK if number >= FIRST_WEEK else PeriodType.MONTH


def first_day(number: int) -> date:
    """The first calendar day of a period."""
    if period_type(number) is PeriodType.WEEK:
        return FIRST_MONDAY + timedelta(weeks=number - WEEK_BASE)
    year, month = divmod(number + MONTH_BASE - 1, 12)
    return date(year, month + 1, 1)


def last_day(number: int) -> date:
    """The last calendar day of a period."""
    return first_day(number + 1) - timedelta(days=1)


def bounds(number: int, zone: str) -> tuple[datetime, datetime]:
    """The instants [start, end) of a period, in UTC, of a company in time zone `zone`."""
    return local_midnight(first_day(number), zone), local_midnight(first_day(number + 1), zone)


def local_midnight(day: date, zone: str) -> datetime:
    """The instant `day` begins in `zone`, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def local_date(instant: datetime, zone: str) -> date:
    """The calendar day it is in `zone` at `instant`."""
    return instant.astimezone(ZoneInfo(zone)).date()


def current_id(now: datetime, zone: str, kind: PeriodType = PeriodType.MONTH) -> int:
    """The period of `kind` that is running at `now`."""
    return period_id(local_date(now, zone), kind)


def describe(number: int) -> str:
    """What a person calls the period: "October 2014", or the week's first and last day."""
    first = first_day(number)
    if period_type(number) is PeriodType.MONTH:
        return f"{first:%B %Y}"
    return f"{first:%Y-%m-%d} – {last_day(number):%Y-%m-%d}"
