"""The columns of a products file: one row for each country a product is sold in."""

from collections.abc import Callable

from upline.services.imports.fields import (
    Bad,
    Field,
    among,
    array,
    at_least_zero,
    choice,
    clean,
    flag,
    plain,
    remembered,
    required,
    shown,
    text,
)
from upline.services.imports.further_volumes import volume_fields
from upline.services.imports.reference import CUSTOMER_TYPES, Reference

PRODUCT_TYPES = {"Standard": 1, "Starter kit": 3, "Starter": 3, "Premium kit": 4, "Premium": 4}
LARGEST_QUANTITY = 99_999
LARGEST_STOCK = 2**31 - 1
DEEPEST_PATH = 8
LONGEST_NAME = 200


def whole(least: int, most: int) -> Callable[[str], str]:
    """A whole number within bounds."""

    def convert(cell: str) -> str:
        cell = cell.strip()
        if cell and not (cell.isdigit() and cell.isascii() and least <= int(cell[:12]) <= most):
            raise Bad(f"{shown(cell)} is not a whole number from {least} to {most}")
        return str(int(cell)) if cell else ""

    return convert


def path(cell: str) -> str:
    """`Oils > Single Oils`: names of categories from the top, tidied."""
    parts = [part.strip() for part in clean(cell).split(">")]
    if parts == [""]:
        return ""
    if not all(parts) or len(parts) > DEEPEST_PATH or max(map(len, parts)) > LONGEST_NAME:
        raise Bad(
            f"{shown(cell)} is not a path of at most {DEEPEST_PATH} names: Oils > Single Oils"
        )
    return " > ".join(parts)


def customer_types(cell: str) -> str:
    """`preferred;distributor`: the numbers of the types, as an array."""
    names = [name for name in clean(cell).split(";") if name.strip()]
    return array(sorted({int(_customer_type(name)) for name in names})) if names else ""


def product_fields(reference: Reference) -> tuple[Field, ...]:
    """What a products file may hold; the SKU comes first (see staging.stage)."""
    money = remembered(at_least_zero)
    yes_or_no = remembered(flag)
    return (
        Field("sku", ("sku text",), required(text(64)), ("part number", "code"), required=True),
        Field("country", ("country_code text",),
              remembered(required(among(reference.countries, "country"))), required=True),
        Field("wholesale_price", ("wholesale_price numeric",), required(money),
              ("wholesale", "price"), required=True),
        Field("retail_price", ("retail_price numeric",), required(money), ("retail",),
              required=True),
        Field("name", ("name text",), text(LONGEST_NAME), ("product name",)),
        Field("description", ("description text",), text(10_000)),
        Field("type", ("product_type_id smallint",),
              remembered(choice(PRODUCT_TYPES, "product type")), ("product type",)),
        Field("currency", ("currency_code text",),
              remembered(among(reference.currencies, "currency")), ("currency code",)),
        Field("pv", ("pv numeric",), money, ("point value",)),
        Field("cv", ("cv numeric",), money, ("commissionable volume",)),
        Field("loyalty_points", ("loyalty_points numeric",), money, ("points",)),
        Field("published", ("is_published boolean",), yes_or_no),
        Field("nfr", ("is_nfr boolean",), yes_or_no, ("not for resale",)),
        Field("recurring", ("is_recurring boolean",), yes_or_no),
        Field("minimum_quantity", ("minimum_quantity integer",), whole(1, LARGEST_QUANTITY),
              ("minimum",)),
        Field("maximum_quantity", ("maximum_quantity integer",), whole(1, LARGEST_QUANTITY),
              ("maximum",)),
        Field("stock", ("stock_quantity integer",), whole(0, LARGEST_STOCK), ("stock quantity",)),
        Field("category", ("category text",), remembered(path), ("category path",)),
        Field("sold_to", ("sold_to smallint[]",), remembered(customer_types),
              ("customer types",)),
        *volume_fields(reference.kinds, money),
    )  # fmt: skip


def _customer_type(name: str) -> str:
    found = {plain(known): str(number) for known, number in CUSTOMER_TYPES.items()}
    if (number := found.get(plain(name))) is None:
        raise Bad(f"{shown(name)} is not a known type of customer")
    return number
