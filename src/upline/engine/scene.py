"""What the bonus kinds see of a run: members with their volumes and ranks, entries, earnings."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from upline.engine.items import ItemBatch, earned
from upline.engine.legs import leg_totals
from upline.engine.plan import Plan
from upline.engine.snapshot import Issue, Snapshot
from upline.engine.tree import forest
from upline.engine.units import I8, I16, I32, I64, NO_MINIMUM, NONE, Bool

__all__ = ["Entries", "Gate", "Members", "Scene", "better_rank"]


def better_rank(ids: I16, before: I16, now: I16) -> I16:
    """The higher of a former rank (by id) and today's (by position), as a position.

    Ids that the plan no longer has count as none.
    """
    place = np.full(1 + max(int(ids.max(initial=0)), int(before.max(initial=0)), 0), NONE, np.int16)
    place[ids] = np.arange(len(ids), dtype=np.int16)
    former = np.where(before >= 0, place[np.maximum(before, 0)], NONE)
    return np.maximum(former, now).astype(np.int16)


class Members(NamedTuple):
    """Per member in snapshot preorder; volumes int64 1e-4, positions int32 with -1 for none.

    own: own commission volume; base: what percentages other than fast start are paid on;
    rank: position of the paid rank, -1 none; earner: may be paid at all.
    """

    sponsor: I32
    end: I32
    level: I32
    enroller: I32
    customer_type: I8
    enrolled: I32
    earner: Bool
    is_customer: Bool
    pv: I64
    cv: I64
    total_pv: I64
    own: I64
    base: I64
    ov: I64
    gv: I64
    rank: I16


class Entries(NamedTuple):
    """Volume entries sorted by member; volumes and money int64 1e-4."""

    entry_id: I64
    member: I32
    order_type: I8
    pv: I64
    cv: I64
    margin: I64


@dataclass(frozen=True, slots=True)
class Gate:
    """What a member must have in the period to be paid a bonus; volumes 1e-4, ranks positions."""

    min_pv: int = NO_MINIMUM
    min_total_pv: int = NO_MINIMUM
    min_ov: int = NO_MINIMUM
    min_gv: int = NO_MINIMUM
    min_rank: int = NONE
    max_rank: int = 32767


@dataclass(slots=True)
class Scene:
    """Inputs for `prepare`: the snapshot, the plan, members, entries, and what was earned so far.

    earned[bonus_id]: items of an earlier bonus. left, right: binary leg volume of the period;
    carry_left, carry_right: int64[n], carry-in, which a binary bonus replaces by carry-out.
    """

    snapshot: Snapshot
    plan: Plan
    members: Members
    entries: Entries
    left: I64
    right: I64
    carry_left: I64
    carry_right: I64
    earned: dict[int, ItemBatch] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    _lineages: dict[str, tuple[I32, I32]] = field(default_factory=dict)

    def passes(self, gate: Gate) -> Bool:
        """Who may be paid and meets the gate; bool[n]."""
        m = self.members
        able = m.earner.copy()
        for values, least in (
            (m.pv, gate.min_pv),
            (m.total_pv, gate.min_total_pv),
            (m.ov, gate.min_ov),
            (m.gv, gate.min_gv),
        ):
            if least > NO_MINIMUM:
                able &= values >= least
        if gate.min_rank > NONE:
            able &= m.rank >= gate.min_rank
        if gate.max_rank < 32767:
            able &= m.rank <= gate.max_rank
        return able

    def lineage(self, tree: str) -> tuple[I32, I32]:
        """Parents in a tree ('sponsor', 'enroller', 'binary') and an order with parents first.

        Enrollers may stand anywhere, so their lineage is sorted on its own and a cycle is cut and
        reported.
        """
        if tree not in self._lineages:
            parent = {
                "sponsor": self.members.sponsor,
                "enroller": self.members.enroller,
                "binary": self.snapshot.binary_parent,
            }[tree]
            order = np.arange(len(parent), dtype=np.int32)
            if not (parent < order).all():
                parent = parent.copy()
                built, on_cycle, _ = forest(parent, order.astype(np.int64))
                order = built.order.astype(np.int32)
                self.issues += [
                    Issue(f"{tree}_cycle", int(self.snapshot.customer_id[v]), "")
                    for v in np.flatnonzero(on_cycle)
                ]
            self._lineages[tree] = (parent, order)
        return self._lineages[tree]

    def best_rank(self) -> I16:
        """Position of the best rank ever held, this period included; int16[n]."""
        return better_rank(self.plan.ranks.id, self.snapshot.max_rank, self.members.rank)

    def former_rank(self) -> I16:
        """Position of the best rank held before this period; int16[n]."""
        nobody = np.full(len(self.snapshot), NONE, np.int16)
        return better_rank(self.plan.ranks.id, self.snapshot.max_rank, nobody)

    def own_values(self) -> I64:
        """Commission volume of every entry; int64[entries]."""
        return self.entries.pv if self.plan.volumes.commission == "pv" else self.entries.cv

    def earnings(self, bonus_ids: tuple[int, ...]) -> I64:
        """Rounded money that earlier bonuses paid each member; int64[n] 1e-4."""
        total = np.zeros(len(self.snapshot), np.int64)
        for bonus_id in bonus_ids:
            total += earned(self.earned[bonus_id], len(total))
        return total

    def source_volume(self, name: str, bonus_ids: tuple[int, ...]) -> I64:
        """What a bonus is paid on: earlier earnings if it names any, else a member volume."""
        return self.earnings(bonus_ids) if bonus_ids else self.volume(name)

    def legs(self, counted: str) -> tuple[I64, I64]:
        """Left and right leg volume of the period in 'pv' or 'cv'; int64[n] each."""
        if counted == "pv":
            return self.left, self.right
        return leg_totals(self.snapshot, self.members.is_customer, self.volume(counted))

    def volume(self, name: str) -> I64:
        """A member volume by its plan name."""
        return {
            "commission": self.members.base,
            "own": self.members.own,
            "pv": self.members.pv,
            "cv": self.members.cv,
            "total_pv": self.members.total_pv,
            "ov": self.members.ov,
            "gv": self.members.gv,
        }[name]
