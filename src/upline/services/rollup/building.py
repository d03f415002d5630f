"""From a run's figures to its roll-ups: where every member stands, and all blocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import psycopg
from psycopg.types.json import Jsonb

from upline.core.copy import Column
from upline.core.copy import Kind as Wire
from upline.engine.heights import heights
from upline.engine.result import Result
from upline.engine.snapshot import Snapshot
from upline.engine.tree import by_member, forest, positions_of
from upline.engine.units import DISTRIBUTOR, I16, I32, I64, TERMINATED, Bool
from upline.services.rollup import kinds
from upline.services.rollup.blocks import Blocks, as_bytes, pack
from upline.services.rollup.facts import Area, Facts
from upline.services.rollup.kinds import (
    ENTRY_BLOCK,
    ENTRY_NUMBER,
    LAYOUTS,
    LEVEL_BLOCK,
    LEVELS,
    WIDE_BLOCK,
    Kind,
)


class Places(NamedTuple):
    """Where the organizations of a tree lie: int32[n] each, NULL where `outside`."""

    place: I32
    end: I32
    outside: Bool | None = None


@dataclass(frozen=True, slots=True)
class Rollups:
    """Everything to be stored for one run; `places` by genealogy name, `height` in sponsor levels.

    level_first: (level, place) of the first member of each level block. seen: the database snapshot
    (pg_snapshot) all of this was read in.
    """

    places: dict[str, Places]
    height: I32
    blocks: dict[Kind, Blocks]
    levels: Blocks
    level_first: tuple[I32, I32]
    ranks: list[int]
    areas: tuple[Area, ...]
    seen: str


class _Counted(NamedTuple):
    """What each member counts as, in snapshot order; who is terminated counts as nobody."""

    distributor: Bool
    customer: Bool
    active: Bool
    new: Bool


def build(snapshot: Snapshot, result: Result, facts: Facts, seen: str) -> Rollups:
    """All roll-ups of a run over its members, whatever customers `facts` knows besides."""
    at = positions_of(facts.customer_id, snapshot.customer_id)
    counted = _counted(snapshot, result, facts.is_new[at])
    enroller, _, enroller_place = forest(
        snapshot.enroller.copy(), np.arange(len(snapshot), dtype=np.int64)
    )
    places = {
        "sponsor": Places(np.arange(len(snapshot), dtype=np.int32), snapshot.end),
        "enroller": Places(enroller_place, enroller.end[enroller_place]),
        "binary": Places(
            snapshot.binary_pre,
            snapshot.binary_end,
            (snapshot.binary_parent < 0) & (snapshot.binary_end - snapshot.binary_pre <= 1),
        ),
    }
    ranks, rank = _numbered(result.rank)
    binary_order = _inverse(snapshot.binary_pre)
    orders = {
        Kind.SPONSOR_RANKS: None,
        Kind.ENROLLER_RANKS: enroller.order,
        Kind.BINARY_RANKS: binary_order,
    }
    blocks = {
        kind: _ranks(kind, rank, len(ranks), counted, order) for kind, order in orders.items()
    }
    blocks[Kind.AREAS] = pack(
        kinds.AREAS,
        {
            "distributors": counted.distributor,
            "customers": counted.customer,
            "new": counted.new,
            "volume": result.pv,
        },
        facts.area[at],
        max(len(facts.areas), 1),
    )
    blocks[Kind.ENTRY_LIST] = _entry_list(snapshot)
    blocks |= _autoships(snapshot, facts.due[at], facts.standing[at], binary_order)
    order = by_member(
        np.arange(len(snapshot)), snapshot.level, int(snapshot.level.max(initial=0)) + 1
    )
    return Rollups(
        places,
        heights(snapshot.sponsor),
        blocks,
        _levels(snapshot, result, counted, order),
        _first_of_blocks(snapshot, order),
        ranks,
        facts.areas,
        seen,
    )


def place_columns(rollups: Rollups, snapshot: Snapshot) -> list[Column]:
    """What every row of member_periods says about the roll-ups."""
    columns = []
    for name, tree in rollups.places.items():
        columns += [
            Column(f"{name}_place", Wire.INTEGER, tree.place, null=tree.outside),
            Column(f"{name}_place_end", Wire.INTEGER, tree.end, null=tree.outside),
        ]
    return [
        *columns,
        Column("sponsor_level", Wire.INTEGER, snapshot.level),
        Column("sponsor_height", Wire.INTEGER, rollups.height),
    ]


async def describe(connection: psycopg.AsyncConnection[Any], run_id: int, rollups: Rollups) -> None:
    """Record how the blocks are to be read."""
    legend = {
        "sizes": {str(int(kind)): blocks.size for kind, blocks in rollups.blocks.items()},
        "ranks": rollups.ranks,
        "areas": rollups.areas,
    }
    await connection.execute(
        "INSERT INTO rollups (run_id, seen, legend) VALUES (%s, %s, %s)",
        [run_id, rollups.seen, Jsonb(legend)],
    )


def block_rows(rollups: Rollups) -> Iterator[tuple[str, list[Column]]]:
    """What goes into which table; kinds differ in width, so each is a part of its own."""
    for kind, blocks in rollups.blocks.items():
        count = len(blocks.sums)
        yield (
            "rollup_blocks",
            [
                Column("kind_id", Wire.SMALLINT, np.full(count, kind, np.int16)),
                Column("block_no", Wire.INTEGER, np.arange(count, dtype=np.int32)),
                Column("sums", Wire.BYTES, blocks.sums),
                Column("members", Wire.BYTES, blocks.members),
            ],
        )
    level, place = rollups.level_first
    yield (
        "level_blocks",
        [
            Column("level", Wire.INTEGER, level),
            Column("place", Wire.INTEGER, place),
            Column("sums", Wire.BYTES, rollups.levels.sums[: len(level)]),
            Column("members", Wire.BYTES, rollups.levels.members[: len(level)]),
        ],
    )


def _counted(s: Snapshot, result: Result, is_new: Bool) -> _Counted:
    present = s.status != TERMINATED
    distributor = present & (s.customer_type == DISTRIBUTOR)
    customer = present & (s.customer_type != DISTRIBUTOR)
    return _Counted(distributor, customer, present & result.is_active, present & is_new)


def _numbered(ranks: I16) -> tuple[list[int], I32]:
    """The ranks that are held, ascending, and for each member the number of his among them."""
    lowest = int(ranks.min(initial=0))
    held = np.flatnonzero(np.bincount(ranks - lowest)) if len(ranks) else np.empty(0, np.int64)
    table = np.zeros(int(held.max(initial=0)) + 1, np.int32)
    table[held] = np.arange(len(held))
    return (held + lowest).tolist(), table[ranks - lowest]


def _inverse(place: I32) -> I64:
    order = np.empty(len(place), np.int64)
    order[place] = np.arange(len(place))
    return order


def _ranks(kind: Kind, rank: I32, ranks: int, counted: _Counted, order: I64 | None) -> Blocks:
    """Distributors by rank, in the order of one tree (None: as they stand)."""
    columns = (rank, counted.distributor, counted.distributor & counted.new)
    key, count, new = columns if order is None else (column[order] for column in columns)
    return pack(LAYOUTS[kind], {"count": count, "new": new}, key, max(ranks, 1))


def _autoships(s: Snapshot, due: I64, standing: I64, binary_order: I64) -> dict[Kind, Blocks]:
    """Entries and autoships by sponsor, autoships by binary place; customers outside the binary
    tree count where their sponsor stands, as their volume does."""
    entries = {
        "entries": np.bincount(s.entry_member, minlength=len(s)),
        "due": due,
        "standing": standing,
    }
    inside = s.binary_position != 0
    inside[s.binary_parent[inside]] = True
    outside = (s.customer_type != DISTRIBUTOR) & ~inside & (s.sponsor >= 0)
    legs = {}
    for name, volume in (("due", due), ("standing", standing)):
        moved = np.where(inside, volume, 0)
        np.add.at(moved, s.sponsor[outside], volume[outside])
        legs[name] = moved[binary_order]
    return {
        Kind.ENTRIES: pack(kinds.ENTRIES, entries, size=WIDE_BLOCK),
        Kind.BINARY_AUTOSHIPS: pack(kinds.AUTOSHIPS, legs, size=WIDE_BLOCK),
    }


def _entry_list(s: Snapshot) -> Blocks:
    """Entries as the snapshot has them, by member and number; the last block is filled with 0."""
    count = len(s.entry_id) // ENTRY_BLOCK + 1
    numbers = np.zeros((count, ENTRY_BLOCK), ENTRY_NUMBER)
    numbers.reshape(-1)[: len(s.entry_id)] = s.entry_id
    return Blocks(np.zeros(count, "V1"), as_bytes(numbers), ENTRY_BLOCK)


def _levels(s: Snapshot, result: Result, counted: _Counted, order: I64) -> Blocks:
    values = {
        "distributors": counted.distributor[order],
        "customers": counted.customer[order],
        "active": counted.active[order],
        "new": counted.new[order],
        "volume": result.pv[order],
        "level": s.level[order],
        "place": order,
    }
    return pack(LEVELS, values, size=LEVEL_BLOCK)


def _first_of_blocks(s: Snapshot, order: I64) -> tuple[I32, I32]:
    first = order[::LEVEL_BLOCK]
    return s.level[first], first.astype(np.int32)
