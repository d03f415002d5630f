"""Importing orders: the orders, their items, and the volume they and their refunds post."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from upline.core.bulk import rebuilt
from upline.core.context import Context
from upline.core.progress import Progress, silent
from upline.services.imports import posting_days
from upline.services.imports.further_volumes import store_entry_volumes
from upline.services.imports.order_fields import order_fields
from upline.services.imports.order_resolution import ITEMS, ORDERS, REFUNDS, STAGED, resolve
from upline.services.imports.posting_days import TABLE as DAYS
from upline.services.imports.reference import load_reference
from upline.services.imports.report import Outcome
from upline.services.imports.staging import Connection, stage
from upline.services.imports.transaction import advance_sequence, importing, record
from upline.services.plan import versions

TARGETS = ("orders", "order_items", "volume_entries", "entry_volumes")

# Orders of the past: complete, delivered, and paid as far as they were not refunded.
_ORDERS = f"""
INSERT INTO orders (
  order_id, external_id, customer_id, order_type_id, order_status_id, payment_status_id,
  shipping_status_id, ordered_at, paid_at, country_code, currency_code, subtotal, discount,
  shipping, tax, total, refunded_total, pv, cv, retail_margin_base)
SELECT o.order_id, o.external_id, o.customer_id, o.order_type_id, 30,
  CASE WHEN r.refunded IS NULL THEN 30 WHEN r.refunded < o.total THEN 35 ELSE 40 END,
  40, o.ordered_at, o.ordered_at, o.country_code, o.currency_code, o.subtotal, o.discount,
  o.shipping, o.tax, o.total, coalesce(r.refunded, 0), o.pv, o.cv, o.retail_margin_base
FROM {ORDERS} o
LEFT JOIN (SELECT order_id, sum(amount) AS refunded FROM {REFUNDS} GROUP BY order_id) r
  USING (order_id)
ORDER BY o.order_id
"""
_ITEMS = f"""
INSERT INTO order_items (order_id, product_id, quantity, unit_price, pv, cv)
SELECT o.order_id, i.product_id, i.quantity, i.unit_price, i.pv, i.cv
FROM {ITEMS} i JOIN {ORDERS} o USING (line)
ORDER BY o.order_id, i.n
"""
# Parts are differences of rounded running sums, so that they come to the whole.
_PARTS = ", ".join(
    f"CASE d.parts WHEN 1 THEN o.{name} ELSE round(o.{name} * (d.part + 1) / d.parts, 4)"
    f" - round(o.{name} * d.part / d.parts, 4) END"
    for name in ("pv", "cv", "retail_margin_base")
)
_ENTRIES = f"""
INSERT INTO volume_entries (
  customer_id, period_id, week_id, is_late, entry_type_id, order_type_id, order_id, occurred_at,
  pv, cv, retail_margin_base)
SELECT o.customer_id, d.period_id, d.week_id, d.late, 1, o.order_type_id, o.order_id, o.ordered_at,
  {_PARTS}
FROM {ORDERS} o JOIN {DAYS} d USING (day)
WHERE d.part < d.parts
ORDER BY o.order_id, d.part
"""
# A refund takes back its share of the volume. Shares are differences of rounded running sums, so
# that a full refund in parts takes back all of it, to the last ten-thousandth. Where the plan
# restates, it does so in the period of the order. What was spread over periods is taken back over
# as many.
_REFUNDED = f"""
INSERT INTO volume_entries (
  customer_id, period_id, week_id, is_late, entry_type_id, order_type_id, order_id, corrects_id,
  occurred_at, pv, cv, retail_margin_base)
SELECT e.customer_id, CASE WHEN s.month_restates THEN e.period_id ELSE d.period_id END,
  CASE WHEN s.week_restates THEN e.week_id ELSE d.week_id END, e.is_late OR d.late, 2,
  e.order_type_id, r.order_id, e.entry_id, r.refunded_at, {{pv}}, {{cv}}, {{retail_margin_base}}
FROM {REFUNDS} r
JOIN {ORDERS} o ON o.order_id = r.order_id
JOIN {DAYS} s ON s.day = o.day AND s.part < s.parts
JOIN {DAYS} d ON d.day = r.day AND d.part = s.part
JOIN (SELECT p.*, row_number() OVER (PARTITION BY p.order_id ORDER BY p.entry_id) - 1 AS part
      FROM (SELECT DISTINCT order_id FROM {REFUNDS}) returned
      JOIN volume_entries p USING (order_id) WHERE p.entry_type_id = 1) e
  ON e.order_id = r.order_id AND e.part = s.part
ORDER BY r.order_id, r.so_far, s.part
"""
_SHARE = "round(e.{0} * (r.so_far - r.amount) / r.total, 4) - round(e.{0} * r.so_far / r.total, 4)"


async def import_orders(
    ctx: Context, path: Path, *, dry_run: bool = False, progress: Progress = silent
) -> Outcome:
    """Import an orders file: every row, or none and the list of what is wrong with it.

    Raises FileRefused for a file that is no table, ImportRunning, ChangedMeanwhile.
    """
    reference = await load_reference(ctx)
    local_margin = (await versions.history(ctx.session)).exchanges("margin")
    async with importing(ctx) as connection:
        staged = await stage(connection, path, STAGED, order_fields(reference), progress)
        progress("Checking orders", 0, 1)
        await resolve(connection, ctx.company, staged.issues, local_margin=local_margin)
        progress("Checking orders", 1, 1)
        stored: dict[str, int] = {}
        if not staged.issues and not dry_run:
            stored = await store_orders(ctx, connection, progress, reference.kinds)
            await record(ctx, "orders", path, stored)
    return Outcome(staged.rows, stored, tuple(staged.issues), dry_run)


async def store_orders(
    ctx: Context,
    connection: Connection,
    progress: Progress,
    kinds: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """Write the resolved orders and post their volume; gives the number of rows of each table.

    `kinds` are those of the further kinds of volume that the staged rows have columns for.
    """
    await posting_days.prepare(ctx, connection, await _days(connection))
    stored: dict[str, int] = {}
    refunded = _REFUNDED.format(
        **{name: _SHARE.format(name) for name in ("pv", "cv", "retail_margin_base")}
    )
    async with rebuilt(connection, TARGETS, progress=progress):
        for name, statement in (
            ("orders", _ORDERS),
            ("order_items", _ITEMS),
            ("volume_entries", _ENTRIES),
            ("refunds", refunded),
        ):
            progress(f"Storing {name.replace('_', ' ')}", 0, None)
            stored[name] = (await connection.execute(statement)).rowcount
            progress(f"Storing {name.replace('_', ' ')}", stored[name], stored[name])
        await store_entry_volumes(connection, kinds or {})
    stored["late"] = await _late(connection)
    await advance_sequence(connection, "orders", "order_id")
    return stored


async def _days(connection: Connection) -> list[date]:
    cursor = await connection.execute(f"SELECT day FROM {ORDERS} UNION SELECT day FROM {REFUNDS}")
    return [row[0] for row in await cursor.fetchall()]


async def _late(connection: Connection) -> int:
    """How many orders and refunds came after their period had closed."""
    cursor = await connection.execute(
        f"SELECT count(*) FROM (SELECT day FROM {ORDERS} UNION ALL SELECT day FROM {REFUNDS}) o"
        f" JOIN {DAYS} d USING (day) WHERE d.part = 0 AND (d.moved OR d.late)"
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
