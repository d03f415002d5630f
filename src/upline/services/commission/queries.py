"""Commission statements: what a member earned in each period, and every line behind one of them.

All figures come from the run in force: the preview while a period is open, the final run after.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from upline.core.context import Context
from upline.core.paging import Page, Paged
from upline.services.commission import lines
from upline.services.commission import statement_rows as rows
from upline.services.commission.checks import (
    ADJUSTMENT,
    BONUS,
    FEE,
    Adjustment,
    fee_names,
    name_adjustments,
)
from upline.services.commission.explanations import Rounding
from upline.services.commission.lines import Line
from upline.services.organization.nodes import NO_RANK
from upline.services.period import calendar
from upline.services.period import queries as periods
from upline.services.plan import versions

NOTHING = Decimal(0)
STATUS = {
    periods.OPEN: "Projected",
    periods.CLOSING: "Projected",
    periods.CLOSED: "Closed",
    periods.PAID: "Paid",
}


@dataclass(frozen=True, slots=True)
class BonusTotal:
    """What one bonus paid, in the statement's currency."""

    bonus_id: int
    bonus: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """What a member earned in a period: net = total + adjustments − donation, to the cent.

    `total` is the sum of the bonuses as they are paid, `adjustments` of fees and corrections.
    `paid_amount` is the net as it came to the wallet, exchanged where the plan says so.
    """

    period_id: int
    description: str
    total: Decimal
    adjustments: Decimal
    donation: Decimal
    net: Decimal
    currency_code: str
    paid_amount: Decimal
    paid_currency_code: str
    exchange_rate: Decimal | None
    status: str
    bonuses: Sequence[BonusTotal]


@dataclass(frozen=True, slots=True)
class Carry:
    """Binary volume brought in from the period before and handed on to the next."""

    left_in: Decimal = NOTHING
    right_in: Decimal = NOTHING
    left_out: Decimal = NOTHING
    right_out: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class DetailedStatement(Statement):
    """A statement with the page of its lines that was asked for, and what decided them."""

    paid_as_rank_id: int
    paid_as_rank: str | None
    carry: Carry
    adjustment_lines: Sequence[Adjustment]
    line_count: int
    lines: Sequence[Line]


async def list_statements(ctx: Context, customer_id: int, page: Page) -> Paged[Statement]:
    """Every period the member has a check for, newest first, three statements in all.

    Source: contract, Commission {Enc}.
    """
    sources = {row.run_id: row for row in await rows.list_run_periods(ctx)}
    if not sources:
        return Paged([], 0, page)
    found = {row.run_id: row for row in await rows.list_checks(ctx, customer_id, list(sources))}
    checks = [found[run_id] for run_id in sources if run_id in found]
    shown = checks[page.offset : page.offset + page.limit]
    bonuses: dict[int, list[BonusTotal]] = {check.run_id: [] for check in shown}
    for row in await rows.list_bonuses(ctx, customer_id, list(bonuses)) if shown else ():
        bonuses[row.run_id].append(BonusTotal(row.bonus_id, row.bonus, row.amount))
    statements = [
        Statement(**_header(sources[check.run_id], check, bonuses[check.run_id])) for check in shown
    ]
    return Paged(statements, len(checks), page)


async def get_statement(
    ctx: Context, customer_id: int, period_id: int, page: Page
) -> DetailedStatement:
    """One period's statement with a page of its lines; 0 is the current month.

    A period without a run, or one the member earned nothing in, is all zeros. Raises NotFound for
    a number outside the calendar. Source: contract, Commission {Enc}/{PeriodId}.
    """
    number = periods.resolve(ctx, period_id)
    source = await rows.find_run_period(ctx, number)
    if source is None:
        return _empty(ctx, number)
    items = await rows.list_standing(ctx, customer_id, source.run_id)
    check = items[0] if items else None
    others = [item for item in items if item.kind_id in (FEE, ADJUSTMENT)]
    fees = fee_names(versions.read(source)) if others else {}
    rounding = Rounding(source.rounding_place, source.rounding_mode, source.rounding_unit)
    counted = check.line_count if check else None
    found = await lines.list_lines(
        ctx, source.run_id, customer_id, page, rounding, source.currency_code, counted
    )
    return DetailedStatement(
        **_header(source, check, _bonuses(items)),
        paid_as_rank_id=check.paid_rank_id if check else NO_RANK,
        paid_as_rank=check.rank if check else None,
        carry=_carry(check) if check else Carry(),
        adjustment_lines=await name_adjustments(ctx, customer_id, number, others, fees),
        line_count=found.total,
        lines=found.items,
    )


def _bonuses(items: Sequence[Any]) -> list[BonusTotal]:
    """What each bonus paid, in the order of the items."""
    totals: dict[tuple[int, str], Decimal] = {}
    for item in items:
        if item.kind_id == BONUS:
            bonus = (item.bonus_id, item.bonus)
            totals[bonus] = totals.get(bonus, NOTHING) + item.amount
    return [BonusTotal(*bonus, amount) for bonus, amount in totals.items()]


def _carry(row: Any) -> Carry:
    return Carry(row.carry_left_in, row.carry_right_in, row.carry_left_out, row.carry_right_out)


def _header(source: Any, check: Any, bonuses: Sequence[BonusTotal]) -> dict[str, Any]:
    """The fields every statement has; `check` is None where the run does not know the member."""
    exchanged = check if check and check.paid_currency_code else None
    net = check.net if check else NOTHING
    return {
        "period_id": source.period_id,
        "description": calendar.describe(source.period_id),
        "total": check.total_commission if check else NOTHING,
        "adjustments": check.adjustments if check else NOTHING,
        "donation": check.donation if check else NOTHING,
        "net": net,
        "currency_code": source.currency_code,
        "paid_amount": exchanged.local_net if exchanged else net,
        "paid_currency_code": exchanged.paid_currency_code if exchanged else source.currency_code,
        "exchange_rate": exchanged.exchange_rate if exchanged else None,
        "status": STATUS[source.status_id],
        "bonuses": bonuses,
    }


def _empty(ctx: Context, period_id: int) -> DetailedStatement:
    """Of a period that no run has looked at."""
    return DetailedStatement(
        period_id=period_id,
        description=calendar.describe(period_id),
        total=NOTHING,
        adjustments=NOTHING,
        donation=NOTHING,
        net=NOTHING,
        currency_code=ctx.company.currency,
        paid_amount=NOTHING,
        paid_currency_code=ctx.company.currency,
        exchange_rate=None,
        status=STATUS[periods.OPEN],
        bonuses=[],
        paid_as_rank_id=NO_RANK,
        paid_as_rank=None,
        carry=Carry(),
        adjustment_lines=[],
        line_count=0,
        lines=[],
    )
