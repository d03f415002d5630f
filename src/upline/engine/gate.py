"""Who may be paid a bonus: what a member must have now, and for how long he must have had it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from upline.engine.jit import njit
from upline.engine.plan import Ask
from upline.engine.units import AUTOSHIP, I8, I32, I64, NO_MINIMUM, NONE, Bool

__all__ = ["Gate", "met", "passed"]

EVER = 32767


@dataclass(frozen=True, slots=True)
class Gate:
    """What a member must have in the period to be paid a bonus; volumes 1e-4, ranks positions.

    min_best: the best rank ever achieved. asks: whatever else `requirements` knows.
    min_autoship_pv: own PV on autoship orders. legs: (count, OV) of frontline organizations.
    within: periods since enrolment, that of enrolment included, 0 = any. streak: periods in a row,
    this one included, in which all the rest is met; first_periods: how many periods from the first
    such one on, 0 = any. Both ask for memory under `bonus_id`.
    """

    min_pv: int = NO_MINIMUM
    min_total_pv: int = NO_MINIMUM
    min_ov: int = NO_MINIMUM
    min_gv: int = NO_MINIMUM
    min_rank: int = NONE
    max_rank: int = EVER
    min_best: int = NONE
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
    if gate.min_best > NONE:
        able &= scene.best_rank() >= gate.min_best
    if gate.min_autoship_pv > NO_MINIMUM:
        able &= _autoship(scene) >= gate.min_autoship_pv
    count, least = gate.legs
    if count > 0:
        legs = np.zeros(len(able), np.int32)
        _count_legs(m.sponsor, m.is_customer, m.ov, least, legs)
        able &= legs >= count
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
    _remember(able, gate.streak, gate.first_periods, period, memory.counted, memory.first_period)
    return able


@njit
def _count_legs(sponsor: I32, is_customer: Bool, ov: I64, least: int, legs: I32) -> None:
    for v in range(len(legs)):
        if ov[v] >= least and not is_customer[v] and sponsor[v] >= 0:
            legs[sponsor[v]] += 1


@njit
def _remember(
    able: Bool, streak: int, periods: int, period: int, counted: I32, first_period: I32
) -> None:
    """Count the period for those who are able, and leave able who meets what is asked of the past.

    What is blank and stays so is not written to: memory that nobody touches costs nothing.
    """
    for v in range(len(able)):
        if not able[v]:
            if counted[v] != 0:
                counted[v] = 0
            continue
        counted[v] += 1
        if streak > 1 and counted[v] < streak:
            able[v] = False
        elif periods > 0:
            if first_period[v] == 0:
                first_period[v] = period
            able[v] = period - first_period[v] < periods


def _autoship(scene: Any) -> I64:
    """Own PV on autoship orders; int64[n]."""
    entries = scene.entries
    out = np.zeros(len(scene.snapshot), np.int64)
    _add_of_type(AUTOSHIP, entries.order_type, entries.member, entries.pv, out)
    return out


@njit
def _add_of_type(wanted: int, order_type: I8, member: I32, values: I64, out: I64) -> None:
    for k in range(len(values)):
        if order_type[k] == wanted:
            out[member[k]] += values[k]
