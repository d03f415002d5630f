"""Contests a second time: plain Python over rows, read from the plan's text."""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

TYPES = {"preferred": 1, "distributor": 2, "retail": 3}
ORDERS = {"standard": 1, "autoship": 2, "starter_kit": 3, "premium_kit": 4, "retail": 5}
NEVER = 10**15


@dataclass
class Known:
    """Everything about one member that contests look at; ranks are places in the plan."""

    id: int
    type: int
    status: int
    enroller: int
    is_new: bool
    enrolled_at: int
    rank: int
    best: int
    now: dict[str, Fraction]
    before: dict[str, Fraction]
    orders: list[dict[str, Any]]
    carried: tuple[Fraction, int] | None = None
    age: int = 0  # periods since that of enrolment
    held: int = 0  # earlier periods of the contest at the rank held now
    stock: Fraction = Fraction(0)  # coupons of earlier periods


Entry = tuple[int, int, Fraction, Fraction]  # reason, source (0 none), quantity, points
Row = tuple[int, int, Fraction, bool]  # member, position, points, qualified


def number(value: Any) -> Fraction:
    text = str(value)
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


class Contests:
    """Ask for the standings of a contest by its place in the plan."""

    def __init__(self, text: str, members: list[Known]) -> None:
        self.plan = tomllib.loads(text, parse_float=Decimal)
        self.members = {m.id: m for m in members}
        self.ranks = {rank["key"]: place for place, rank in enumerate(self.plan["ranks"])}

    def enrolled_by(self, m: Known) -> list[Known]:
        return [e for e in self.members.values() if e.enroller == m.id]

    def entries(self, contest: dict[str, Any], m: Known) -> list[Entry]:
        found: list[Entry] = []
        for rule in sorted(contest["points"], key=lambda rule: rule["kind"] == "coupons"):
            if rule["kind"] == "coupons":
                found += self._used(rule, m, sum((entry[3] for entry in found), Fraction(0)))
                continue
            found += getattr(self, f"_{rule['kind']}")(rule, m)
        if contest.get("adds_up") and m.carried and m.carried[0]:
            found.append((5, 0, m.carried[0], m.carried[0]))
        return found

    def _enrolment(self, rule: dict[str, Any], m: Known) -> list[Entry]:
        types = {TYPES[name] for name in rule.get("types", ["distributor"])}
        each = rule["each"] if isinstance(rule["each"], list) else [rule["each"]]
        return [
            (1, e.id, Fraction(1), number(points))
            for e in self.enrolled_by(m)
            for ago, points in enumerate(each)
            if (e.age == ago if ago else e.is_new)
            and e.type in types
            and ("pv" not in rule or e.now["pv"] >= number(rule["pv"]))
        ]

    def _used(self, rule: dict[str, Any], m: Known, points: Fraction) -> list[Entry]:
        stock = m.stock + sum((number(o.get(rule["volume"], 0)) for o in m.orders), Fraction(0))
        used = min(max(stock, Fraction(0)), points)
        return [(7, 0, stock - used, used)] if used > 0 else []

    def _counted(self, rule: dict[str, Any], m: Known) -> list[dict[str, Any]]:
        buyers = self.enrolled_by(m) if rule.get("of") == "enrolled" else [m]
        types = {ORDERS[name] for name in rule.get("order_types", [])}
        return [
            order
            for buyer in buyers
            for order in buyer.orders
            if not types or order["order_type"] in types
        ]

    def _volume(self, rule: dict[str, Any], m: Known) -> list[Entry]:
        name = rule.get("volume", "pv")
        bought = sum((number(order[name]) for order in self._counted(rule, m)), Fraction(0))
        return self._stepped(2, rule, bought)

    def _rank(self, rule: dict[str, Any], m: Known) -> list[Entry]:
        found = []
        if "times" in rule:
            rank = self.plan["ranks"][m.rank] if m.rank >= 0 else {"id": 0, "key": ""}
            points = rule["each"] if "each" in rule else rule["ranks"].get(rank["key"], 0)
            due = m.rank >= 0 and points and m.held < rule["times"]
            return [(6, 0, Fraction(rank["id"]), number(points))] if due else []
        for place, rank in enumerate(self.plan["ranks"]):
            points = rule["each"] if "each" in rule else rule["ranks"].get(rank["key"], 0)
            if m.best < place <= m.rank and points:
                found.append((3, 0, Fraction(rank["id"]), number(points)))
        return found

    def _growth(self, rule: dict[str, Any], m: Known) -> list[Entry]:
        name = rule.get("volume", "ov")
        return self._stepped(4, rule, m.now[name] - m.before[name]) if m.before else []

    def _stepped(self, reason: int, rule: dict[str, Any], amount: Fraction) -> list[Entry]:
        times = max(amount, Fraction(0)) // number(rule["per"])
        points = times * number(rule["each"])
        if "most" in rule:
            points = min(points, number(rule["most"]))
        return [(reason, 0, amount, points)] if times else []

    def meets(self, line: dict[str, Any], m: Known, points: Fraction) -> bool:
        newcomers = [e for e in self.enrolled_by(m) if e.is_new]
        good = points >= number(line.get("points", -(10**9)))
        good &= len(newcomers) >= line.get("enrolments", 0)
        good &= m.rank >= self.ranks.get(line.get("rank", ""), -1)
        for name in ("pv", "total_pv", "ov", "gv"):
            good &= name not in line or m.now[name] >= number(line[name])
        if "ratio" in line:
            of, to = (
                sum(e.type in {TYPES[t] for t in line["ratio"][side]} for e in newcomers)
                for side in ("of", "to")
            )
            good &= of >= to * number(line["ratio"]["least"])
        return good

    def last_sale(self, contest: dict[str, Any], m: Known) -> int:
        rules = [rule for rule in contest["points"] if rule["kind"] == "volume"] or [{}]
        sold = [
            order["sold_at"]
            for rule in rules
            for order in self._counted(rule, m)
            if number(order[rule.get("volume", "pv")]) > 0
        ]
        if contest.get("adds_up") and m.carried and m.carried[1] != NEVER:
            sold.append(m.carried[1])
        return max(sold, default=NEVER)

    def standings(self, place: int) -> tuple[list[Row], dict[int, list[Entry]]]:
        contest = self.plan["contests"][place]
        found: dict[int, list[Entry]] = {}
        keys: dict[int, tuple[Fraction, int]] = {}
        for m in self.members.values():
            able = m.type == 2 and m.status in {1, 3}
            if not able or not self.meets(contest.get("requires", {}), m, Fraction(10**9)):
                continue
            entries = self.entries(contest, m)
            points = sum((entry[3] for entry in entries), Fraction(0))
            tie = {
                "shared": 0,
                "last_sale": self.last_sale(contest, m),
                "enrolled": m.enrolled_at,
            }[contest.get("ties", "shared")]
            if points > 0:
                found[m.id], keys[m.id] = entries, (-points, tie)
        rows = [
            (
                member,
                1 + sum(other < keys[member] for other in keys.values()),
                -keys[member][0],
                self.meets(contest.get("qualifies", {}), self.members[member], -keys[member][0]),
            )
            for member in sorted(keys, key=lambda one: (*keys[one], one))
        ]
        return rows, found
