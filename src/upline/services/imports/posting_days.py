"""In which month and week each day of an import counts (services/period/posting)."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from psycopg import sql
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from upline.core.context import Context
from upline.models.period import Period
from upline.services.imports.staging import Connection
from upline.services.period import calendar, posting
from upline.services.period.calendar import PeriodType
from upline.services.plan import versions
from upline.services.plan.versions import History

TABLE = "import_days"


async def prepare(ctx: Context, connection: Connection, days: Iterable[date]) -> None:
    """Fill the temporary table `import_days`: for each day the month and week it counts in.

    Where a plan spreads volume over several periods, a day has a row for each part of them; parts:
    how many what is ordered that day comes in. moved: one of them is not the day's own. late: one
    of them takes no more volume. month_restates, week_restates: refunds count where their order
    does.
    The periods are locked against closing until the transaction ends: an entry for a period that
    closed meanwhile would never be counted.
    """
    wanted = sorted(days)
    await _open_periods(ctx, wanted)
    statuses = await _lock_periods(ctx)
    await connection.execute(f"DROP TABLE IF EXISTS pg_temp.{TABLE}")
    await connection.execute(
        f"CREATE TEMPORARY TABLE {TABLE} (day date, part integer, parts integer,"
        " period_id integer, week_id integer, moved boolean, late boolean,"
        " month_restates boolean, week_restates boolean) ON COMMIT DROP"
    )
    plans = await versions.history(ctx.session)
    statement = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(TABLE))
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for day, part, then in _parts(wanted, plans):
            month = posting.count(calendar.month_id(then), statuses, plans)
            week = posting.count(calendar.week_id(then), statuses, plans)
            await copy.write_row(
                (
                    day,
                    part,
                    posting.spread(day, plans)[0],
                    month.period_id,
                    week.period_id,
                    month.moved or week.moved,
                    month.late or week.late,
                    month.restates,
                    week.restates,
                )
            )
    await connection.execute(f"ANALYZE {TABLE}")


def _parts(days: Iterable[date], plans: History) -> Iterator[tuple[date, int, date]]:
    """Each day with the days its parts count on: as many as any plan has, because returns of what
    was spread are spread in the same way."""
    most = posting.longest_spread(plans)
    for day in days:
        _, weekly = posting.spread(day, plans)
        for part in range(most):
            yield day, part, _later(day, part, weekly)


def _later(day: date, periods: int, weekly: bool) -> date:
    """A day so many weeks later, or in the month so many months later."""
    if weekly or not periods:
        return day + timedelta(weeks=periods)
    return calendar.first_day(calendar.month_id(day) + periods)


async def _open_periods(ctx: Context, days: Iterable[date]) -> None:
    """Give every week and month that gets entries its row, as posting an order would."""
    numbers = {calendar.period_id(day, kind) for day in days for kind in PeriodType}
    rows = []
    for number in sorted(numbers):
        starts_at, ends_at = calendar.bounds(number, ctx.company.time_zone)
        rows.append(
            {
                "period_id": number,
                "period_type_id": calendar.period_type(number),
                "starts_at": starts_at,
                "ends_at": ends_at,
            }
        )
    if rows:
        await ctx.session.execute(upsert(Period).on_conflict_do_nothing(), rows)


async def _lock_periods(ctx: Context) -> dict[int, int]:
    rows = await ctx.session.execute(
        select(Period.period_id, Period.status_id)
        .order_by(Period.period_id)
        .with_for_update(read=True)
    )
    return dict(rows.all())
