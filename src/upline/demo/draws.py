"""Where chance comes from: one independent stream for each topic and part of a build.

A stream depends on the seed, its topic and its part alone, so that changing how much one part draws
leaves all the others as they are.
"""

from enum import IntEnum

import numpy as np

__all__ = ["Topic", "pick", "stream"]


class Topic(IntEnum):
    """What a stream is for; the numbers are part of the recipe and never change."""

    POPULATION = 1
    SPONSORS = 2
    BINARY = 3
    CAREERS = 4
    PEOPLE = 5
    AUTOSHIPS = 6
    ORDERS = 7
    ENROLMENT_ORDERS = 8
    AUTOSHIP_ORDERS = 9
    REFUNDS = 10
    MOVES = 11


def stream(seed: int, topic: Topic, part: int = 0) -> np.random.Generator:
    """The generator of one topic; `part` is a month or a slice of it."""
    return np.random.Generator(np.random.PCG64([seed, topic, part]))


def pick(
    draws: np.random.Generator, cumulative: np.ndarray[tuple[int], np.dtype[np.float64]], count: int
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """`count` positions, each as often as its share of the running sums `cumulative`."""
    at = draws.random(count) * cumulative[-1]
    found = np.searchsorted(cumulative, at, side="right")
    chosen: np.ndarray[tuple[int], np.dtype[np.int64]] = np.minimum(found, len(cumulative) - 1)
    return chosen
