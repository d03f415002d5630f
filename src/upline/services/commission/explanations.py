"""Why a line has its amount, in one or two sentences built from the line's own figures."""

from dataclasses import dataclass
from decimal import Decimal

from upline.core.wire import plain

TEN_THOUSANDTHS = 10_000
_PLACES = {
    "line": "each line is rounded",
    "level": "the lines of a level are added exactly, then rounded",
    "bonus": "the lines of a bonus are added exactly, then rounded",
    "check": "the lines of a check are added exactly, then rounded",
}
_MODES = {
    "half_up": "half up",
    "half_even": "half to even",
    "half_down": "half down",
    "down": "down",
    "up": "up",
    "floor": "to the lower amount",
    "ceiling": "to the higher amount",
}


@dataclass(frozen=True, slots=True)
class Rounding:
    """The rounding rule of a run; `unit` in ten-thousandths of the currency, 100 = cents."""

    place: str
    mode: str
    unit: int

    def describe(self) -> str:
        """The rule as a clause: where, how and to what amounts are rounded."""
        step = plain(Decimal(self.unit) / TEN_THOUSANDTHS)
        return f"{_PLACES[self.place]} {_MODES[self.mode]} to {step}"


@dataclass(frozen=True, slots=True)
class Paid:
    """The figures of one line: base in plan volume (money for retail), rate as a share of 1."""

    bonus: str
    base: Decimal
    rate: Decimal
    amount: Decimal
    level: int
    paid_level: int


def explain(line: Paid, rounding: Rounding, currency: str) -> str:
    """How the amount came about: base × rate, the level it was paid on, caps and rounding.

    Source: contract, Commission {Enc}/{PeriodId}.
    """
    amount = f"{plain(line.amount)} {currency}"
    if not line.rate:
        return f"{line.bonus}: a fixed amount of {amount}."
    sum_text = f"{plain(line.rate * 100)} % of {plain(line.base)}"
    exact = line.base * line.rate
    # A line differs from its exact product by less than one rounding step, unless a cap cut it.
    if abs(exact - line.amount) >= Decimal(rounding.unit) / TEN_THOUSANDTHS:
        result = f"{sum_text} is {plain(exact)}, limited by the bonus to {amount}"
    else:
        result = f"{sum_text} = {amount}"
    return f"{line.bonus}: {result}, {_level(line)}; {rounding.describe()}."


def _level(line: Paid) -> str:
    """The level it was paid on, and whom compression passed over."""
    skipped = line.level - line.paid_level
    if skipped <= 0:
        return f"level {line.paid_level}"
    were = "member between was" if skipped == 1 else "members between were"
    return (
        f"paid as level {line.paid_level} although {line.level} levels below: "
        f"{skipped} {were} not qualified and passed over"
    )
