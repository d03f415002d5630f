"""What the cells of a file may name: countries, currencies, products, ranks, and the time zone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select

from upline.core.context import Context
from upline.models.commission import Rank
from upline.models.engine_input import VolumeKind
from upline.models.geography import Country
from upline.models.product import Product

# Clocks differ, and a file may come from a zone where it is tomorrow already.
AHEAD = timedelta(days=1)

CUSTOMER_TYPES = {
    "Preferred": 1,
    "Preferred customer": 1,
    "Distributor": 2,
    "Retail": 3,
    "Retail customer": 3,
}
STATUSES = {"Active": 1, "Inactive": 2, "On hold": 3, "Terminated": 4}
SIDES = {"Left": 1, "L": 1, "Right": 2, "R": 2}
ORDER_TYPES = {
    "Standard": 1,
    "Autoship": 2,
    "Starter kit": 3,
    "Starter": 3,
    "Premium kit": 4,
    "Premium": 4,
    "Retail": 5,
}


@dataclass(frozen=True, slots=True)
class Reference:
    """Look-up tables, keyed case-folded; `products` gives the id of each SKU, `kinds` those of the
    kinds of volume that plans have beside PV and CV."""

    zone: str
    latest: datetime
    countries: Mapping[str, str]
    currencies: Mapping[str, str]
    products: Mapping[str, str]
    ranks: Mapping[str, int]
    kinds: Mapping[str, int] = field(default_factory=dict)


async def load_reference(ctx: Context) -> Reference:
    """Everything at once; none of these tables is large."""
    countries: dict[str, str] = {}
    currencies: dict[str, str] = {}
    query = select(
        Country.country_code, Country.iso3, Country.name, Country.country_id, Country.currency_code
    )
    for code, iso3, name, number, currency in await ctx.session.execute(query):
        countries |= {key.casefold(): code for key in (code, iso3, name, str(number))}
        currencies[currency.casefold()] = currency
    products = await ctx.session.execute(select(func.lower(Product.sku), Product.product_id))
    ranks = await ctx.session.execute(select(Rank.name, Rank.rank_id))
    kinds = await ctx.session.execute(
        select(VolumeKind.code, VolumeKind.kind_id).order_by(VolumeKind.kind_id)
    )
    return Reference(
        zone=ctx.company.time_zone,
        latest=ctx.now + AHEAD,
        countries=countries,
        currencies=currencies,
        products={sku: str(product_id) for sku, product_id in products},
        ranks=dict(ranks.all()),
        kinds=dict(kinds.all()),
    )
