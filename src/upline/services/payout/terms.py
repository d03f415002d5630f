"""What a plan says of paying out: minimum, fees, days on hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from upline.services.payout.vocabulary import FEE_KEYS, MethodType
from upline.services.plan.schema import Payout


@dataclass(frozen=True, slots=True)
class Terms:
    """`fees` are those of single methods; all others cost `any_fee`."""

    minimum: Decimal = Decimal(0)
    any_fee: Decimal = Decimal(0)
    hold_days: int = 0
    fees: Mapping[MethodType, Decimal] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: Payout) -> "Terms":
        """The [payout] table of a plan; methods the plan calls by other names are not ours."""
        fees = {FEE_KEYS[fee.method]: fee.amount for fee in rules.fees if fee.method in FEE_KEYS}
        return cls(rules.minimum, rules.fee, rules.hold_days, fees)

    def fee(self, method: MethodType) -> Decimal:
        """What one payment by `method` costs the member."""
        return self.fees.get(method, self.any_fee)
