"""What bonuses remember from one period to the next: streaks, first times and lifetime totals.

A memory is three numbers per member under a bonus and a slot. Only bonuses that ask keep any, so a
plan without them carries nothing. What no bonus asked for this time is handed on unchanged.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from upline.engine.columns import settle
from upline.engine.tree import positions_of
from upline.engine.units import I16, I32, I64

__all__ = [
    "OF_VOLUMES",
    "Memories",
    "Memory",
    "MemoryBook",
    "MemoryColumns",
    "moved",
    "remembered",
    "totals",
]

OF_VOLUMES = 0  # no bonus: under it stand volumes that are added up over all periods


def _none16() -> I16:
    return np.empty(0, np.int16)


def _none32() -> I32:
    return np.empty(0, np.int32)


def _none64() -> I64:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class MemoryColumns:
    """Rows of the period before, in any order; see `Memories`."""

    customer_id: I64 = field(default_factory=_none64)
    bonus_id: I16 = field(default_factory=_none16)
    slot: I16 = field(default_factory=_none16)
    first_period: I32 = field(default_factory=_none32)
    counted: I32 = field(default_factory=_none32)
    total: I64 = field(default_factory=_none64)
    link: I64 = field(default_factory=_none64)

    def __post_init__(self) -> None:
        settle(self)


class Memories(NamedTuple):
    """Rows by bonus, slot and member, each combination once; member: position in the snapshot.

    first_period: first period that counted, 0 none; counted: periods in a row (or what the bonus
    counts); total: a lifetime amount or a volume, 1e-4; link: a customer id, 0 none.
    """

    member: I32
    bonus_id: I16
    slot: I16
    first_period: I32
    counted: I32
    total: I64
    link: I64


@dataclass(frozen=True, slots=True)
class Memory:
    """One slot of one bonus, one value per member; a bonus changes the arrays in place."""

    first_period: I32
    counted: I32
    total: I64
    link: I64


def remembered(columns: MemoryColumns, ids: I64, place: I32) -> Memories:
    """Rows in canonical order; members who are gone are left out.

    ids: sorted customer ids; place: their positions. Of rows that repeat a key the smallest stays.
    """
    at = positions_of(ids, columns.customer_id)
    member = np.zeros(len(at), np.int32)
    member[at >= 0] = place[at[at >= 0]]
    order = np.lexsort(
        (
            columns.link,
            columns.total,
            columns.counted,
            columns.first_period,
            member,
            columns.slot,
            columns.bonus_id,
        )
    )
    order = order[at[order] >= 0]
    keys = np.stack((columns.bonus_id[order], columns.slot[order], member[order])).astype(np.int64)
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    order = order[fresh]
    return Memories(
        member[order],
        columns.bonus_id[order],
        columns.slot[order],
        columns.first_period[order],
        columns.counted[order],
        columns.total[order],
        columns.link[order],
    )


@dataclass(slots=True)
class MemoryBook:
    """The memories of a run: read from `before`, changed by bonuses, written out at the end."""

    before: Memories
    members: int
    _open: dict[tuple[int, int], Memory] = field(default_factory=dict)

    def recall(self, bonus_id: int, slot: int = 0) -> Memory:
        """The memory of a bonus, made dense at the first call; later calls give the same arrays."""
        key = (bonus_id, slot)
        if key not in self._open:
            n, rows = self.members, self.before
            memory = Memory(
                np.zeros(n, np.int32),
                np.zeros(n, np.int32),
                np.zeros(n, np.int64),
                np.zeros(n, np.int64),
            )
            mine = (rows.bonus_id == bonus_id) & (rows.slot == slot)
            who = rows.member[mine]
            memory.first_period[who] = rows.first_period[mine]
            memory.counted[who] = rows.counted[mine]
            memory.total[who] = rows.total[mine]
            memory.link[who] = rows.link[mine]
            self._open[key] = memory
        return self._open[key]

    def written(self) -> Memories:
        """Every memory that is not blank, in canonical order."""
        rows = self.before
        handed_on = np.ones(len(rows.member), np.bool_)
        for bonus_id, slot in self._open:
            handed_on &= (rows.bonus_id != bonus_id) | (rows.slot != slot)
        parts = [_rows(rows, np.flatnonzero(handed_on))]
        for (bonus_id, slot), memory in self._open.items():
            kept = (memory.first_period != 0) | (memory.counted != 0)
            kept |= (memory.total != 0) | (memory.link != 0)
            who = np.flatnonzero(kept).astype(np.int32)
            parts.append(
                Memories(
                    who,
                    np.full(len(who), bonus_id, np.int16),
                    np.full(len(who), slot, np.int16),
                    memory.first_period[who],
                    memory.counted[who],
                    memory.total[who],
                    memory.link[who],
                )
            )
        joined = Memories._make(np.concatenate(columns) for columns in zip(*parts, strict=True))
        return _rows(joined, np.lexsort((joined.member, joined.slot, joined.bonus_id)))


def totals(rows: Memories, bonus_id: int, slot: int, members: int) -> I64:
    """What was remembered under a bonus and slot; int64[n]."""
    out = np.zeros(members, np.int64)
    mine = (rows.bonus_id == bonus_id) & (rows.slot == slot)
    out[rows.member[mine]] = rows.total[mine]
    return out


def moved(rows: Memories, after: I32) -> Memories:
    """The same in canonical order once members stand elsewhere; after: their new positions."""
    rows = rows._replace(member=after[rows.member])
    return _rows(rows, np.lexsort((rows.member, rows.slot, rows.bonus_id)))


def _rows(rows: Memories, chosen: I64) -> Memories:
    return Memories._make(column[chosen] for column in rows)
