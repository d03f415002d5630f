"""Blocks of members in tree order, packed: what stands before a block, what each member adds.

An organization is a range [start, stop) of the order, so what lies in it is the difference of what
stands before `stop` and before `start`, each being one block's sums and a part of its members. Both
are read as bytes and added up here: a block costs one row, whatever it holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upline.engine.sums import sums_before

Array = NDArray[Any]
SMALLEST = 256
# Sums of a block take an eighth of the room its members do, or less.
MEMBERS_A_KEY = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """What a kind of block holds: `measures` are added up, by key where `key` gives it a type;
    `carried` is only kept with each member. Types are numpy's codes of little-endian ones."""

    measures: tuple[tuple[str, str], ...]
    carried: tuple[tuple[str, str], ...] = ()
    key: str | None = None

    @property
    def row(self) -> np.dtype[Any]:
        """One member: key, measures, carried."""
        key = [("key", self.key)] if self.key else []
        return np.dtype([*key, *self.measures, *self.carried])

    @property
    def names(self) -> tuple[str, ...]:
        """The measures, in the order of the sums."""
        return tuple(name for name, _ in self.measures)


@dataclass(frozen=True, slots=True)
class Blocks:
    """Every block of one kind, each as fixed bytes (numpy's V), and how many members one has."""

    sums: Array
    members: Array
    size: int


@dataclass(frozen=True, slots=True)
class Block:
    """One block as read back."""

    sums: bytes
    members: bytes


def size_for(keys: int) -> int:
    """Members a block: more where there are many keys."""
    size = SMALLEST
    while size < MEMBERS_A_KEY * keys:
        size *= 2
    return size


def pack(
    layout: Layout,
    values: Mapping[str, Array],
    key: Array | None = None,
    keys: int = 1,
    size: int = 0,
) -> Blocks:
    """Blocks over members in the order of `values`; `key` is below `keys` for each."""
    size = size or size_for(keys)
    count = len(values[layout.names[0]])
    blocks = count // size + 1
    sums = np.empty((blocks, keys, len(layout.measures)), "<i8")
    rows = np.zeros(blocks * size, layout.row)
    if layout.key:
        rows["key"][:count] = key
    for number, name in enumerate(layout.names):
        sums[:, :, number] = sums_before(size, values[name], key, keys)
        rows[name][:count] = values[name]
    for name, _ in layout.carried:
        rows[name][:count] = values[name]
        rows[name][count:] = np.iinfo(layout.row[name]).max  # behind everybody
    return Blocks(as_bytes(sums), as_bytes(rows.reshape(blocks, size)), size)


def before(layout: Layout, block: Block, inside: int) -> NDArray[np.int64]:
    """Sums of everybody before the member at position `inside` of the block, [keys, measures]."""
    sums = np.frombuffer(block.sums, "<i8").reshape(-1, len(layout.measures)).copy()
    rows = rows_of(layout, block)[:inside]
    for number, name in enumerate(layout.names):
        if layout.key:
            np.add.at(sums[:, number], rows["key"], rows[name].astype(np.int64))
        else:
            sums[0, number] += rows[name].sum(dtype=np.int64)
    return sums


def rows_of(layout: Layout, block: Block) -> Array:
    """The members of a block; behind the last one stand rows that add nothing."""
    return np.frombuffer(block.members, layout.row)


def as_bytes(table: Array) -> Array:
    """One V value a row."""
    wide = table.reshape(len(table), -1)
    return np.ascontiguousarray(wide).view(f"V{wide.shape[1] * wide.itemsize}").reshape(len(table))
