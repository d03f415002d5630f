"""What people put into an order: one or two products that come near the volume they wish for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from upline.demo.catalogue import Catalogue
from upline.demo.draws import pick
from upline.demo.rows import Rows
from upline.engine.units import DISTRIBUTOR, I8, I64, MONEY, PREFERRED, RETAIL, STANDARD

__all__ = ["Basket", "draw_baskets", "draw_kits", "draw_wishes"]

MOST_OF_ONE = 12
# Middle and spread (of the logarithm) of the volume wished for, by customer type.
WISHES = {PREFERRED: (62.0, 0.45), DISTRIBUTOR: (74.0, 0.55), RETAIL: (44.0, 0.5)}
SHARE_OF_FIRST = 0.6
# What is left over below this volume is not worth a second product.
SMALL_REST = 8.0


@dataclass(slots=True)
class Basket(Rows):
    """Per order: product positions and quantities; `second` is -1 where there is only one."""

    first: I64
    first_count: I64
    second: I64
    second_count: I64

    def parts(self, table: I64) -> tuple[I64, I64]:
        """An amount a product (int64[products]) times quantity, of the first and the second."""
        return table[self.first] * self.first_count, table[self.second] * self.second_count

    def total(self, table: I64) -> I64:
        """The same of both together."""
        return table[self.first] * self.first_count + table[self.second] * self.second_count


def draw_wishes(
    draws: np.random.Generator, customer_type: I8, least: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The volume each order aims at, at least `least`."""
    noise = draws.standard_normal(len(customer_type))
    middle, spread = np.zeros(4), np.zeros(4)
    for kind, (center, width) in WISHES.items():
        middle[kind], spread[kind] = np.log(center), width
    wishes = np.exp(middle[customer_type] + spread[customer_type] * noise)
    return np.maximum(wishes, least)


def draw_baskets(
    draws: np.random.Generator, catalogue: Catalogue, wishes: NDArray[np.float64]
) -> Basket:
    """Standard products whose PV comes to about each wish, and hardly ever falls below it."""
    count = len(wishes)
    drawn = [_pick_products(draws, catalogue, STANDARD, count) for _ in range(2)]
    weights = catalogue.pv[drawn[0]], catalogue.pv[drawn[1]]
    first = np.where(weights[0] >= weights[1], drawn[0], drawn[1])
    second = np.where(weights[0] >= weights[1], drawn[1], drawn[0])
    # Accessories carry no volume: one of them is enough.
    weight = np.where(catalogue.pv > 0, catalogue.pv / MONEY, np.inf)
    first_count = np.clip(np.rint(wishes * SHARE_OF_FIRST / weight[first]), 1, MOST_OF_ONE)
    rest = wishes - first_count * catalogue.pv[first] / MONEY
    second_count = np.clip(np.ceil(rest / weight[second]), 1, MOST_OF_ONE)
    same = second == first
    alone = same | (rest <= SMALL_REST)
    more = (rest > 0) & alone
    first_count += np.where(more, np.clip(np.ceil(rest / weight[first]), 1, MOST_OF_ONE), 0)
    return Basket(
        first=first,
        first_count=first_count.astype(np.int64),
        second=np.where(alone, -1, second),
        second_count=np.where(alone, 0, second_count).astype(np.int64),
    )


def draw_kits(draws: np.random.Generator, catalogue: Catalogue, kind: int, count: int) -> Basket:
    """One kit each, of the starter or the premium kind."""
    return Basket(
        first=_pick_products(draws, catalogue, kind, count),
        first_count=np.ones(count, np.int64),
        second=np.full(count, -1, np.int64),
        second_count=np.zeros(count, np.int64),
    )


def _pick_products(draws: np.random.Generator, catalogue: Catalogue, kind: int, count: int) -> I64:
    return catalogue.offset[kind] + pick(draws, catalogue.cumulative[kind], count)
