"""What a plan says of paying out: minimum, fees, days on hold, in whichever currency is paid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

from upline.services.payout.vocabulary import FEE_KEYS, MethodType
from upline.services.plan.schema import Payout


@dataclass(frozen=True, slots=True)
class Terms:
    """`fees` are those of single methods; all others cost `any_fee`. minimums: those of single
    currencies, in their own money."""

    minimum: Decimal = Decimal(0)
    any_fee: Decimal = Decimal(0)
    hold_days: int = 0
    fees: Mapping[MethodType, Decimal] = field(default_factory=dict)
    minimums: Mapping[str, Decimal] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: Payout) -> "Terms":
        """The [payout] table of a plan; methods the plan calls by other names are not ours."""
        fees = {FEE_KEYS[fee.method]: fee.amount for fee in rules.fees if fee.method in FEE_KEYS}
        return cls(rules.minimum, rules.fee, rules.hold_days, fees, rules.minimums)

    def fee(self, method: MethodType) -> Decimal:
        """What one payment by `method` costs the member."""
        return self.fees.get(method, self.any_fee)

    def exchanged(self, rate: Decimal | None, currency: str) -> "Terms":
        """The same in another currency, `rate` of which make one of the plan's money.

        Without a rate nobody can say what minimum and fees would be, and there are none but a
        minimum that the plan gives in that money.
        """
        minimum = self.minimums.get(currency)
        if rate is None:
            return Terms(minimum or Decimal(0), hold_days=self.hold_days)
        unit = Decimal(10) ** -get_currency_precision(currency)

        def exchange(amount: Decimal) -> Decimal:
            return (amount * rate).quantize(unit, ROUND_HALF_UP)

        fees = {method: exchange(fee) for method, fee in self.fees.items()}
        least = exchange(self.minimum) if minimum is None else minimum
        return Terms(least, exchange(self.any_fee), self.hold_days, fees)
