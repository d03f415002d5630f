"""Binary: two legs, paid on what matches; the rest is carried, flushed, cut off or expires.

For every leg of every member volume is conserved: carry-in + new = paid + flushed + carry-out,
where flushed is all that is gone unpaid. How legs are matched is in `binary_pairs`, what becomes of
the rest in `binary_carry`; `binary_settle` puts both together, once or (`binary_days`) by day or
week. Source: plan rules, binary.
"""

from dataclasses import dataclass, field

import numpy as np

from upline.engine.bonuses.binary_carry import AfterPay, Overflow, Unqualified, place_overflow
from upline.engine.bonuses.binary_days import by_day
from upline.engine.bonuses.binary_pairs import UNLIMITED, Matching, Method
from upline.engine.bonuses.binary_settle import ABLE, Caps, Counters, Params, Second, kernel
from upline.engine.carry import aging
from upline.engine.enrolment import binary_sides
from upline.engine.legs import LegFigures
from upline.engine.plan import Step
from upline.engine.scene import Gate, Scene
from upline.engine.units import I8, I16, I64, NO_MINIMUM, Bool

__all__ = ["HISTORY", "SECOND_LEFT", "SECOND_RIGHT", "Binary"]

# Slots of the bonus's memory: cycles and money ever paid, and the carry of the second volume.
HISTORY, SECOND_LEFT, SECOND_RIGHT = 10, 11, 12


@dataclass(frozen=True, slots=True)
class Binary:
    """counted: the kind of volume. A member who fails `active` falls under `inactive`, else one who
    fails `gate` or `sides` under `unqualified`. side_*: personally enrolled members of at least
    `side_pv` that must stand in each leg. most_age: periods that volume is carried for, None =
    forever. overflow_*: own volume over `overflow_over` that counts in a leg of one's own: that of
    the member, of his customers, or both. days: settle every so many days, 0 = once a period.
    by: rates and pay go by how many `floors` this volume of the member reaches, not by his rank.
    """

    bonus_id: int
    matching: Matching
    caps: Caps
    gate: Gate
    active: Gate | None = None
    counted: str = "pv"
    second: str = ""
    second_each: int = 0
    after_pay: int = AfterPay.NET_OFF
    unqualified: int = Unqualified.KEEP
    inactive: int = Unqualified.FLUSH
    side_left: int = 0
    side_right: int = 0
    side_pv: int = NO_MINIMUM
    most_age: int | None = None
    overflow: int = Overflow.NONE
    overflow_over: int = 0
    overflow_own: bool = True
    overflow_customers: bool = False
    days: int = 0
    by: str = ""
    floors: I64 = field(default_factory=lambda: np.empty(0, np.int64))

    @property
    def levels(self) -> int:
        return 1

    @property
    def history(self) -> int:
        """How many earlier periods being active looks back at."""
        return max((ask.history for ask in self.active.asks), default=0) if self.active else 0

    @property
    def counts(self) -> bool:
        """Whether what was paid earlier matters."""
        c = self.caps
        limits = c.period_cycles, c.period_money, c.life_cycles, c.life_money
        matching = self.matching
        goes_on = matching.first_strong > 0 or matching.method == Method.STEPS
        return goes_on or min(limits) < UNLIMITED

    def prepare(self, scene: Scene) -> Step:
        s = scene.snapshot
        standing = self._standing(scene)
        placed = s.binary_position != 0
        placed[s.binary_parent[placed]] = True
        new: I64 = np.stack(scene.legs(self.counted))
        carry: I64 = np.stack((scene.carry_left, scene.carry_right))
        scene.carry_left, scene.carry_right = carry
        lots = aging(s.extras.lots, carry, s.period_id, self.most_age)
        figures = LegFigures(new, np.zeros_like(new), np.zeros_like(new))
        scene.leg_figures, scene.lots = figures, None if self.most_age is None else lots
        params = Params(
            matching=self.matching,
            caps=self.caps,
            after_pay=int(self.after_pay),
            closing=True,
            standing=standing,
            placed=placed,
            new=new,
            paid=figures.paid,
            flushed=figures.flushed,
            carry=carry,
            counters=self._counters(scene),
            second=self._second(scene),
            lots=lots,
            row=self._rows(scene),
        )

        def place_own(new: I64) -> None:
            if self.overflow != Overflow.NONE:
                place_overflow(int(self.overflow), self._extra(scene, placed), carry, new)

        payees = standing == ABLE
        if self.days:
            kinds = self.counted, self.second
            return by_day(kernel, params, scene, kinds, self.days, payees, place_own)
        place_own(new)
        return Step(kernel, params, len(standing), 1, payees)

    def _rows(self, scene: Scene) -> I16:
        """Which row of rates and pay is each member's; int16[n]."""
        if not self.by:
            return (scene.members.rank + 1).astype(np.int16)
        return np.searchsorted(self.floors, scene.volume(self.by), side="right").astype(np.int16)

    def _standing(self, scene: Scene) -> I8:
        able = scene.passes(self.gate)
        if self.side_left or self.side_right:
            chosen = scene.members.earner & (scene.members.pv >= self.side_pv)
            left, right = binary_sides(scene.snapshot, chosen)
            able &= (left >= self.side_left) & (right >= self.side_right)
        standing = np.where(able, ABLE, self.unqualified).astype(np.int8)
        if self.active is not None:
            standing[~scene.passes(self.active)] = self.inactive
        kept = scene.snapshot.extras.positions
        spared = kept.member[kept.kept]
        standing[spared[standing[spared] != ABLE]] = Unqualified.KEEP
        return standing

    def _extra(self, scene: Scene, placed: Bool) -> I64:
        """Own volume of those who stand in the tree that goes to a leg of their own; int64[n]."""
        own = scene.volume(self.counted)
        volume = own if self.overflow_own else np.zeros_like(own)
        if self.overflow_customers:
            volume = volume + scene.volume(f"total_{self.counted}") - own
        return np.where(placed, np.maximum(volume - self.overflow_over, 0), 0)

    def _counters(self, scene: Scene) -> Counters:
        if not self.counts:
            none = np.empty(0, np.int64)
            return Counters(none.astype(np.int32), none, none.astype(np.int32), none)
        history = scene.memories.recall(self.bonus_id, HISTORY)
        return Counters(
            history.counted, history.total, history.counted.copy(), history.total.copy()
        )

    def _second(self, scene: Scene) -> Second:
        if not self.second:
            return Second(0, *(np.empty(0, np.int64) for _ in range(4)))
        carry = (scene.memories.recall(self.bonus_id, k).total for k in (SECOND_LEFT, SECOND_RIGHT))
        new = (volume.copy() for volume in scene.legs(self.second))
        return Second(self.second_each, *new, *carry)
