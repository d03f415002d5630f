"""Bonuses on single orders: retail and starter kit."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from upline.engine.bonuses import Retail, StarterKit
from upline.engine.lineage import Compression
from upline.engine.plan import BonusSpec
from upline.services.plan.schema_base import BonusBase, TreeName, VolumeName
from upline.services.plan.schema_leaders import Bracket
from upline.services.plan.schema_names import Names
from upline.services.plan.schema_types import (
    CUSTOMER_TYPES,
    ORDER_TYPES,
    Amount,
    CustomerType,
    KindRef,
    OrderType,
    RankRef,
    Rate,
)

__all__ = ["RetailBonus", "StarterKitBonus"]


class RetailBonus(BonusBase):
    """A percentage of what personal customers paid, by rank or by brackets of the volume `by`.

    by_order: brackets of a kind of volume of each single order instead. volume: a kind of volume
    to pay on instead of the margin.
    """

    kind: Literal["retail"]
    rate: Rate = 0
    rates_by_rank: dict[RankRef, Rate] = {}
    brackets: Annotated[list[Bracket], Field(max_length=100)] = []
    by: VolumeName = "customers"
    by_order: KindRef | None = None
    volume: Literal["margin"] | KindRef = "margin"
    customers: Annotated[list[CustomerType], Field(min_length=1)] = ["retail"]

    @model_validator(mode="after")
    def _one_way(self) -> "RetailBonus":
        if bool(self.brackets) == bool(self.rate or self.rates_by_rank):
            raise ValueError("give either brackets or a rate, which rates_by_rank may change")
        floors = [bracket.volume for bracket in self.brackets]
        if floors != sorted(set(floors)):
            raise ValueError("brackets must ascend by volume")
        if self.by_order is not None and (not self.brackets or "by" in self.model_fields_set):
            raise ValueError("by_order is for brackets, and stands instead of by")
        return self

    def spec(self, names: Names) -> BonusSpec:
        floors = np.array([bracket.volume for bracket in self.brackets], np.int64)
        rates = np.array([bracket.rate for bracket in self.brackets], np.int64)
        return Retail(
            bonus_id=self.id,
            rates=np.array(names.spread(self.rates_by_rank, self.rate), np.int64),
            gate=self.gate(names),
            customer_types=tuple(sorted(CUSTOMER_TYPES[name] for name in set(self.customers))),
            by=self.by_order or self.by,
            by_order=self.by_order is not None,
            volume=self.volume,
            floors=floors if self.brackets else None,
            brackets=rates if self.brackets else None,
        )


class StarterKitBonus(BonusBase):
    """A fixed amount to the enroller, once, for a new member's kit.

    A list of amounts pays the enrollers above him too; `kits` says them by kind of kit.
    """

    kind: Literal["starter_kit"]
    amount: Amount | list[Amount] = 0
    order_type: OrderType = "premium_kit"
    kits: dict[OrderType, Amount | list[Amount]] = {}
    months: Annotated[int, Field(ge=1, le=36)] = 1
    tree: TreeName = "enroller"
    compression: Literal["none", "skip_unqualified"] = "none"

    @model_validator(mode="after")
    def _one_way(self) -> "StarterKitBonus":
        if bool(self.kits) == bool(self.amount):
            raise ValueError("give either amount or kits")
        return self

    def spec(self, names: Names) -> BonusSpec:
        kits = self.kits or {self.order_type: self.amount}
        given = {key: row if isinstance(row, list) else [row] for key, row in kits.items()}
        levels = max(len(row) for row in given.values())
        amounts = np.zeros((max(ORDER_TYPES.values()) + 1, max(levels, 1)), np.int64)
        for key, row in given.items():
            amounts[ORDER_TYPES[key], : len(row)] = row
        return StarterKit(
            bonus_id=self.id,
            amounts=amounts,
            gate=self.gate(names),
            months=self.months,
            tree=self.tree,
            compression=Compression[self.compression.upper()],
        )
