from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np

from upline.core.copy import Column, Kind, read_columns, write_columns
from upline.core.db import Database

TABLE = """
CREATE TEMPORARY TABLE samples (
    number bigint, whole integer, small smallint, flag boolean, amount numeric(19,4),
    rate numeric(13,6), words text, at timestamptz, day date
) ON COMMIT DROP
"""
ROWS = [
    (1, 2, 3, True, Decimal("0.0000"), Decimal("0.000000"), "", "2026-03-08T09:59:59.000001"),
    (-(2**63), -(2**31), -(2**15), False, Decimal("-922337203685477.5807"), Decimal("-0.000001"),
     "花子 O'Brien\t\\N", "1999-12-31T23:59:59.999999"),
    (2**63 - 1, 2**31 - 1, 2**15 - 1, True, Decimal("12345.6700"), Decimal("123456.654321"),
     "a" * 300, "2000-01-01T00:00:00"),
]  # fmt: skip


def _columns(null: np.ndarray[tuple[int], np.dtype[np.bool_]] | None) -> list[Column]:
    number, whole, small, flag, amount, rate, words, at = zip(*ROWS, strict=True)
    at64 = np.array(at, "M8[us]")
    return [
        Column("number", Kind.BIGINT, np.array(number, np.int64)),
        Column("whole", Kind.INTEGER, np.array(whole, np.int32), null=null),
        Column("small", Kind.SMALLINT, np.array(small, np.int16)),
        Column("flag", Kind.BOOLEAN, np.array(flag), null=null),
        Column("amount", Kind.NUMERIC, np.array([int(a * 10_000) for a in amount]), null=null),
        Column("rate", Kind.MILLIONTHS, np.array([int(r * 1_000_000) for r in rate])),
        Column("words", Kind.TEXT, np.array([w.encode() for w in words]), null=null),
        Column("at", Kind.TIMESTAMP, at64, null=null),
        Column("day", Kind.DATE, at64),
    ]


def _expected() -> list[tuple[object, ...]]:
    instants = [datetime.fromisoformat(row[-1]).replace(tzinfo=UTC) for row in ROWS]
    return [
        (*row[:-1], at, date(at.year, at.month, at.day))
        for row, at in zip(ROWS, instants, strict=True)
    ]


async def test_every_kind_arrives_as_it_was(committed_database: Database) -> None:
    async with committed_database.raw() as connection:
        await connection.execute(TABLE)
        assert await write_columns(connection, "samples", _columns(None)) == len(ROWS)
        found = await (await connection.execute("TABLE samples")).fetchall()
    assert found == _expected()


async def test_nulls_leave_their_neighbours_alone(committed_database: Database) -> None:
    null = np.array([False, True, False])
    async with committed_database.raw() as connection:
        await connection.execute(TABLE)
        await write_columns(connection, "samples", _columns(null))
        found = await (await connection.execute("TABLE samples")).fetchall()
    first, second, third = _expected()
    nulled = [None if place in {1, 3, 4, 6, 7} else value for place, value in enumerate(second)]
    assert found == [first, tuple(nulled), third]


async def test_more_rows_than_a_chunk_keep_their_order(committed_database: Database) -> None:
    numbers = np.arange(200_001)
    words = numbers.astype("S")
    async with committed_database.raw() as connection:
        await connection.execute(TABLE)
        columns = [
            Column("number", Kind.BIGINT, numbers),
            Column("words", Kind.TEXT, words),
            Column("amount", Kind.NUMERIC, numbers - 100_000, null=numbers % 7 == 0),
        ]
        assert await write_columns(connection, "samples", columns) == len(numbers)
        wrong = await connection.execute(
            "SELECT count(*) FROM samples WHERE words <> number::text"
            " OR amount IS DISTINCT FROM"
            " CASE WHEN number % 7 > 0 THEN (number - 100000) / 10000.0 END"
        )
        assert await wrong.fetchone() == (0,)
        read = await read_columns(
            connection,
            "SELECT number, amount FROM samples WHERE amount IS NOT NULL ORDER BY number",
            {"number": Kind.BIGINT, "amount": Kind.NUMERIC},
        )
    kept = numbers[numbers % 7 != 0]
    assert (read["number"] == kept).all()
    assert (read["amount"] == kept - 100_000).all()


async def test_no_rows_are_no_rows(committed_database: Database) -> None:
    async with committed_database.raw() as connection:
        await connection.execute(TABLE)
        nothing = np.empty(0, np.int64)
        assert (
            await write_columns(connection, "samples", [Column("number", Kind.BIGINT, nothing)])
            == 0
        )
        empty = np.empty(0, "S1")
        assert await write_columns(connection, "samples", [Column("words", Kind.TEXT, empty)]) == 0
        read = await read_columns(connection, "SELECT number FROM samples", {"number": Kind.BIGINT})
    assert len(read["number"]) == 0


async def test_bytes_keep_their_zeros(committed_database: Database) -> None:
    values = np.array([[0, 0, 0], [1, 0, 0], [0, 0, 255]], np.uint8).view("V3").reshape(3)
    async with committed_database.raw() as connection:
        await connection.execute("CREATE TEMPORARY TABLE packed (body bytea) ON COMMIT DROP")
        await write_columns(connection, "packed", [Column("body", Kind.BYTES, values)])
        found = await (await connection.execute("TABLE packed")).fetchall()
    assert found == [(b"\0\0\0",), (b"\1\0\0",), (b"\0\0\xff",)]
