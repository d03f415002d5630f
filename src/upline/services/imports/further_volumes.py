"""Kinds of volume beside PV and CV: columns of orders and products files, named as in the plan.

A company whose plans name none has no such column, and nothing is done.
"""

from collections.abc import Mapping

from upline.services.imports.fields import Converter, Field
from upline.services.imports.order_resolution import ITEMS, ORDERS, REFUNDS
from upline.services.imports.order_resolution import STAGED as STAGED_ORDERS
from upline.services.imports.staging import Connection

__all__ = ["store_entry_volumes", "store_price_volumes", "volume_fields"]

# What a file gives counts; what it leaves out is what the products bring.
_ENTRIES = """
INSERT INTO entry_volumes (entry_id, kind_id, amount)
SELECT e.entry_id, k.kind_id,
  round(coalesce(k.amount, f.amount) * e.part / e.parts, 4)
  - round(coalesce(k.amount, f.amount) * (e.part - 1) / e.parts, 4)
FROM {orders} o
JOIN {staged} s USING (line)
CROSS JOIN LATERAL (VALUES {values}) AS k (kind_id, amount)
JOIN (SELECT v.entry_id, v.order_id, count(*) OVER (PARTITION BY v.order_id) AS parts,
             row_number() OVER (PARTITION BY v.order_id ORDER BY v.entry_id) AS part
      FROM {orders} stored JOIN volume_entries v USING (order_id) WHERE v.entry_type_id = 1) e
  ON e.order_id = o.order_id
LEFT JOIN (
  SELECT i.line, p.kind_id, sum(i.quantity * p.amount) AS amount
  FROM {items} i JOIN price_volumes p USING (product_id, country_code) GROUP BY 1, 2
) f ON f.line = o.line AND f.kind_id = k.kind_id
WHERE coalesce(k.amount, f.amount, 0) <> 0
"""
# The same shares as of PV and CV; the refunds of an order were posted in the order of their sums.
_REFUNDED = """
INSERT INTO entry_volumes (entry_id, kind_id, amount)
SELECT e.entry_id, v.kind_id,
  round(v.amount * (r.so_far - r.amount) / r.total, 4) - round(v.amount * r.so_far / r.total, 4)
FROM (SELECT *, row_number() OVER (PARTITION BY order_id ORDER BY so_far) AS n FROM {refunds}) r
JOIN (SELECT entry_id, order_id, corrects_id,
             row_number() OVER (PARTITION BY order_id, corrects_id ORDER BY entry_id) AS n
      FROM volume_entries WHERE entry_type_id = 2) e USING (order_id, n)
JOIN entry_volumes v ON v.entry_id = e.corrects_id
"""
_PRICES = """
INSERT INTO price_volumes (product_id, country_code, kind_id, amount)
SELECT p.product_id, s.country_code, k.kind_id, k.amount
FROM {staged} s JOIN products p ON lower(p.sku) = lower(s.sku)
CROSS JOIN LATERAL (VALUES {values}) AS k (kind_id, amount)
WHERE k.amount <> 0
"""


def volume_fields(kinds: Mapping[str, int], convert: Converter) -> tuple[Field, ...]:
    """A column for each kind, by its name in the plan."""
    return tuple(
        Field(code, (f"{_column(kind)} numeric",), convert) for code, kind in kinds.items()
    )


async def store_entry_volumes(connection: Connection, kinds: Mapping[str, int]) -> int:
    """Post what the stored orders and refunds bring of each kind; returns how many rows."""
    if not kinds:
        return 0
    entries = _ENTRIES.format(
        orders=ORDERS, staged=STAGED_ORDERS, items=ITEMS, values=_values(kinds)
    )
    stored = (await connection.execute(entries)).rowcount
    return stored + (await connection.execute(_REFUNDED.format(refunds=REFUNDS))).rowcount


async def store_price_volumes(connection: Connection, kinds: Mapping[str, int], staged: str) -> int:
    """Remember what the products of a file bring of each kind; returns how many rows."""
    if not kinds:
        return 0
    statement = _PRICES.format(staged=staged, values=_values(kinds))
    return (await connection.execute(statement)).rowcount


def _values(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"({kind}::smallint, s.{_column(kind)})" for kind in kinds.values())


def _column(kind_id: int) -> str:
    return f"volume_{kind_id}"
