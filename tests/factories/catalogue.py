"""A small shop every catalogue can be told by heart.

| id | SKU | | US | JP |
|---|---|---|---|---|
| 1 | LAV-15 | oil, not for resale, for points; translated into de and de-at | 23.50 | 3525 |
| 2 | MINT | oil, not for resale, out of stock | 20 | 3000 |
| 3 | KIT | seen by distributors only, who may not buy it | 40 | – |
| 4 | OLD | withdrawn | 9 | 9 |

Categories not for resale: Catalogue > Oils > Single Oils, holding the two; Empty holds nothing.
"""

from decimal import Decimal

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

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

LAVENDER, MINT, KIT, OLD = 1, 2, 3, 4
ROOT, OILS, SINGLE, EMPTY = 1, 2, 3, 4
PREFERRED, DISTRIBUTOR, RETAIL = 1, 2, 3


async def add_catalogue(session: AsyncSession) -> None:
    """Products with all that belongs to them."""
    names = {
        LAVENDER: ("LAV-15", "Lavender Oil", True),
        MINT: ("MINT", "Peppermint Oil", True),
        KIT: ("KIT", "Starter Kit", True),
        OLD: ("OLD", "Forgotten Oil", False),
    }
    await session.execute(
        insert(Product),
        [
            {"product_id": number, "sku": sku, "name": name, "is_published": published}
            for number, (sku, name, published) in names.items()
        ],
    )
    await session.execute(
        insert(ProductPrice),
        [
            _price(LAVENDER, "US", "23.50", "23.5", points=20),
            _price(LAVENDER, "JP", "3525", "23.5"),
            _price(MINT, "US", "20", "20", points=18),
            _price(MINT, "JP", "3000", "20"),
            _price(KIT, "US", "40", "0"),
            _price(OLD, "US", "9", "9"),
        ],
    )
    await session.execute(
        insert(ProductTerms),
        [
            {"product_id": LAVENDER, "is_nfr": True, "stock_quantity": None},
            {"product_id": MINT, "is_nfr": True, "stock_quantity": 0},
        ],
    )
    await session.execute(
        insert(ProductOffer),
        [
            {
                "product_id": number,
                "customer_type_id": kind,
                "can_purchase": True,
                "can_purchase_with_points": kind != RETAIL,
            }
            for number in (LAVENDER, MINT, OLD)
            for kind in (PREFERRED, DISTRIBUTOR, RETAIL)
        ]
        + [
            {
                "product_id": KIT,
                "customer_type_id": DISTRIBUTOR,
                "can_purchase": False,
                "can_purchase_with_points": False,
            }
        ],
    )
    await session.execute(
        insert(ProductTranslation),
        [
            {"product_id": LAVENDER, "culture": "de", "name": "Lavendel"},
            {"product_id": LAVENDER, "culture": "de-at", "name": "Lavendel (Wien)"},
        ],
    )
    await _add_categories(session)


async def _add_categories(session: AsyncSession) -> None:
    tree = [
        (ROOT, None, "root", "Catalogue"),
        (OILS, ROOT, "oils", "Oils"),
        (SINGLE, OILS, "single", "Single Oils"),
        (EMPTY, ROOT, "empty", "Empty"),
    ]
    await session.execute(
        insert(Category),
        [
            {"category_id": n, "parent_id": above, "code": code, "name": name, "program_id": 2}
            for n, above, code, name in tree
        ],
    )
    await session.execute(
        insert(CategoryTranslation).values(category_id=OILS, culture="de", name="Öle")
    )
    await session.execute(
        insert(ProductCategory),
        [{"category_id": SINGLE, "product_id": number} for number in (LAVENDER, MINT)],
    )


def _price(number: int, country: str, price: str, pv: str, points: int = 0) -> dict[str, object]:
    return {
        "product_id": number,
        "country_code": country,
        "currency_code": {"US": "USD", "JP": "JPY"}[country],
        "retail_price": Decimal(price) * 2,
        "wholesale_price": Decimal(price),
        "pv": Decimal(pv),
        "cv": Decimal(pv),
        "loyalty_points": points,
    }
