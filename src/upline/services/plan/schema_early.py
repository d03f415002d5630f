"""The first months of a new member, or the windows of days that a plan counts instead."""

from typing import Annotated

from pydantic import Field

__all__ = ["DayWindows", "Months", "check_window_rates", "day_windows", "window_count"]

Months = Annotated[int, Field(ge=1, le=36)]
Day = Annotated[int, Field(ge=1, le=1200)]
DayWindows = Day | Annotated[list[Day], Field(min_length=1, max_length=12)]


def day_windows(days: int | list[int] | None) -> tuple[int, ...]:
    """How many days after enrolment each window ends; the day of enrolment is the first day."""
    return () if days is None else (days,) if isinstance(days, int) else tuple(days)


def window_count(months: int | None, days: int | list[int] | None) -> int:
    """How many windows there are; raises ValueError unless they are of one kind, and ascend."""
    if (months is None) == (days is None):
        raise ValueError("needs either months or days")
    windows = day_windows(days)
    if list(windows) != sorted(set(windows)):
        raise ValueError("days must ascend: each window begins where the one before ends")
    return months or len(windows)


def check_window_rates(rates: list[int], windows: int, by_day: bool) -> None:
    """Raises ValueError unless there is a rate for every window."""
    if len(rates) != windows:
        what = "windows of days" if by_day else "months"
        raise ValueError(f"a list of rates needs one for each of {windows} {what}")
