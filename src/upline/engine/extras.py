"""What only some plans ask for: earlier periods, forced ranks, further volumes, exchange rates.

Narrow rows in any order, joined to members and entries by id. Where a plan asks for nothing the
rows are empty, and so are the arrays made of them: members are not even walked over.
"""

from dataclasses import dataclass, field

import numpy as np

from upline.engine.carry import (
    DayColumns,
    LotColumns,
    Lots,
    PositionColumns,
    Positions,
    carried,
    days_of,
    particular,
)
from upline.engine.columns import settle
from upline.engine.donations import DonationColumns, Donations, pledged
from upline.engine.earlier import SumColumns, summed
from upline.engine.memory import Memories, MemoryColumns, remembered
from upline.engine.tree import positions_of
from upline.engine.units import I16, I32, I64, NONE

__all__ = [
    "ENTRY_EXTRAS",
    "CurrencyColumns",
    "ExtraColumns",
    "Extras",
    "ForcedColumns",
    "HistoryColumns",
    "KindColumns",
    "Rates",
    "attach",
]


# What there is one of per entry, the last axis going by entry; empty where no entry has any.
ENTRY_EXTRAS = ("kinds", "entry_currency", "entry_day", "entry_age", "entry_hour")


def _none64() -> I64:
    return np.empty(0, np.int64)


def _none32() -> I32:
    return np.empty(0, np.int32)


def _none16() -> I16:
    return np.empty(0, np.int16)


@dataclass(frozen=True, slots=True)
class HistoryColumns:
    """One row per member and earlier period: the rank achieved, the one paid as (ids), own PV."""

    customer_id: I64 = field(default_factory=_none64)
    period_id: I32 = field(default_factory=_none32)
    rank: I16 = field(default_factory=_none16)
    paid_rank: I16 = field(default_factory=_none16)
    pv: I64 = field(default_factory=_none64)

    def __post_init__(self) -> None:
        settle(self)


@dataclass(frozen=True, slots=True)
class ForcedColumns:
    """Ranks (ids) that an administrator gave for this period."""

    customer_id: I64 = field(default_factory=_none64)
    rank: I16 = field(default_factory=_none16)

    def __post_init__(self) -> None:
        settle(self)


@dataclass(frozen=True, slots=True)
class KindColumns:
    """Volume of entries beside PV and CV; `kind` is the place in the plan's list of kinds."""

    entry_id: I64 = field(default_factory=_none64)
    kind: I16 = field(default_factory=_none16)
    amount: I64 = field(default_factory=_none64)

    def __post_init__(self) -> None:
        settle(self)


@dataclass(frozen=True, slots=True)
class CurrencyColumns:
    """Members or entries whose money is not the plan's; `currency` is the place in `Rates`."""

    id: I64 = field(default_factory=_none64)
    currency: I16 = field(default_factory=_none16)

    def __post_init__(self) -> None:
        settle(self)


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of the period in millionths, 0 where none is known. `into` makes local money plan
    volume, `out` makes plan money local."""

    currencies: tuple[str, ...] = ()
    into: I64 = field(default_factory=_none64)
    out: I64 = field(default_factory=_none64)

    def __post_init__(self) -> None:
        for name in ("into", "out"):
            rates = np.ascontiguousarray(getattr(self, name), np.int64)
            if len(rates) != len(self.currencies):
                raise ValueError(f"Rates.{name}: expected {len(self.currencies)} values")
            object.__setattr__(self, name, rates)


@dataclass(frozen=True, slots=True)
class ExtraColumns:
    """Rows in any order. periods: how far back the history goes; kinds, sums: how many there
    are."""

    periods: int = 0
    history: HistoryColumns = field(default_factory=HistoryColumns)
    forced: ForcedColumns = field(default_factory=ForcedColumns)
    kinds: int = 0
    volumes: KindColumns = field(default_factory=KindColumns)
    member_currency: CurrencyColumns = field(default_factory=CurrencyColumns)
    entry_currency: CurrencyColumns = field(default_factory=CurrencyColumns)
    rates: Rates = field(default_factory=Rates)
    memories: MemoryColumns = field(default_factory=MemoryColumns)
    donations: DonationColumns = field(default_factory=DonationColumns)
    lots: LotColumns = field(default_factory=LotColumns)
    positions: PositionColumns = field(default_factory=PositionColumns)
    days: DayColumns = field(default_factory=DayColumns)
    period_days: tuple[int, int] = (0, 0)
    ages: DayColumns = field(default_factory=DayColumns)
    hours: DayColumns = field(default_factory=DayColumns)
    sums: int = 0
    earlier: SumColumns = field(default_factory=SumColumns)


@dataclass(frozen=True, slots=True)
class Extras:
    """The same by position: n members, e entries, as in the snapshot.

    past_rank, past_paid_rank: int16[periods, n], rank ids, the latest period first, -1 for none;
    past_pv: int64[periods, n]; past_sums: int64[sums, n]. forced: int16[n], rank ids, -1 for none.
    kinds: int64[kinds, e]. member_currency, entry_currency: int16[n], int16[e], -1 for the plan's
    own. forced and the currencies are empty when nobody has any. entry_age, entry_hour: int16[e],
    days and hours since enrolment, or empty.
    """

    past_rank: I16
    past_paid_rank: I16
    past_pv: I64
    past_sums: I64
    forced: I16
    kinds: I64
    member_currency: I16
    entry_currency: I16
    rates: Rates
    memories: Memories
    donations: Donations
    lots: Lots
    positions: Positions
    period_days: tuple[int, int]
    entry_day: I16
    entry_age: I16
    entry_hour: I16


def attach(
    columns: ExtraColumns, period_id: int, ids: I64, place: I32, entry_ids: I64
) -> tuple[Extras, list[int]]:
    """Join every row; `place[k]` is the position of the k-th of the sorted ids.

    Also gives the ids of forced members whom nobody knows. Members of the history who are gone, and
    volumes of entries that were left out, are no fault of these rows.
    """
    past = columns.history
    back = period_id - 1 - past.period_id.astype(np.int64)
    back[back >= columns.periods] = NONE
    cells = (columns.periods, len(ids)), back, _members(ids, place, past.customer_id)
    forced = columns.forced
    forced_at = _members(ids, place, forced.customer_id)
    living, spent = columns.member_currency, columns.entry_currency
    volumes = columns.volumes
    kind = np.where(volumes.kind < columns.kinds, volumes.kind, NONE).astype(np.int64)
    extras = Extras(
        past_rank=_filled(*cells, past.rank, NONE).astype(np.int16),
        past_paid_rank=_filled(*cells, past.paid_rank, NONE).astype(np.int16),
        past_pv=_filled(*cells, past.pv, 0),
        past_sums=summed(columns.earlier, columns.sums, ids, place),
        forced=_line(len(ids), forced_at, forced.rank),
        kinds=_filled(
            (columns.kinds, len(entry_ids)),
            kind,
            _entries(entry_ids, volumes.entry_id),
            volumes.amount,
            0,
        ),
        member_currency=_line(len(ids), _members(ids, place, living.id), living.currency),
        entry_currency=_line(len(entry_ids), _entries(entry_ids, spent.id), spent.currency),
        rates=columns.rates,
        memories=remembered(columns.memories, ids, place),
        donations=pledged(columns.donations, ids, place),
        lots=carried(columns.lots, ids, place),
        positions=particular(columns.positions, ids, place),
        period_days=columns.period_days,
        entry_day=days_of(columns.days, entry_ids),
        entry_age=days_of(columns.ages, entry_ids),
        entry_hour=days_of(columns.hours, entry_ids),
    )
    return extras, sorted({int(number) for number in forced.customer_id[forced_at < 0]})


def _members(ids: I64, place: I32, wanted: I64) -> I64:
    """Positions of customers, -1 for unknown ones."""
    at = positions_of(ids, wanted)
    return np.where(at >= 0, place[at] if len(place) else NONE, NONE).astype(np.int64)


def _entries(entry_ids: I64, wanted: I64) -> I64:
    """Positions of entries, -1 for those that are not in the snapshot."""
    if not len(wanted):
        return wanted
    order = np.argsort(entry_ids)
    at = positions_of(entry_ids[order], wanted)
    return np.where(at >= 0, order[at] if len(order) else NONE, NONE).astype(np.int64)


def _line(length: int, at: I64, values: I16) -> I16:
    """int16[length] with -1 where there is no row; empty when there is no row at all."""
    if not len(at):
        return _none16()
    row = np.zeros(len(at), np.int64)
    line: I16 = _filled((1, length), row, at, values, NONE)[0].astype(np.int16)
    return line


def _filled(size: tuple[int, int], row: I64, column: I64, values: I16 | I64, missing: int) -> I64:
    """A table of `size` with `values` in their cells; cells outside of it (-1) are left out."""
    out = np.full(size, missing, np.int64)
    inside = np.flatnonzero((row >= 0) & (column >= 0))
    taken = np.zeros(size, np.bool_)
    taken[row[inside], column[inside]] = True
    if int(taken.sum()) < len(inside):
        # Of rows that contradict each other the largest counts, whatever order they came in.
        inside = inside[np.argsort(values[inside], kind="stable")]
    out[row[inside], column[inside]] = values[inside]
    return out
