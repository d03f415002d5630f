"""numpy ↔ PostgreSQL at COPY speed.

Reading: the server packs each column into one `string_agg(int8send(…))`, which numpy views without
parsing. Writing: compiled kernels put binary COPY tuples together (core/copy_rows.py). Values that
are NUMERIC(19,4) in tables are int64 ten-thousandths in arrays.
"""

from collections.abc import Sequence
from typing import Any, LiteralString

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

from upline.core.copy_rows import Column, Kind, encode_rows

__all__ = ["Column", "Kind", "encode_rows", "read_columns", "write_columns"]

SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + b"\x00" * 8
TRAILER = b"\xff\xff"
# A chunk of wide rows should stay in the processor's cache while its columns are filled in.
ROWS_A_CHUNK = 1_024

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
        scaled = f"{name} * {_SCALE[kind]}" if kind in _SCALE else name  # the cast rounds
        picks.append(f"string_agg({send}(({scaled})::{cast_type}), ''::bytea)")
    statement = f"SELECT {', '.join(picks)} FROM ({query}) AS q"
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(statement, parameters)
        row = await cursor.fetchone()
    result: dict[str, NDArray[Any]] = {}
    for (name, kind), packed in zip(columns.items(), row or (), strict=True):
        array = np.frombuffer(packed or b"", dtype=_READ[kind][1])
        result[name] = array.astype(_NATIVE[kind])
    return result


async def write_columns(
    connection: psycopg.AsyncConnection[Any],
    table: str,
    columns: Sequence[Column],
    *,
    freeze: bool = False,
) -> int:
    """COPY `columns` into `table` (which may be schema-qualified); returns the number of rows.

    `freeze` writes rows that are visible to all from the start, into a table made in the same
    transaction.
    """
    rows = len(columns[0].values) if columns else 0
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY{})").format(
        sql.SQL(".").join(sql.Identifier(part) for part in table.split(".")),
        sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
        sql.SQL(", FREEZE" if freeze else ""),
    )
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        await copy.write(SIGNATURE)
        for start in range(0, rows, ROWS_A_CHUNK):
            await copy.write(encode_rows(columns, start, min(start + ROWS_A_CHUNK, rows)))
        await copy.write(TRAILER)
    return rows
