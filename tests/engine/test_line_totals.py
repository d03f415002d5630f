"""Totals kept up equal those of the lines that are left, rates that were several included."""

from collections import defaultdict
from random import Random

import numpy as np
import pytest

from upline.engine.arithmetic import Place
from upline.engine.line_totals import LineTotals
from upline.engine.lines import new_sink
from upline.engine.plan import Rounding

LEVELS = 3
Line = tuple[int, int, int, int]


def columns(lines: list[Line]) -> tuple[np.ndarray, ...]:
    table = np.array(lines, np.int64).reshape(-1, 4).T
    kinds = (np.int32, np.int16, np.int64, np.int64)
    return tuple(column.astype(kind) for column, kind in zip(table, kinds, strict=True))


@pytest.mark.parametrize("place", [Place.LINE, Place.LEVEL, Place.BONUS])
def test_lines_come_and_go(place: Place) -> None:
    random, lines = Random(3), list[Line]()
    sink = new_sink(1, Rounding(place=place))._replace(levels=LEVELS)
    totals = LineTotals(sink)
    for _ in range(60):
        came = [
            (random.randrange(9), random.randint(1, LEVELS), random.randint(-99, 999), rate)
            for rate in random.choices([50_000, 80_000], k=random.randint(0, 5))
        ]
        went = random.sample(lines, min(len(lines), random.randint(0, 5)))
        for line in went:
            lines.remove(line)
        for slot in totals.take(*columns(went)).tolist() if went else []:
            _, level, _, rate = columns([line for line in lines if line[0] == slot])
            totals.settle_rates(slot, level, rate)
        totals.add(*columns(came))
        lines += came
        fresh = LineTotals(sink)
        fresh.add(*columns(lines))
        everybody = np.arange(12, dtype=np.int32)
        assert totals.of(everybody).tolist() == fresh.of(everybody).tolist()
        assert_right(fresh, lines)


def assert_right(totals: LineTotals, lines: list[Line]) -> None:
    volume, rates = defaultdict[tuple[int, int], int](int), defaultdict(set)
    for slot, level, base, rate in lines:
        volume[slot, level] += base
        rates[slot, level].add(rate)
    cells = totals.of(np.arange(9, dtype=np.int32)).reshape(9, LEVELS, 4)
    for slot in range(9):
        for level in range(1, LEVELS + 1):
            there = rates[slot, level]
            wanted = [volume[slot, level], there.pop() if len(there) == 1 else -bool(there)]
            assert cells[slot, level - 1, [0, 3]].tolist() == wanted
