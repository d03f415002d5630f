"""The fast start widget: a member's first months, and what the new members of these months brought.

A fast start bonus pays a share of a new member's volume, up to a cap for each of them and month. A
step is one enroller level of it: its target is the volume at which the caps of those who are there
would be reached.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Integer, Select, any_, bindparam, func, select, true

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.core.prepared import Prepared, prepare
from upline.engine.units import BONUS
from upline.models.commission import CheckItem, CommissionLine, PlanVersion
from upline.models.customer import Customer
from upline.models.period import Period
from upline.services.organization.trees import RUN_ID, of_run
from upline.services.period import calendar
from upline.services.period import queries as periods
from upline.services.plan import versions
from upline.services.plan.schema_levels import FastStartBonus

UNITS = 10_000
NOTHING = Decimal(0)

_CUSTOMER_ID = bindparam("customer_id", None, BigInteger)
_BONUS_IDS = bindparam("bonus_ids", None, ARRAY(Integer))


@dataclass(frozen=True, slots=True)
class Step:
    """One enroller level in the period: volume of new members against the volume their caps are
    reached at (None without a cap), and the bonus it brings."""

    name: str
    level: int
    members: int
    target: Decimal | None
    actual: Decimal
    bonus: Decimal


@dataclass(frozen=True, slots=True)
class FastStart:
    """The member's own window, both days included, and the steps of the period.

    `earned` is what fast start brought from the first day of the window to the period's end.
    Without such a bonus in the plan there is neither window nor step.
    """

    customer_id: int
    period_id: int
    window_start: date | None
    window_end: date | None
    days_left: int
    currency_code: str
    steps: list[Step]
    earned: Decimal


async def get_fast_start(ctx: Context, customer_id: int, period_id: int = 0) -> FastStart:
    """The widget of a member in a month (0: the running one).

    Raises NotFound for an unknown member, for weeks and outside the calendar.
    Source: contract, Organization faststart.
    """
    number = periods.resolve_month(ctx, period_id)
    rows = await _plans().fetch_all(
        ctx.session,
        known_plans=versions.known_plans(),
        customer_id=customer_id,
        period_id=number,
    )
    about = rows[0]
    if about.enrolled_at is None:
        raise NotFound
    known = (versions.read(row) for row in rows if row.plan_version_id is not None)
    plan = versions.History(tuple(known)).find(number)
    found = plan.document.bonuses if plan else []
    bonuses = {bonus.id: bonus for bonus in found if isinstance(bonus, FastStartBonus)}
    first_day = calendar.local_date(about.enrolled_at, ctx.company.time_zone)
    first = calendar.month_id(first_day)
    ends = (_window_end(bonus, about.enrolled_at, ctx) for bonus in bonuses.values())
    window_end = max(ends, default=None)
    today = calendar.local_date(ctx.now, ctx.company.time_zone)
    asked = {"customer_id": customer_id, "bonus_ids": list(bonuses)}
    months = {"first": first, "last": number}
    paid = await _paid().fetch_all(ctx.session, **asked, **months) if bonuses else []
    run_id = about.run_id if bonuses else None
    lines = await of_run(_lines, run_id).fetch_all(ctx.session, **asked) if run_id else []
    amounts = {(row.bonus_id, row.level): row.amount for row in paid if row.run_id == run_id}
    return FastStart(
        customer_id=customer_id,
        period_id=number,
        window_start=first_day if bonuses else None,
        window_end=window_end,
        days_left=max((window_end - today).days + 1, 0) if window_end else 0,
        currency_code=plan.document.plan.currency if plan else ctx.company.currency,
        steps=list(_steps(bonuses, lines, amounts)),
        earned=sum((row.amount for row in paid), NOTHING),
    )


def _window_end(bonus: FastStartBonus, enrolled_at: datetime, ctx: Context) -> date:
    """The last day on which what a member bought is paid on."""
    zone = ctx.company.time_zone
    first_day = calendar.local_date(enrolled_at, zone)
    if bonus.by_hour:
        over = enrolled_at + timedelta(hours=bonus.window_ends[-1])
        return calendar.local_date(over - timedelta(microseconds=1), zone)
    if bonus.window_ends:
        return first_day + timedelta(days=bonus.window_ends[-1] - 1)
    return calendar.last_day(calendar.month_id(first_day) + (bonus.months or 1) - 1)


@cache
def _plans() -> Prepared:
    """Every version, newest first, beside the member's enrolment and the month's run; one row
    without a version where there is none."""
    enrolled_at = select(Customer.enrolled_at).where(Customer.customer_id == _CUSTOMER_ID)
    run_id = select(Period.run_id).where(Period.period_id == bindparam("period_id", None, Integer))
    about = select(
        enrolled_at.scalar_subquery().label("enrolled_at"), run_id.scalar_subquery().label("run_id")
    ).subquery("about")
    return prepare(
        select(*about.c, *versions.COLUMNS)
        .select_from(about)
        .outerjoin(PlanVersion, true())
        .order_by(*versions.NEWEST_FIRST)
    )


@cache
def _paid() -> Prepared:
    """What the bonuses paid from month to month, by run, bonus and level."""
    by = (CheckItem.run_id, CheckItem.bonus_id, CheckItem.level)
    return prepare(
        select(*by, func.sum(CheckItem.amount).label("amount"))
        .join(Period, Period.run_id == CheckItem.run_id)
        .where(
            Period.period_id >= bindparam("first", None, Integer),
            Period.period_id <= bindparam("last", None, Integer),
            CheckItem.customer_id == _CUSTOMER_ID,
            CheckItem.kind_id == BONUS,
            CheckItem.bonus_id == any_(_BONUS_IDS),
        )
        .group_by(*by)
    )


def _lines() -> Select[*tuple[Any, ...]]:
    """New members a run paid the bonuses for, and their volume."""
    line = CommissionLine
    return (
        select(
            line.bonus_id,
            line.level,
            line.rate,
            func.count(line.source_id.distinct()).label("members"),
            func.sum(line.base).label("base"),
        )
        .where(
            line.run_id == RUN_ID,
            line.customer_id == _CUSTOMER_ID,
            line.bonus_id == any_(_BONUS_IDS),
        )
        .group_by(line.bonus_id, line.level, line.rate)
    )


def _steps(
    bonuses: Mapping[int, FastStartBonus],
    rows: Sequence[Any],
    amounts: Mapping[tuple[int, int], Decimal],
) -> Iterator[Step]:
    """Every level of every bonus, with or without new members on it."""
    for bonus in bonuses.values():
        for level, rule in enumerate(bonus.levels, start=1):
            there = [row for row in rows if (row.bonus_id, row.level) == (bonus.id, level)]
            target = None
            if rule.cap is not None:
                cap = Decimal(rule.cap) / UNITS
                target = sum((row.members * cap / row.rate for row in there if row.rate), NOTHING)
            yield Step(
                name=f"{bonus.name} {level}",
                level=level,
                members=sum(row.members for row in there),
                target=target,
                actual=sum((row.base for row in there), NOTHING),
                bonus=amounts.get((bonus.id, level), NOTHING),
            )
