"""The plan's points tables as rules of a day, and how many months somebody has ordered in a row.

Pure: no database, no clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from upline.engine.units import MONEY
from upline.services.plan import PlanDocument
from upline.services.plan.schema import PointsTable

MILLION = 1_000_000
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Step:
    """From this month in a row on, this percentage of an order's PV is given as points."""

    from_month: int
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Rules:
    """One table of the plan; None where it sets no limit."""

    effective: date
    steps: tuple[Step, ...]
    minimum_pv: Decimal
    expire_months: int | None
    redeem_from_month: int
    monthly_limit: Decimal | None
    skip_within_months: int | None
    lost_on_cancel: bool

    def percent(self, months: int) -> Decimal:
        """What an order earns in its `months`-th month in a row."""
        return max(
            (step for step in self.steps if step.from_month <= max(months, 1)),
            key=lambda step: step.from_month,
        ).percent

    def next_step(self, months: int) -> Step | None:
        """The step that comes after `months` months in a row."""
        return next((step for step in self.steps if step.from_month > max(months, 1)), None)

    def earned(self, pv: Decimal, months: int) -> Decimal:
        """Points of an order, cut to hundredths; none below the minimum."""
        if pv < self.minimum_pv:
            return Decimal(0)
        return (pv * self.percent(months) / 100).quantize(HUNDREDTH, ROUND_DOWN)


@dataclass(frozen=True, slots=True)
class Schedule:
    """All tables of one plan, oldest first."""

    tables: tuple[Rules, ...]

    def on(self, day: date) -> Rules | None:
        """The table in force on a day; None before the first."""
        return next((rules for rules in reversed(self.tables) if rules.effective <= day), None)

    @property
    def least_pv(self) -> Decimal:
        """No order below this has ever earned anything."""
        return min((rules.minimum_pv for rules in self.tables), default=Decimal(0))


def read_schedule(document: PlanDocument, key: str) -> Schedule:
    """The tables of the programme `key` of a plan."""
    chosen = sorted((t for t in document.points if t.key == key), key=lambda t: t.effective)
    return Schedule(tuple(_rules(table) for table in chosen))


def months_in_a_row(ordered: Iterable[int], through: int, skip_within: int | None) -> int:
    """How many months somebody has ordered in a row, by `through`, which may itself be running.

    `ordered` are ascending month numbers. A single month without an order does not end the row,
    nor count in it, unless another was skipped within `skip_within` months before.
    """
    count, last, skipped = 0, None, None
    for month in ordered:
        if month > through:
            break
        if last is not None and month > last + 1:
            if _forgiven(last, month, skipped, skip_within):
                skipped = last + 1
            else:
                count, skipped = 0, None
        count, last = count + 1, month
    if last is None or through <= last + 1 or _forgiven(last, through, skipped, skip_within):
        return count
    return 0


def _forgiven(last: int, following: int, skipped: int | None, within: int | None) -> bool:
    """Whether the months between two orders are one month that may be skipped."""
    missing = last + 1
    if within is None or following != missing + 1:
        return False
    return skipped is None or missing - skipped >= within


def _rules(table: PointsTable) -> Rules:
    limit = table.redeem_monthly_limit
    return Rules(
        effective=table.effective,
        steps=tuple(
            Step(step.from_month, Decimal(step.rate) * 100 / MILLION) for step in table.steps
        ),
        minimum_pv=Decimal(table.minimum_pv) / MONEY,
        expire_months=table.expire_months,
        redeem_from_month=table.redeem_from_month,
        monthly_limit=None if limit is None else Decimal(limit) / MONEY,
        skip_within_months=table.skip_within_months,
        lost_on_cancel=table.lost_on_cancel,
    )
