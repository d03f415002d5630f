"""Where the members of a run stand by name: all names in order, with the places of who has them.

A member's first and last name are an entry each. Entries of names that follow each other are packed
into one row of `name_blocks`, so that all whose name begins with a word stand in one or a few rows,
four bytes each. services/organization/named.py reads them.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import psycopg

from upline.core.copy import Kind, read_columns
from upline.engine.snapshot import Snapshot
from upline.engine.tree import by_member, positions_of
from upline.engine.units import I32, I64, NONE

__all__ = ["BETWEEN", "Block", "Members", "Names", "find_members", "pack", "place", "read", "write"]

# Names are told apart by a hash, so that no text travels; somebody who has it spells each.
HASHES = """
SELECT customer_id, hashtextextended(lower(first_name), 0) AS first,
       hashtextextended(lower(last_name), 0) AS last
FROM customers
"""
SPELLINGS = """
SELECT lower(CASE WHEN n.is_last THEN c.last_name ELSE c.first_name END)
FROM unnest(%s::bigint[], %s::boolean[]) WITH ORDINALITY n (customer_id, is_last, number)
JOIN customers c USING (customer_id) ORDER BY n.number
"""
PLACES = """
SELECT customer_id, coalesce(sponsor_place, -1) AS sponsor, coalesce(binary_place, -1) AS legs
FROM member_periods WHERE run_id = %(run_id)s
"""
WRITE = """
COPY name_blocks (run_id, lowest, names, sizes, sponsor_places, binary_places, read_at)
FROM STDIN (FORMAT BINARY)
"""
TYPES = ("int8", "text", "bytea", "bytea", "bytea", "bytea", "timestamptz")
# A name is never divided: frequent ones have a larger block of their own.
ENTRIES_A_BLOCK = 4_096
BETWEEN = b"\0"  # stands in no name

Connection = psycopg.AsyncConnection[Any]


class Members(NamedTuple):
    """Where members stand: customer_id int64[n], ascending; places in the sponsor and in the binary
    tree int32[n] each, NONE outside of it."""

    customer_id: I64
    sponsor: I32
    binary: I32


class Names(NamedTuple):
    """Who was called what at an instant: customer_id int64[m]; int32[m] each, which of the `names`
    the first one is and which the last one. Names are in the order of their bytes."""

    customer_id: I64
    first: I32
    last: I32
    names: Sequence[bytes]
    read_at: datetime


class Block(NamedTuple):
    """Names that follow each other, how many entries each has, and the places of all these."""

    names: Sequence[bytes]
    sizes: I32
    sponsor: I32
    binary: I32


async def read(connection: Connection) -> Names:
    """The names of all customers; in a transaction that sees one instant."""
    row = await (await connection.execute("SELECT now()")).fetchone()
    assert row is not None  # noqa: S101 - a SELECT of one value has one row
    columns = {"customer_id": Kind.BIGINT, "first": Kind.BIGINT, "last": Kind.BIGINT}
    rows = await read_columns(connection, HASHES, columns)
    ids = rows["customer_id"]
    hashes, first, last = await asyncio.to_thread(_number, rows["first"], rows["last"])
    somebody, is_last = np.empty(len(hashes), np.int64), np.ones(len(hashes), np.bool_)
    somebody[last] = ids
    somebody[first] = ids
    is_last[first] = False
    cursor = await connection.execute(SPELLINGS, [somebody.tolist(), is_last.tolist()])
    spelled = [name.encode() for (name,) in await cursor.fetchall()]
    order = sorted(range(len(spelled)), key=spelled.__getitem__)
    rank = np.empty(len(spelled), np.int32)
    rank[order] = np.arange(len(spelled))
    return Names(ids, rank[first], rank[last], [spelled[number] for number in order], row[0])


def _number(first: I64, last: I64) -> tuple[I64, I64, I64]:
    """All hashes there are, and which of them each first and each last name has."""
    hashes = np.unique(np.concatenate([np.unique(first), np.unique(last)]))
    return hashes, np.searchsorted(hashes, first), np.searchsorted(hashes, last)


def place(snapshot: Snapshot) -> Members:
    """Where a run places its members."""
    order = np.argsort(snapshot.customer_id)
    below = snapshot.binary_end - snapshot.binary_pre - 1
    outside = (snapshot.binary_parent < 0) & (below == 0)
    binary = np.where(outside, NONE, snapshot.binary_pre).astype(np.int32)
    return Members(snapshot.customer_id[order], order.astype(np.int32), binary[order])


async def find_members(connection: Connection, run_id: int) -> Members:
    """Where a run that is stored has placed them."""
    columns = {"customer_id": Kind.BIGINT, "sponsor": Kind.INTEGER, "legs": Kind.INTEGER}
    rows = await read_columns(connection, PLACES, columns, {"run_id": run_id})
    order = np.argsort(rows["customer_id"])
    return Members(*(column[order] for column in rows.values()))


async def write(connection: Connection, run_id: int, names: Names, members: Members) -> None:
    """Index the members of a run by name, anew if they are indexed already."""
    blocks = await asyncio.to_thread(list, pack(names, members))
    await connection.execute("DELETE FROM name_blocks WHERE run_id = %s", [run_id])
    async with connection.cursor() as writer, writer.copy(WRITE) as copy:
        copy.set_types(TYPES)
        for number, block in enumerate(blocks):
            # The first block begins before all names, so that every word has one to begin at.
            lowest = block.names[0].decode() if number else ""
            packed = (BETWEEN.join(block.names), block.sizes, block.sponsor, block.binary)
            await copy.write_row((run_id, lowest, *map(bytes, packed), names.read_at))


def pack(names: Names, members: Members) -> Iterator[Block]:
    """The blocks of a run; names that none of its members has are in them with no entry."""
    at = positions_of(members.customer_id, names.customer_id)
    known = at >= 0
    entry = np.concatenate([names.first[known], names.last[known]])
    member = np.tile(at[known], 2)
    count = len(names.names)
    member = member[by_member(np.arange(len(entry)), entry, count)]
    sizes = np.bincount(entry, minlength=count).astype(np.int32)
    stops = np.cumsum(sizes)
    starts = stops - sizes
    first = np.flatnonzero(np.diff(starts // ENTRIES_A_BLOCK, prepend=-1))
    for low, high in pairwise([*first.tolist(), count]):
        theirs = member[starts[low] : stops[high - 1]]
        yield Block(
            names.names[low:high], sizes[low:high], members.sponsor[theirs], members.binary[theirs]
        )
