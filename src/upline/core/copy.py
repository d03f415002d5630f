"""numpy ↔ PostgreSQL at COPY speed.

Reading: the server packs each column into one `string_agg(int8send(…))`, which numpy views without
parsing. Writing: rows become binary COPY tuples by filling one structured array. Values that are
NUMERIC(19,4) in tables are int64 ten-thousandths in arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, LiteralString, cast

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + b"\x00" * 8
TRAILER = b"\xff\xff"
ROWS_A_CHUNK = 65_536
NUMERIC_NEGATIVE = 0x4000
# Four base-10000 digits before the point and one behind it hold every int64 of ten-thousandths.
NUMERIC_DIGITS = 5


class Kind(Enum):
    """How a column travels."""

    BIGINT = "bigint"
    INTEGER = "integer"
    SMALLINT = "smallint"
    BOOLEAN = "boolean"
    NUMERIC = "numeric"  # int64 ten-thousandths ↔ NUMERIC(19,4)
    MILLIONTHS = "millionths"  # int64 millionths ↔ NUMERIC(…,6)


@dataclass(frozen=True, slots=True)
class Column:
    """One column to write: `values` is a 1-d array; entries where `null` is true become NULL."""

    name: str
    kind: Kind
    values: NDArray[Any]
    null: NDArray[np.bool_] | None = None


_READ = {
    Kind.BIGINT: ("int8send", ">i8"),
    Kind.INTEGER: ("int4send", ">i4"),
    Kind.SMALLINT: ("int2send", ">i2"),
    Kind.NUMERIC: ("int8send", ">i8"),
    Kind.MILLIONTHS: ("int8send", ">i8"),
}
_SCALE = {Kind.NUMERIC: 10_000, Kind.MILLIONTHS: 1_000_000}
_NATIVE = {
    Kind.BIGINT: np.int64,
    Kind.INTEGER: np.int32,
    Kind.SMALLINT: np.int16,
    Kind.NUMERIC: np.int64,
    Kind.MILLIONTHS: np.int64,
}


async def read_columns(
    connection: psycopg.AsyncConnection[Any],
    query: LiteralString,
    columns: dict[str, Kind],
    parameters: dict[str, object] | None = None,
) -> dict[str, NDArray[Any]]:
    """Run `query` and return its named columns as native-endian arrays of equal length.

    `query` must give non-null values and one column per key of `columns`. Every column is
    aggregated in the same pass, so row i is row i in each of them; an empty result gives empty
    arrays.
    """
    picks = []
    for name, kind in columns.items():
        send, _ = _READ[kind]
        cast_type = {"int8send": "bigint", "int4send": "integer", "int2send": "smallint"}[send]
        scaled = f"round({name} * {_SCALE[kind]})" if kind in _SCALE else name
        picks.append(f"string_agg({send}(({scaled})::{cast_type}), ''::bytea)")
    statement = f"SELECT {', '.join(picks)} FROM ({query}) AS q"
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(cast("LiteralString", statement), parameters)
        row = await cursor.fetchone()
    result: dict[str, NDArray[Any]] = {}
    for (name, kind), packed in zip(columns.items(), row or (), strict=True):
        array = np.frombuffer(packed or b"", dtype=_READ[kind][1])
        result[name] = array.astype(_NATIVE[kind])
    return result


async def write_columns(
    connection: psycopg.AsyncConnection[Any], table: str, columns: Sequence[Column]
) -> int:
    """COPY `columns` into `table` (which may be schema-qualified); returns the number of rows."""
    rows = len(columns[0].values) if columns else 0
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.SQL(".").join(sql.Identifier(part) for part in table.split(".")),
        sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
    )
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        await copy.write(SIGNATURE)
        for start in range(0, rows, ROWS_A_CHUNK):
            await copy.write(encode_rows(columns, start, min(start + ROWS_A_CHUNK, rows)))
        await copy.write(TRAILER)
    return rows


def encode_rows(columns: Sequence[Column], start: int, stop: int) -> bytes:
    """Binary COPY tuples of rows [start, stop)."""
    if any(column.null is not None and column.null[start:stop].any() for column in columns):
        return _encode_with_nulls(columns, start, stop)
    fields: list[tuple[str, str] | tuple[str, str, int]] = [("count", ">i2")]
    for index, column in enumerate(columns):
        fields.append((f"l{index}", ">i4"))
        fields.extend(_layout(index, column.kind))
    rows = np.empty(stop - start, dtype=np.dtype(fields))
    rows["count"] = len(columns)
    for index, column in enumerate(columns):
        _fill(rows, index, column.kind, column.values[start:stop])
    return rows.tobytes()


def _encode_with_nulls(columns: Sequence[Column], start: int, stop: int) -> bytes:
    """Rows whose NULL pattern is equal are encoded together, then put back in order."""
    pattern = np.zeros(stop - start, dtype=np.int64)
    for index, column in enumerate(columns):
        if column.null is not None:
            pattern |= column.null[start:stop].astype(np.int64) << index
    chunks: list[bytes] = [b""] * (stop - start)
    for value in np.unique(pattern):
        chosen = np.flatnonzero(pattern == value)
        fields: list[tuple[str, str] | tuple[str, str, int]] = [("count", ">i2")]
        for index, column in enumerate(columns):
            fields.append((f"l{index}", ">i4"))
            if not (int(value) >> index) & 1:
                fields.extend(_layout(index, column.kind))
        rows = np.empty(len(chosen), dtype=np.dtype(fields))
        rows["count"] = len(columns)
        for index, column in enumerate(columns):
            if (int(value) >> index) & 1:
                rows[f"l{index}"] = -1
            else:
                _fill(rows, index, column.kind, column.values[start:stop][chosen])
        packed, size = rows.tobytes(), rows.dtype.itemsize
        for position, row in enumerate(chosen):
            chunks[row] = packed[position * size : (position + 1) * size]
    return b"".join(chunks)


def _layout(index: int, kind: Kind) -> list[tuple[str, str] | tuple[str, str, int]]:
    match kind:
        case Kind.NUMERIC | Kind.MILLIONTHS:
            return [(f"h{index}", ">i2", 4), (f"v{index}", ">i2", _digits(kind))]
        case Kind.BOOLEAN:
            return [(f"v{index}", "u1")]
        case _:
            return [(f"v{index}", _READ[kind][1])]


def _digits(kind: Kind) -> int:
    return NUMERIC_DIGITS if kind is Kind.NUMERIC else NUMERIC_DIGITS + 1


def _fill(rows: NDArray[Any], index: int, kind: Kind, values: NDArray[Any]) -> None:
    if kind not in _SCALE:
        rows[f"l{index}"] = rows.dtype[f"v{index}"].itemsize
        rows[f"v{index}"] = values
        return
    # NUMERIC on the wire: digit count, weight, sign, scale, then base-10000 digits. The server
    # strips leading and trailing zero digits, so a fixed count serves every value.
    digits = _digits(kind)
    rows[f"l{index}"] = 8 + 2 * digits
    head, body = rows[f"h{index}"], rows[f"v{index}"]
    head[:, 0] = digits
    head[:, 1] = 3
    head[:, 2] = np.where(values < 0, NUMERIC_NEGATIVE, 0)
    head[:, 3] = 4 if kind is Kind.NUMERIC else 6
    left = np.abs(values.astype(np.int64))
    if kind is Kind.MILLIONTHS:
        whole, part = np.divmod(left, 1_000_000)
        part *= 100  # six decimals as two base-10000 digits
        body[:, 5], body[:, 4] = part % 10_000, part // 10_000
        left, last = whole, 3
    else:
        last = 4
    for position in range(last, -1, -1):
        left, digit = np.divmod(left, 10_000)
        body[:, position] = digit
