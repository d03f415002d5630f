"""Two calculations of the same periods side by side: who would be paid what, by which bonus."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from upline.engine.result import Result
from upline.engine.units import BONUS
from upline.services.plan import PlanDocument
from upline.services.simulation.changes import Outcome

UNITS = 10_000


@dataclass(frozen=True, slots=True)
class Totals:
    """All commission of a period, as it is and as it would be."""

    period_id: int
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class Effect:
    """What one bonus would pay a member in all the periods together, beside what it does pay."""

    customer_id: int
    bonus: str
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class RankChange:
    """A member who would be paid as another rank in a period; rank ids, -1 for none."""

    period_id: int
    customer_id: int
    before: int
    after: int


class Amounts:
    """What bonuses paid whom, added up over the periods of one side. Bonuses are told by code."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._sums: dict[tuple[int, str], int] = defaultdict(int)

    def add(self, outcome: Outcome, plan: PlanDocument) -> None:
        """One more period, calculated under `plan`."""
        codes = {bonus.id: bonus.code for bonus in plan.bonuses}
        self._names |= {bonus.code: bonus.name for bonus in plan.bonuses}
        items = outcome.result.items
        chosen = np.flatnonzero(items.kind == BONUS)
        keys = items.payee[chosen].astype(np.int64) << 16 | items.bonus_id[chosen]
        found, place = np.unique(keys, return_inverse=True)
        amounts = np.zeros(len(found), np.int64)
        np.add.at(amounts, place, items.amount[chosen])
        ids = outcome.snapshot.customer_id[found >> 16].tolist()
        for number, bonus_id, amount in zip(
            ids, (found & 0xFFFF).tolist(), amounts.tolist(), strict=True
        ):
            self._sums[number, codes[bonus_id]] += amount

    def compare(self, other: "Amounts") -> list[Effect]:
        """Who is paid otherwise in `other`, the largest differences first."""
        names = self._names | other._names
        effects = [
            Effect(
                customer_id,
                names[code],
                _money(self._sums.get((customer_id, code), 0)),
                _money(other._sums.get((customer_id, code), 0)),
            )
            for customer_id, code in self._sums.keys() | other._sums.keys()
        ]
        changed = [effect for effect in effects if effect.difference]
        return sorted(changed, key=lambda e: (-abs(e.difference), e.customer_id, e.bonus))


def compare_totals(period_id: int, before: Outcome, after: Outcome) -> Totals:
    """All commission of a period on both sides."""
    return Totals(period_id, _paid(before.result), _paid(after.result))


def list_rank_changes(period_id: int, before: Outcome, after: Outcome) -> list[RankChange]:
    """Who would be paid as another rank. Members are the same on both sides, though a move may
    have put them in another order."""
    first, second = (np.argsort(one.snapshot.customer_id) for one in (before, after))
    ids = before.snapshot.customer_id[first]
    was, will = before.result.paid_rank[first], after.result.paid_rank[second]
    return [
        RankChange(period_id, int(ids[k]), int(was[k]), int(will[k]))
        for k in np.flatnonzero(was != will)
    ]


def _paid(result: Result) -> Decimal:
    return _money(int(result.checks.total_commission.sum()))


def _money(ten_thousandths: int) -> Decimal:
    return Decimal(ten_thousandths) / UNITS
