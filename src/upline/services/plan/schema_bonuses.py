"""Bonus tables of a plan: one class per kind, each compiling itself to its engine data."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from upline.engine.bonuses import FastStart, Retail, StarterKit, Unilevel
from upline.engine.lineage import Compression
from upline.engine.plan import BonusSpec
from upline.engine.scene import Gate
from upline.engine.units import I64, NO_MINIMUM, NONE
from upline.services.plan.schema_types import (
    CUSTOMER_TYPES,
    ORDER_TYPES,
    Amount,
    CustomerType,
    OrderType,
    PlanModel,
    RankRef,
    Rate,
    Volume,
)

__all__ = ["AnyBonus", "BonusBase", "Names", "Requires"]

CompressionName = Literal["none", "skip_unqualified", "skip_below_rank", "level_aware"]
TreeName = Literal["sponsor", "enroller", "binary"]
VolumeName = Literal["commission", "own", "pv", "cv", "total_pv", "ov", "gv"]
NO_CAP = 1 << 61


class Names:
    """Positions of ranks and ids of bonuses by the names that the plan uses."""

    def __init__(self, ranks: list[str], bonuses: dict[str, int]) -> None:
        self.ranks = {key: position for position, key in enumerate(ranks)}
        self.bonuses = bonuses

    def rank(self, key: str | None) -> int:
        """Position of a rank, -1 for none given."""
        return NONE if key is None else self.ranks[key]

    def spread(self, values: dict[str, int], start: int = 0) -> list[int]:
        """One value per rank: given ones apply upward until the next; `start` before the first.

        The first element belongs to members without any rank.
        """
        out = [start]
        for key in self.ranks:
            out.append(values.get(key, out[-1]))
        return out


class Requires(PlanModel):
    """What the payee must have in the period; nothing given asks for nothing."""

    pv: Volume | None = None
    total_pv: Volume | None = None
    ov: Volume | None = None
    gv: Volume | None = None
    rank: RankRef | None = None
    rank_at_most: RankRef | None = None

    def gate(self, names: Names) -> Gate:
        """The engine's form."""

        def least(value: int | None) -> int:
            return NO_MINIMUM if value is None else value

        return Gate(
            min_pv=least(self.pv),
            min_total_pv=least(self.total_pv),
            min_ov=least(self.ov),
            min_gv=least(self.gv),
            min_rank=names.rank(self.rank),
            max_rank=32767 if self.rank_at_most is None else names.rank(self.rank_at_most),
        )


class BonusBase(PlanModel):
    """What every bonus has: a stable number, a code for programs and a name for people."""

    id: Annotated[int, Field(ge=1, le=32767)]
    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    requires: Requires = Requires()

    def spec(self, names: Names) -> BonusSpec:
        """Engine data of this bonus."""
        raise NotImplementedError

    def worst_case(self) -> int | None:
        """Most that one unit of commission volume can cost, in millionths; None if not a share."""
        return None


class UnilevelBonus(BonusBase):
    """A percentage per level above the source; depth and rates may grow with rank."""

    kind: Literal["unilevel"]
    rates: Annotated[list[Rate], Field(min_length=1, max_length=100)]
    levels: dict[RankRef, Annotated[int, Field(ge=0, le=100)]] = {}
    rates_by_rank: dict[RankRef, list[Rate]] = {}
    tree: TreeName = "sponsor"
    volume: VolumeName = "commission"
    compression: CompressionName = "skip_unqualified"
    holding_rank: RankRef | None = None
    unqualified_pays: bool = True

    @model_validator(mode="after")
    def _consistent(self) -> "UnilevelBonus":
        if any(depth > len(self.rates) for depth in self.levels.values()):
            raise ValueError(f"levels go deeper than the {len(self.rates)} rates given")
        if any(len(rates) > len(self.rates) for rates in self.rates_by_rank.values()):
            raise ValueError(f"rates_by_rank go deeper than the {len(self.rates)} rates given")
        if (self.holding_rank is not None) != (self.compression == "skip_below_rank"):
            raise ValueError("holding_rank and compression 'skip_below_rank' need each other")
        return self

    def table(self, names: Names) -> I64:
        """Rates by rank position + 1 and level, 0 where the rank does not reach."""
        size = len(self.rates)
        table = np.zeros((len(names.ranks) + 1, size), np.int64)
        depths = names.spread(self.levels) if self.levels else [size] * len(table)
        rates = list(self.rates)
        for row, (key, depth) in enumerate(zip([None, *names.ranks], depths, strict=True)):
            if key is not None and key in self.rates_by_rank:
                given = self.rates_by_rank[key]
                rates = [*given, *([0] * (size - len(given)))]
            table[row, :depth] = rates[:depth]
        return table

    def spec(self, names: Names) -> BonusSpec:
        return Unilevel(
            bonus_id=self.id,
            rates=self.table(names),
            gate=self.requires.gate(names),
            tree=self.tree,
            volume=self.volume,
            compression=Compression[self.compression.upper()],
            holding_rank=names.rank(self.holding_rank),
            unqualified_pays=self.unqualified_pays,
        )

    def worst_case(self) -> int:
        rows = [self.rates, *self.rates_by_rank.values()]
        return sum(
            max(row[level] for row in rows if level < len(row)) for level in range(len(self.rates))
        )


class FastStartLevel(PlanModel):
    """One enroller level; `rate` may be a list with one rate per month of the window."""

    rate: Rate | list[Rate]
    cap: Amount | None = None


class FastStartBonus(BonusBase):
    """A percentage of a new member's volume to his enrollers during the first months."""

    kind: Literal["fast_start"]
    months: Annotated[int, Field(ge=1, le=36)]
    levels: Annotated[list[FastStartLevel], Field(min_length=1, max_length=20)]
    tree: TreeName = "enroller"
    volume: VolumeName = "own"
    compression: Literal["none", "skip_unqualified"] = "none"

    @model_validator(mode="after")
    def _one_rate_a_month(self) -> "FastStartBonus":
        for level in self.levels:
            if isinstance(level.rate, list) and len(level.rate) != self.months:
                raise ValueError(f"a list of rates needs one for each of {self.months} months")
        return self

    def spec(self, names: Names) -> BonusSpec:
        rates = np.zeros((self.months, len(self.levels)), np.int64)
        for column, level in enumerate(self.levels):
            rates[:, column] = level.rate
        caps = [NO_CAP if level.cap is None else level.cap for level in self.levels]
        return FastStart(
            bonus_id=self.id,
            rates=rates,
            caps=np.array(caps, np.int64),
            gate=self.requires.gate(names),
            tree=self.tree,
            volume=self.volume,
            compression=Compression[self.compression.upper()],
        )

    def worst_case(self) -> int:
        return sum(
            max(level.rate) if isinstance(level.rate, list) else level.rate for level in self.levels
        )


class RetailBonus(BonusBase):
    """A percentage of what personal customers paid."""

    kind: Literal["retail"]
    rate: Rate
    customers: Annotated[list[CustomerType], Field(min_length=1)] = ["retail"]

    def spec(self, names: Names) -> BonusSpec:
        kinds = tuple(sorted(CUSTOMER_TYPES[name] for name in set(self.customers)))
        return Retail(self.id, self.rate, self.requires.gate(names), kinds)


class StarterKitBonus(BonusBase):
    """A fixed amount to the enroller, once, for a new member's kit."""

    kind: Literal["starter_kit"]
    amount: Amount
    order_type: OrderType = "premium_kit"
    months: Annotated[int, Field(ge=1, le=36)] = 1

    def spec(self, names: Names) -> BonusSpec:
        order_type = ORDER_TYPES[self.order_type]
        gate = self.requires.gate(names)
        return StarterKit(self.id, self.amount, gate, order_type, self.months)


AnyBonus = Annotated[
    UnilevelBonus | FastStartBonus | RetailBonus | StarterKitBonus,
    Field(discriminator="kind"),
]
