"""Products of a file: whole, priced by country, offered and placed; or nothing of it."""

from typing import Any

import pytest
from sqlalchemy import text
from tests.services.imports.conftest import Maker

from upline.core.context import Context
from upline.services.imports.products import import_products
from upline.services.imports.report import Issue
from upline.services.product import catalogue
from upline.services.product.cultures import Culture

LAVENDER: dict[str, object] = {
    "sku": "LAV-15", "country": "US", "name": "Lavender Oil", "wholesale_price": "23.50",
    "retail_price": "30.92", "pv": "23.5", "nfr": "yes", "stock": "7",
    "category": "Oils > Single Oils", "loyalty_points": "23.5",
}  # fmt: skip
ABROAD: dict[str, object] = {
    "sku": "lav-15", "country": "Japan", "wholesale_price": "3525", "retail_price": "4638",
    "pv": "23.5",
}  # fmt: skip
KIT: dict[str, object] = {
    "sku": "KIT", "country": "USA", "name": "Kit", "wholesale_price": "40", "retail_price": "40",
    "type": "premium kit", "sold_to": "Distributor",
}  # fmt: skip


async def _rows(ctx: Context, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await ctx.session.execute(text(query))]


@pytest.mark.parametrize("name", ["products.csv", "products.ndjson", "products.json"])
async def test_the_catalogue_shows_what_was_imported(ctx: Context, write: Maker, name: str) -> None:
    outcome = await import_products(ctx, write(name, [ABROAD, LAVENDER, KIT]))
    assert outcome.issues == ()
    assert outcome.stored == {
        "products": 2, "product_terms": 2, "product_offers": 4, "product_prices": 3,
        "categories": 3,
    }  # fmt: skip
    shown = await catalogue.get_catalogue(ctx, Culture("en"), "US", 2)
    assert [item.part_number for item in shown.items] == ["KIT", "LAV-15"]
    (oils,) = shown.nfr_root.sub_categories
    (single,) = oils.sub_categories
    assert (oils.name, single.name) == ("Oils", "Single Oils")
    assert [item.name for item in single.items] == ["Lavender Oil"]
    retail = await catalogue.get_catalogue(ctx, Culture("en"), "JP", 3)
    (abroad,) = retail.items
    assert (abroad.wholesale_price, abroad.currency_code) == (3525, "JPY")


async def test_further_countries_leave_the_product_as_it_is(ctx: Context, write: Maker) -> None:
    assert (await import_products(ctx, write("a.csv", [LAVENDER]))).ok
    outcome = await import_products(ctx, write("b.csv", [ABROAD | {"name": "Other"}]))
    assert outcome.stored["product_prices"] == 1
    assert await _rows(ctx, "SELECT sku, name FROM products") == [("LAV-15", "Lavender Oil")]


async def test_programs_have_shelves_of_their_own(ctx: Context, write: Maker) -> None:
    other = KIT | {"category": "Oils"}
    assert (await import_products(ctx, write("a.csv", [LAVENDER, other]))).ok
    placed = await _rows(
        ctx,
        "SELECT program_id, c.name, sku FROM product_categories"
        " JOIN categories c USING (category_id) JOIN products USING (product_id) ORDER BY 1",
    )
    assert placed == [(1, "Oils", "KIT"), (2, "Single Oils", "LAV-15")]


@pytest.mark.parametrize(
    ("rows", "issue"),
    [
        ([LAVENDER, LAVENDER], Issue(3, "country", "is the same as in line 2")),
        ([ABROAD], Issue(2, "name", "is missing")),
        ([LAVENDER, ABROAD | {"name": "Rose"}], Issue(3, "name", "differs from line 2")),
        ([LAVENDER, ABROAD | {"nfr": "no"}], Issue(3, "nfr", "differs from line 2")),
        ([LAVENDER | {"retail_price": ""}], Issue(2, "retail_price", "is missing")),
        ([LAVENDER | {"wholesale_price": "-1"}], Issue(2, "wholesale_price", "“-1” is negative")),
        (
            [LAVENDER | {"sold_to": "kings"}],
            Issue(2, "sold_to", "“kings” is not a known type of customer"),
        ),
        (
            [LAVENDER | {"minimum_quantity": "5", "maximum_quantity": "4"}],
            Issue(2, "maximum_quantity", "is below the minimum"),
        ),
        (
            [LAVENDER | {"stock": "1.5"}],
            Issue(2, "stock", "“1.5” is not a whole number from 0 to 2147483647"),
        ),
        (
            [LAVENDER | {"category": "Oils > > Rose"}],
            Issue(
                2,
                "category",
                "“Oils > > Rose” is not a path of at most 8 names: Oils > Single Oils",
            ),
        ),
    ],
)
async def test_one_bad_row_stops_the_file(
    ctx: Context, write: Maker, rows: list[dict[str, object]], issue: Issue
) -> None:
    outcome = await import_products(ctx, write("products.csv", [*rows, KIT]))
    assert outcome.issues == (issue,)
    assert await _rows(ctx, "SELECT FROM products") == []


async def test_what_is_sold_there_already_stays(ctx: Context, write: Maker) -> None:
    assert (await import_products(ctx, write("a.csv", [LAVENDER]))).ok
    outcome = await import_products(ctx, write("b.csv", [KIT, LAVENDER]))
    assert outcome.issues == (Issue(3, "sku", "is sold in US already"),)


async def test_a_dry_run_stores_nothing(ctx: Context, write: Maker) -> None:
    outcome = await import_products(ctx, write("a.csv", [LAVENDER]), dry_run=True)
    assert outcome.ok
    assert await _rows(ctx, "SELECT FROM products") == []
