"""The first months of a new member, or the windows of days or hours that a plan counts instead."""

from typing import Annotated

from pydantic import Field, model_validator

from upline.services.plan.schema_types import PlanModel

__all__ = ["EarlyWindows"]

Months = Annotated[int, Field(ge=1, le=36)]
Unit = Annotated[int, Field(ge=1, le=1200)]
Windows = Unit | Annotated[list[Unit], Field(min_length=1, max_length=12)]


class EarlyWindows(PlanModel):
    """The months from enrolment, that of enrolment included; or windows of days or hours, each told
    by how many of them after enrolment it ends."""

    months: Months | None = None
    days: Windows | None = None
    hours: Windows | None = None

    @model_validator(mode="after")
    def _of_one_kind(self) -> "EarlyWindows":
        if sum(given is not None for given in (self.months, self.days, self.hours)) != 1:
            raise ValueError("needs either months, days or hours")
        if list(self.window_ends) != sorted(set(self.window_ends)):
            unit = "hours" if self.by_hour else "days"
            raise ValueError(f"{unit} must ascend: each window begins where the one before ends")
        return self

    @property
    def by_hour(self) -> bool:
        """Whether windows are of hours."""
        return self.hours is not None

    @property
    def window_ends(self) -> tuple[int, ...]:
        """How many days or hours after enrolment each window ends; none where months count. The day
        of enrolment is the first day."""
        given = self.days if self.hours is None else self.hours
        return () if given is None else (given,) if isinstance(given, int) else tuple(given)

    @property
    def window_count(self) -> int:
        """How many months or windows there are."""
        return self.months or len(self.window_ends)

    def check_rates(self, rates: list[int]) -> None:
        """Raises ValueError unless there is a rate for every window."""
        if len(rates) != self.window_count:
            unit = "months" if self.months else f"windows of {'hours' if self.by_hour else 'days'}"
            raise ValueError(f"a list of rates needs one for each of {self.window_count} {unit}")
