"""Who joined when, as what, and how eagerly they take part: one array entry per member.

Members are numbered by their day of enrolment, so whoever stands above has the lower number.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from upline.demo.draws import Topic, pick, stream
from upline.demo.timeline import Instants, Month, Positions, instants_at, present_position
from upline.engine.units import (
    ACTIVE,
    DISTRIBUTOR,
    I8,
    I32,
    I64,
    INACTIVE,
    ON_HOLD,
    PREFERRED,
    RETAIL,
    TERMINATED,
    Bool,
)

__all__ = ["FOREVER", "FOUNDERS", "LEADER_TALENT", "Population", "draw_population"]

# The first distributors: always active, never gone, spread over the legs of the first of them. The
# talents of those below the second of them make her organization rank high.
FOUNDERS = 16
SHARE_BEFORE, MONTHS_BEFORE = 0.42, 30.0
# Enrolments of the last month against those of the first one; the running month is half over.
GROWTH, RUNNING_MONTH = 1.5, 0.5
TYPE_SHARES = {DISTRIBUTOR: 0.70, PREFERRED: 0.15, RETAIL: 0.15}
# How long people stay in business, and what becomes of those who left.
LEAST_STAY, MEAN_STAY = 1.3, 17.0
LEFT_AS = {INACTIVE: 0.55, TERMINATED: 0.12}
NOTICE = 1.5
SHARE_ON_HOLD = 0.006
# Talent follows a power law: few sponsor most of the rest. Who has much of it is a leader, who
# orders every month and stays longer.
TALENT_EXPONENT, MOST_TALENT = 1.5, 30.0
FOUNDER_TALENTS = (10, 16, 12, 10, 10, 8, 26, 22, 8, 10, 10, 8, 10, 8, 10, 8)
LEADER_TALENT, LEADER_EAGERNESS, LEADER_STAY = 4.0, 0.93, 3.0
FOREVER = 1e6


@dataclass(slots=True)
class Population:
    """Struct of arrays over n members, in order of enrolment.

    entered, left: positions in the history (see timeline) of their enrolment and of their last
    interest, FOREVER when it lasts. terminated: NaT but for the terminated. talent: how strongly
    they attract others, 0 for customers. eagerness: chance to order in a usual month. sponsor,
    enroller: numbers of members, -1 for the root. moved: when those who began under their enroller
    came under their sponsor, NaT for all others. country: index of the country. binary_parent,
    side: place in the binary tree, -1 and 0 for the root and for customers, who have none.
    """

    enrolled: Instants
    entered: Positions
    left: Positions
    customer_type: I8
    terminated: Instants
    status: I8
    talent: NDArray[np.float64]
    eagerness: NDArray[np.float64]
    sponsor: I32
    enroller: I32
    moved: Instants
    country: I8
    binary_parent: I32
    side: I8

    def __len__(self) -> int:
        return len(self.enrolled)

    @property
    def is_distributor(self) -> Bool:
        return np.equal(self.customer_type, DISTRIBUTOR)

    @property
    def joined(self) -> I64:
        """Index of the month of enrolment, below 0 for earlier ones."""
        return np.floor(self.entered).astype(np.int64)


def draw_population(seed: int, members: int, months: list[Month]) -> Population:
    """Everything but the trees, which are grown into the result afterwards."""
    draws = stream(seed, Topic.POPULATION)
    entered, enrolled = _enrolments(draws, members, months)
    kinds = _types(draws, members)
    talent = _talents(draws, kinds)
    careers = stream(seed, Topic.CAREERS)
    left, ended, status = _careers(careers, entered, kinds, talent, months)
    terminated = instants_at(months, np.where(status == TERMINATED, ended, 0.0))
    terminated[status != TERMINATED] = np.datetime64("NaT")
    return Population(
        enrolled=enrolled,
        entered=entered,
        left=left,
        customer_type=kinds,
        terminated=terminated,
        status=status,
        talent=talent,
        eagerness=_eagerness(draws, kinds, talent),
        sponsor=np.full(members, -1, np.int32),
        enroller=np.full(members, -1, np.int32),
        moved=np.full(members, np.datetime64("NaT"), "M8[us]"),
        country=np.zeros(members, np.int8),
        binary_parent=np.full(members, -1, np.int32),
        side=np.zeros(members, np.int8),
    )


def _enrolments(
    draws: np.random.Generator, members: int, months: list[Month]
) -> tuple[Positions, Instants]:
    """Sorted positions and their instants; more join from month to month."""
    wave = 1 + 0.12 * np.sin(np.arange(len(months)) * 1.1)
    weights = np.linspace(1.0, GROWTH, len(months)) * wave
    weights[-1] *= RUNNING_MONTH
    later = members - max(min(members, FOUNDERS), round(members * SHARE_BEFORE))
    edges = np.round(np.cumsum(weights) / weights.sum() * later).astype(np.int64)
    before = -MONTHS_BEFORE * np.sort(draws.random(members - later) ** 0.6)[::-1]
    before[0] = -MONTHS_BEFORE
    positions, instants = [before], [instants_at(months, before)]
    for index, size in enumerate(np.diff(edges, prepend=0)):
        fractions = np.sort(draws.random(size)) * months[index].share
        positions.append(index + fractions)
        instants.append(np.sort(months[index].instants(fractions, draws)))
    return np.concatenate(positions), np.concatenate(instants)


def _types(draws: np.random.Generator, members: int) -> I8:
    kinds = np.array(list(TYPE_SHARES), np.int8)
    chosen = kinds[pick(draws, np.cumsum(list(TYPE_SHARES.values())), members)]
    chosen[:FOUNDERS] = DISTRIBUTOR
    return chosen


def _talents(draws: np.random.Generator, kinds: I8) -> NDArray[np.float64]:
    talent = np.minimum(draws.pareto(TALENT_EXPONENT, len(kinds)) + 0.1, MOST_TALENT)
    talent[:FOUNDERS] = FOUNDER_TALENTS[: len(kinds)]
    talent[kinds != DISTRIBUTOR] = 0.0
    return talent


def _eagerness(
    draws: np.random.Generator, kinds: I8, talent: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Most order now and then, some every month; founders always."""
    eagerness = draws.beta(1.1, 1.5, len(kinds))
    eagerness[kinds == RETAIL] *= 0.55
    eagerness = np.where(talent >= LEADER_TALENT, LEADER_EAGERNESS, eagerness)
    eagerness[:FOUNDERS] = 1.0
    return eagerness


def _careers(
    draws: np.random.Generator,
    entered: Positions,
    kinds: I8,
    talent: NDArray[np.float64],
    months: list[Month],
) -> tuple[Positions, Positions, I8]:
    """When each member lost interest, when that ends in termination, and the status they have."""
    members = len(entered)
    present = present_position(months)
    stay = draws.exponential(MEAN_STAY, members)
    left = entered + LEAST_STAY + np.where(talent >= LEADER_TALENT, LEADER_STAY, 1.0) * stay
    left[:FOUNDERS] = FOREVER
    gone = left < present
    fate = draws.random(members)
    status = np.full(members, ACTIVE, np.int8)
    status[gone & (fate < LEFT_AS[INACTIVE])] = INACTIVE
    ended = left + NOTICE
    may_end = (fate > 1 - LEFT_AS[TERMINATED]) & (kinds != RETAIL)
    status[(ended < present) & may_end] = TERMINATED
    held = ~gone & (draws.random(members) < SHARE_ON_HOLD)
    held[:FOUNDERS] = False
    status[held] = ON_HOLD
    return left, ended, status
