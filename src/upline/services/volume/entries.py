"""The entries behind an organization's volume, page by page, without looking at the rest.

The run keeps a list of its entries in the order of the tree, so those of an organization stand
together and a page is a few blocks of numbers. Entries the run has not seen come first, newest
first; of those only the latest UNSEEN are looked through, the others show with the next full
calculation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Integer, bindparam, text

from upline.core.context import Context
from upline.core.paging import Page, Paged
from upline.core.prepared import Prepared, prepare
from upline.services.organization.visibility import Genealogy
from upline.services.period import calendar
from upline.services.period import queries as periods
from upline.services.period.calendar import PeriodType
from upline.services.rollup.kinds import Kind
from upline.services.rollup.reading import find_entries, find_sums

UNSEEN = 1_000

# The newest entries of all periods are cut off first: a closed period has none among them.
NEWS = """
SELECT e.entry_id FROM (
    SELECT entry_id, customer_id, period_id, week_id, recorded_in FROM volume_entries
    WHERE recorded_in >= (pg_snapshot_xmin(r.seen::pg_snapshot)::text)::bigint
    ORDER BY recorded_in DESC LIMIT {unseen}) e
WHERE e.{column} = :period_id
  AND NOT pg_visible_in_snapshot((e.recorded_in::text)::xid8, r.seen::pg_snapshot)
  AND is_upline({sponsor}::smallint, :customer_id, e.customer_id)
ORDER BY e.entry_id DESC
"""
NEWS_OF_RUN = "SELECT n.entry_id FROM rollups r, LATERAL ({news}) n WHERE r.run_id = :run_id"
COUNTED_IN = {PeriodType.WEEK: "week_id", PeriodType.MONTH: "period_id"}
FETCH = """
SELECT e.order_id, e.customer_id AS from_customer_id,
       trim(c.first_name || ' ' || c.last_name) AS from_name,
       coalesce(m.level, (SELECT depth FROM placements WHERE customer_id = e.customer_id
                          AND genealogy_id = 2 AND valid_to IS NULL)) - top.level AS level,
       e.occurred_at AS date, e.description, e.pv AS personal_volume, e.cv AS commissionable_volume
FROM unnest(:numbers) WITH ORDINALITY AS w (entry_id, number)
JOIN volume_entries e ON e.entry_id = w.entry_id
JOIN customers c ON c.customer_id = e.customer_id
JOIN member_periods top ON top.run_id = :run_id AND top.customer_id = :customer_id
LEFT JOIN member_periods m ON m.run_id = :run_id AND m.customer_id = e.customer_id
ORDER BY w.number
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One order's, refund's or correction's volume; `level` 0 is the member's own."""

    order_id: int | None
    from_customer_id: int
    from_name: str
    level: int
    date: datetime
    description: str
    personal_volume: Decimal
    commissionable_volume: Decimal


async def list_entries(ctx: Context, customer_id: int, period_id: int, page: Page) -> Paged[Entry]:
    """The entries of a member and everybody below in the sponsor tree; 0 is the current month.

    Empty where the period's run does not know the member. Raises NotFound for a number outside the
    calendar. Source: contract, Volume detail.
    """
    number = periods.resolve(ctx, period_id)
    run_id = await periods.find_run_id(ctx.session, number)
    sums = await find_sums(ctx, run_id, Kind.ENTRIES, customer_id, with_self=True)
    if run_id is None or sums is None:
        return Paged([], 0, page)
    unseen = await _news(run_id, calendar.period_type(number)).fetch_all(
        ctx.session, customer_id=customer_id, period_id=number
    )
    news = [row.entry_id for row in unseen]
    first = sums.total_before("entries")
    listed = sums.total("entries")
    start = min(max(page.offset - len(news), 0), listed)
    numbers = news[page.offset : page.offset + page.limit]
    stop = min(start + page.limit - len(numbers), listed)
    numbers += await find_entries(ctx, run_id, first + start, first + stop)
    rows: Sequence[Any] = ()
    if numbers:
        rows = await _fetch(run_id).fetch_all(ctx.session, customer_id=customer_id, numbers=numbers)
    return Paged([Entry(*row) for row in rows], len(news) + listed, page)


_RUN_ID = bindparam("run_id", None, BigInteger, literal_execute=True)
_CUSTOMER_ID = bindparam("customer_id", None, BigInteger)


@lru_cache(maxsize=64)
def _news(run_id: int, kind: PeriodType) -> Prepared:
    """Entries of "period_id" below "customer_id" that the run has not seen."""
    news = NEWS.format(column=COUNTED_IN[kind], unseen=UNSEEN, sponsor=int(Genealogy.SPONSOR))
    period_id = bindparam("period_id", None, Integer)
    statement = text(NEWS_OF_RUN.format(news=news)).bindparams(_RUN_ID, _CUSTOMER_ID, period_id)
    return prepare(statement, run_id=run_id)


@lru_cache(maxsize=64)
def _fetch(run_id: int) -> Prepared:
    """The entries with the parameter "numbers", in their order, as "customer_id" sees them."""
    numbers = bindparam("numbers", None, ARRAY(BigInteger))
    return prepare(text(FETCH).bindparams(_RUN_ID, _CUSTOMER_ID, numbers), run_id=run_id)
