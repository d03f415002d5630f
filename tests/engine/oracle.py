"""The rules a second time: plain Python, dicts and fractions, read from the plan's text.

Slow on purpose and independent: no numpy, no kernels, no schema. Members and orders are rows as in
`company`; data is taken to be clean (one forest, known parents). Where this and the engine differ,
one of them misreads the rules.
"""

import tomllib
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.engine.oracle_groups import lasting, meets, plant
from tests.engine.oracle_paying import pay
from tests.engine.oracle_ranks import (
    added_up,
    asks_met,
    evaluate_ranks,
    in_window,
    measured,
    posted,
    recent_pv,
    windows_of,
)

from upline.engine.units import month_id

__all__ = ["Oracle", "rounded"]

TYPES = {"preferred": 1, "distributor": 2, "retail": 3}
STATUSES = {"active": 1, "inactive": 2, "on_hold": 3, "terminated": 4}


def number(value: Any) -> Fraction:
    """12, 0.08 and "8%" exactly."""
    text = str(value).strip()
    if text.endswith("%"):
        return Fraction(text[:-1].strip()) / 100
    return Fraction(text)


def rounded(value: Fraction, decimals: int, mode: str) -> Fraction:
    """The textbook definitions, one by one."""
    scaled = value * 10**decimals
    low = scaled.numerator // scaled.denominator
    rest = scaled - low
    toward_zero = low if scaled >= 0 or rest == 0 else low + 1
    away = low + 1 if scaled >= 0 and rest != 0 else low
    if mode == "floor":
        chosen = low
    elif mode == "ceiling":
        chosen = low + (rest != 0)
    elif mode == "down":
        chosen = toward_zero
    elif mode == "up":
        chosen = away
    elif rest != Fraction(1, 2):
        chosen = low + (rest > Fraction(1, 2))
    elif mode == "half_up":
        chosen = away
    elif mode == "half_down":
        chosen = toward_zero
    else:
        chosen = low if low % 2 == 0 else low + 1
    return Fraction(chosen, 10**decimals)


class Member:
    """One customer with everything the rules ask about."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row
        self.id = row["customer_id"]
        self.type = row.get("type", 2)
        self.status = row.get("status", 1)
        self.sponsor_id = row.get("sponsor_id", 0)
        self.enroller_id = row.get("enroller_id", self.sponsor_id)
        self.binary_parent_id = row.get("binary_parent_id", 0)
        self.binary_position = row.get("binary_position", 0)
        self.carry = [Fraction(str(row.get(key, 0))) for key in ("carry_left", "carry_right")]
        if "enrolled_period" in row:
            self.enrolled = row["enrolled_period"]
        elif "enrolled_on" in row:
            self.enrolled = month_id(row["enrolled_on"].year, row["enrolled_on"].month)
        else:
            self.enrolled = 1
        self.best_before = row.get("max_rank", -1)
        self.orders: list[dict[str, Any]] = []
        self.children: list[Member] = []
        self.recruits: list[Member] = []
        self.legs: dict[int, Member] = {}
        self.sponsor: Member | None = None
        self.enroller: Member | None = None
        self.binary_parent: Member | None = None
        self.achieved = self.rank = self.standing = -1  # positions; rank is the one paid as
        self.highest = -1  # standing of the best in the organization
        self.pv = self.cv = self.total_pv = self.ov = self.gv = Fraction(0)
        self.own = self.base = self.inner = self.active = Fraction(0)
        self.side = [Fraction(0), Fraction(0)]
        self.more: dict[str, Fraction] = {}  # further kinds of volume by name
        self.is_customer = self.earner = False
        self.parents: dict[str, Member | None] = {}  # in computed trees

    def above(self, tree: str) -> "Member | None":
        if tree in self.parents:
            return self.parents[tree]
        return {
            "sponsor": self.sponsor,
            "enroller": self.enroller,
            "binary": self.binary_parent,
        }[tree]

    def lesser_legs(self) -> Fraction:
        """OV of all legs but the largest."""
        legs = [max(c.ov, Fraction(0)) for c in self.children if not c.is_customer]
        return sum(legs, Fraction(0)) - max(legs, default=Fraction(0))

    def volume(self, name: str) -> Fraction:
        values = {
            "commission": self.base,
            "left": self.side[0],
            "right": self.side[1],
            "lesser_leg": min(self.side),
            "lesser_legs": self.lesser_legs(),
            "customers": self.total_pv - self.pv,
        }
        values.update(self.more)
        return values[name] if name in values else getattr(self, name)


class Oracle:
    """A run by hand: call, then read `members`, `lines` and `items`.

    lines: (bonus code, payee, source, level paid, base, exact amount). items: (payee, kind, bonus
    id, level) -> money. days: the first and last day of the period, for those who settle by day.
    """

    days = (0, 0)

    def __init__(
        self,
        plan_text: str,
        members: list[dict[str, Any]],
        orders: list[dict[str, Any]],
        period: int,
        before: "Oracle | None" = None,
        pledges: dict[int, tuple[Any, Any]] | None = None,
        rates: dict[str, tuple[str, str]] | None = None,
    ) -> None:
        self.rates = rates or {}
        self.memory: dict[Any, Any] = dict(before.memory) if before else {}
        self.pledges = pledges or {}
        self.able: dict[str, dict[int, bool]] = {}
        self.plan = tomllib.loads(plan_text, parse_float=Decimal)
        self.period = period
        self.members = {row["customer_id"]: Member(row) for row in members}
        self.rules = self.plan.get("volumes", {})
        self.ranks = self.plan.get("ranks", [])
        self.rank_of = {rank["key"]: place for place, rank in enumerate(self.ranks)}
        self.place_of = {rank["id"]: place for place, rank in enumerate(self.ranks)}
        self.lines: list[tuple[str, int, int, int, Fraction, Fraction]] = []
        self.exact: dict[tuple[int, int, int], Fraction] = {}
        self.items: dict[tuple[int, int, int, int], Fraction] = {}
        self._link(orders)
        self._volumes()
        evaluate_ranks(self)
        self._pay()

    def _link(self, orders: list[dict[str, Any]]) -> None:
        for member in self.members.values():
            member.sponsor = self.members.get(member.sponsor_id)
            member.enroller = self.members.get(member.enroller_id)
            member.binary_parent = self.members.get(member.binary_parent_id)
            if member.sponsor:
                member.sponsor.children.append(member)
            if member.enroller:
                member.enroller.recruits.append(member)
            if member.binary_parent:
                member.binary_parent.legs[member.binary_position] = member
            customers = self.rules.get("customers", ["preferred", "retail"])
            member.is_customer = member.type in {TYPES[name] for name in customers}
            earners = self.rules.get("members", ["distributor"])
            earning = self.rules.get("earning_statuses", ["active", "on_hold"])
            member.earner = member.type in {TYPES[name] for name in earners} and (
                member.status in {STATUSES[name] for name in earning}
            )
        for order in orders:
            self.members[order["customer_id"]].orders.append(dict(order))
        posted(self)

    def below(self, member: Member) -> list[Member]:
        """The member and everybody under him."""
        found, waiting = [], [member]
        while waiting:
            here = waiting.pop()
            found.append(here)
            waiting.extend(here.children)
        return found

    def bottom_up(self) -> list[Member]:
        """Everybody, those below before those above."""
        return self.preorder()[::-1]

    def preorder(self) -> list[Member]:
        """Everybody, parents first, by ascending id among siblings."""
        roots = [m for m in self.members.values() if m.sponsor is None]
        found, waiting = [], sorted(roots, key=lambda m: -m.id)
        while waiting:
            here = waiting.pop()
            found.append(here)
            waiting.extend(sorted(here.children, key=lambda m: -m.id))
        return found

    def _volumes(self) -> None:
        everyone = self.members.values()
        for m in everyone:
            m.pv = sum((Fraction(str(o["pv"])) for o in m.orders), Fraction(0))
            m.cv = sum((o["cv"] for o in m.orders), Fraction(0))
            m.own = sum((o[self.rules.get("commission", "cv")] for o in m.orders), Fraction(0))
        measured(self)
        lapse = self.rules.get("lapse")
        for m in everyone if lapse else ():
            if self.period - m.enrolled >= lapse["periods"]:
                m.earner &= recent_pv(self, m, lapse["periods"]) >= number(lapse["pv"])
        cut = self.rules.get("new_member_reduction")
        for m in everyone:
            m.total_pv = m.pv + sum(c.pv for c in m.children if c.is_customer)
            m.base = m.own
            if cut and not m.is_customer and "months" not in cut:
                left = number(cut.get("up_to", 10**12))
                for place, _ in enumerate(windows_of(cut)):
                    kind = self.rules.get("commission", "cv")
                    counted = min(in_window(m, kind, cut, place), left)
                    rate = cut["rate"][place] if isinstance(cut["rate"], list) else cut["rate"]
                    m.base -= rounded(counted * number(rate), 4, "half_up")
                    left -= max(counted, Fraction(0))
            elif cut and not m.is_customer and 0 <= self.period - m.enrolled < cut["months"]:
                rate = cut["rate"]
                rate = rate[self.period - m.enrolled] if isinstance(rate, list) else rate
                counted = min(m.own, number(cut["up_to"])) if "up_to" in cut else m.own
                m.base = m.own - rounded(counted * number(rate), 4, "half_up")
        if self.rules.get("customers_as_own", True):
            for m in list(everyone):
                if m.is_customer and m.sponsor:
                    m.sponsor.base += m.base
                    m.base = Fraction(0)
        for m in self.bottom_up():
            m.ov = m.pv + sum(c.ov for c in m.children)
        added_up(self)
        self._legs()

    def _legs(self) -> None:
        for number, sums in self.leg_volumes("pv").items():
            self.members[number].side = sums

    def leg_volumes(self, name: str) -> dict[int, list[Fraction]]:
        """Volume of both legs by member."""
        sums = {number: [Fraction(0), Fraction(0)] for number in self.members}
        placed = self.binary_bottom_up()
        inside = {m.id for m in placed}
        for m in placed:
            customers = [c for c in m.children if c.is_customer and c.id not in inside]
            counted = m.volume(name) + sum(c.volume(name) for c in customers) + sum(sums[m.id])
            if m.binary_parent:
                sums[m.binary_parent.id][m.binary_position - 1] += counted
        return sums

    def binary_bottom_up(self) -> list[Member]:
        """Everybody in the binary tree, those below before those above."""
        found = [m for m in self.members.values() if m.legs and not m.binary_parent]
        for m in found:
            found.extend(m.legs.values())
        return found[::-1]

    def begin(self, bonus: dict[str, Any]) -> None:
        """Once for each bonus: who may be paid, where that goes by earlier periods."""
        if {"streak", "first_periods"} & set(bonus.get("requires", {})):
            self.able[bonus["code"]] = lasting(self, bonus)

    def qualifies(self, m: Member, bonus: dict[str, Any]) -> bool:
        """Whether the member may be paid this bonus."""
        able = self.able.get(bonus.get("code", ""))
        return self.qualifies_now(m, bonus) if able is None else able[m.id]

    def qualifies_now(self, m: Member, bonus: dict[str, Any]) -> bool:
        """The same by this period alone."""
        asked = bonus.get("requires", {})
        if not m.earner or not meets(self, m, asked) or not asks_met(self, m, asked):
            return False
        for key in ("pv", "total_pv", "ov", "gv"):
            if key in asked and getattr(m, key) < number(asked[key]):
                return False
        if "rank" in asked and m.rank < self.rank_of[asked["rank"]]:
            return False
        best = max(self.place_of.get(m.best_before, -1), m.achieved)
        if "best_rank" in asked and best < self.rank_of[asked["best_rank"]]:
            return False
        return not ("rank_at_most" in asked and m.rank > self.rank_of[asked["rank_at_most"]])

    def _pay(self) -> None:
        rounding = self.plan.get("rounding", {})
        self.place = rounding.get("place", "level")
        self.mode = rounding.get("mode", "half_up")
        self.decimals = rounding.get("decimals", 2)
        for tree in self.plan.get("trees", []):
            plant(self, tree)
        active = number(self.rules.get("active_pv", 0))
        for m in self.members.values():
            m.active = Fraction(int(m.earner and m.pv >= active))
        pay(self)

    def at_rank(self, place: int) -> Member:
        """Somebody of this rank, for tables by rank."""
        somebody = Member({"customer_id": 0})
        somebody.rank = place
        return somebody

    def rounded(self, value: Fraction, decimals: int, mode: str) -> Fraction:
        """By another rule."""
        return rounded(value, decimals, mode)

    def round(self, value: Fraction) -> Fraction:
        """By the plan's rule."""
        return rounded(value, self.decimals, self.mode)
