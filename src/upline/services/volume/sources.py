"""Which runs speak for which periods: the first look of every read of volumes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ARRAY, BigInteger, Integer, SmallInteger, any_, bindparam, func, select, true

from upline.core.context import Context
from upline.core.paging import Page, Paged
from upline.core.prepared import Prepared, prepare
from upline.models.commission import CommissionRun
from upline.models.customer import Customer
from upline.models.period import Period
from upline.services.period.calendar import PeriodType


@dataclass(frozen=True, slots=True)
class Source:
    """The run in force of a period and the instant its figures tell of; no run before its first."""

    period_id: int
    run_id: int | None
    as_of: datetime


async def find_sources(ctx: Context, period_ids: Sequence[int]) -> list[Source]:
    """The runs in force of periods, in the order given."""
    rows = await _in_force().fetch_all(ctx.session, period_ids=period_ids)
    known = {row.period_id: Source(*row) for row in rows}
    return [known.get(number, Source(number, None, ctx.now)) for number in period_ids]


async def list_sources(
    ctx: Context, customer_id: int, page: Page, kinds: Sequence[PeriodType] = tuple(PeriodType)
) -> Paged[Source]:
    """The runs in force of all periods since a customer enrolled, newest first."""
    rows = await _since_enrolment().fetch_all(
        ctx.session,
        customer_id=customer_id,
        kinds=list(map(int, kinds)),
        limit=page.limit,
        offset=page.offset,
    )
    found = [Source(*row[:-1]) for row in rows if row.period_id is not None]
    return Paged(found, rows[0].total, page)


@cache
def _in_force() -> Prepared:
    return prepare(
        select(Period.period_id, Period.run_id, CommissionRun.read_at)
        .join(CommissionRun, CommissionRun.run_id == Period.run_id)
        .where(Period.period_id == any_(bindparam("period_ids", None, ARRAY(Integer))))
    )


@cache
def _since_enrolment() -> Prepared:
    """A page beside how many there are; one row without a run where the page is empty."""
    known = (
        select(Period.period_id, Period.run_id, CommissionRun.read_at, Period.starts_at)
        .join(CommissionRun, CommissionRun.run_id == Period.run_id)
        .join(Customer, Customer.enrolled_at < Period.ends_at)
        .where(
            Customer.customer_id == bindparam("customer_id", None, BigInteger),
            Period.period_type_id == any_(bindparam("kinds", None, ARRAY(SmallInteger))),
        )
        .cte("known")
    )
    page = (
        select(known)
        .order_by(known.c.starts_at.desc(), known.c.period_id.desc())
        .limit(bindparam("limit", None, Integer))
        .offset(bindparam("offset", None, BigInteger))
        .subquery("page")
    )
    count = select(func.count().label("total")).select_from(known).subquery("count")
    return prepare(
        select(page.c.period_id, page.c.run_id, page.c.read_at, count.c.total)
        .select_from(count.outerjoin(page, true()))
        .order_by(page.c.starts_at.desc(), page.c.period_id.desc())
    )
