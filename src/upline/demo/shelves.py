"""How the demo company shows its products: categories, languages, offers and stock as columns."""

import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np

from upline.core.copy import Column, Kind
from upline.demo.catalogue import Catalogue, load_markets
from upline.engine.units import DISTRIBUTOR, PREFERRED, RETAIL, STANDARD, Bool

__all__ = [
    "categories",
    "category_translations",
    "loyalty_points",
    "offers",
    "product_categories",
    "product_translations",
    "terms",
]

NOT_FOR_RESALE = 2
WHOLESALE_PRICE, RETAIL_PRICE = 1, 2
SOLD_OUT = "OIL-SAN-5"
LEAST_STOCK, STOCK_STEP = 500, 37


class Shelf(NamedTuple):
    """A category; the number is its id, `family` the first part of the SKUs on it."""

    number: int
    parent: int
    code: str
    family: str
    name: str
    names: dict[str, str]


@cache
def _raw() -> dict[str, Any]:
    return tomllib.loads(
        resources.files("upline.demo").joinpath("catalogue.toml").read_text("utf-8")
    )


@cache
def _shelves() -> tuple[Shelf, ...]:
    """The root first, every parent before its children."""
    shelves: list[Shelf] = []

    def put(raw: dict[str, Any], parent: int) -> None:
        number = len(shelves) + 1
        code, family = raw.get("code", "root"), raw.get("family", "")
        shelves.append(Shelf(number, parent, code, family, raw["name"], raw.get("names", {})))
        for sub in raw.get("sub", []):
            put(sub, number)

    put({**_raw()["root"], "sub": _raw()["category"]}, 0)
    return tuple(shelves)


def terms(catalogue: Catalogue) -> list[Column]:
    """Stock is counted for everything but kits, and one oil is sold out."""
    number = np.arange(len(catalogue))
    standard = _is_standard(catalogue)
    stock = LEAST_STOCK + number * STOCK_STEP
    stock[catalogue.sku.index(SOLD_OUT)] = 0
    return [
        Column("product_id", Kind.BIGINT, number + 1),
        Column("is_nfr", Kind.BOOLEAN, standard & (catalogue.pv > 0)),
        Column("is_recurring", Kind.BOOLEAN, standard),
        Column("stock_quantity", Kind.INTEGER, stock, null=~standard),
    ]


def offers(catalogue: Catalogue) -> list[Column]:
    """Everybody sees all but kits, which are bought by enrolling and shown to distributors."""
    rows = [
        (at + 1, kind, RETAIL_PRICE if kind == RETAIL else WHOLESALE_PRICE, standard)
        for at, standard in enumerate(_is_standard(catalogue))
        for kind in (PREFERRED, DISTRIBUTOR, RETAIL)
        if standard or kind == DISTRIBUTOR
    ]
    product, kind, price, buys = (np.array(column) for column in zip(*rows, strict=True))
    return [
        Column("product_id", Kind.BIGINT, product),
        Column("customer_type_id", Kind.SMALLINT, kind),
        Column("price_kind_id", Kind.SMALLINT, price),
        Column("can_purchase", Kind.BOOLEAN, buys),
        Column("can_purchase_with_points", Kind.BOOLEAN, buys & (kind != RETAIL)),
    ]


def loyalty_points(catalogue: Catalogue) -> Column:
    """Of all countries' prices: a point buys a point of volume."""
    points = np.where(_is_standard(catalogue), catalogue.pv, 0)
    return Column("loyalty_points", Kind.NUMERIC, np.tile(points, len(load_markets())))


def product_translations(catalogue: Catalogue) -> list[Column]:
    """The names known in each language."""
    rows = [
        (catalogue.sku.index(sku) + 1, language, name)
        for language, names in _raw()["products"].items()
        for sku, name in names.items()
    ]
    return _translations("product_id", rows)


def categories() -> list[Column]:
    """The tree, in the order of the file."""
    shelves = _shelves()
    parent = np.array([shelf.parent for shelf in shelves])
    return [
        Column("category_id", Kind.BIGINT, np.array([shelf.number for shelf in shelves])),
        Column("code", Kind.TEXT, _texts([shelf.code for shelf in shelves])),
        Column("parent_id", Kind.BIGINT, parent, null=parent == 0),
        Column("program_id", Kind.SMALLINT, np.full(len(shelves), NOT_FOR_RESALE)),
        Column("name", Kind.TEXT, _texts([shelf.name for shelf in shelves])),
        Column("position", Kind.INTEGER, np.arange(len(shelves))),
    ]


def category_translations() -> list[Column]:
    """Names of categories; where there is none, the English one is shown."""
    rows = [
        (shelf.number, language, name)
        for shelf in _shelves()
        for language, name in shelf.names.items()
    ]
    return _translations("category_id", rows)


def product_categories(catalogue: Catalogue) -> list[Column]:
    """Every product on the shelf of its family, if it has one."""
    rows = list(_placed(catalogue))
    return [
        Column("category_id", Kind.BIGINT, np.array([number for number, _ in rows])),
        Column("product_id", Kind.BIGINT, np.array([product for _, product in rows])),
        Column("position", Kind.INTEGER, np.array([product for _, product in rows])),
    ]


def _placed(catalogue: Catalogue) -> Iterator[tuple[int, int]]:
    by_family = {shelf.family: shelf.number for shelf in _shelves() if shelf.family}
    for at, sku in enumerate(catalogue.sku):
        number = by_family.get(sku.partition("-")[0])
        if number is not None:
            yield number, at + 1


def _translations(key: str, rows: Sequence[tuple[int, str, str]]) -> list[Column]:
    numbers, cultures, names = zip(*rows, strict=True)
    return [
        Column(key, Kind.BIGINT, np.array(numbers)),
        Column("culture", Kind.TEXT, _texts(cultures)),
        Column("name", Kind.TEXT, _texts(names)),
    ]


def _is_standard(catalogue: Catalogue) -> Bool:
    return np.equal(catalogue.product_type, STANDARD)


def _texts(values: Sequence[str]) -> np.ndarray[Any, np.dtype[np.bytes_]]:
    return np.array([value.encode() for value in values])
