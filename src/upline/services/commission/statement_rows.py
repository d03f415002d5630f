"""The rows statements are made of. Each statement is put together once, for good or for a run:
doing so takes longer than PostgreSQL needs to answer it."""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Integer, Select, any_, bindparam, func, select

from upline.core.context import Context
from upline.core.prepared import Prepared, prepare
from upline.models.commission import (
    Bonus,
    CheckItem,
    CommissionCheck,
    CommissionRun,
    PlanVersion,
    Rank,
)
from upline.models.period import Period
from upline.models.volume import MemberPeriod
from upline.services.plan import versions

BONUS = 1  # kind of a check's item

_RUN_ID = bindparam("run_id", None, BigInteger, literal_execute=True)
_RUN_IDS = bindparam("run_ids", None, ARRAY(BigInteger))
_CUSTOMER_ID = bindparam("customer_id", None, BigInteger)


async def list_run_periods(ctx: Context) -> Sequence[Any]:
    """Every period with figures and the run they come from, newest first."""
    return await _run_periods().fetch_all(ctx.session)


async def find_run_period(ctx: Context, period_id: int) -> Any:
    """One of them with the plan it ran under; None where no run has looked at the period."""
    known = versions.known_plans()
    return await _run_period().fetch_one(ctx.session, period_id=period_id, known_plans=known)


async def list_checks(ctx: Context, customer_id: int, run_ids: Sequence[int]) -> Sequence[Any]:
    """The member's checks in those runs, in no order."""
    return await _checks().fetch_all(ctx.session, customer_id=customer_id, run_ids=run_ids)


async def list_bonuses(ctx: Context, customer_id: int, run_ids: Sequence[int]) -> Sequence[Any]:
    """What each bonus paid the member in those runs, by bonus."""
    return await _bonuses().fetch_all(ctx.session, customer_id=customer_id, run_ids=run_ids)


async def list_standing(ctx: Context, customer_id: int, run_id: int) -> Sequence[Any]:
    """The member's rank, carry and, zero where nothing was earned, check in a run: once for each
    rounded amount on it, by bonus, and once without where there is none."""
    return await _standing(run_id).fetch_all(ctx.session, customer_id=customer_id)


@cache
def _run_periods() -> Prepared:
    return prepare(_select_runs())


@cache
def _run_period() -> Prepared:
    return prepare(
        _select_runs()
        .add_columns(*versions.COLUMNS)
        .join(PlanVersion, PlanVersion.plan_version_id == CommissionRun.plan_version_id)
        .where(Period.period_id == bindparam("period_id", None, Integer))
    )


def _select_runs() -> Select[*tuple[Any, ...]]:
    return (
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


@cache
def _checks() -> Prepared:
    check = CommissionCheck
    return prepare(
        select(
            check.run_id,
            check.total_commission,
            check.adjustments,
            check.donation,
            check.net,
            check.currency_code.label("paid_currency_code"),
            check.exchange_rate,
            check.local_net,
        ).where(check.run_id == any_(_RUN_IDS), check.customer_id == _CUSTOMER_ID)
    )


@cache
def _bonuses() -> Prepared:
    item = CheckItem
    return prepare(
        select(
            item.run_id,
            item.bonus_id,
            Bonus.name.label("bonus"),
            func.sum(item.amount).label("amount"),
        )
        .join(Bonus, Bonus.bonus_id == item.bonus_id)
        .where(
            item.run_id == any_(_RUN_IDS), item.customer_id == _CUSTOMER_ID, item.kind_id == BONUS
        )
        .group_by(item.run_id, item.bonus_id, Bonus.name)
        .order_by(item.bonus_id)
    )


@lru_cache(maxsize=64)
def _standing(run_id: int) -> Prepared:
    member, check, item = MemberPeriod, CommissionCheck, CheckItem
    amounts = (check.total_commission, check.adjustments, check.donation, check.net)
    return prepare(
        select(
            member.paid_rank_id,
            Rank.name.label("rank"),
            *(func.coalesce(amount, 0).label(amount.key) for amount in amounts),
            check.currency_code.label("paid_currency_code"),
            check.exchange_rate,
            check.local_net,
            check.line_count,
            member.carry_left_in,
            member.carry_right_in,
            member.carry_left_out,
            member.carry_right_out,
            item.kind_id,
            item.ledger_type_id,
            item.bonus_id,
            Bonus.name.label("bonus"),
            item.amount,
        )
        .outerjoin(Rank, Rank.rank_id == member.paid_rank_id)
        .outerjoin(check, (check.run_id == _RUN_ID) & (check.customer_id == _CUSTOMER_ID))
        .outerjoin(item, (item.run_id == _RUN_ID) & (item.customer_id == _CUSTOMER_ID))
        .outerjoin(Bonus, Bonus.bonus_id == item.bonus_id)
        .where(member.run_id == _RUN_ID, member.customer_id == _CUSTOMER_ID)
        .order_by(item.bonus_id, item.level, item.item_no),
        run_id=run_id,
    )
