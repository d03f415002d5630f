"""Where kernels write: one line per payment, and running exact totals per payee and level."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from upline.engine.arithmetic import product, round_exact
from upline.engine.jit import njit
from upline.engine.plan import Rounding
from upline.engine.units import I32, I64, Bool

__all__ = ["LINE", "Sink", "add_to", "emit", "emit_exact", "grown", "new_sink", "totals_for"]

# Rows, not columns: a line is written at once, so it costs one cache line instead of eight.
LINE = np.dtype(
    (
        np.record,  # so that kernels run as plain Python, too
        [
            ("payee", np.int32),
            ("source", np.int32),
            ("entry_id", np.int64),
            ("base", np.int64),
            ("rate", np.int64),
            ("amount", np.int64),
            ("level", np.int16),
            ("paid_level", np.int16),
            ("bonus_id", np.int16),
        ],
    )
)


class Sink(NamedTuple):
    """Growing rows of lines plus dense totals of the bonus at hand.

    lines: LINE[capacity], of which used[0] are written. Payee and source are member positions;
    entry_id is 0 when a line sums a whole member; level: steps from source to payee in the tree
    walked (cut at 32767); paid_level: the level that the rate belongs to; base, amount 1e-4;
    rate 1e-6. slot: int32[n], a payee's place among those who may be paid; cells: int64[payees *
    levels, 4], row slot * levels + paid_level - 1 holds volume, both limbs of money, and the rate
    (-1 when there were several).
    """

    lines: npt.NDArray[Any]
    slot: I32
    cells: I64
    used: I64
    bonus_id: int
    levels: int
    place: int
    mode: int
    unit: int


def new_sink(capacity: int, rounding: Rounding) -> Sink:
    """An empty sink without totals; `totals_for` attaches those of a bonus."""
    return Sink(
        lines=np.empty(capacity, LINE),
        slot=np.empty(0, np.int32),
        cells=np.empty((0, 4), np.int64),
        used=np.zeros(1, np.int64),
        bonus_id=0,
        levels=0,
        place=int(rounding.place),
        mode=int(rounding.mode),
        unit=int(rounding.unit),
    )


def totals_for(sink: Sink, payees: Bool, levels: int, bonus_id: int) -> Sink:
    """The sink with zeroed totals for a bonus; the buffer of the bonus before is used again.

    payees: bool[n], who may be paid; nobody else has room for totals.
    """
    slot = np.cumsum(payees, dtype=np.int32)
    slot -= 1
    size = (int(slot[-1]) + 1 if len(slot) else 0) * levels
    cells = sink.cells
    if len(cells) < size:
        cells = np.zeros((size, 4), np.int64)
    else:
        cells[:size] = 0
    return sink._replace(slot=slot, cells=cells, levels=levels, bonus_id=bonus_id)


def grown(sink: Sink, room: int) -> Sink:
    """The sink with at least `room` free lines and half as many again."""
    used = int(sink.used[0])
    wider = np.empty(used + room + used // 2, LINE)
    wider[:used] = sink.lines[:used]
    return sink._replace(lines=wider)


@njit
def add_to(cells: I64, at: int, base: int, rate: int, high: int, low: int) -> None:
    """Add a line to the totals of its payee and level."""
    cells[at, 0] += base
    cells[at, 1] += high
    cells[at, 2] += low
    if cells[at, 3] == 0:
        cells[at, 3] = rate
    elif cells[at, 3] != rate:
        cells[at, 3] = -1  # a level paid at several rates shows none


@njit
def emit_exact(
    sink: Sink,
    payee: int,
    source: int,
    entry_id: int,
    level: int,
    paid_level: int,
    base: int,
    rate: int,
    high: int,
    low: int,
) -> None:
    """Write one line of an exact amount and add it to the payee's total of that level."""
    if sink.place == 0:
        amount = round_exact(high, low, sink.unit, sink.mode)
        high = amount
        low = 0
    else:
        amount = round_exact(high, low, 1, sink.mode)
    k = sink.used[0]
    sink.used[0] = k + 1
    line = sink.lines[k]
    line.payee = payee
    line.source = source
    line.entry_id = entry_id
    line.base = base
    line.rate = rate
    line.amount = amount
    line.level = min(level, 32767)
    line.paid_level = paid_level
    line.bonus_id = sink.bonus_id
    add_to(sink.cells, sink.slot[payee] * sink.levels + paid_level - 1, base, rate, high, low)


@njit
def emit(
    sink: Sink,
    payee: int,
    source: int,
    entry_id: int,
    level: int,
    paid_level: int,
    base: int,
    rate: int,
) -> None:
    """Write one line of base times rate."""
    high, low = product(base, rate)
    emit_exact(sink, payee, source, entry_id, level, paid_level, base, rate, high, low)
