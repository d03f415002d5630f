"""The fast start widget: a member's first months, and what the new members of these months brought.

A fast start bonus pays a share of a new member's volume, up to a cap for each of them and month. A
step is one enroller level of it: its target is the volume at which the caps of those who are there
would be reached.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, func, select

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.engine.units import BONUS
from upline.models.commission import CheckItem, CommissionLine
from upline.models.customer import Customer
from upline.models.period import Period
from upline.services.period import calendar
from upline.services.period import queries as periods
from upline.services.plan import versions
from upline.services.plan.schema_levels import FastStartBonus

UNITS = 10_000
NOTHING = Decimal(0)


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
    enrolled_at = await ctx.session.scalar(
        select(Customer.enrolled_at).where(Customer.customer_id == customer_id)
    )
    if enrolled_at is None:
        raise NotFound
    plan = (await versions.history(ctx.session)).find(number)
    found = plan.document.bonuses if plan else []
    bonuses = {bonus.id: bonus for bonus in found if isinstance(bonus, FastStartBonus)}
    first_day = calendar.local_date(enrolled_at, ctx.company.time_zone)
    first = calendar.month_id(first_day)
    last = first + max((bonus.months for bonus in bonuses.values()), default=0) - 1
    window_end = calendar.last_day(last) if bonuses else None
    today = calendar.local_date(ctx.now, ctx.company.time_zone)
    earned = await _earned(ctx, customer_id, list(bonuses), range(first, number + 1))
    return FastStart(
        customer_id=customer_id,
        period_id=number,
        window_start=first_day if bonuses else None,
        window_end=window_end,
        days_left=max((window_end - today).days + 1, 0) if window_end else 0,
        currency_code=plan.document.plan.currency if plan else ctx.company.currency,
        steps=await _load_steps(ctx, customer_id, bonuses, number),
        earned=earned,
    )


async def _load_steps(
    ctx: Context, customer_id: int, bonuses: Mapping[int, FastStartBonus], period_id: int
) -> list[Step]:
    run_id = await periods.find_run_id(ctx.session, period_id)
    line = CommissionLine
    query = (
        select(
            line.bonus_id,
            line.level,
            line.rate,
            func.count(line.source_id.distinct()).label("members"),
            func.sum(line.base).label("base"),
        )
        .where(line.run_id == run_id, line.customer_id == customer_id, line.bonus_id.in_(bonuses))
        .group_by(line.bonus_id, line.level, line.rate)
    )
    rows = (await ctx.session.execute(query)).all() if run_id and bonuses else []
    paid = select(CheckItem.bonus_id, CheckItem.level, func.sum(CheckItem.amount)).where(
        CheckItem.run_id == run_id,
        CheckItem.customer_id == customer_id,
        CheckItem.kind_id == BONUS,
        CheckItem.bonus_id.in_(bonuses),
    )
    found = await ctx.session.execute(paid.group_by(CheckItem.bonus_id, CheckItem.level))
    amounts = {(row[0], row[1]): row[2] for row in found} if rows else {}
    return list(_steps(bonuses, rows, amounts))


def _steps(
    bonuses: Mapping[int, FastStartBonus],
    rows: Sequence[Row[*tuple[Any, ...]]],
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


async def _earned(
    ctx: Context, customer_id: int, bonus_ids: Sequence[int], months: range
) -> Decimal:
    """Everything those bonuses paid in these months."""
    query = (
        select(func.coalesce(func.sum(CheckItem.amount), 0))
        .join(Period, Period.run_id == CheckItem.run_id)
        .where(
            Period.period_id.between(months.start, months.stop - 1),
            CheckItem.customer_id == customer_id,
            CheckItem.kind_id == BONUS,
            CheckItem.bonus_id.in_(bonus_ids),
        )
    )
    return Decimal(await ctx.session.scalar(query) or 0)
