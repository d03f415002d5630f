"""Where kernels write: one line per payment, and running exact totals per payee and level."""

from typing import Any, NamedTuple

import numpy as np

from upline.engine.arithmetic import product, round_exact
from upline.engine.jit import njit
from upline.engine.plan import Rounding
from upline.engine.units import I16, I32, I64

__all__ = ["Sink", "emit", "emit_exact", "grown", "new_sink", "totals_for"]

_COLUMNS = ("payee", "source", "entry_id", "level", "paid_level", "base", "rate", "amount")


class Sink(NamedTuple):
    """Growing columns of lines plus dense totals of the bonus at hand.

    payee, source: int32 member positions; entry_id int64, 0 when a line sums a whole member;
    level: int16 steps from source to payee in the tree walked (cut at 32767); paid_level: int16,
    the level that the rate belongs to; base, amount: int64 1e-4; rate: int64 1e-6.
    used: int64[1], lines written. volume, high, low, seen_rate: int64[n * levels] totals of the
    current bonus at [payee * levels + paid_level - 1]; high and low are the limbs of money.
    """

    payee: I32
    source: I32
    entry_id: I64
    level: I16
    paid_level: I16
    base: I64
    rate: I64
    amount: I64
    used: I64
    volume: I64
    high: I64
    low: I64
    seen_rate: I32
    levels: int
    place: int
    mode: int
    unit: int


def _columns(size: int) -> dict[str, Any]:
    return {
        "payee": np.empty(size, np.int32),
        "source": np.empty(size, np.int32),
        "entry_id": np.empty(size, np.int64),
        "level": np.empty(size, np.int16),
        "paid_level": np.empty(size, np.int16),
        "base": np.empty(size, np.int64),
        "rate": np.empty(size, np.int64),
        "amount": np.empty(size, np.int64),
    }


def new_sink(capacity: int, rounding: Rounding) -> Sink:
    """An empty sink without totals; `totals_for` attaches those of a bonus."""
    none = np.empty(0, np.int64)
    return Sink(
        **_columns(capacity),
        used=np.zeros(1, np.int64),
        volume=none,
        high=none,
        low=none,
        seen_rate=none.astype(np.int32),
        levels=0,
        place=int(rounding.place),
        mode=int(rounding.mode),
        unit=int(rounding.unit),
    )


def totals_for(sink: Sink, members: int, levels: int) -> Sink:
    """The sink with zeroed totals for a bonus; buffers of the bonus before are used again."""
    size = members * levels
    if len(sink.volume) < size:
        sink = sink._replace(
            volume=np.zeros(size, np.int64),
            high=np.zeros(size, np.int64),
            low=np.zeros(size, np.int64),
            seen_rate=np.zeros(size, np.int32),
            levels=levels,
        )
    else:
        for column in (sink.volume, sink.high, sink.low, sink.seen_rate):
            column[:size] = 0
        sink = sink._replace(levels=levels)
    return sink


def grown(sink: Sink, room: int) -> Sink:
    """The sink with at least `room` free lines and half as many again."""
    used = int(sink.used[0])
    wider = _columns(used + room + used // 2)
    for name in _COLUMNS:
        wider[name][:used] = getattr(sink, name)[:used]
    return sink._replace(**wider)


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
    sink.payee[k] = payee
    sink.source[k] = source
    sink.entry_id[k] = entry_id
    sink.level[k] = min(level, 32767)
    sink.paid_level[k] = paid_level
    sink.base[k] = base
    sink.rate[k] = rate
    sink.amount[k] = amount
    cell = payee * sink.levels + paid_level - 1
    sink.volume[cell] += base
    sink.high[cell] += high
    sink.low[cell] += low
    if sink.seen_rate[cell] == 0:
        sink.seen_rate[cell] = rate
    elif sink.seen_rate[cell] != rate:
        sink.seen_rate[cell] = -1  # a level paid at several rates shows none


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
