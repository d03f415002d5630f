"""Bonuses on single orders: retail and starter kit."""

from typing import Annotated, Literal

from pydantic import Field

from upline.engine.bonuses import Retail, StarterKit
from upline.engine.plan import BonusSpec
from upline.services.plan.schema_base import BonusBase, Names
from upline.services.plan.schema_types import (
    CUSTOMER_TYPES,
    ORDER_TYPES,
    Amount,
    CustomerType,
    OrderType,
    Rate,
)

__all__ = ["RetailBonus", "StarterKitBonus"]


class RetailBonus(BonusBase):
    """A percentage of what personal customers paid."""

    kind: Literal["retail"]
    rate: Rate
    customers: Annotated[list[CustomerType], Field(min_length=1)] = ["retail"]

    def spec(self, names: Names) -> BonusSpec:
        kinds = tuple(sorted(CUSTOMER_TYPES[name] for name in set(self.customers)))
        return Retail(self.id, self.rate, self.gate(names), kinds)


class StarterKitBonus(BonusBase):
    """A fixed amount to the enroller, once, for a new member's kit."""

    kind: Literal["starter_kit"]
    amount: Amount
    order_type: OrderType = "premium_kit"
    months: Annotated[int, Field(ge=1, le=36)] = 1

    def spec(self, names: Names) -> BonusSpec:
        order_type = ORDER_TYPES[self.order_type]
        gate = self.gate(names)
        return StarterKit(self.id, self.amount, gate, order_type, self.months)
