"""Newcomers and moves worked into a snapshot held in memory, instead of building it anew.

What comes out equals `snapshot.build` on all rows, extras and digest aside. Only clean data is
worked in: whatever would raise an issue, or settle one, is `Odd`, and then everything is read
again. "Rows" are positions in the old snapshot, followed by the newcomers in order of their ids.
"""

import re
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np

from upline.engine.columns import MemberColumns
from upline.engine.extras import ENTRY_EXTRAS
from upline.engine.jit import njit
from upline.engine.snapshot import Snapshot
from upline.engine.stretches import Stretches, carried, renumbered, stretches_of
from upline.engine.tree import by_member
from upline.engine.tree_orders import Tree, order_of
from upline.engine.units import I8, I32, I64, LEFT, NONE, RETAIL, RIGHT, Bool

__all__ = ["Grafted", "Index", "Odd", "graft"]

# What a snapshot has besides one plain value per member.
PARENTS = ("sponsor", "enroller", "binary_parent")
ROOTED = ("customer_id", "sponsor", "binary_parent", "binary_position")
DERIVED = ("end", "level", "binary_pre", "binary_end", "binary_level")
ELSEWHERE = ("period_id", "extras", "issues", "digest")
ENTRIES = "entry_"
ATTACHED = (ENTRIES, "adjustment_")
NUMBER = re.compile(r"\d+")


class Odd(Exception):
    """The rows raise or settle an issue, or are of a kind that is not worked in."""


class Index(NamedTuple):
    """Sorted customer ids and the position of each."""

    ids: I64
    member: I32

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Index":
        """Made once, then kept up by `graft`."""
        order = np.argsort(snapshot.customer_id, kind="stable")
        return cls(snapshot.customer_id[order], order.astype(np.int32))

    def find(self, wanted: I64) -> I32:
        """Positions of customers, -1 where unknown."""
        if not len(self.ids):
            return np.full(len(wanted), NONE, np.int32)
        at = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        return np.where(self.ids[at] == wanted, self.member[at], NONE).astype(np.int32)

    def with_more(self, ids: I64, stretches: Stretches, place: I32) -> "Index":
        """With newcomers of these sorted ids; place: int32[rows], where everybody stands now."""
        n = len(self.ids)
        moved = renumbered(self.member, stretches, place)
        if not n or not len(ids) or ids[0] > self.ids[-1]:
            return Index(np.concatenate((self.ids, ids)), np.concatenate((moved, place[n:])))
        at = np.searchsorted(self.ids, ids)
        return Index(np.insert(self.ids, at, ids), np.insert(moved, at, place[n:]))


class Shift(NamedTuple):
    """origin: int32[n], each member's row, and the same as stretches; before: how many there were;
    sponsored, placed: bool[n], who came or moved in the sponsor tree or in the binary one,
    organizations included."""

    origin: I32
    stretches: Stretches
    before: int
    sponsored: Bool
    placed: Bool


@dataclass(frozen=True, slots=True)
class Grafted:
    """The new snapshot with its index; extras are still those of the old one, but for the order of
    what they tell of entries.

    given: int32, positions of the members given; shift: None while everybody stays where he is.
    """

    snapshot: Snapshot
    index: Index
    given: I32
    shift: Shift | None = None


def graft(s: Snapshot, index: Index, members: MemberColumns) -> Grafted:
    """Work the present state of some members (each once) into the snapshot; raises Odd."""
    members = _sorted(members)
    _refuse_odd(s, members)
    n = len(s)
    row = index.find(members.customer_id)
    new_ids = members.customer_id[row < 0]
    row[row < 0] = n + np.arange(len(new_ids))
    count = n + len(new_ids)
    parents = {
        name: _rows_of(index, n, new_ids, getattr(members, f"{name}_id")) for name in PARENTS
    }
    side = np.where(parents["binary_parent"] >= 0, members.binary_position, 0).astype(np.int8)
    given = {**parents, "binary_position": side}
    values: dict[str, Any] = {
        name: given.get(name, getattr(members, name, None)) for name in _member_fields(s)
    }
    if any(value is None for value in values.values()):
        raise Odd("a column of the snapshot that members do not have")
    # What trees are made of, by row.
    rows = {name: _with(getattr(s, name), row, count, values[name]) for name in ROOTED}
    _refuse_taken_legs(rows["binary_parent"], rows["binary_position"], row)
    came = row >= n
    climbed = came | _differs(s.sponsor, row, parents["sponsor"])
    turned = came | _differs(s.binary_parent, row, parents["binary_parent"])
    turned |= _differs(s.binary_position, row, side)
    if not climbed.any() and not turned.any():
        others = {
            name: _with(getattr(s, name), row, count, value)
            for name, value in values.items()
            if name not in rows
        }
        return Grafted(replace(s, **rows, **others), index, row)
    by_id = np.insert(index.member, np.searchsorted(index.ids, new_ids), np.arange(n, count))
    sponsored = order_of(
        Tree(np.arange(n, dtype=np.int32), s.end, s.level, rows["sponsor"], None),
        rows["customer_id"], by_id, row[climbed],
    )  # fmt: skip
    binary = order_of(
        Tree(s.binary_pre, s.binary_end, s.binary_level, rows["binary_parent"],
             rows["binary_position"]),
        rows["customer_id"], by_id, row[turned],
    )  # fmt: skip
    if sponsored is None or binary is None:
        raise Odd("cycle")
    place, origin = sponsored.pre, sponsored.order()
    stretches = stretches_of(origin, n)
    columns: dict[str, Any] = {}
    for name, value in values.items():
        here = place[row]
        if name in PARENTS:
            parent = renumbered(getattr(s, name), stretches, place)
            columns[name] = carried(parent, stretches)
            columns[name][here] = np.where(value >= 0, place[value], NONE)
        else:
            columns[name] = carried(getattr(s, name), stretches)
            columns[name][here] = value
    orders = sponsored.end, sponsored.level, *binary
    for name, by_row in zip(DERIVED, orders, strict=True):
        columns[name] = carried(by_row[:n], stretches)
        columns[name][place[n:]] = by_row[n:]
    columns |= _attached(s, stretches, place, sorted_still=bool((climbed == came).all()))
    return Grafted(
        snapshot=replace(s, **columns),
        index=index.with_more(new_ids, stretches, place),
        given=place[row],
        shift=Shift(
            origin,
            stretches,
            n,
            sponsored.below(row[climbed], place),
            binary.below(row[turned], place),
        ),
    )


def _sorted(members: MemberColumns) -> MemberColumns:
    order = np.argsort(members.customer_id, kind="stable")
    return replace(members, **{f.name: getattr(members, f.name)[order] for f in fields(members)})


def _refuse_odd(s: Snapshot, members: MemberColumns) -> None:
    """Raise Odd where the rows are wrong by themselves, or issues speak of these customers."""
    if (members.customer_id <= 0).any():
        raise Odd("bad_customer_id")
    if ((members.customer_type < 1) | (members.customer_type > RETAIL)).any():
        raise Odd("unknown_customer_type")
    side = members.binary_position
    if ((members.binary_parent_id > 0) & (side != LEFT) & (side != RIGHT)).any():
        raise Odd("bad_binary_position")
    given = set(members.customer_id.tolist())
    for issue in s.issues:
        if issue.customer_id in given or given & {int(i) for i in NUMBER.findall(issue.detail)}:
            raise Odd(issue.code)
        if issue.code.endswith("cycle"):
            raise Odd(issue.code)


def _refuse_taken_legs(parent: I32, side: I8, row: I32) -> None:
    """Raise Odd where two would stand on one leg."""
    wanted = parent[row][parent[row] >= 0]
    if not len(wanted):
        return
    watched = np.zeros(len(parent), np.bool_)
    watched[wanted] = True
    taken = np.zeros((2, len(parent)), np.bool_)
    if _meet(parent, side, watched, taken):
        raise Odd("leg_taken")


@njit
def _meet(parent: I32, side: I8, watched: Bool, taken: Bool) -> bool:
    """Whether two stand on one leg of a watched member; taken: bool[2, n] of False, filled."""
    for v in range(len(parent)):
        p = parent[v]
        if p >= 0 and watched[p]:
            if taken[side[v] - 1, p]:
                return True
            taken[side[v] - 1, p] = True
    return False


def _rows_of(index: Index, n: int, new_ids: I64, wanted: I64) -> I32:
    """Rows of parents, -1 for none; raises Odd for unknown ones."""
    found = index.find(wanted)
    at = np.searchsorted(new_ids, wanted)
    new = np.zeros(len(wanted), np.bool_)
    inside = at < len(new_ids)
    new[inside] = new_ids[at[inside]] == wanted[inside]
    found[new] = n + at[new]
    if ((found < 0) & (wanted != 0)).any():
        raise Odd("unknown_parent")
    return found


def _member_fields(s: Snapshot) -> list[str]:
    """Names of the columns with one value per member, those of tree orders aside."""
    return [
        field.name
        for field in fields(s)
        if field.name not in DERIVED + ELSEWHERE and not field.name.startswith(ATTACHED)
    ]


def _with(column: Any, row: I32, count: int, values: Any) -> Any:
    """A copy of the column with `values` in `row`, newcomers at its end."""
    longer = np.empty(count, column.dtype)
    longer[: len(column)] = column
    longer[row] = values
    return longer


def _differs(column: Any, row: I32, values: Any) -> Bool:
    """Which values differ from what the rows had; False for newcomers."""
    had = row < len(column)
    out = np.zeros(len(row), np.bool_)
    out[had] = column[row[had]] != values[had]
    return out


def _attached(
    s: Snapshot, stretches: Stretches, place: I32, *, sorted_still: bool
) -> dict[str, Any]:
    """Entries and adjustments of members who got new positions, sorted again where they must be."""
    columns: dict[str, Any] = {}
    extras = s.extras
    for prefix in ATTACHED:
        member = renumbered(getattr(s, f"{prefix}member"), stretches, place)
        names = [field.name for field in fields(s) if field.name.startswith(prefix)]
        columns[f"{prefix}member"] = member
        if not sorted_still:
            order = by_member(np.arange(len(member)), member, len(place))
            columns |= {name: getattr(s, name)[order] for name in names}
            columns[f"{prefix}member"] = member[order]
            if prefix == ENTRIES:
                told = {name: getattr(extras, name) for name in ENTRY_EXTRAS}
                sorted_too = {name: v[..., order] for name, v in told.items() if v.shape[-1]}
                columns["extras"] = replace(extras, **sorted_too)
    return columns
