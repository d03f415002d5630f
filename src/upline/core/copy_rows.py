"""Arrays to binary COPY tuples, column by column, without touching a value in Python.

Every row of a chunk gets a slot as wide as its widest form. Each column in turn is written where
the one before ended, at its shortest: NULLs and zeros take no body, texts their own length. Then
the slots are moved together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upline.core.jit import njit

NUMERIC_NEGATIVE = 0x4000
BASE = 10_000
LENGTH = 4  # bytes in front of every value; -1 says NULL
# PostgreSQL counts time from 2000-01-01.
EPOCH = np.datetime64("2000-01-01", "us")
EPOCH_DAY = np.datetime64("2000-01-01", "D")

I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]
NO_NULLS = np.empty(0, np.bool_)


class Kind(Enum):
    """How a column travels."""

    BIGINT = "bigint"
    INTEGER = "integer"
    SMALLINT = "smallint"
    BOOLEAN = "boolean"
    NUMERIC = "numeric"  # int64 ten-thousandths ↔ NUMERIC(19,4)
    MILLIONTHS = "millionths"  # int64 millionths ↔ NUMERIC(…,6)
    TEXT = "text"  # dtype S holding UTF-8 → text, varchar, bytea; write only
    TIMESTAMP = "timestamp"  # datetime64 in UTC → timestamptz; write only
    DATE = "date"  # datetime64 → date; write only
    BYTES = "bytes"  # dtype V, all of one length → bytea; write only


@dataclass(frozen=True, slots=True)
class Column:
    """One column to write: `values` is a 1-d array; entries where `null` is true become NULL."""

    name: str
    kind: Kind
    values: NDArray[Any]
    null: NDArray[np.bool_] | None = None


_WIDTH = {
    Kind.BIGINT: 8,
    Kind.INTEGER: 4,
    Kind.SMALLINT: 2,
    Kind.BOOLEAN: 1,
    Kind.TIMESTAMP: 8,
    Kind.DATE: 4,
    # Count, weight, sign and scale, then digits to base 10,000: five hold any int64 before the
    # point, two what is behind it.
    Kind.NUMERIC: 8 + 2 * 7,
    Kind.MILLIONTHS: 8 + 2 * 7,
}
_SCALE = {Kind.NUMERIC: 4, Kind.MILLIONTHS: 6}


def encode_rows(columns: Sequence[Column], start: int, stop: int) -> bytes:
    """Binary COPY tuples of rows [start, stop)."""
    width = 2 + sum(LENGTH + _widest(column) for column in columns)
    slots = np.empty((stop - start) * width, np.uint8)
    at = np.arange(0, len(slots), width, dtype=np.int64)
    _open(slots, at, len(columns))
    for column in columns:
        _put(slots, at, column, slice(start, stop))
    at -= np.arange(0, len(slots), width, dtype=np.int64)
    packed = np.empty(int(at.sum()), np.uint8)
    _move_together(slots, at, width, packed)
    return packed.tobytes()


def _widest(column: Column) -> int:
    return _WIDTH.get(column.kind) or column.values.itemsize


def _put(slots: U8, at: I64, column: Column, rows: slice) -> None:
    kind, values = column.kind, column.values[rows]
    null = NO_NULLS if column.null is None else np.ascontiguousarray(column.null[rows])
    match kind:
        case Kind.TEXT | Kind.BYTES:
            size = np.full(len(values), values.itemsize, np.int64)
            if kind is Kind.TEXT:
                size = np.strings.str_len(values).astype(np.int64)
            bodies = np.ascontiguousarray(values).view(np.uint8)
            _put_bodies(slots, at, bodies, size, values.itemsize, null)
        case Kind.NUMERIC | Kind.MILLIONTHS:
            _put_decimals(slots, at, _whole(values), _SCALE[kind], null)
        case Kind.TIMESTAMP:
            since = (values.astype("datetime64[us]") - EPOCH).view(np.int64)
            _put_integers(slots, at, since, _WIDTH[kind], null)
        case Kind.DATE:
            since = (values.astype("datetime64[D]") - EPOCH_DAY).view(np.int64)
            _put_integers(slots, at, since, _WIDTH[kind], null)
        case _:
            _put_integers(slots, at, _whole(values), _WIDTH[kind], null)


def _whole(values: NDArray[Any]) -> I64:
    """One type for all, so that one kernel serves every width."""
    return np.ascontiguousarray(values, np.int64)


@njit
def _big(slots: U8, at: int, value: int, width: int) -> None:
    """The lowest `width` bytes of a number, highest first."""
    target = slots[at:]  # counted from its beginning, so that no index may be negative
    for k in range(width):
        target[k] = (value >> (8 * (width - 1 - k))) & 0xFF


@njit
def _open(slots: U8, at: I64, columns: int) -> None:
    for row in range(len(at)):
        _big(slots, at[row], columns, 2)
        at[row] += 2


@njit
def _put_integers(slots: U8, at: I64, values: I64, width: int, null: Bool) -> None:
    for row in range(len(at)):
        here = at[row]
        if len(null) > 0 and null[row]:
            _big(slots, here, -1, LENGTH)
            at[row] = here + LENGTH
            continue
        _big(slots, here, width, LENGTH)
        _big(slots, here + LENGTH, values[row], width)
        at[row] = here + LENGTH + width


@njit
def _put_decimals(slots: U8, at: I64, values: I64, scale: int, null: Bool) -> None:
    """NUMERIC on the wire: digit count, weight, sign, scale, then base-10000 digits."""
    for row in range(len(at)):
        here = at[row]
        if len(null) > 0 and null[row]:
            _big(slots, here, -1, LENGTH)
            at[row] = here + LENGTH
            continue
        size = abs(values[row])
        # Divided by numbers that are known beforehand, which is several times as fast.
        if scale == 4:
            whole = size // BASE
            first, second = size - whole * BASE, 0
        else:
            whole = size // (100 * BASE)
            part = size - whole * (100 * BASE)
            first = part // 100
            second = (part - first * 100) * 100
        behind = 2 if second > 0 else 1 if first > 0 else 0
        before = 0
        left = whole
        while left > 0:
            left //= BASE
            before += 1
        digits = before + behind
        body = here + LENGTH
        _big(slots, here, 8 + 2 * digits, LENGTH)
        _big(slots, body, digits, 2)
        _big(slots, body + 2, before - 1, 2)  # power of BASE of the first digit
        _big(slots, body + 4, NUMERIC_NEGATIVE if values[row] < 0 else 0, 2)
        _big(slots, body + 6, scale, 2)
        left = whole
        for k in range(before - 1, -1, -1):
            above = left // BASE
            _big(slots, body + 8 + 2 * k, left - above * BASE, 2)
            left = above
        if behind > 0:
            _big(slots, body + 8 + 2 * before, first, 2)
        if behind > 1:
            _big(slots, body + 10 + 2 * before, second, 2)
        at[row] = body + 8 + 2 * digits


@njit
def _put_bodies(slots: U8, at: I64, bodies: U8, size: I64, stride: int, null: Bool) -> None:
    for row in range(len(at)):
        here = at[row]
        if len(null) > 0 and null[row]:
            _big(slots, here, -1, LENGTH)
            at[row] = here + LENGTH
            continue
        _big(slots, here, size[row], LENGTH)
        source, target = bodies[row * stride :], slots[here + LENGTH :]
        for k in range(size[row]):
            target[k] = source[k]
        at[row] = here + LENGTH + size[row]


@njit
def _move_together(slots: U8, used: I64, width: int, packed: U8) -> None:
    """The first `used` bytes of every slot, one after the other."""
    to = 0
    for row in range(len(used)):
        source, target = slots[row * width :], packed[to:]
        for k in range(used[row]):
            target[k] = source[k]
        to += used[row]
