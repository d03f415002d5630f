"""Commission statements: what a member earned in each period, and every line behind one of them.

All figures come from the run in force: the preview while a period is open, the final run after.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import aliased

from upline.core.context import Context
from upline.core.paging import Page, Paged
from upline.models.commission import Bonus, CheckItem, CommissionCheck, CommissionRun, Rank
from upline.models.period import Period
from upline.models.volume import MemberPeriod
from upline.services.commission import lines
from upline.services.commission.checks import ADJUSTMENT, BONUS, FEE, Adjustment, name_adjustments
from upline.services.commission.explanations import Rounding
from upline.services.commission.lines import Line
from upline.services.organization.nodes import NO_RANK
from upline.services.period import calendar
from upline.services.period import queries as periods

NOTHING = Decimal(0)
STATUS = {
    periods.OPEN: "Projected",
    periods.CLOSING: "Projected",
    periods.CLOSED: "Closed",
    periods.PAID: "Paid",
}

AnyRow = Row[*tuple[Any, ...]]


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
    """

    period_id: int
    description: str
    total: Decimal
    adjustments: Decimal
    donation: Decimal
    net: Decimal
    currency_code: str
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
    sources = {row.run_id: row for row in await _run_periods(ctx)}
    check = CommissionCheck
    found = await ctx.session.execute(
        select(
            check.run_id, check.total_commission, check.adjustments, check.donation, check.net
        ).where(check.customer_id == customer_id, check.run_id.in_(list(sources)))
    )
    rank = {run_id: number for number, run_id in enumerate(sources)}
    checks = sorted(found, key=lambda row: rank[row.run_id])
    shown = checks[page.offset : page.offset + page.limit]
    bonuses = await _load_bonuses(ctx, customer_id, [row.run_id for row in shown])
    statements = [
        Statement(**_header(sources[row.run_id], row, bonuses[row.run_id])) for row in shown
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
    source = next(iter(await _run_periods(ctx, number)), None)
    if source is None:
        return _empty(ctx, number)
    check = await _find_check(ctx, source.run_id, customer_id)
    bonuses = await _load_bonuses(ctx, customer_id, [source.run_id])
    rounding = Rounding(source.rounding_place, source.rounding_mode, source.rounding_unit)
    found = await lines.list_lines(
        ctx, source.run_id, customer_id, page, rounding, source.currency_code
    )
    return DetailedStatement(
        **_header(source, check, bonuses[source.run_id]),
        paid_as_rank_id=check.paid_rank_id if check else NO_RANK,
        paid_as_rank=check.rank if check else None,
        carry=Carry(*check[-4:]) if check else Carry(),
        adjustment_lines=await _load_adjustments(ctx, source.run_id, customer_id, number),
        line_count=found.total,
        lines=found.items,
    )


async def _run_periods(ctx: Context, period_id: int | None = None) -> Sequence[AnyRow]:
    """Periods with figures and the runs they come from, newest first."""
    run = CommissionRun
    query = (
        select(
            Period.period_id,
            Period.status_id,
            run.run_id,
            run.currency_code,
            run.rounding_place,
            run.rounding_mode,
            run.rounding_unit,
        )
        .join(run, run.run_id == Period.run_id)
        .order_by(Period.starts_at.desc(), Period.period_id.desc())
    )
    if period_id is not None:
        query = query.where(Period.period_id == period_id)
    return (await ctx.session.execute(query)).all()


async def _find_check(ctx: Context, run_id: int, customer_id: int) -> AnyRow | None:
    """The member's standing in a run and, where anything was earned, the check; carry last."""
    member, check, rank = MemberPeriod, CommissionCheck, aliased(Rank)
    query = (
        select(
            member.paid_rank_id,
            rank.name.label("rank"),
            *(
                func.coalesce(column, 0).label(column.key)
                for column in (
                    check.total_commission,
                    check.adjustments,
                    check.donation,
                    check.net,
                )
            ),
            member.carry_left_in,
            member.carry_right_in,
            member.carry_left_out,
            member.carry_right_out,
        )
        .outerjoin(rank, rank.rank_id == member.paid_rank_id)
        .outerjoin(check, (check.run_id == run_id) & (check.customer_id == customer_id))
        .where(member.run_id == run_id, member.customer_id == customer_id)
    )
    return (await ctx.session.execute(query)).one_or_none()


async def _load_bonuses(
    ctx: Context, customer_id: int, run_ids: Sequence[int]
) -> Mapping[int, list[BonusTotal]]:
    """What each bonus paid in each of the runs."""
    item = CheckItem
    found: dict[int, list[BonusTotal]] = {run_id: [] for run_id in run_ids}
    rows = await ctx.session.execute(
        select(item.run_id, item.bonus_id, Bonus.name, func.sum(item.amount))
        .join(Bonus, Bonus.bonus_id == item.bonus_id)
        .where(item.run_id.in_(run_ids), item.customer_id == customer_id, item.kind_id == BONUS)
        .group_by(item.run_id, item.bonus_id, Bonus.name)
        .order_by(item.run_id, item.bonus_id)
    )
    for row in rows:
        found[row.run_id].append(BonusTotal(*row[1:]))
    return found


async def _load_adjustments(
    ctx: Context, run_id: int, customer_id: int, period_id: int
) -> list[Adjustment]:
    """Fees and corrections on the check, by name."""
    item = CheckItem
    rows = await ctx.session.execute(
        select(item.kind_id, item.ledger_type_id, item.amount)
        .where(
            item.run_id == run_id,
            item.customer_id == customer_id,
            item.kind_id.in_((FEE, ADJUSTMENT)),
        )
        .order_by(item.item_no)
    )
    return await name_adjustments(ctx, customer_id, period_id, list(rows))


def _header(source: AnyRow, check: AnyRow | None, bonuses: Sequence[BonusTotal]) -> dict[str, Any]:
    """The fields every statement has."""
    return {
        "period_id": source.period_id,
        "description": calendar.describe(source.period_id),
        "total": check.total_commission if check else NOTHING,
        "adjustments": check.adjustments if check else NOTHING,
        "donation": check.donation if check else NOTHING,
        "net": check.net if check else NOTHING,
        "currency_code": source.currency_code,
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
        status=STATUS[periods.OPEN],
        bonuses=[],
        paid_as_rank_id=NO_RANK,
        paid_as_rank=None,
        carry=Carry(),
        adjustment_lines=[],
        line_count=0,
        lines=[],
    )
