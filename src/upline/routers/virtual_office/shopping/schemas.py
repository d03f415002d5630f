"""Products and payment tokens; prices and point values are integers in hundredths."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, computed_field

from upline.routers.virtual_office.wire import CamelModel
from upline.services.product.cultures import currency_format


def hundredths(value: Decimal) -> int:
    """122.20 → 12220."""
    return int((value * 100).quantize(Decimal(1), ROUND_HALF_UP))


Hundredths = Annotated[int, BeforeValidator(hundredths)]


class Currency(CamelModel):
    """How an amount is written; `roundFactor` is the number of decimals people use."""

    code: str
    symbol: str
    round_factor: int


class Item(CamelModel):
    """One product; `loyaltyPoints` is what it costs in Essential Rewards points, 0 if not sold."""

    name: str
    part_number: str
    in_stock: bool
    can_purchase: bool
    can_purchase_with_points: bool = Field(serialization_alias="canPurchaseWithER")
    is_nfr: bool = Field(serialization_alias="isNFR")
    pv: Hundredths = Field(serialization_alias="pointValue")
    loyalty_points: Hundredths
    wholesale_price: Hundredths = Field(serialization_alias="wholesaleDisplayPrice")
    retail_price: Hundredths = Field(serialization_alias="retailDisplayPrice")
    currency_code: str = Field(exclude=True)

    @computed_field
    def currency(self) -> Currency:
        style = currency_format(self.currency_code)
        return Currency(code=style.code, symbol=style.symbol, round_factor=style.decimals)


class Category(CamelModel):
    """A category with those below it and its own products."""

    name: str
    sub_categories: list["Category"]
    items: list[Item]


class RootCategory(CamelModel):
    """The root holds categories only."""

    name: str
    sub_categories: list[Category]


class Catalogue(CamelModel):
    """All products by part number, and those that may be bought not for resale by category."""

    items: list[Item]
    nfr_root: RootCategory = Field(serialization_alias="nfrRootCategory")


class PaymentToken(CamelModel):
    """A token of PayPal's on the way there, of ours for a stored method."""

    token: Annotated[str, Field(min_length=1, max_length=128)]
