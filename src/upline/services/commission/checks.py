"""Commission checks as their owners read them: a period's check, and the history.

A closed period answers with the check that was written, the open one with the preview's figures,
which are no check yet and therefore carry no number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Integer, Row, bindparam, select

from upline.core.context import Context
from upline.core.prepared import Prepared, prepare
from upline.models.commission import (
    Bonus,
    CheckItem,
    CommissionAdjustment,
    CommissionCheck,
    CommissionRun,
)
from upline.models.period import Period
from upline.models.volume import MemberPeriod
from upline.services.period.calendar import PeriodType
from upline.services.period.queries import CLOSED, get_period, resolve_month
from upline.services.plan import versions
from upline.services.plan.versions import InForce

BONUS, FEE, ADJUSTMENT = 1, 2, 3
KIND_NAMES = {FEE: "Maintenance Fee", ADJUSTMENT: "Adjustment"}
NOTHING = Decimal(0)
INACTIVE_RANK = -1


@dataclass(frozen=True, slots=True)
class Level:
    """What one level of a bonus paid."""

    level: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class BonusTotal:
    """What a bonus paid in all and on each level; bonuses without levels have one, the first."""

    amount: Decimal = NOTHING
    levels: list[Level] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A fee or correction on a check."""

    description: str
    amount: Decimal
    ledger_type_id: int


@dataclass(frozen=True, slots=True)
class CheckSummary:
    """A member's check of one period; without one, all zeros and an empty number."""

    customer_id: int
    period_id: int
    check_number: str
    pay_date: date | None
    currency: str
    total: Decimal
    total_commission: Decimal
    donation: Decimal
    paid_as_rank_id: int
    max_rank_id: int
    pv: Decimal
    ogv: Decimal
    pgv: Decimal
    bonuses: dict[str, BonusTotal]
    adjustment_total: Decimal
    adjustments: list[Adjustment]


@dataclass(frozen=True, slots=True)
class PastCheck:
    """A check that was written; `amount` is its commission before fees."""

    period_id: int
    number: str
    pay_date: date | None
    amount: Decimal
    currency: str


async def get_check(ctx: Context, customer_id: int, period_id: int) -> CheckSummary:
    """The check of `customer_id` for a month; 0 is the current one."""
    period = await get_period(ctx, resolve_month(ctx, period_id))
    run_id = period.run_id or 0
    check = await _find_check(ctx, run_id, customer_id)
    figures = await _find_figures(ctx, run_id, customer_id)
    items = (await _load_items(ctx, run_id, customer_id)) if check else []
    others = [item for item in items if item.kind_id in (FEE, ADJUSTMENT)]
    plan = (await versions.history(ctx.session)).find(period.period_id) if others else None
    return CheckSummary(
        customer_id=customer_id,
        period_id=period.period_id,
        check_number=str(check.check_id) if check and period.status_id >= CLOSED else "",
        pay_date=period.pay_date,
        currency=await get_currency(ctx, run_id),
        total=check.net if check else NOTHING,
        total_commission=check.total_commission if check else NOTHING,
        donation=check.donation if check else NOTHING,
        paid_as_rank_id=figures.paid_rank_id if figures else INACTIVE_RANK,
        max_rank_id=figures.max_rank_id if figures else INACTIVE_RANK,
        pv=figures.pv if figures else NOTHING,
        ogv=figures.ov if figures else NOTHING,
        pgv=figures.gv if figures else NOTHING,
        bonuses=_bonus_totals(items),
        adjustment_total=check.adjustments if check else NOTHING,
        adjustments=await name_adjustments(
            ctx, customer_id, period.period_id, others, fee_names(plan)
        ),
    )


async def get_history(ctx: Context, customer_id: int, period_id: int) -> list[PastCheck]:
    """The checks written up to and including a month, newest first."""
    last = resolve_month(ctx, period_id)
    query = (
        select(
            Period.period_id,
            Period.pay_date,
            CommissionCheck.check_id,
            CommissionCheck.total_commission,
            CommissionRun.currency_code,
        )
        .join(CommissionCheck, CommissionCheck.run_id == Period.run_id)
        .join(CommissionRun, CommissionRun.run_id == Period.run_id)
        .where(
            Period.status_id >= CLOSED,
            Period.period_type_id == PeriodType.MONTH,
            Period.period_id <= last,
            CommissionCheck.customer_id == customer_id,
        )
        .order_by(Period.period_id.desc())
    )
    return [
        PastCheck(
            row.period_id,
            str(row.check_id),
            row.pay_date,
            row.total_commission,
            row.currency_code,
        )
        for row in await ctx.session.execute(query)
    ]


async def _find_check(ctx: Context, run_id: int, customer_id: int) -> Row[*tuple[Any, ...]] | None:
    query = select(
        CommissionCheck.check_id,
        CommissionCheck.total_commission,
        CommissionCheck.adjustments,
        CommissionCheck.donation,
        CommissionCheck.net,
    ).where(CommissionCheck.run_id == run_id, CommissionCheck.customer_id == customer_id)
    return (await ctx.session.execute(query)).one_or_none()


async def _find_figures(
    ctx: Context, run_id: int, customer_id: int
) -> Row[*tuple[Any, ...]] | None:
    query = select(
        MemberPeriod.paid_rank_id,
        MemberPeriod.max_rank_id,
        MemberPeriod.pv,
        MemberPeriod.ov,
        MemberPeriod.gv,
    ).where(MemberPeriod.run_id == run_id, MemberPeriod.customer_id == customer_id)
    return (await ctx.session.execute(query)).one_or_none()


async def _load_items(ctx: Context, run_id: int, customer_id: int) -> list[Row[*tuple[Any, ...]]]:
    query = (
        select(
            CheckItem.kind_id,
            CheckItem.ledger_type_id,
            CheckItem.level,
            CheckItem.amount,
            Bonus.code,
        )
        .outerjoin(Bonus, Bonus.bonus_id == CheckItem.bonus_id)
        .where(CheckItem.run_id == run_id, CheckItem.customer_id == customer_id)
        .order_by(CheckItem.kind_id, CheckItem.level, CheckItem.item_no)
    )
    return list((await ctx.session.execute(query)).all())


async def get_currency(ctx: Context, run_id: int) -> str:
    """What the run paid in; the company's currency where there is no run."""
    found: str | None = await ctx.session.scalar(
        select(CommissionRun.currency_code).where(CommissionRun.run_id == run_id)
    )
    return found or ctx.company.currency


def _bonus_totals(items: list[Row[*tuple[Any, ...]]]) -> dict[str, BonusTotal]:
    """Bonuses that paid, by code; levels that paid nothing are left out."""
    levels: dict[str, dict[int, Decimal]] = {}
    for item in items:
        if item.kind_id == BONUS and item.amount:
            paid = levels.setdefault(item.code, {})
            paid[item.level] = paid.get(item.level, NOTHING) + item.amount
    return {
        code: BonusTotal(
            amount=sum(paid.values(), NOTHING),
            levels=[Level(level, amount) for level, amount in sorted(paid.items())],
        )
        for code, paid in levels.items()
    }


def fee_names(plan: InForce | None) -> dict[int, str]:
    """What a plan calls its fees, by ledger type."""
    fees = plan.document.content.fees if plan else []
    return {fee.ledger_type: fee.name for fee in fees}


async def name_adjustments(
    ctx: Context,
    customer_id: int,
    period_id: int,
    items: Sequence[Any],
    fees: Mapping[int, str],
) -> list[Adjustment]:
    """Items say how much and of which type; their names stand in the plan (`fees`) or were written
    when a correction was ordered."""
    reasons: dict[tuple[int, Decimal], list[str]] = {}
    if any(item.kind_id != FEE for item in items):
        reasons = await _load_reasons(ctx, customer_id, period_id)
    named = []
    for item in items:
        waiting = reasons.get((item.ledger_type_id, item.amount)) or [""]
        description = fees.get(item.ledger_type_id) if item.kind_id == FEE else waiting.pop(0)
        named.append(
            Adjustment(
                description=description or KIND_NAMES[item.kind_id],
                amount=item.amount,
                ledger_type_id=item.ledger_type_id,
            )
        )
    return named


async def _load_reasons(
    ctx: Context, customer_id: int, period_id: int
) -> dict[tuple[int, Decimal], list[str]]:
    """Why corrections were ordered, oldest first, by what they have in common with check items."""
    rows = await _reasons().fetch_all(ctx.session, customer_id=customer_id, period_id=period_id)
    reasons: dict[tuple[int, Decimal], list[str]] = {}
    for row in rows:
        reasons.setdefault((row.ledger_type_id, row.amount), []).append(row.description)
    return reasons


@cache
def _reasons() -> Prepared:
    ordered = CommissionAdjustment
    return prepare(
        select(ordered.ledger_type_id, ordered.amount, ordered.description)
        .where(
            ordered.period_id == bindparam("period_id", None, Integer),
            ordered.customer_id == bindparam("customer_id", None, BigInteger),
        )
        .order_by(ordered.adjustment_id)
    )
