"""How the demo company grew: who sponsored whom, and where the binary tree put them.

Sponsors are found by preferential attachment: whoever recruits well, and is new enough to be eager,
recruits more, which gives a few large organizations, many small ones, and leaves.
"""

import numpy as np
from numpy.typing import NDArray

from upline.demo.draws import Topic, pick, stream
from upline.demo.population import FOUNDERS, Population
from upline.engine.jit import njit
from upline.engine.units import I8, I32, LEFT, RIGHT, Bool

__all__ = ["grow"]

# The founders' sponsors: the root has five legs, the first of them legs of their own.
FOUNDING = (-1, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4)
# Enthusiasm halves about every half year, but never dies.
ENTHUSIASM_MONTHS, ENTHUSIASM_LEFT = 8.0, 0.04
# Each wave of newcomers is this part of all who are there; waves make the generations.
WAVE = 0.07
SHARE_PLACED_BELOW = 0.125
# Some of those are found their place in the first weeks only.
SHARE_MOVED, MICROSECONDS_TO_MOVE = 0.2, 25 * 86_400e6
SHARE_SAME_COUNTRY = 0.86
# Distributors build one leg mainly; the company's outer left leg grows longest.
SHARE_LEFT_BUILDERS = 0.6
SHARE_STRONG_LEG = 0.68


def grow(
    population: Population,
    seed: int,
    country_weights: NDArray[np.float64],
    present: np.datetime64,
) -> None:
    """Fill sponsor, enroller, moves, country and the binary tree of `population`."""
    _recruit(population, seed, country_weights)
    _move(population, stream(seed, Topic.MOVES), present)
    draws = stream(seed, Topic.BINARY)
    builds_left = draws.random(len(population)) < SHARE_LEFT_BUILDERS
    to_strong = draws.random(len(population)) < SHARE_STRONG_LEG
    _place(
        np.repeat(np.arange(len(population), dtype=np.int32), 2),
        population.enroller,
        population.is_distributor,
        builds_left,
        to_strong,
        population.binary_parent,
        population.side,
    )


def _recruit(population: Population, seed: int, country_weights: NDArray[np.float64]) -> None:
    """Wave after wave, newcomers choose a sponsor among the distributors there before them."""
    members = len(population)
    draws = stream(seed, Topic.SPONSORS)
    spread = np.cumsum(country_weights)
    recruits = np.zeros(members, np.int64)
    entered, left = population.entered, population.left
    first = min(members, FOUNDERS)
    population.sponsor[:first] = population.enroller[:first] = FOUNDING[:first]
    population.country[:first] = pick(draws, spread, first)
    population.country[: FOUNDERS // 2] = 0
    np.add.at(recruits, population.sponsor[1:first], 1)
    start = first
    while start < members:
        stop = min(members, start + max(1, int(start * WAVE)))
        age = entered[start] - entered[:start]
        weight = population.talent[:start] * np.sqrt(1.0 + recruits[:start])
        weight *= np.exp(-age / ENTHUSIASM_MONTHS) + ENTHUSIASM_LEFT
        weight *= left[:start] > entered[start]
        sponsor = pick(draws, np.cumsum(weight), stop - start)
        above = population.sponsor[sponsor]
        placed_below = (draws.random(stop - start) < SHARE_PLACED_BELOW) & (above >= 0)
        population.sponsor[start:stop] = sponsor
        population.enroller[start:stop] = np.where(placed_below, above, sponsor)
        alike = draws.random(stop - start) < SHARE_SAME_COUNTRY
        abroad = pick(draws, spread, stop - start)
        population.country[start:stop] = np.where(alike, population.country[sponsor], abroad)
        np.add.at(recruits, population.enroller[start:stop], 1)
        start = stop


def _move(population: Population, draws: np.random.Generator, present: np.datetime64) -> None:
    """Let a few of those placed below begin right under their enroller."""
    members = len(population)
    chosen = draws.random(members) < SHARE_MOVED
    wait = (1 + draws.random(members) * MICROSECONDS_TO_MOVE).astype(np.int64)
    moved = population.enrolled + wait.astype("m8[us]")
    chosen &= (population.sponsor != population.enroller) & (moved < present)
    population.moved[chosen] = moved[chosen]


@njit
def _place(
    bottom: I32,
    enroller: I32,
    placed: Bool,
    builds_left: Bool,
    to_strong: Bool,
    parent: I32,
    side: I8,
) -> None:
    """Newcomers go to the bottom of an outer leg of their enroller, mostly of the stronger one.

    bottom: int32[2n], everybody's own number twice: at [2 * m + s] somebody on m's outer leg of
    side s, the lowest known; following it to the end and shortening the way for all passed keeps
    legs of any length cheap. parent: int32[n], filled with members' numbers; side: int8[n], filled.
    """
    n = len(enroller)
    for v in range(n):
        top = enroller[v]
        if not placed[v] or top < 0:
            continue
        left = builds_left[top] == to_strong[v]
        leg = 0 if left else 1
        last = top
        while bottom[2 * last + leg] != last:
            last = bottom[2 * last + leg]
        walk = top
        while walk != last:
            following = bottom[2 * walk + leg]
            bottom[2 * walk + leg] = last
            walk = following
        bottom[2 * last + leg] = v
        parent[v] = last
        side[v] = LEFT if left else RIGHT
