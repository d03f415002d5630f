"""Importing products: what is sold, in which countries, to whom, and where it stands."""

from pathlib import Path

from upline.core.context import Context
from upline.core.progress import Progress, silent
from upline.services.imports.category_paths import place_products
from upline.services.imports.checks import Check, find_bad_rows
from upline.services.imports.further_volumes import store_price_volumes
from upline.services.imports.product_fields import product_fields
from upline.services.imports.reference import load_reference
from upline.services.imports.report import Outcome
from upline.services.imports.staging import Connection, stage
from upline.services.imports.transaction import importing, record

STAGED = "staged_products"
NEW = "import_products"
# What belongs to a product and not to a country; one row may say it for all.
WHOLE = (
    "name", "description", "product_type_id", "is_published", "is_nfr", "is_recurring",
    "minimum_quantity", "maximum_quantity", "stock_quantity", "category", "sold_to",
)  # fmt: skip

_NEW = f"""
CREATE TEMPORARY TABLE {NEW} ON COMMIT DROP AS
SELECT min(line) AS line, min(sku) AS sku, {{columns}}
FROM {STAGED} s
WHERE NOT EXISTS (SELECT FROM products p WHERE lower(p.sku) = lower(s.sku)) AND NOT broken
GROUP BY lower(sku)
"""
_FIRST = "(array_agg({0} ORDER BY line) FILTER (WHERE {0} IS NOT NULL))[1] AS {0}"
_FIRST_ARRAY = (
    "(array_agg({0}::text ORDER BY line) FILTER (WHERE {0} IS NOT NULL))[1]::smallint[] AS {0}"
)
_STATEMENTS = {
    "products": f"""
INSERT INTO products (sku, name, description, product_type_id, is_published)
SELECT sku, name, coalesce(description, ''), coalesce(product_type_id, 1),
  coalesce(is_published, true)
FROM {NEW} ORDER BY line
""",
    "product_terms": f"""
INSERT INTO product_terms (product_id, is_nfr, is_recurring, minimum_quantity, maximum_quantity,
  stock_quantity)
SELECT p.product_id, coalesce(n.is_nfr, false), coalesce(n.is_recurring, false),
  coalesce(n.minimum_quantity, 1), coalesce(n.maximum_quantity, 99999), n.stock_quantity
FROM {NEW} n JOIN products p ON lower(p.sku) = lower(n.sku)
""",
    "product_offers": f"""
INSERT INTO product_offers (product_id, customer_type_id, price_kind_id, can_purchase_with_points)
SELECT p.product_id, kind, CASE kind WHEN 3 THEN 2 ELSE 1 END, kind <> 3
FROM {NEW} n JOIN products p ON lower(p.sku) = lower(n.sku)
CROSS JOIN unnest(coalesce(n.sold_to, ARRAY[1, 2, 3]::smallint[])) AS kind
""",
    "product_prices": f"""
INSERT INTO product_prices (product_id, country_code, currency_code, retail_price,
  wholesale_price, pv, cv, loyalty_points)
SELECT p.product_id, s.country_code, coalesce(s.currency_code, c.currency_code), s.retail_price,
  s.wholesale_price, coalesce(s.pv, 0), coalesce(s.cv, s.pv, 0), coalesce(s.loyalty_points, 0)
FROM {STAGED} s JOIN products p ON lower(p.sku) = lower(s.sku)
JOIN countries c USING (country_code)
ORDER BY s.line
""",
}


def _differing(column: str) -> Check:
    """Rows that say of a product what an earlier row says otherwise."""
    return Check(
        column.removesuffix("_id").removeprefix("is_").replace("product_type", "type"),
        f"SELECT s.line, 'differs from line ' || first.line FROM {STAGED} s JOIN ("
        f"  SELECT DISTINCT ON (lower(sku)) lower(sku) AS key, line, {column} AS said"
        f"  FROM {STAGED} WHERE {column} IS NOT NULL ORDER BY lower(sku), line) first"
        f" ON first.key = lower(s.sku) WHERE s.{column} <> first.said",
    )


_STAGED_CHECKS = (
    Check(
        "country",
        f"SELECT line, 'is the same as in line ' || first FROM (SELECT line, min(line) OVER"
        f"  (PARTITION BY lower(sku), country_code) AS first FROM {STAGED} WHERE NOT broken) s"
        " WHERE line > first",
    ),
    Check(
        "sku",
        f"SELECT s.line, 'is sold in ' || s.country_code || ' already' FROM {STAGED} s"
        " JOIN products p ON lower(p.sku) = lower(s.sku)"
        " JOIN product_prices r USING (product_id, country_code)",
    ),
    *(_differing(column) for column in WHOLE),
)
_NEW_CHECKS = (
    Check("name", f"SELECT line, 'is missing' FROM {NEW} WHERE name IS NULL"),
    Check(
        "maximum_quantity",
        f"SELECT line, 'is below the minimum' FROM {NEW}"
        " WHERE maximum_quantity < coalesce(minimum_quantity, 1)",
    ),
)


async def import_products(
    ctx: Context, path: Path, *, dry_run: bool = False, progress: Progress = silent
) -> Outcome:
    """Import a products file: every row, or none and the list of what is wrong with it.

    A product that is here already may be given prices in further countries; what is known of it
    stays. Raises FileRefused for a file that is no table, ImportRunning, ChangedMeanwhile.
    """
    reference = await load_reference(ctx)
    async with importing(ctx) as connection:
        staged = await stage(connection, path, STAGED, product_fields(reference), progress)
        await find_bad_rows(connection, _STAGED_CHECKS, staged.issues)
        await _collect(connection)
        await find_bad_rows(connection, _NEW_CHECKS, staged.issues)
        stored: dict[str, int] = {}
        if not staged.issues and not dry_run:
            stored = await _store(connection, progress)
            await store_price_volumes(connection, reference.kinds, STAGED)
            await record(ctx, "products", path, stored)
    return Outcome(staged.rows, stored, tuple(staged.issues), dry_run)


async def _collect(connection: Connection) -> None:
    """One row for each product that is new."""
    columns = ", ".join(
        (_FIRST_ARRAY if column == "sold_to" else _FIRST).format(column) for column in WHOLE
    )
    await connection.execute(f"DROP TABLE IF EXISTS pg_temp.{NEW}")
    await connection.execute(_NEW.format(columns=columns))


async def _store(connection: Connection, progress: Progress) -> dict[str, int]:
    stored: dict[str, int] = {}
    for name, statement in _STATEMENTS.items():
        progress(f"Storing {name.replace('_', ' ')}", 0, None)
        stored[name] = (await connection.execute(statement)).rowcount
        progress(f"Storing {name.replace('_', ' ')}", stored[name], stored[name])
    stored["categories"] = await place_products(connection, NEW)
    return stored
