"""What an explanation is of: a member's check in the run in force, and the plan it ran under."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from sqlalchemy import BigInteger, Integer, bindparam, func, select

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.core.prepared import Prepared, prepare
from upline.models.commission import CheckItem, CommissionCheck, CommissionRun, PlanVersion
from upline.models.period import Period
from upline.services.commission.checks import BONUS
from upline.services.commission.explanations import Rounding
from upline.services.period import calendar
from upline.services.period import queries as periods
from upline.services.plan import PlanDocument, versions


@dataclass(frozen=True, slots=True)
class Basis:
    """What the figures of a period rest on: run, plan version, rounding, exchange.

    `digest` is the plan's, in hex; a check paid in another currency says at which rate.
    """

    period_id: int
    description: str
    is_final: bool
    run_id: int
    plan: str
    plan_version_id: int
    effective_period_id: int
    digest: str
    rounding: str
    currency_code: str
    paid_currency_code: str | None
    exchange_rate: Decimal | None


@dataclass(frozen=True, slots=True)
class Subject:
    """A member in a run, with all that explaining any bonus takes."""

    basis: Basis
    rounding: Rounding
    plan: PlanDocument
    customer_id: int
    amounts: dict[int, Decimal]


async def get_subject(ctx: Context, customer_id: int, period_id: int) -> Subject:
    """The run in force, the plan it ran under, and what each bonus paid the member."""
    number = periods.resolve(ctx, period_id)
    known = versions.known_plans()
    row = await _run().fetch_one(ctx.session, period_id=number, known_plans=known)
    if row is None:
        raise NotFound
    version = versions.read(row)
    paid = await _check(row.run_id).fetch_all(ctx.session, customer_id=customer_id)
    check = paid[0] if paid else None
    rounding = Rounding(row.rounding_place, row.rounding_mode, row.rounding_unit)
    basis = Basis(
        period_id=number,
        description=calendar.describe(number),
        is_final=row.status_id >= periods.CLOSED,
        run_id=row.run_id,
        plan=version.document.plan.name,
        plan_version_id=version.plan_version_id,
        effective_period_id=version.effective_period_id,
        digest=version.digest.hex(),
        rounding=rounding.describe(),
        currency_code=row.currency_code,
        paid_currency_code=check.currency_code if check else None,
        exchange_rate=check.exchange_rate if check else None,
    )
    amounts = {row.bonus_id: row.amount for row in paid if row.bonus_id is not None}
    return Subject(basis, rounding, version.document, customer_id, amounts)


@cache
def _run() -> Prepared:
    """The run in force of the parameter "period_id", with its plan."""
    return prepare(
        select(
            Period.status_id,
            CommissionRun.run_id,
            CommissionRun.rounding_place,
            CommissionRun.rounding_mode,
            CommissionRun.rounding_unit,
            CommissionRun.currency_code,
            *versions.COLUMNS,
        )
        .join(CommissionRun, CommissionRun.run_id == Period.run_id)
        .join(PlanVersion, PlanVersion.plan_version_id == CommissionRun.plan_version_id)
        .where(Period.period_id == bindparam("period_id", None, Integer))
    )


@lru_cache(maxsize=64)
def _check(run_id: int) -> Prepared:
    """The check of "customer_id": a row for each bonus, one without where none was paid."""
    check, item = CommissionCheck, CheckItem
    run = bindparam("run_id", None, BigInteger, literal_execute=True)
    owner = bindparam("customer_id", None, BigInteger)
    is_paid = (item.run_id == run) & (item.customer_id == owner) & (item.kind_id == BONUS)
    return prepare(
        select(
            check.currency_code,
            check.exchange_rate,
            item.bonus_id,
            func.sum(item.amount).label("amount"),
        )
        .outerjoin(item, is_paid)
        .where(check.run_id == run, check.customer_id == owner)
        .group_by(check.currency_code, check.exchange_rate, item.bonus_id),
        run_id=run_id,
    )
