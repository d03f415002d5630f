"""What is sold and where: products.toml and countries.toml as arrays, prices in every currency."""

import tomllib
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upline.engine.units import I8, I64, MONEY, PREMIUM_KIT, STANDARD, STARTER_KIT

__all__ = ["Catalogue", "Market", "load_catalogue", "load_markets", "units"]

# Retail buyers pay the wholesale price / 0.76: the sponsor's margin of 24 %.
WHOLESALE_SHARE = Decimal("0.76")


@dataclass(frozen=True, slots=True)
class Market:
    """A country and how business is done there; `raw` holds its names and addresses."""

    code: str
    weight: float
    currency: str
    rate: Decimal
    unit: Decimal
    shipping: Decimal
    tax: Decimal
    raw: dict[str, Any]

    def price(self, amount: Decimal) -> Decimal:
        """An amount of the company's currency in this country's, in a coin that exists there."""
        return (amount * self.rate / self.unit).quantize(Decimal(1), ROUND_HALF_UP) * self.unit


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Products by position; prices are [country, product]. All amounts in ten-thousandths.

    cumulative: running popularity, of standard products, starter and premium kits, by order type.
    margin: retail price in the company's currency, the base of the sponsor's retail percentage.
    """

    sku: list[str]
    name: list[str]
    description: list[str]
    product_type: I8
    pv: I64
    cv: I64
    margin: I64
    wholesale: I64
    retail: I64
    cumulative: dict[int, NDArray[np.float64]]
    offset: dict[int, int]

    def __len__(self) -> int:
        return len(self.sku)


def units(amount: Decimal) -> int:
    """Ten-thousandths of an amount that has no finer part."""
    return int(amount * MONEY)


@cache
def load_markets() -> tuple[Market, ...]:
    """The countries, in the order of the file."""
    return tuple(
        Market(
            code=code,
            weight=float(raw["weight"]),
            currency=raw["currency"],
            rate=Decimal(raw["rate"]),
            unit=Decimal(raw["unit"]),
            shipping=Decimal(raw["shipping"]),
            tax=Decimal(raw["tax"]),
            raw=raw,
        )
        for code, raw in _read("countries.toml").items()
    )


@cache
def load_catalogue() -> Catalogue:
    """Kits first, then everything else."""
    raw = _read("products.toml")
    groups = {
        STARTER_KIT: raw["starter_kits"],
        PREMIUM_KIT: raw["premium_kits"],
        STANDARD: raw["standard"],
    }
    rows = [(kind, *row) for kind, group in groups.items() for row in group]
    kinds, skus, names, prices, pvs, cvs, _, descriptions = zip(*rows, strict=True)
    wholesale = [Decimal(price) for price in prices]
    retail = [(price / WHOLESALE_SHARE).quantize(Decimal("0.01")) for price in wholesale]
    offsets = np.cumsum([0, *(len(group) for group in groups.values())])
    return Catalogue(
        sku=list(skus),
        name=list(names),
        description=list(descriptions),
        product_type=np.array(kinds, np.int8),
        pv=np.array([units(Decimal(pv)) for pv in pvs], np.int64),
        cv=np.array([units(Decimal(cv)) for cv in cvs], np.int64),
        margin=np.array([units(price) for price in retail], np.int64),
        wholesale=_abroad(wholesale),
        retail=_abroad(retail),
        cumulative={
            kind: np.cumsum([float(row[5]) for row in group]) for kind, group in groups.items()
        },
        offset={kind: int(offsets[index]) for index, kind in enumerate(groups)},
    )


def _abroad(prices: list[Decimal]) -> I64:
    return np.array(
        [[units(market.price(price)) for price in prices] for market in load_markets()], np.int64
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("upline.demo").joinpath(name).read_text("utf-8"))
