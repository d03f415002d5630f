"""Arrays to binary COPY tuples without a loop over rows.

Every row is laid out at the width of its widest form in one structured array; where a value is NULL
or a text is shorter, a mask leaves the unused bytes out. So NULLs and texts cost one pass over the
bytes, and rows of numbers alone cost none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

NUMERIC_NEGATIVE = 0x4000
BASE = 10_000
# Base-10000 digits behind the point.
_FRACTION = {"numeric": 1, "millionths": 2}
# PostgreSQL counts time from 2000-01-01.
EPOCH = np.datetime64("2000-01-01", "us")
EPOCH_DAY = np.datetime64("2000-01-01", "D")


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


_WIRE = {
    Kind.BIGINT: ">i8",
    Kind.INTEGER: ">i4",
    Kind.SMALLINT: ">i2",
    Kind.BOOLEAN: "u1",
    Kind.TIMESTAMP: ">i8",
    Kind.DATE: ">i4",
}
Field = tuple[str, str] | tuple[str, str, int | tuple[int, ...]]


def encode_rows(columns: Sequence[Column], start: int, stop: int) -> bytes:
    """Binary COPY tuples of rows [start, stop)."""
    fields: list[Field] = [("count", ">i2")]
    lengths: dict[int, NDArray[Any]] = {}  # of the columns whose rows differ in length
    for index, column in enumerate(columns):
        size = None
        if column.kind is Kind.TEXT:
            size = np.strings.str_len(column.values[start:stop]).astype(np.int32)
        fields.append((f"l{index}", ">i4"))
        body = _layout(index, column.kind, column.values[start:stop], size)
        fields.extend(body)
        null = None if column.null is None else column.null[start:stop]
        if null is not None and null.any():
            full = size if size is not None else np.dtype(body).itemsize
            lengths[index] = np.where(null, -1, full)
        elif size is not None:
            lengths[index] = size
    rows = np.zeros(stop - start, dtype=np.dtype(fields))
    rows["count"] = len(columns)
    for index, column in enumerate(columns):
        _fill(rows, index, column.kind, column.values[start:stop])
        if index in lengths:
            rows[f"l{index}"] = lengths[index]
    return _squeezed(rows, lengths) if lengths else rows.tobytes()


def _squeezed(rows: NDArray[Any], lengths: dict[int, NDArray[Any]]) -> bytes:
    """The rows without the bytes that their lengths do not cover."""
    width = rows.dtype.itemsize
    used = np.ones((len(rows), width), np.bool_)
    offsets = [offset for _, offset in (rows.dtype.fields or {}).values()]  # type: ignore[misc]
    names = list(rows.dtype.names or ())
    for index, length in lengths.items():
        after = names.index(f"l{index}") + 1
        begin = offsets[after - 1] + 4
        last = index + 1
        end = offsets[names.index(f"l{last}")] if f"l{last}" in names else width
        used[:, begin:end] = np.arange(end - begin) < length[:, None]
    return rows.view(np.uint8).reshape(len(rows), width)[used].tobytes()


def _layout(index: int, kind: Kind, values: NDArray[Any], size: NDArray[Any] | None) -> list[Field]:
    match kind:
        case Kind.NUMERIC | Kind.MILLIONTHS:
            return [(f"h{index}", ">i2", 4), (f"v{index}", ">i2", (_digits(kind, values),))]
        case Kind.TEXT:
            longest = int(size.max(initial=0)) if size is not None else 0
            return [(f"v{index}", f"S{max(longest, 1)}")]
        case Kind.BYTES:
            return [(f"v{index}", f"V{values.itemsize}")]
        case _:
            return [(f"v{index}", _WIRE[kind])]


def _digits(kind: Kind, values: NDArray[Any]) -> int:
    """How many base-10000 digits the largest of `values` needs, those behind the point included."""
    unit = BASE if kind is Kind.NUMERIC else 1_000_000
    whole = max(int(values.max(initial=0)), -int(values.min(initial=0))) // unit
    count = 0
    while whole:
        whole //= BASE
        count += 1
    return count + _FRACTION[kind.value]


def _fill(rows: NDArray[Any], index: int, kind: Kind, values: NDArray[Any]) -> None:
    if kind in (Kind.NUMERIC, Kind.MILLIONTHS):
        _fill_numeric(rows, index, kind, values)
        return
    if kind is Kind.TIMESTAMP:
        values = (values.astype("datetime64[us]") - EPOCH).view(np.int64)
    elif kind is Kind.DATE:
        values = (values.astype("datetime64[D]") - EPOCH_DAY).view(np.int64)
    rows[f"l{index}"] = rows.dtype[f"v{index}"].itemsize
    rows[f"v{index}"] = values


def _fill_numeric(rows: NDArray[Any], index: int, kind: Kind, values: NDArray[Any]) -> None:
    """NUMERIC on the wire: digit count, weight, sign, scale, then base-10000 digits.

    The server strips leading and trailing zero digits, so one count serves every value.
    """
    head, body = rows[f"h{index}"], rows[f"v{index}"]
    digits = body.shape[1]
    rows[f"l{index}"] = 8 + 2 * digits
    head[:, 0] = digits
    head[:, 1] = digits - _FRACTION[kind.value] - 1  # power of BASE of the first digit
    head[:, 2] = np.where(values < 0, NUMERIC_NEGATIVE, 0)
    head[:, 3] = 4 if kind is Kind.NUMERIC else 6
    left = np.abs(values.astype(np.int64))
    if kind is Kind.MILLIONTHS:
        left *= 100  # eight decimals are two whole digits
    for position in range(digits - 1, 0, -1):
        above = left // BASE
        body[:, position] = left - above * BASE
        left = above
    body[:, 0] = left
