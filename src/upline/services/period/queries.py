"""Reading periods: the calendar decides which exist, the table remembers what happened to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import NamedTuple
from weakref import ref

from sqlalchemy import Integer, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import SessionTransaction

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.core.prepared import Prepared, prepare
from upline.models.period import Period
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType
from upline.services.plan import versions

OPEN, CLOSING, CLOSED, PAID = 1, 2, 3, 4
STATUS = {OPEN: "Open", CLOSING: "Closing", CLOSED: "Closed", PAID: "Paid"}


@dataclass(frozen=True, slots=True)
class PeriodView:
    """One period as people see it; `end_date` is its last day, `run_id` the figures in force."""

    period_id: int
    period_type_id: int
    period_type: str
    description: str
    start_date: date
    end_date: date
    pay_date: date | None
    status_id: int
    status: str
    is_current: bool
    run_id: int | None


class _Recorded(NamedTuple):
    """What the table knows of a period."""

    period_id: int
    status_id: int
    pay_date: date | None
    run_id: int | None


class _Noted(NamedTuple):
    """A run in force, good within the transaction that saw it; held weakly, because it knows its
    session, which knows the note."""

    transaction: ref[SessionTransaction]
    period_id: int
    run_id: int | None


async def get_period(ctx: Context, period_id: int) -> PeriodView:
    """The period with that number; 0 is the current month.

    Raises NotFound for a number outside the calendar (contract: Back Office, Period).
    """
    number = resolve(ctx, period_id)
    return (await _views(ctx, [number]))[0]


async def current(ctx: Context, kind: PeriodType) -> PeriodView:
    """The week or month running now."""
    number = calendar.current_id(ctx.now, ctx.company.time_zone, kind)
    return (await _views(ctx, [number]))[0]


async def past(
    ctx: Context, kind: PeriodType, limit: int, offset: int
) -> tuple[list[PeriodView], int]:
    """A page of the periods before the current one, newest first, and how many there are.

    They reach back to the first period the company has anything recorded for.
    """
    newest = calendar.current_id(ctx.now, ctx.company.time_zone, kind) - 1
    oldest = await ctx.session.scalar(
        select(Period.period_id)
        .where(Period.period_type_id == kind)
        .order_by(Period.period_id)
        .limit(1)
    )
    total = 0 if oldest is None else max(0, newest - oldest + 1)
    numbers = range(newest - offset, max(newest - offset - limit, newest - total), -1)
    return await _views(ctx, list(numbers)), total


async def find_run_id(session: AsyncSession, period_id: int) -> int | None:
    """The run whose figures are in force for a period; None when it never ran."""
    noted: _Noted | None = session.info.pop(_NOTED, None)
    transaction = session.sync_session.get_transaction()
    seen_by = noted.transaction() if noted else None
    if noted and noted.period_id == period_id and seen_by is transaction is not None:
        return noted.run_id
    found = await _run_in_force().fetch_one(session, period_id=period_id)
    return None if found is None else found.run_id


def note_run_id(session: AsyncSession, period_id: int, run_id: int | None) -> None:
    """Spare the next `find_run_id` of this transaction its statement: whoever asks something else
    first may ask `RUN_IN_FORCE` along with it."""
    if transaction := session.sync_session.get_transaction():
        session.info[_NOTED] = _Noted(ref(transaction), period_id, run_id)


# Of the parameter "period_id".
RUN_IN_FORCE = select(Period.run_id).where(
    Period.period_id == bindparam("period_id", None, Integer)
)
_NOTED = "run in force"


@cache
def _run_in_force() -> Prepared:
    return prepare(RUN_IN_FORCE)


async def find_status(session: AsyncSession, period_id: int) -> int | None:
    """The status of a period; None when nothing has happened to it yet."""
    status: int | None = await session.scalar(
        select(Period.status_id).where(Period.period_id == period_id)
    )
    return status


def resolve(ctx: Context, period_id: int) -> int:
    """`period_id` itself, or the current month for 0; NotFound outside the calendar."""
    if period_id == 0:
        return calendar.current_id(ctx.now, ctx.company.time_zone)
    if not calendar.exists(period_id):
        raise NotFound
    return period_id


def resolve_month(ctx: Context, period_id: int) -> int:
    """Like `resolve`, for what exists by the month only: NotFound for weeks."""
    number = resolve(ctx, period_id)
    if calendar.period_type(number) is not PeriodType.MONTH:
        raise NotFound
    return number


async def _views(ctx: Context, numbers: Sequence[int]) -> list[PeriodView]:
    query = select(Period.period_id, Period.status_id, Period.pay_date, Period.run_id).where(
        Period.period_id.in_(numbers)
    )
    rows = {row.period_id: _Recorded(*row) for row in await ctx.session.execute(query)}
    plans = await versions.history(ctx.session)
    return [_view(ctx, number, rows.get(number), plans) for number in numbers]


def _view(
    ctx: Context,
    number: int,
    row: _Recorded | None,
    plans: versions.History,
) -> PeriodView:
    kind = calendar.period_type(number)
    status = row.status_id if row else OPEN
    pay_date = row.pay_date if row and row.pay_date else None
    if pay_date is None and (plan := plans.find(number)) is not None:
        pay_date = plan.document.calendar.pay_date(calendar.last_day(number))
    return PeriodView(
        period_id=number,
        period_type_id=kind,
        period_type=kind.name.title(),
        description=calendar.describe(number),
        start_date=calendar.first_day(number),
        end_date=calendar.last_day(number),
        pay_date=pay_date,
        status_id=status,
        status=STATUS[status],
        is_current=number == calendar.current_id(ctx.now, ctx.company.time_zone, kind),
        run_id=row.run_id if row else None,
    )
