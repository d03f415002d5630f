"""Importing an all-accounts report for a month, and checking our engine against its figures.

A report has members, the tree and each member's volume, but no orders: every pv becomes one. What
it says of ogv, pgv and rank is not imported; it is what ours must come out as.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from upline.core.context import SYSTEM, Context, ContextFactory
from upline.core.progress import Progress, silent
from upline.services.imports import members
from upline.services.imports.account_fields import IGNORED, account_fields
from upline.services.imports.checks import Check, find_bad_rows, repeated
from upline.services.imports.comparison import Comparison, compare
from upline.services.imports.member_fields import member_fields
from upline.services.imports.order_fields import order_fields
from upline.services.imports.order_resolution import STAGED as STAGED_ORDERS
from upline.services.imports.order_resolution import resolve
from upline.services.imports.orders import store_orders
from upline.services.imports.reference import load_reference
from upline.services.imports.report import ChangedMeanwhile, Outcome
from upline.services.imports.staging import Connection, Staged, create, stage
from upline.services.imports.transaction import importing, record
from upline.services.period import calendar
from upline.services.period.queries import OPEN, get_period, resolve_month
from upline.services.plan import versions
from upline.services.workflows import close_period

__all__ = ["Comparison", "import_accounts", "import_and_compare"]

TABLE = "staged_accounts"
NOON = timedelta(hours=12)
RETAIL = 3

# Only who is not a customer yet is imported; what we know of the others stays as it is. A retail
# customer without a type in the file shows by volume that is missing from their own organization.
# Households share addresses: the lowest id keeps the key by which an address logs in.
_MEMBERS = f"""
INSERT INTO {members.TABLE} (
  line, broken, customer_id, customer_type_id, first_name, last_name, company_name, email,
  email_key, phone, address1, address2, city, state_province, postal_code, country_code,
  enroller_id, sponsor_id, enrolled_at, activated_at, terminated_at, status_id, hold_reason,
  email_opted_out)
SELECT a.line, a.broken, a.customer_id,
  coalesce(a.customer_type_id, CASE WHEN a.ogv < a.pv THEN {RETAIL} ELSE 2 END),
  coalesce(a.contact_first, a.first_name), coalesce(a.contact_last, a.last_name),
  CASE WHEN upper(a.contact) <> upper(a.name) THEN a.name END, a.email,
  CASE WHEN row_number() OVER (PARTITION BY a.email_key ORDER BY a.customer_id) = 1
    AND NOT EXISTS (SELECT FROM customers c WHERE c.email_key = a.email_key)
    THEN a.email_key END,
  a.phone, a.address1, a.address2, a.city, a.state_province, a.postal_code,
  coalesce(a.country_code, a.other_country_code),
  CASE WHEN NOT (a.is_top AND a.enroller_is_unknown) THEN a.enroller_id END,
  CASE WHEN NOT a.is_top THEN a.sponsor_id END,
  coalesce(a.enrolled_at, %(start)s), a.activated_at,
  CASE WHEN a.status_id = 4 THEN greatest(a.enrolled_at, %(start)s) END,
  a.status_id, a.hold_reason, coalesce(a.email_opted_out, a.opted_out)
FROM (
  SELECT s.*, s.sponsor_is_unknown AND (s.level = 0 OR (s.level IS NULL
    AND count(*) FILTER (WHERE s.sponsor_is_unknown) OVER () = 1)) AS is_top
  FROM (
    SELECT t.*, {{sponsor}} AS sponsor_is_unknown, {{enroller}} AS enroller_is_unknown
    FROM {TABLE} t
  ) s
) a
WHERE NOT EXISTS (SELECT FROM customers c WHERE c.customer_id = a.customer_id)
"""
_UNKNOWN = (
    "(t.{0} IS NOT NULL"
    f" AND NOT EXISTS (SELECT FROM {TABLE} o WHERE o.customer_id = t.{{0}})"
    " AND NOT EXISTS (SELECT FROM customers c WHERE c.customer_id = t.{0}))"
)
_ORDERS = f"""
INSERT INTO {STAGED_ORDERS} (
  line, broken, external_id, customer_id, ordered_at, total, pv, cv, retail_margin_base)
SELECT a.line, false, 'all-accounts-' || %(period)s || '-' || a.customer_id, a.customer_id,
  CASE WHEN a.last_order_at >= %(start)s AND a.last_order_at < %(end)s
    THEN a.last_order_at ELSE %(otherwise)s END,
  0, a.pv, a.pv, 0
FROM {TABLE} a WHERE a.pv <> 0
"""
_COUNTRY = Check(
    "country",
    f"SELECT line, 'is missing' FROM {members.TABLE} WHERE NOT broken AND country_code IS NULL",
)


class Month(NamedTuple):
    """The month a report is of; `otherwise` is when orders were placed whose day is not told."""

    period: int
    start: datetime
    end: datetime
    otherwise: datetime


async def import_and_compare(
    contexts: ContextFactory,
    path: Path,
    period_id: int,
    *,
    dry_run: bool = False,
    compare_only: bool = False,
    progress: Progress = silent,
) -> tuple[Outcome, Comparison | None]:
    """Import a report, run the plan over its month, and list what comes out differently.

    There is no comparison when the file has issues or the run is dry. `compare_only` takes the
    import as done, for instance after an interruption. Raises what `import_accounts` and
    `close_period.preview` raise.
    """
    if compare_only:
        outcome = Outcome(0, {})
    else:
        async with contexts.open(SYSTEM) as ctx:
            outcome = await import_accounts(
                ctx, path, period_id, dry_run=dry_run, progress=progress
            )
    if dry_run or not outcome.ok:
        return outcome, None
    run = await close_period.preview(contexts, period_id, SYSTEM, progress)
    async with contexts.open(SYSTEM) as ctx:
        fields = account_fields(await load_reference(ctx))
        async with importing(ctx) as connection:
            staged = await stage(connection, path, TABLE, fields, progress, ignored=IGNORED)
            return outcome, await compare(connection, path, staged, run.run_id)


async def import_accounts(
    ctx: Context, path: Path, period_id: int, *, dry_run: bool = False, progress: Progress = silent
) -> Outcome:
    """Import the members of a report and one order for each pv: every row, or none.

    Raises FileRefused, ImportRunning, ChangedMeanwhile; PeriodClosed when the month takes no more
    volume, NoPlan when there is no plan to run it under, NotFound when it is no month.
    """
    month = await _open_month(ctx, period_id)
    reference = await load_reference(ctx)
    async with importing(ctx) as connection:
        staged = await stage(
            connection, path, TABLE, account_fields(reference), progress, ignored=IGNORED
        )
        await create(connection, members.TABLE, member_fields(reference))
        await _fill_members(connection, month)
        await find_bad_rows(connection, (_COUNTRY, *_checks(month.period)), staged.issues)
        people = Staged(
            members.TABLE, staged.rows, staged.present & {"sponsor", "enroller"}, staged.issues
        )
        planted = await members.check_members(connection, people, progress)
        stored: dict[str, int] = {}
        if not staged.issues and not dry_run:
            stored = await members.store_members(connection, planted, progress)
            await create(connection, STAGED_ORDERS, order_fields(reference))
            await connection.execute(_ORDERS, month._asdict())
            await resolve(connection, ctx.company, staged.issues)
            if staged.issues:  # the checks above leave nothing to be found here but a race
                raise ChangedMeanwhile
            stored |= await store_orders(ctx, connection, progress)
            await record(ctx, "all-accounts", path, stored)
    return Outcome(staged.rows, stored, tuple(staged.issues), dry_run)


async def _open_month(ctx: Context, period_id: int) -> Month:
    """The month, if it can take the file's volume and be run afterwards."""
    period = await get_period(ctx, resolve_month(ctx, period_id))
    if period.status_id != OPEN:
        raise close_period.PeriodClosed
    await versions.in_force(ctx.session, period.period_id)
    start, end = calendar.bounds(period.period_id, ctx.company.time_zone)
    last_noon = calendar.local_midnight(period.end_date, ctx.company.time_zone) + NOON
    return Month(period.period_id, start, end, min(last_noon, max(start, ctx.now)))


async def _fill_members(connection: Connection, month: Month) -> None:
    statement = _MEMBERS.format(
        sponsor=_UNKNOWN.format("sponsor_id"), enroller=_UNKNOWN.format("enroller_id")
    )
    await connection.execute(statement, month._asdict())
    await connection.execute(f"ANALYZE {members.TABLE} (line)")


def _checks(period_id: int) -> tuple[Check, ...]:
    return (
        repeated(TABLE, "id", "customer_id"),
        Check(
            "pv",
            f"SELECT a.line, 'is in period {period_id} already' FROM {TABLE} a WHERE a.pv <> 0"
            " AND EXISTS (SELECT FROM volume_entries e WHERE e.customer_id = a.customer_id"
            f" AND e.period_id = {period_id})",
        ),
    )
