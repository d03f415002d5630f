"""Staged orders completed from members, products and prices, and what is wrong with them then.

Two temporary tables come out: `import_orders`, whose rows are ready for the real table and stand
in the order of their ids, and `import_items` with the price of each item.
"""

from upline.core.context import Company
from upline.services.imports.checks import Check, find_bad_rows, repeated, unknown_customer
from upline.services.imports.report import Issues
from upline.services.imports.staging import Connection

STAGED = "staged_orders"
ORDERS = "import_orders"
ITEMS = "import_items"
REFUNDS = "import_refunds"

_ITEMS = f"""
CREATE TEMPORARY TABLE {ITEMS} ON COMMIT DROP AS
SELECT s.line, item.n, item.product_id, item.quantity, p.sku, p.product_type_id,
  coalesce(s.country_code, c.country_code) AS country_code, r.currency_code,
  CASE WHEN c.customer_type_id = 3 THEN r.retail_price ELSE r.wholesale_price END AS unit_price,
  r.pv, r.cv
FROM {STAGED} s
JOIN customers c USING (customer_id)
CROSS JOIN LATERAL unnest(s.product_ids, s.quantities) WITH ORDINALITY
  AS item (product_id, quantity, n)
JOIN products p ON p.product_id = item.product_id
LEFT JOIN product_prices r ON r.product_id = item.product_id
  AND r.country_code = coalesce(s.country_code, c.country_code)
WHERE NOT s.broken
"""
# An order's number is its id when it is a number; the others are numbered after all of those, by
# date and external id, so that the order of the rows in the file makes no difference.
_NUMBERED = f"""
coalesce(s.order_id, row_number() OVER (PARTITION BY s.order_id IS NULL
                                        ORDER BY s.ordered_at, s.external_id COLLATE "C")
  + (SELECT max(order_id) FROM (SELECT order_id FROM {STAGED}
     UNION ALL (SELECT max(order_id) FROM orders) UNION ALL SELECT 0) known))
"""
_ORDERS = f"""
CREATE TEMPORARY TABLE {ORDERS} ON COMMIT DROP AS
WITH item AS (
  SELECT line, sum(quantity * unit_price) AS subtotal, sum(quantity * pv) AS pv,
    sum(quantity * cv) AS cv, min(currency_code) AS currency_code,
    max(product_type_id) FILTER (WHERE product_type_id > 1) AS kit
  FROM {ITEMS} GROUP BY line
), priced AS (
  SELECT s.*, c.customer_type_id = 3 AS is_retail, item.kit,
    coalesce(s.country_code, c.country_code) AS country,
    coalesce(s.currency_code, item.currency_code, c.currency_code) AS currency,
    coalesce(s.discount, 0) AS less, coalesce(s.shipping, 0) + coalesce(s.tax, 0) AS more,
    coalesce(s.subtotal, item.subtotal) AS goods,
    coalesce(s.pv, item.pv, 0) AS posted_pv, coalesce(s.cv, item.cv, s.pv, 0) AS posted_cv
  FROM {STAGED} s JOIN customers c USING (customer_id) LEFT JOIN item USING (line)
  WHERE NOT s.broken
)
SELECT s.line, {{number}} AS order_id, s.external_id, s.customer_id,
  coalesce(s.order_type_id, s.kit, CASE WHEN s.is_retail THEN 5 ELSE 1 END) AS order_type_id,
  s.ordered_at, (s.ordered_at AT TIME ZONE %(zone)s)::date AS day,
  s.country AS country_code, s.currency AS currency_code,
  coalesce(s.goods, s.total + s.less - s.more, 0) AS subtotal,
  s.less AS discount, coalesce(s.shipping, 0) AS shipping, coalesce(s.tax, 0) AS tax,
  coalesce(s.total, s.goods - s.less + s.more, 0) AS total,
  s.posted_pv AS pv, s.posted_cv AS cv,
  coalesce(s.retail_margin_base, CASE WHEN NOT s.is_retail THEN 0
    WHEN s.currency = %(currency)s OR %(local_margin)s
    THEN coalesce(s.goods - s.less, s.total - s.more, 0) END) AS retail_margin_base
FROM priced s
ORDER BY order_id
"""
_REFUNDS = f"""
CREATE TEMPORARY TABLE {REFUNDS} ON COMMIT DROP AS
SELECT o.line, o.order_id, o.total, o.ordered_at, r.amount, r.refunded_at,
  (r.refunded_at AT TIME ZONE %(zone)s)::date AS day,
  sum(r.amount) OVER (PARTITION BY o.line ORDER BY r.refunded_at, r.n) AS so_far
FROM {STAGED} s JOIN {ORDERS} o USING (line)
CROSS JOIN LATERAL unnest(s.refund_amounts, s.refund_instants) WITH ORDINALITY
  AS r (amount, refunded_at, n)
WHERE s.refund_amounts IS NOT NULL
"""
_STAGED_CHECKS = (
    repeated(STAGED, "id", "order_id"),
    repeated(STAGED, "id", "external_id"),
    Check(
        "id",
        f"SELECT s.line, 'is an order already' FROM {STAGED} s"
        " WHERE EXISTS (SELECT FROM orders o WHERE o.order_id = s.order_id)"
        " OR EXISTS (SELECT FROM orders o WHERE o.external_id = s.external_id)",
    ),
    unknown_customer(STAGED, "member", "customer_id", in_file=False),
    Check(
        "total",
        f"SELECT line, 'is missing, as are items and pv' FROM {STAGED}"
        " WHERE NOT broken AND product_ids IS NULL AND total IS NULL AND subtotal IS NULL"
        " AND pv IS NULL",
    ),
)
_RESOLVED_CHECKS = (
    Check(
        "items",
        f"SELECT line, '“' || sku || '” is not sold in ' || country_code FROM {ITEMS}"
        " WHERE unit_price IS NULL",
    ),
    Check(
        "currency",
        f"SELECT i.line, 'is ' || o.currency_code || ', but “' || i.sku || '” is sold in '"
        f" || i.currency_code FROM {ITEMS} i JOIN {ORDERS} o USING (line)"
        " WHERE i.currency_code <> o.currency_code",
    ),
    Check(
        "retail_margin_base",
        "SELECT line, 'is missing, and the order is in ' || currency_code"
        f" || ', not in the company''s currency' FROM {ORDERS} WHERE retail_margin_base IS NULL",
    ),
    Check("total", f"SELECT line, 'comes out below zero: ' || total FROM {ORDERS} WHERE total < 0"),
    Check(
        "refunds",
        "SELECT line, 'come to ' || max(so_far) || ', more than the total of ' || max(total)"
        f" FROM {REFUNDS} GROUP BY line HAVING max(so_far) > max(total)",
    ),
    Check(
        "refunds",
        f"SELECT line, 'lie before the order' FROM {REFUNDS} WHERE refunded_at < ordered_at",
    ),
)


async def resolve(
    connection: Connection, company: Company, issues: Issues, *, local_margin: bool = False
) -> None:
    """Build the three tables from `staged_orders`; what cannot be resolved becomes issues.

    local_margin: the plan takes the retail margin in the money of the order.
    """
    await find_bad_rows(connection, _STAGED_CHECKS, issues)
    cursor = await connection.execute(
        f"SELECT EXISTS (SELECT FROM {STAGED} WHERE external_id IS NOT NULL)"
    )
    row = await cursor.fetchone()
    number = _NUMBERED if row and row[0] else "s.order_id"
    parameters = {
        "zone": company.time_zone,
        "currency": company.currency,
        "local_margin": local_margin,
    }
    for table, statement in (
        (ITEMS, _ITEMS),
        (ORDERS, _ORDERS.format(number=number)),
        (REFUNDS, _REFUNDS),
    ):
        await connection.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
        await connection.execute(statement, parameters)
        await connection.execute(f"ANALYZE {table} (line)")
    await find_bad_rows(connection, _RESOLVED_CHECKS, issues)
