"""The rows statements are made of. Each query is put together once and run with parameters:
building one takes longer than PostgreSQL needs to answer it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Integer, Row, any_, bindparam, func, select

from upline.core.context import Context
from upline.models.commission import Bonus, CheckItem, CommissionCheck, CommissionRun, Rank
from upline.models.period import Period
from upline.models.volume import MemberPeriod

AnyRow = Row[*tuple[Any, ...]]

_RUN_ID = bindparam("run_id", type_=BigInteger)
_RUN_IDS = bindparam("run_ids", type_=ARRAY(BigInteger))
_CUSTOMER_ID = bindparam("customer_id", type_=BigInteger)

_RUN_PERIODS = (
    select(
        Period.period_id,
        Period.status_id,
        CommissionRun.run_id,
        CommissionRun.currency_code,
        CommissionRun.rounding_place,
        CommissionRun.rounding_mode,
        CommissionRun.rounding_unit,
    )
    .join(CommissionRun, CommissionRun.run_id == Period.run_id)
    .order_by(Period.starts_at.desc(), Period.period_id.desc())
)
_RUN_PERIOD = _RUN_PERIODS.where(Period.period_id == bindparam("period_id", type_=Integer))
_CHECKS = select(
    CommissionCheck.run_id,
    CommissionCheck.total_commission,
    CommissionCheck.adjustments,
    CommissionCheck.donation,
    CommissionCheck.net,
    CommissionCheck.currency_code.label("paid_currency_code"),
    CommissionCheck.exchange_rate,
    CommissionCheck.local_net,
).where(CommissionCheck.run_id == any_(_RUN_IDS), CommissionCheck.customer_id == _CUSTOMER_ID)
_STANDING = (
    select(
        MemberPeriod.paid_rank_id,
        Rank.name.label("rank"),
        *(
            func.coalesce(column, 0).label(column.key)
            for column in (
                CommissionCheck.total_commission,
                CommissionCheck.adjustments,
                CommissionCheck.donation,
                CommissionCheck.net,
            )
        ),
        CommissionCheck.currency_code.label("paid_currency_code"),
        CommissionCheck.exchange_rate,
        CommissionCheck.local_net,
        CommissionCheck.line_count,
        MemberPeriod.carry_left_in,
        MemberPeriod.carry_right_in,
        MemberPeriod.carry_left_out,
        MemberPeriod.carry_right_out,
    )
    .outerjoin(Rank, Rank.rank_id == MemberPeriod.paid_rank_id)
    .outerjoin(
        CommissionCheck,
        (CommissionCheck.run_id == _RUN_ID) & (CommissionCheck.customer_id == _CUSTOMER_ID),
    )
    .where(MemberPeriod.run_id == _RUN_ID, MemberPeriod.customer_id == _CUSTOMER_ID)
)
_ITEMS = (
    select(
        CheckItem.run_id,
        CheckItem.kind_id,
        CheckItem.ledger_type_id,
        CheckItem.bonus_id,
        Bonus.name.label("bonus"),
        CheckItem.amount,
    )
    .outerjoin(Bonus, Bonus.bonus_id == CheckItem.bonus_id)
    .where(CheckItem.run_id == any_(_RUN_IDS), CheckItem.customer_id == _CUSTOMER_ID)
    .order_by(CheckItem.bonus_id, CheckItem.level, CheckItem.item_no)
)


async def list_run_periods(ctx: Context) -> Sequence[AnyRow]:
    """Every period with figures and the run they come from, newest first."""
    return (await ctx.session.execute(_RUN_PERIODS)).all()


async def find_run_period(ctx: Context, period_id: int) -> AnyRow | None:
    """One of them; None where no run has looked at the period."""
    return (await ctx.session.execute(_RUN_PERIOD, {"period_id": period_id})).one_or_none()


async def list_checks(ctx: Context, customer_id: int, run_ids: Sequence[int]) -> Sequence[AnyRow]:
    """The member's checks in those runs, in no order."""
    parameters = {"customer_id": customer_id, "run_ids": list(run_ids)}
    return (await ctx.session.execute(_CHECKS, parameters)).all()


async def find_standing(ctx: Context, customer_id: int, run_id: int) -> AnyRow | None:
    """The member's rank, carry and, zero where nothing was earned, check in a run; carry last."""
    parameters = {"customer_id": customer_id, "run_id": run_id}
    return (await ctx.session.execute(_STANDING, parameters)).one_or_none()


async def list_items(ctx: Context, customer_id: int, run_ids: Sequence[int]) -> Sequence[AnyRow]:
    """The rounded amounts on the member's checks in those runs, by bonus."""
    parameters = {"customer_id": customer_id, "run_ids": list(run_ids)}
    return (await ctx.session.execute(_ITEMS, parameters)).all()
