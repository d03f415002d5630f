"""Writing the drawn company into an empty database: one transaction of COPYs into bare tables."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from upline.core.bulk import rebuilt
from upline.core.copy import Column, write_columns
from upline.core.progress import Progress
from upline.demo import sales_tables, shelves, tables
from upline.demo.catalogue import Catalogue, load_markets
from upline.demo.orders import Business, draw_orders
from upline.demo.people import SLICE, describe_people
from upline.demo.sales import Ids, nothing_owed, post, settle

__all__ = ["load"]

# What is loaded, parents first, with the number column each counts on from afterwards.
LOADED = {
    "products": "product_id",
    "product_prices": None,
    "product_terms": None,
    "product_offers": None,
    "product_translations": None,
    "categories": "category_id",
    "category_translations": None,
    "product_categories": None,
    "customers": "customer_id",
    "addresses": "address_id",
    "logins": "login_id",
    "placements": None,
    "autoships": "autoship_id",
    "autoship_items": None,
    "orders": "order_id",
    "order_items": "order_item_id",
    "volume_entries": "entry_id",
    # Empty, but what refers to a table being loaded would keep its keys up row by row.
    "entry_volumes": None,
    "price_volumes": None,
}
GENEALOGIES = (1, 2, 3)
FIRST_ORDER = 100_001
Connection = psycopg.AsyncConnection[Any]


async def load(
    connection: Connection, business: Business, password_hash: str, progress: Progress
) -> int:
    """Write everything and number on from there; returns how many orders there are."""
    async with rebuilt(connection, list(LOADED), progress=progress):
        await _open_countries(connection)
        await _load_products(connection, business.catalogue)
        await _load_people(connection, business, password_hash, progress)
        for done, genealogy in enumerate(GENEALOGIES):
            progress("Genealogies", done, len(GENEALOGIES))
            await write_columns(
                connection, "placements", tables.placements(business.population, genealogy)
            )
        await write_columns(connection, "placements", tables.former_placements(business.population))
        progress("Genealogies", len(GENEALOGIES), len(GENEALOGIES))
        orders = await _load_months(connection, business, progress)
        # After the months, which leave the last result of each.
        await write_columns(
            connection,
            "autoships",
            sales_tables.autoship_rows(business, business.autoships),
        )
        await write_columns(
            connection, "autoship_items", sales_tables.autoship_item_rows(business.autoships)
        )
    for table, column in LOADED.items():
        if column is not None:
            await _number_on(connection, table, column)
    return orders


async def _load_products(connection: Connection, catalogue: Catalogue) -> None:
    columns: dict[str, Sequence[Column]] = {
        "products": tables.products(catalogue),
        "product_prices": [*tables.prices(catalogue), shelves.loyalty_points(catalogue)],
        "product_terms": shelves.terms(catalogue),
        "product_offers": shelves.offers(catalogue),
        "product_translations": shelves.product_translations(catalogue),
        "categories": shelves.categories(),
        "category_translations": shelves.category_translations(),
        "product_categories": shelves.product_categories(catalogue),
    }
    for table, values in columns.items():
        await write_columns(connection, table, values)


async def _load_people(
    connection: Connection, business: Business, password_hash: str, progress: Progress
) -> None:
    population, members = business.population, len(business.population)
    for start in range(0, members, SLICE):
        progress("Members", start, members)
        rows = slice(start, min(start + SLICE, members))
        people = describe_people(
            business.seed, start, population.country[rows], population.customer_type[rows]
        )
        columns: dict[str, Sequence[Column]] = {
            "customers": tables.customers(population, people, rows),
            "addresses": tables.addresses(population, people, rows),
            "logins": tables.logins(population, people, password_hash, rows),
        }
        for table, values in columns.items():
            await write_columns(connection, table, values)
    progress("Members", members, members)


async def _load_months(connection: Connection, business: Business, progress: Progress) -> int:
    """Month by month, so that memory holds one of them; refunds may wait for the next."""
    ids, first_item, owed = Ids(order=FIRST_ORDER, entry=1), 1, nothing_owed()
    for index in range(len(business.months)):
        progress("Months of orders", index, len(business.months))
        orders = draw_orders(business, index)
        sales = settle(business, index, orders)
        entries, owed = post(business, index, orders, sales, owed, ids)
        order_id = ids.order + np.arange(len(orders))
        items = sales_tables.item_rows(business, orders, sales, order_id, first_item)
        columns: dict[str, Sequence[Column]] = {
            "orders": sales_tables.order_rows(business, orders, sales, order_id),
            "order_items": items,
            "volume_entries": sales_tables.entry_rows(business, index, entries),
        }
        for table, values in columns.items():
            await write_columns(connection, table, values)
        ids = Ids(ids.order + len(orders), ids.entry + len(entries))
        first_item += len(items[0].values)
    progress("Months of orders", len(business.months), len(business.months))
    return ids.order - FIRST_ORDER


async def _open_countries(connection: Connection) -> None:
    """The countries the demo company sells in are open for business."""
    await connection.execute(
        "UPDATE countries SET is_published = true WHERE country_code = ANY(%s)",
        [[market.code for market in load_markets()]],
    )


async def _number_on(connection: Connection, table: str, column: str) -> None:
    """New rows continue after the loaded ones."""
    await connection.execute(
        sql.SQL("SELECT setval(pg_get_serial_sequence({0}, {1}), max({2})) FROM {3}").format(
            sql.Literal(table), sql.Literal(column), sql.Identifier(column), sql.Identifier(table)
        )
    )
