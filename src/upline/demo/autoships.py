"""Standing orders: who has one, on which day, and what became of it each month."""

from dataclasses import dataclass

import numpy as np

from upline.demo.baskets import Basket, draw_baskets, draw_wishes
from upline.demo.catalogue import Catalogue
from upline.demo.draws import Topic, stream
from upline.demo.population import FOREVER, FOUNDERS, LEADER_TALENT, Population
from upline.demo.rows import Rows
from upline.demo.timeline import Month, Positions
from upline.engine.units import DISTRIBUTOR, I8, I64, PREFERRED, Bool

__all__ = ["ACTIVE", "CANCELLED", "PAUSED", "Autoships", "draw_autoships", "run_month"]

ACTIVE, PAUSED, CANCELLED = 1, 2, 3
NO_RESULT, PROCESSED, SKIPPED, FAILED = 0, 1, 2, 3
SHARES = {DISTRIBUTOR: 0.42, PREFERRED: 0.30}
SHARE_NOT_FOR_RESALE = 0.1
SHARE_CANCELLED, SHARE_PAUSED = 0.1, 0.07
# Of the orders due: what is skipped on request, and what the card refuses.
SHARE_SKIPPED, SHARE_FAILED = 0.04, 0.03
SHARE_FULL_VOLUME = 0.75
FULL_VOLUME = 100.0
LAST_DAY = 28


@dataclass(slots=True)
class Autoships(Rows):
    """Struct of arrays. member: number in the population. started, stopped: positions in the
    history; due from the month after the start until the month before the stop. last_result: of
    the newest month run so far."""

    member: I64
    program: I8
    status: I8
    day: I64
    started: Positions
    stopped: Positions
    basket: Basket
    last_result: I8


def draw_autoships(
    seed: int, population: Population, catalogue: Catalogue, months: list[Month]
) -> Autoships:
    """Leaders all have one; others by their type, most of them for the qualifying volume."""
    draws = stream(seed, Topic.AUTOSHIPS)
    shares = np.zeros(4)
    for kind, share in SHARES.items():
        shares[kind] = share
    wants = draws.random(len(population)) < shares[population.customer_type]
    leads = population.talent >= LEADER_TALENT
    member = np.flatnonzero(wants | leads)
    count, present = len(member), float(len(months))
    founder, leader = member < FOUNDERS, leads[member]
    started = np.maximum(population.entered[member], -12.0) + draws.random(count) * 1.5
    started[founder] = -2.0
    fate = draws.random(count)
    fate[founder] = 1.0
    stopped = population.left[member]
    early = started + draws.exponential(8.0, count)
    stopped = np.where(fate < SHARE_CANCELLED, np.minimum(stopped, early), stopped)
    status = np.where(stopped < present, CANCELLED, ACTIVE).astype(np.int8)
    paused = (status == ACTIVE) & (fate > 1 - SHARE_PAUSED) & ~founder
    status[paused] = PAUSED
    stopped = np.where(paused, present - draws.integers(1, 4, count), stopped)
    least = np.where(leader | (draws.random(count) < SHARE_FULL_VOLUME), FULL_VOLUME, 0.0)
    wishes = draw_wishes(draws, population.customer_type[member], least)
    autoships = Autoships(
        member=member,
        program=np.where(draws.random(count) < SHARE_NOT_FOR_RESALE, 2, 1).astype(np.int8),
        status=status,
        day=draws.integers(1, LAST_DAY + 1, count),
        started=started,
        stopped=np.where(status == ACTIVE, FOREVER, stopped),
        basket=draw_baskets(draws, catalogue, wishes),
        last_result=np.full(count, NO_RESULT, np.int8),
    )
    return autoships.take((started < present) & (started < stopped))


def run_month(seed: int, autoships: Autoships, months: list[Month], index: int) -> I64:
    """Rows whose order of the month is made; remembers the result of every one that was due."""
    draws = stream(seed, Topic.AUTOSHIP_ORDERS, index)
    luck = draws.random(len(autoships))
    founder = autoships.member < FOUNDERS
    due = _is_due(autoships, months[index], index)
    failed = due & (luck < SHARE_FAILED) & ~founder
    skipped = due & ~failed & (luck < SHARE_FAILED + SHARE_SKIPPED) & ~founder
    made = due & ~failed & ~skipped
    for rows, result in ((made, PROCESSED), (skipped, SKIPPED), (failed, FAILED)):
        autoships.last_result[rows] = result
    return np.flatnonzero(made)


def _is_due(autoships: Autoships, month: Month, index: int) -> Bool:
    reached = month.days[autoships.day] <= month.until
    return reached & (np.floor(autoships.started) < index) & (np.floor(autoships.stopped) > index)
