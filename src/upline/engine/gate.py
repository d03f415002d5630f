"""Who may be paid a bonus: what a member must have now, and for how long he must have had it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from upline.engine.plan import Ask
from upline.engine.units import AUTOSHIP, I64, NO_MINIMUM, NONE, Bool

__all__ = ["Gate", "met", "passed"]

EVER = 32767


@dataclass(frozen=True, slots=True)
class Gate:
    """What a member must have in the period to be paid a bonus; volumes 1e-4, ranks positions.

    asks: whatever else `requirements` knows. min_autoship_pv: own PV on autoship orders. legs:
    (count, OV) of frontline organizations. within: periods since enrolment, that of enrolment
    included, 0 = any. streak: periods in a row, this one included, in which all the rest
    is met; first_periods: how many periods from the first such one on, 0 = any. Both ask for
    memory under `bonus_id`.
    """

    min_pv: int = NO_MINIMUM
    min_total_pv: int = NO_MINIMUM
    min_ov: int = NO_MINIMUM
    min_gv: int = NO_MINIMUM
    min_rank: int = NONE
    max_rank: int = EVER
    asks: tuple[Ask, ...] = ()
    min_autoship_pv: int = NO_MINIMUM
    legs: tuple[int, int] = (0, 0)
    within: int = 0
    streak: int = 0
    first_periods: int = 0
    bonus_id: int = 0

    @property
    def remembers(self) -> bool:
        """Whether meeting it depends on earlier periods."""
        return self.streak > 1 or self.first_periods > 0


def met(scene: Any, gate: Gate) -> Bool:
    """Who may be paid and meets the gate in this period; bool[n]. Memory is not asked."""
    m = scene.members
    able: Bool = m.earner.copy()
    for values, least in (
        (m.pv, gate.min_pv),
        (m.total_pv, gate.min_total_pv),
        (m.ov, gate.min_ov),
        (m.gv, gate.min_gv),
    ):
        if least > NO_MINIMUM:
            able &= values >= least
    if gate.min_rank > NONE:
        able &= m.rank >= gate.min_rank
    if gate.max_rank < EVER:
        able &= m.rank <= gate.max_rank
    if gate.min_autoship_pv > NO_MINIMUM:
        able &= _autoship(scene) >= gate.min_autoship_pv
    count, least = gate.legs
    if count > 0:
        chosen = (m.ov >= least) & ~m.is_customer & (m.sponsor >= 0)
        able &= np.bincount(m.sponsor[chosen], minlength=len(able)) >= count
    if gate.within > 0:
        age = scene.snapshot.period_id - m.enrolled
        able &= (age >= 0) & (age < gate.within)
    for ask in gate.asks:
        able &= ask.met(scene.measures)
    return able


def passed(scene: Any, gate: Gate) -> Bool:
    """Who meets the gate, now and for as long as it asks; what it remembers is brought up to date.

    Called once for each gate that remembers: the second call would count the period twice.
    """
    able = met(scene, gate)
    if not gate.remembers:
        return able
    memory, period = scene.memories.recall(gate.bonus_id), scene.snapshot.period_id
    memory.counted[:] = np.where(able, memory.counted + 1, 0)
    if gate.streak > 1:
        able &= memory.counted >= gate.streak
    if gate.first_periods > 0:
        memory.first_period[able & (memory.first_period == 0)] = period
        able &= period - memory.first_period < gate.first_periods
    return able


def _autoship(scene: Any) -> I64:
    """Own PV on autoship orders; int64[n]."""
    entries = scene.entries
    chosen = entries.order_type == AUTOSHIP
    out = np.zeros(len(scene.snapshot), np.int64)
    np.add.at(out, entries.member[chosen], entries.pv[chosen])
    return out
