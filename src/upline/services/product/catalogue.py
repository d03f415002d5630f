"""The catalogue somebody sees: the country decides prices, the culture words, the type offers.

Three statements whatever the number of products, of which LARGEST are shown at most.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.models.geography import Country
from upline.models.product import (
    Category,
    CategoryTranslation,
    Product,
    ProductCategory,
    ProductOffer,
    ProductPrice,
    ProductTerms,
    ProductTranslation,
)
from upline.services.product.cultures import Culture

NOT_FOR_RESALE = 2
LARGEST = 5_000
DEEPEST = 12


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """One product as sold in a country to a type of customer; amounts are exact decimals."""

    product_id: int
    name: str
    part_number: str
    in_stock: bool
    can_purchase: bool
    can_purchase_with_points: bool
    is_nfr: bool
    pv: Decimal
    loyalty_points: Decimal
    wholesale_price: Decimal
    retail_price: Decimal
    currency_code: str


@dataclass(frozen=True, slots=True)
class CategoryNode:
    """A category with those below it and its own products, both in their order."""

    name: str
    sub_categories: list["CategoryNode"]
    items: list[CatalogueItem]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything on offer, and what of it may be bought not for resale, by category."""

    items: list[CatalogueItem]
    nfr_root: CategoryNode


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the company sells and which cultures anything is translated into.

    countries: two-letter codes by the upper-case codes, of two and of three letters.
    """

    countries: dict[str, str]
    cultures: frozenset[str]

    def resolve_country(self, code: str) -> str:
        """The two-letter code of a country where anything is sold; NotFound for others."""
        found = self.countries.get(code.upper())
        if found is None:
            raise NotFound
        return found


async def load_reach(ctx: Context) -> Reach:
    """The countries that are open and have prices, and the cultures of all translations."""
    countries: dict[str, str] = {}
    priced = exists().where(ProductPrice.country_code == Country.country_code)
    for code, iso3 in await ctx.session.execute(
        select(Country.country_code, Country.iso3).where(Country.is_published, priced)
    ):
        countries |= {code: code, iso3: code}
    cultures = await ctx.session.scalars(
        select(ProductTranslation.culture).union(select(CategoryTranslation.culture))
    )
    return Reach(countries, frozenset(cultures))


async def get_catalogue(
    ctx: Context, culture: Culture, country_code: str, customer_type_id: int
) -> Catalogue:
    """The catalogue of a country, by SKU; empty where nothing is sold to that type."""
    items = await _load_items(ctx, culture, country_code, customer_type_id)
    return Catalogue(list(items.values()), await _load_nfr_tree(ctx, culture, items))


async def _load_items(
    ctx: Context, culture: Culture, country_code: str, customer_type_id: int
) -> dict[int, CatalogueItem]:
    name = _translated(
        ProductTranslation.name,
        ProductTranslation.product_id == Product.product_id,
        ProductTranslation.culture,
        culture,
    )
    in_stock = func.coalesce(
        ProductTerms.stock_quantity >= func.coalesce(ProductTerms.minimum_quantity, 1), True
    )
    priced_in_points = ProductPrice.loyalty_points > 0
    query: Select[*tuple[Any, ...]] = (
        select(
            Product.product_id,
            func.coalesce(name, Product.name).label("name"),
            Product.sku,
            in_stock.label("in_stock"),
            (ProductOffer.can_purchase & in_stock).label("can_purchase"),
            (ProductOffer.can_purchase_with_points & in_stock & priced_in_points).label(
                "can_purchase_with_points"
            ),
            func.coalesce(ProductTerms.is_nfr, False).label("is_nfr"),
            ProductPrice.pv,
            ProductPrice.loyalty_points,
            ProductPrice.wholesale_price,
            ProductPrice.retail_price,
            ProductPrice.currency_code,
        )
        .join(ProductPrice, ProductPrice.product_id == Product.product_id)
        .join(ProductOffer, ProductOffer.product_id == Product.product_id)
        .outerjoin(ProductTerms, ProductTerms.product_id == Product.product_id)
        .where(
            Product.is_published,
            ProductPrice.country_code == country_code,
            ProductOffer.customer_type_id == customer_type_id,
        )
        .order_by(Product.sku)
        .limit(LARGEST)
    )
    return {row.product_id: CatalogueItem(*row) for row in await ctx.session.execute(query)}


async def _load_nfr_tree(
    ctx: Context, culture: Culture, items: dict[int, CatalogueItem]
) -> CategoryNode:
    """The published categories of the program under one root, empty ones left out."""
    name = _translated(
        CategoryTranslation.name,
        CategoryTranslation.category_id == Category.category_id,
        CategoryTranslation.culture,
        culture,
    )
    categories = await ctx.session.execute(
        select(
            Category.category_id,
            Category.parent_id,
            func.coalesce(name, Category.name).label("name"),
        )
        .where(Category.program_id == NOT_FOR_RESALE, Category.is_published)
        .order_by(Category.position, Category.category_id)
        .limit(LARGEST)
    )
    below: defaultdict[int | None, list[tuple[int, str]]] = defaultdict(list)
    for number, parent_id, text in categories:
        below[parent_id].append((number, text))
    placed = await ctx.session.execute(
        select(ProductCategory.category_id, ProductCategory.product_id)
        .join(Category, Category.category_id == ProductCategory.category_id)
        .where(Category.program_id == NOT_FOR_RESALE)
        .order_by(ProductCategory.position, ProductCategory.product_id)
    )
    contents: defaultdict[int, list[CatalogueItem]] = defaultdict(list)
    for category_id, product_id in placed:
        item = items.get(product_id)
        if item is not None and item.is_nfr:
            contents[category_id].append(item)

    def grow(number: int, text: str, depth: int) -> CategoryNode:
        # Nothing in the database forbids a circle among categories; the depth does.
        nodes = [grow(*child, depth + 1) for child in below[number]] if depth < DEEPEST else []
        kept = [node for node in nodes if node.items or node.sub_categories]
        return CategoryNode(text, kept, contents[number])

    roots = [grow(*root, 1) for root in below[None]]
    return roots[0] if len(roots) == 1 else CategoryNode("", roots, [])


def _translated(
    text: InstrumentedAttribute[str],
    same: ColumnElement[bool],
    spoken: InstrumentedAttribute[str],
    culture: Culture,
) -> ColumnElement[Any]:
    """The text in the culture itself, else in its language, else NULL."""
    wanted: Sequence[str] = culture.preferences
    nearest = case({wish: at for at, wish in enumerate(wanted)}, value=spoken)
    return select(text).where(same, spoken.in_(wanted)).order_by(nearest).limit(1).scalar_subquery()
