"""Categories named by their path: made where they are missing, and filled.

Products that may be bought not for resale stand in the catalogue of that program, all others in
that of the local market; each has one root, so that what is on top in a file is below it.
"""

from upline.services.imports.staging import Connection

ROOT, ROOT_NAME = "root", "Product Catalogue"
LOCAL_MARKET, NOT_FOR_RESALE = 1, 2
SEPARATOR = " > "

_FIND = "SELECT category_id FROM categories WHERE program_id = %s AND lower(code) = lower(%s)"
_MAKE = """
INSERT INTO categories (code, parent_id, program_id, name, position)
SELECT %(code)s, %(parent)s, %(program)s, %(name)s, coalesce(max(position), 0) + 1
FROM categories WHERE program_id = %(program)s
RETURNING category_id
"""
_PLACE = """
INSERT INTO product_categories (category_id, product_id, position)
SELECT %(category)s, p.product_id, n.line
FROM {table} n JOIN products p ON lower(p.sku) = lower(n.sku)
WHERE n.category = %(path)s AND coalesce(n.is_nfr, false) = %(nfr)s
"""


async def place_products(connection: Connection, table: str) -> int:
    """Put the products of `table` (sku, category, is_nfr, line) where they belong.

    Returns how many categories were made.
    """
    cursor = await connection.execute(
        f"SELECT category, coalesce(is_nfr, false) FROM {table} WHERE category IS NOT NULL"
        " GROUP BY 1, 2 ORDER BY min(line)"
    )
    made = 0
    for path, is_nfr in await cursor.fetchall():
        program = NOT_FOR_RESALE if is_nfr else LOCAL_MARKET
        category, new = await _walk(connection, program, path)
        made += new
        await connection.execute(
            _PLACE.format(table=table), {"category": category, "path": path, "nfr": is_nfr}
        )
    return made


async def _walk(connection: Connection, program: int, path: str) -> tuple[int, int]:
    """The category at the end of a path, and how many had to be made on the way."""
    category, made = await _step(connection, program, None, ROOT, ROOT_NAME)
    code = ""
    for name in path.split(SEPARATOR):
        # Where a category stands is part of its code, cut to what the column holds.
        code = f"{code}/{name}" if code else name
        category, new = await _step(connection, program, category, code[-64:], name)
        made += new
    return category, made


async def _step(
    connection: Connection, program: int, parent: int | None, code: str, name: str
) -> tuple[int, int]:
    cursor = await connection.execute(_FIND, [program, code])
    found = await cursor.fetchone()
    if found:
        return int(found[0]), 0
    values = {"code": code, "parent": parent, "program": program, "name": name}
    cursor = await connection.execute(_MAKE, values)
    made = await cursor.fetchone()
    assert made is not None  # noqa: S101 - RETURNING gives the row
    return int(made[0]), 1
