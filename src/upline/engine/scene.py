"""What the bonus kinds see of a run: members with their volumes and ranks, entries, earnings."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from upline.engine.carry import Aging
from upline.engine.gate import Gate, passed
from upline.engine.items import ItemBatch, earned
from upline.engine.legs import LegFigures, leg_totals
from upline.engine.lineage import lineage_levels
from upline.engine.measures import Measures
from upline.engine.memory import MemoryBook
from upline.engine.plan import Plan
from upline.engine.requirements import rank_positions
from upline.engine.snapshot import Issue, Snapshot
from upline.engine.tree import forest
from upline.engine.units import I8, I16, I32, I64, MONEY, NONE, Bool
from upline.engine.volumes import lesser_legs

__all__ = ["Entries", "Gate", "Members", "Scene", "better_rank"]


def better_rank(ids: I16, before: I16, now: I16) -> I16:
    """The higher of a former rank (by id) and today's (by position), as a position."""
    return np.maximum(rank_positions(ids, before), now).astype(np.int16)


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


@dataclass(slots=True)
class Scene:
    """Inputs for `prepare`: the snapshot, the plan, members, entries, and what was earned so far.

    measures: volumes by name. achieved: int16[n], positions of the ranks achieved in this period;
    members.rank is what is paid as. earned[bonus_id]: items of an earlier bonus. left, right:
    binary leg volume of the period; carry_left, carry_right: int64[n], carry-in, which a binary
    bonus replaces by carry-out; leg_figures, lots: what else such a bonus leaves behind.
    """

    snapshot: Snapshot
    plan: Plan
    members: Members
    entries: Entries
    measures: Measures
    achieved: I16
    left: I64
    right: I64
    carry_left: I64
    carry_right: I64
    memories: MemoryBook
    earned: dict[int, ItemBatch] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    leg_figures: LegFigures | None = None
    lots: Aging | None = None
    _lineages: dict[str, tuple[I32, I32]] = field(default_factory=dict)
    _depths: dict[str, I32] = field(default_factory=dict)
    _passed: dict[int, Bool] = field(default_factory=dict)

    def passes(self, gate: Gate) -> Bool:
        """Who may be paid and meets the gate; bool[n], a copy."""
        if id(gate) not in self._passed:
            self._passed[id(gate)] = passed(self, gate)
        return self._passed[id(gate)].copy()

    def lineage(self, tree: str) -> tuple[I32, I32]:
        """Parents in a tree and an order with parents first.

        'sponsor', 'enroller', 'binary', or a tree that the plan computes. Enrollers may stand
        anywhere, so their lineage is sorted on its own and a cycle is cut and reported.
        """
        if tree not in self._lineages:
            given = {
                "sponsor": self.members.sponsor,
                "enroller": self.members.enroller,
                "binary": self.snapshot.binary_parent,
            }
            parent = given[tree] if tree in given else dict(self.plan.trees)[tree].parents(self)
            order = np.arange(len(parent), dtype=np.int32)
            # Members stand in the preorder of sponsors.
            if tree != "sponsor" and not (parent < order).all():
                parent = parent.copy()
                built, on_cycle, _ = forest(parent, order.astype(np.int64))
                order = built.order.astype(np.int32)
                self.issues += [
                    Issue(f"{tree}_cycle", int(self.snapshot.customer_id[v]), "")
                    for v in np.flatnonzero(on_cycle)
                ]
            self._lineages[tree] = (parent, order)
        return self._lineages[tree]

    def depths(self, tree: str) -> I32:
        """How many stand above everybody in the lineage of a tree; int32[n]."""
        if tree == "sponsor":
            return self.members.level
        if tree not in self._depths:
            self._depths[tree] = lineage_levels(*self.lineage(tree))
        return self._depths[tree]

    def best_rank(self) -> I16:
        """Position of the best rank ever achieved, this period included; int16[n]."""
        return better_rank(self.plan.ranks.id, self.snapshot.max_rank, self.achieved)

    def former_rank(self) -> I16:
        """Position of the best rank achieved before this period; int16[n]."""
        nobody = np.full(len(self.snapshot), NONE, np.int16)
        return better_rank(self.plan.ranks.id, self.snapshot.max_rank, nobody)

    def owners(self) -> I32:
        """The position that each one belongs to, his own if to nobody else; int32[n]."""
        owners = np.arange(len(self.snapshot), dtype=np.int32)
        owned = self.snapshot.extras.positions
        others = owned.owner >= 0
        owners[owned.member[others]] = owned.owner[others]
        return owners

    def own_values(self) -> I64:
        """Commission volume of every entry; int64[entries]."""
        return self.measures.entries[self.plan.volumes.commission]

    def earnings(self, bonus_ids: tuple[int, ...]) -> I64:
        """Rounded money that earlier bonuses paid each member; int64[n] 1e-4."""
        total = np.zeros(len(self.snapshot), np.int64)
        for bonus_id in bonus_ids:
            total += earned(self.earned[bonus_id], len(total))
        return total

    def source_volume(
        self, name: str, bonus_ids: tuple[int, ...], sources: Gate | None = None
    ) -> I64:
        """What a bonus is paid on: earlier earnings if it names any, else a member volume; of those
        who meet `sources`, if there is such a gate."""
        volume = self.earnings(bonus_ids) if bonus_ids else self.volume(name)
        return volume if sources is None else np.where(self.passes(sources), volume, 0)

    def legs(self, counted: str) -> tuple[I64, I64]:
        """Left and right leg volume of the period in a kind of volume; int64[n] each."""
        if counted == "pv":
            return self.left, self.right
        return leg_totals(self.snapshot, self.members.is_customer, self.volume(counted))

    def volume(self, name: str) -> I64:
        """A member volume by its plan name."""
        m = self.members
        computed = {
            "left": lambda: self.left,
            "right": lambda: self.right,
            "lesser_leg": lambda: np.minimum(self.left, self.right),
            "lesser_legs": self._lesser_legs,
            "customers": lambda: m.total_pv - m.pv,
            "active": self._active,
        }
        if name in computed:
            return computed[name]()
        known = {"commission": m.base, "own": m.own, "gv": m.gv}
        return known[name] if name in known else self.measures.volume(name)

    def _lesser_legs(self) -> I64:
        """OV of all frontline legs but the largest."""
        m = self.members
        largest, out = np.zeros((2, len(m.ov)), np.int64)
        lesser_legs(m.sponsor, m.is_customer, m.ov, largest, out)
        return out

    def _active(self) -> I64:
        """One for every active member, so that an amount can be paid for each."""
        m = self.members
        rules = self.plan.volumes
        active = m.earner & (self.measures.recent(rules.active_periods) >= rules.active_pv)
        return np.where(active, MONEY, 0).astype(np.int64)
