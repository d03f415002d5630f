"""What an explanation is of: a member's check in the run in force, and the plan it ran under."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

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
    run_id = await periods.find_run_id(ctx.session, number)
    if run_id is None:
        raise NotFound
    rows = await _paid(run_id).fetch_all(
        ctx.session,
        period_id=number,
        customer_id=customer_id,
        known_plans=versions.known_plans(),
    )
    row = rows[0]
    version = versions.read(row)
    rounding = Rounding(row.rounding_place, row.rounding_mode, row.rounding_unit)
    basis = Basis(
        period_id=number,
        description=calendar.describe(number),
        is_final=row.status_id >= periods.CLOSED,
        run_id=run_id,
        plan=version.document.plan.name,
        plan_version_id=version.plan_version_id,
        effective_period_id=version.effective_period_id,
        digest=version.digest.hex(),
        rounding=rounding.describe(),
        currency_code=row.currency_code,
        paid_currency_code=row.paid_currency_code,
        exchange_rate=row.exchange_rate,
    )
    amounts = {row.bonus_id: row.amount for row in rows if row.bonus_id is not None}
    return Subject(basis, rounding, version.document, customer_id, amounts)


@lru_cache(maxsize=64)
def _paid(run_id: int) -> Prepared:
    """A run with its plan, in force in "period_id", and the check of "customer_id" in it: a row for
    each bonus that was paid, one without where none was."""
    check, item = CommissionCheck, CheckItem
    run = bindparam("run_id", None, BigInteger, literal_execute=True)
    owner = bindparam("customer_id", None, BigInteger)
    paid = (
        select(item.bonus_id, func.sum(item.amount).label("amount"))
        .where(item.run_id == run, item.customer_id == owner, item.kind_id == BONUS)
        .group_by(item.bonus_id)
        .lateral("paid")
    )
    return prepare(
        select(
            Period.status_id,
            CommissionRun.rounding_place,
            CommissionRun.rounding_mode,
            CommissionRun.rounding_unit,
            CommissionRun.currency_code,
            *versions.COLUMNS,
            check.currency_code.label("paid_currency_code"),
            check.exchange_rate,
            paid.c.bonus_id,
            paid.c.amount,
        )
        .join(PlanVersion, PlanVersion.plan_version_id == CommissionRun.plan_version_id)
        .join(Period, Period.period_id == bindparam("period_id", None, Integer))
        .outerjoin(check, (check.run_id == run) & (check.customer_id == owner))
        .outerjoin(paid, check.customer_id.is_not(None))
        .where(CommissionRun.run_id == run),
        run_id=run_id,
    )
