"""What only some plans ask for, read only for those: see the engine's `extras`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, LiteralString

import psycopg

from upline.engine.bonuses import Binary
from upline.engine.carry import DayColumns, LotColumns, PositionColumns
from upline.engine.donations import DonationColumns
from upline.engine.extras import ExtraColumns
from upline.engine.plan import Plan
from upline.engine.requirements import OwnerVolume
from upline.services.commission import extra_rows, legs, memories, pledges
from upline.services.commission.known import Known
from upline.services.period import calendar

__all__ = ["load", "load_of_entries", "reads_positions"]

Connection = psycopg.AsyncConnection[Any]


async def load(
    connection: Connection,
    plan: Plan,
    period_id: int,
    zone: str,
    previous_run: int | None,
    known: Known | None = None,
) -> ExtraColumns:
    """The extras of a period under a plan; `previous_run` gives what is carried on, `known` reads
    for a period that closed."""
    binaries = _binaries(plan)
    lots, positions = LotColumns(), PositionColumns()
    days, period_days = DayColumns(), (0, 0)
    if any(bonus.most_age is not None for bonus in binaries):
        lots = await legs.load_lots(connection, previous_run)
    if reads_positions(plan):
        _, end = calendar.bounds(period_id, zone)
        positions = await legs.load_positions(connection, end, known)
    if any(bonus.days for bonus in binaries):
        days, period_days = await legs.load_days(connection, period_id, zone)
    by_day, by_hour = plan.by_age
    ages = await legs.load_ages(connection, period_id, zone) if by_day else DayColumns()
    hours = await legs.load_hours(connection, period_id) if by_hour else DayColumns()
    rows = await extra_rows.load(connection, plan, period_id, previous_run, known)
    return ExtraColumns(
        **rows,
        lots=lots,
        positions=positions,
        days=days,
        period_days=period_days,
        ages=ages,
        hours=hours,
        memories=await memories.load_memories(connection, previous_run),
        donations=await pledges.load_pledges(connection, period_id, known)
        if plan.donation_most
        else DonationColumns(),
    )


async def load_of_entries(
    connection: Connection,
    plan: Plan,
    period_id: int,
    zone: str,
    rows: LiteralString,
    parameters: Mapping[str, object],
    currencies: Sequence[str],
) -> ExtraColumns:
    """The extras of some entries alone; `rows` is a condition on them (e), with its parameters.
    Currencies are places among those given; of the members in the parameter `touched`, too."""
    these = rows, parameters
    extras = ExtraColumns()
    if plan.volumes.kinds:
        volumes = await extra_rows.load_kinds(connection, plan, period_id, *these)
        extras = replace(extras, kinds=len(plan.volumes.kinds), volumes=volumes)
    if any(bonus.days for bonus in _binaries(plan)):
        days, period_days = await legs.load_days(connection, period_id, zone, *these)
        extras = replace(extras, days=days, period_days=period_days)
    by_day, by_hour = plan.by_age
    if by_day:
        ages = await legs.load_ages(connection, period_id, zone, *these)
        extras = replace(extras, ages=ages)
    if by_hour:
        hours = await legs.load_hours(connection, period_id, *these)
        extras = replace(extras, hours=hours)
    if plan.exchange is not None:
        living, spent = await extra_rows.load_currencies(
            connection, period_id, plan.exchange.currency, currencies, *these
        )
        extras = replace(extras, member_currency=living, entry_currency=spent)
    return extras


def reads_positions(plan: Plan) -> bool:
    """Whether it matters to a plan whose a position is, or whether its carry is kept."""
    owners = any(isinstance(ask, OwnerVolume) for ask in plan.asks)
    return owners or bool(_binaries(plan)) or any(limit.per_owner for limit in plan.limits)


def _binaries(plan: Plan) -> list[Binary]:
    return [bonus for bonus in plan.bonuses if isinstance(bonus, Binary)]
