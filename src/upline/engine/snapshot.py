"""What a run reads: one period's members in sponsor-tree preorder, their entries and adjustments.

Built from rows in any order; the arrays and the digest depend on the content alone. Bad data never
raises: it is left out or made a root, and named in `issues`.
"""

from dataclasses import dataclass, replace

import numpy as np

from upline.engine.columns import AdjustmentColumns, EntryColumns, MemberColumns
from upline.engine.digest import digest_of
from upline.engine.extras import ExtraColumns, Extras, attach
from upline.engine.tree import Forest, by_member, forest, positions_of
from upline.engine.units import (
    I8,
    I16,
    I32,
    I64,
    LEFT,
    NONE,
    RETAIL,
    RIGHT,
)

__all__ = ["Issue", "Snapshot", "build"]


@dataclass(frozen=True, slots=True)
class Issue:
    """Something wrong in the data of one customer (0 = nobody in particular)."""

    code: str
    customer_id: int
    detail: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Struct-of-arrays, n members in sponsor preorder, children by ascending customer id.

    sponsor, enroller, binary_parent: preorder positions, -1 for none. end, level: of the sponsor
    tree. binary_pre[v]: position of v in the preorder of the binary tree, left before right;
    [binary_pre, binary_end) is the range of v's binary organization. Entries are sorted by member,
    then entry id; adjustments likewise. Volumes, money and carry in ten-thousandths.
    """

    period_id: int
    customer_id: I64
    sponsor: I32
    end: I32
    level: I32
    enroller: I32
    binary_parent: I32
    binary_position: I8
    binary_pre: I32
    binary_end: I32
    binary_level: I32
    customer_type: I8
    status: I8
    enrolled_period: I32
    max_rank: I16
    previous_rank: I16
    carry_left: I64
    carry_right: I64
    entry_id: I64
    entry_member: I32
    entry_type: I8
    entry_pv: I64
    entry_cv: I64
    entry_margin: I64
    adjustment_id: I64
    adjustment_member: I32
    adjustment_type: I16
    adjustment_amount: I64
    extras: Extras
    issues: tuple[Issue, ...]
    digest: bytes

    def __len__(self) -> int:
        return len(self.customer_id)

    def index_of(self, customer_id: int) -> int:
        """Preorder position of a customer, -1 when unknown; O(n), for one look-up."""
        found = np.flatnonzero(self.customer_id == customer_id)
        return int(found[0]) if len(found) else NONE


def build(
    period_id: int,
    members: MemberColumns,
    entries: EntryColumns,
    adjustments: AdjustmentColumns,
    extras: ExtraColumns | None = None,
) -> Snapshot:
    """Sort members into preorder, check every reference, attach entries and adjustments.

    `extras` is what only some plans ask for.
    """
    issues: list[Issue] = []
    rows = _member_rows(members, issues)
    ids = members.customer_id[rows]

    sponsor = _resolve(ids, members.sponsor_id[rows], "sponsor", issues)
    tree, on_cycle, place = forest(sponsor, np.arange(len(rows), dtype=np.int64))
    issues += [Issue("sponsor_cycle", int(ids[v]), "") for v in np.flatnonzero(on_cycle)]

    enroller = _resolve(ids, members.enroller_id[rows], "enroller", issues)
    enroller = np.where(enroller >= 0, place[enroller], NONE).astype(np.int32)[tree.order]
    upper, side, binary, binary_place = _binary(ids, members, rows, issues)
    upper = np.where(upper >= 0, place[upper], NONE).astype(np.int32)[tree.order]

    kinds = members.customer_type[rows]
    odd = (kinds < 1) | (kinds > RETAIL)
    issues += [Issue("unknown_customer_type", int(i), "") for i in ids[odd]]

    source = rows[tree.order]
    entry_rows, entry_member = _attached(
        "entry", entries.entry_id, entries.customer_id, _entry_keys(entries), ids, place, issues
    )
    adjustment_rows, adjustment_member = _attached(
        "adjustment",
        adjustments.adjustment_id,
        adjustments.customer_id,
        (adjustments.amount, adjustments.ledger_type),
        ids,
        place,
        issues,
    )
    entry_id = entries.entry_id[entry_rows]
    more, unknown = attach(extras or ExtraColumns(), period_id, ids, place, entry_id)
    issues += [Issue("unknown_customer", customer, "forced rank") for customer in unknown]
    snapshot = Snapshot(
        period_id=period_id,
        customer_id=ids[tree.order],
        sponsor=tree.parent,
        end=tree.end,
        level=tree.level,
        enroller=enroller,
        binary_parent=upper,
        binary_position=side[tree.order],
        binary_pre=binary_place[tree.order],
        binary_end=binary.end[binary_place][tree.order],
        binary_level=binary.level[binary_place][tree.order],
        customer_type=members.customer_type[source],
        status=members.status[source],
        enrolled_period=members.enrolled_period[source],
        max_rank=members.max_rank[source],
        previous_rank=members.previous_rank[source],
        carry_left=members.carry_left[source],
        carry_right=members.carry_right[source],
        entry_id=entry_id,
        entry_member=entry_member,
        entry_type=entries.order_type[entry_rows],
        entry_pv=entries.pv[entry_rows],
        entry_cv=entries.cv[entry_rows],
        entry_margin=entries.retail_margin_base[entry_rows],
        adjustment_id=adjustments.adjustment_id[adjustment_rows],
        adjustment_member=adjustment_member,
        adjustment_type=adjustments.ledger_type[adjustment_rows],
        adjustment_amount=adjustments.amount[adjustment_rows],
        extras=more,
        issues=tuple(sorted(issues, key=lambda i: (i.customer_id, i.code, i.detail))),
        digest=b"",
    )
    return replace(snapshot, digest=digest_of(snapshot))


def _member_rows(members: MemberColumns, issues: list[Issue]) -> I64:
    """Rows by ascending id; of rows that repeat an id the smallest by content stays."""
    rows = np.argsort(members.customer_id)
    sorted_ids = members.customer_id[rows]
    bad = sorted_ids <= 0
    issues += [Issue("bad_customer_id", int(i), "") for i in sorted_ids[bad]]
    again = np.concatenate(([False], sorted_ids[1:] == sorted_ids[:-1])) if len(rows) else bad
    if again.any():
        # Which row comes first must not depend on the order of the rows given: compare content.
        rows = np.lexsort(
            (
                members.carry_right,
                members.carry_left,
                members.previous_rank,
                members.max_rank,
                members.binary_position,
                members.binary_parent_id,
                members.enroller_id,
                members.sponsor_id,
                members.enrolled_period,
                members.status,
                members.customer_type,
                members.customer_id,
            )
        )
        issues += [Issue("duplicate_customer", int(i), "") for i in sorted_ids[again & ~bad]]
    return rows[~bad & ~again]


def _resolve(ids: I64, wanted: I64, what: str, issues: list[Issue]) -> I32:
    """Positions of parents among the sorted ids; unknown ones become none and are reported."""
    found = positions_of(ids, wanted).astype(np.int32)
    missing = np.flatnonzero((found < 0) & (wanted != 0))
    issues += [Issue(f"unknown_{what}", int(ids[v]), f"{what} {wanted[v]}") for v in missing]
    return found


def _binary(
    ids: I64, members: MemberColumns, rows: I64, issues: list[Issue]
) -> tuple[I32, I8, Forest, I32]:
    """Parent, side, preorder and place in the binary tree; a leg is the lowest id's."""
    side = members.binary_position[rows].copy()
    parent = _resolve(ids, members.binary_parent_id[rows], "binary_parent", issues)
    wrong = (parent >= 0) & (side != LEFT) & (side != RIGHT)
    issues += [Issue("bad_binary_position", int(i), "") for i in ids[wrong]]
    parent[wrong] = NONE
    leg = parent.astype(np.int64) * 2 + side
    placed = np.flatnonzero(parent >= 0)
    by_leg = placed[np.argsort(leg[placed], kind="stable")]
    taken = by_leg[1:][leg[by_leg[1:]] == leg[by_leg[:-1]]]
    issues += [Issue("leg_taken", int(ids[v]), f"parent {ids[parent[v]]}") for v in taken]
    parent[taken] = NONE
    side[parent < 0] = 0
    tree, on_cycle, place = forest(parent, np.argsort(side, kind="stable"))
    side[parent < 0] = 0  # where a cycle was cut
    issues += [Issue("binary_cycle", int(ids[v]), "") for v in np.flatnonzero(on_cycle)]
    return parent, side, tree, place


def _entry_keys(entries: EntryColumns) -> tuple[I64 | I8, ...]:
    return (entries.retail_margin_base, entries.cv, entries.pv, entries.order_type)


def _attached(
    what: str,
    row_ids: I64,
    customer_ids: I64,
    content: tuple[I64 | I16 | I8, ...],
    ids: I64,
    place: I32,
    issues: list[Issue],
) -> tuple[I64, I32]:
    """Rows sorted by member and row id, without unknown customers and repeated row ids."""
    at = positions_of(ids, customer_ids)
    issues += [
        Issue("unknown_customer", int(customer_ids[row]), f"{what} {row_ids[row]}")
        for row in np.flatnonzero(at < 0)
    ]
    member = np.where(at >= 0, place[at] if len(place) else NONE, NONE).astype(np.int32)
    # By row id first (often the order of the rows already), then a counting sort by member.
    in_order = bool((row_ids[1:] > row_ids[:-1]).all())
    by_id = np.arange(len(row_ids)) if in_order else np.argsort(row_ids)
    sorted_ids = row_ids[by_id]
    repeated = np.unique(sorted_ids[1:][sorted_ids[1:] == sorted_ids[:-1]])
    order = by_member(by_id, member, len(ids))
    if len(repeated):
        order = np.lexsort((*content, row_ids, member))
        keep = np.ones(len(row_ids), np.bool_)
        seen: set[int] = set()
        for row in order[np.isin(row_ids[order], repeated)]:
            number = int(row_ids[row])
            if number in seen:
                keep[row] = False
                issues.append(
                    Issue(f"duplicate_{what}", int(customer_ids[row]), f"{what} {number}")
                )
            seen.add(number)
        order = order[keep[order]]
        order = order[member[order] >= 0]
    return order, member[order]
