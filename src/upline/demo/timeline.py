"""The months the demo company has traded, day by day, up to the present instant.

What happens is drawn at positions counted in months, 2.25 being a quarter into the third month of
the history and less than 0 before it. So the figures of past months depend on the seed and never on
the date of the build: the calendar only moves the dates.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from upline.engine.units import I64, Bool
from upline.services.period import calendar

__all__ = ["Instants", "Month", "Positions", "build_months", "instants_at", "present_position"]

Instants = NDArray[np.datetime64]
Positions = NDArray[np.float64]

MEAN_MONTH = np.timedelta64(2_629_746, "s")

DAY_SECONDS = 86_400
# The month under way is shown at least this lively, however early in it the demo is built.
LEAST_SHARE = 0.25
# People order around three in the afternoon, hardly ever at night.
USUAL_SECOND, SPREAD_SECONDS = 15 * 3600, 3.5 * 3600


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month of the company.

    days: the instants its days begin, and that of the day after the last. weeks: the period id of
    the week each day lies in. until: nothing happens at or after it (the end of the month, or the
    instant of the build). share: which part of the month's business has been done by then.
    """

    period_id: int
    days: Instants
    weeks: I64
    until: np.datetime64
    share: float

    @property
    def start(self) -> np.datetime64:
        return self.days[0]  # type: ignore[no-any-return]

    def week_of(self, instants: Instants) -> I64:
        """Period id of the week of each instant."""
        return self.weeks[np.searchsorted(self.days, instants, side="right") - 1]

    def happens(self, fractions: Positions) -> Bool:
        """Which of the things drawn for the whole month have happened by now."""
        return fractions < self.share

    def instants(self, fractions: Positions, draws: np.random.Generator) -> Instants:
        """When things at these fractions of the month happen, at a time of day people are up."""
        day = np.minimum((fractions * len(self.weeks)).astype(np.int64), len(self.weeks) - 1)
        second = draws.normal(USUAL_SECOND, SPREAD_SECONDS, len(fractions))
        second += draws.random(len(fractions))
        return self._settled(self.days[day] + _seconds(second), fractions)

    def at_night_of(self, day_of_month: I64, draws: np.random.Generator) -> Instants:
        """When the orders due on these days are made: in the small hours."""
        second = 2 * 3600 + draws.random(len(day_of_month)) * 3 * 3600
        return self.days[day_of_month - 1] + _seconds(second)

    def _settled(self, wished: Instants, fractions: Positions) -> Instants:
        """What would fall behind the present is moved before it, in proportion."""
        room = (self.until - self.start) / np.timedelta64(1, "us")
        early = self.start + (fractions / self.share * room).astype(np.int64).astype("m8[us]")
        settled: Instants = np.where(wished >= self.until, early, wished)
        return np.maximum(settled, self.start)


def build_months(now: datetime, zone: str, count: int) -> list[Month]:
    """The last `count` months, the running one included, oldest first.

    The company's present is the midnight before `now`, so that builds of the same day agree; on
    the first day of a month it is `now` itself, or there would be nothing to show.
    """
    current = calendar.current_id(now, zone)
    today = calendar.local_midnight(calendar.local_date(now, zone), zone)
    start, end = calendar.bounds(current, zone)
    present = max(today, min(now, start + timedelta(days=1)))
    months = []
    for period_id in range(current - count + 1, current + 1):
        first, after = calendar.first_day(period_id), calendar.first_day(period_id + 1)
        days = [first + timedelta(days=n) for n in range((after - first).days)]
        done = (present - start) / (end - start) if period_id == current else 1.0
        months.append(
            Month(
                period_id=period_id,
                days=np.array(
                    [_instant64(calendar.local_midnight(day, zone)) for day in [*days, after]]
                ),
                weeks=np.array([calendar.week_id(day) for day in days], np.int64),
                until=_instant64(min(present, calendar.bounds(period_id, zone)[1])),
                share=max(done, LEAST_SHARE),
            )
        )
    return months


def present_position(months: list[Month]) -> float:
    """Where in the history the present is."""
    return len(months) - 1 + months[-1].share


def instants_at(months: list[Month], positions: Positions) -> Instants:
    """The instants of positions in the history, of those before it too; none after the present."""
    edges = np.array([*(month.start for month in months), months[-1].days[-1]])
    whole = np.clip(np.floor(positions), 0, len(months) - 1).astype(np.int64)
    length = np.where(positions < 0, MEAN_MONTH, edges[whole + 1] - edges[whole])
    microseconds = (positions - whole) * (length / np.timedelta64(1, "us"))
    instants: Instants = edges[whole] + microseconds.astype(np.int64).astype("m8[us]")
    return np.minimum(instants, months[-1].until)


def _instant64(instant: datetime) -> np.datetime64:
    """A UTC instant as numpy counts it."""
    return np.datetime64(instant.astimezone(UTC).replace(tzinfo=None), "us")


def _seconds(values: Positions) -> NDArray[np.timedelta64]:
    """Seconds with their fractions as microseconds; never less than none, never a whole day."""
    whole = np.clip(values, 0, DAY_SECONDS - 3601) * 1_000_000
    return whole.astype(np.int64).astype("m8[us]")
