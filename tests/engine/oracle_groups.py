"""Bonus kinds on lines of leaders, computed trees and packages, read from the rules once more."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

__all__ = [
    "breakaway",
    "coded",
    "completion",
    "lasting",
    "meets",
    "plant",
    "stairstep",
    "structure",
]

Line = tuple[int, int, int, Fraction, Fraction]
ORDER_TYPES = {"standard": 1, "autoship": 2, "starter_kit": 3, "premium_kit": 4, "retail": 5}


def rate_of(value: Any) -> Fraction:
    text = str(value).strip()
    return Fraction(text[:-1].strip()) / 100 if text.endswith("%") else Fraction(text)


def by_rank(run: Any, member: Any, table: dict[str, Any], default: Any = 0) -> Fraction:
    """A table by rank holds for higher ranks until another is given."""
    for rank in run.ranks[: member.rank + 1]:
        default = table.get(rank["key"], default)
    return rate_of(default)


def meets(run: Any, member: Any, asked: dict[str, Any]) -> bool:
    """What bonuses may ask beside volumes and ranks, in this period."""
    if "autoship_pv" in asked:
        own = sum(Fraction(str(o["pv"])) for o in member.orders if o.get("order_type", 1) == 2)
        if own < rate_of(asked["autoship_pv"]):
            return False
    if "legs" in asked:
        legs = [c for c in member.children if not c.is_customer]
        good = [c for c in legs if c.ov >= rate_of(asked["legs"]["volume"])]
        if len(good) < asked["legs"]["count"]:
            return False
    if "enrolled" in asked:
        least = rate_of(asked["enrolled"].get("pv", 0))
        mine = [m for m in member.recruits if m.earner]
        if len([m for m in mine if m.pv >= least]) < asked["enrolled"]["count"]:
            return False
    return "within" not in asked or 0 <= run.period - member.enrolled < asked["within"]


def lasting(run: Any, bonus: dict[str, Any]) -> dict[int, bool]:
    """Who may be paid a bonus that goes by earlier periods; brings its memory up to date."""
    asked, code = bonus.get("requires", {}), bonus["code"]
    able = {}
    for member in run.members.values():
        row, first = (code, member.id, "streak"), (code, member.id, "first")
        met = run.qualifies_now(member, bonus)
        run.memory[row] = run.memory.get(row, 0) + 1 if met else 0
        met = met and run.memory[row] >= asked.get("streak", 1)
        if met:
            run.memory.setdefault(first, run.period)
        able[member.id] = met and (
            "first_periods" not in asked or run.period - run.memory[first] < asked["first_periods"]
        )
    return able


def plant(run: Any, tree: dict[str, Any]) -> None:
    """Give every member a parent in a computed tree."""
    source = tree.get("placed_by", "sponsor" if tree["kind"] == "matrix" else "enroller")

    def recruiter(member: Any) -> Any:
        above = member.above(source)
        while above is not None and above.is_customer:
            above = above.above(source)
        return above

    order: dict[int, Any] = {}  # a recruiter comes before his recruits, whenever he enrolled
    for member in sorted(run.members.values(), key=lambda m: (m.enrolled, m.id)):
        line = [member]
        while recruiter(line[-1]) is not None and recruiter(line[-1]).id not in order:
            line.append(recruiter(line[-1]))
        order.update({m.id: m for m in line[::-1] if m.id not in order})
    if tree["kind"] == "matrix":
        _fill_matrix(list(order.values()), recruiter, tree)
    else:
        _pass_up(run, list(order.values()), recruiter, tree)


def _fill_matrix(order: list[Any], recruiter: Any, tree: dict[str, Any]) -> None:
    places: dict[int, list[Any]] = {}
    reached: dict[int, tuple[list[Any], int]] = {}  # below whom: the row that is filling, how far

    def is_full(member: Any) -> bool:
        return len(places.get(member.id, [])) >= tree["width"]

    for member in order:
        sponsor = recruiter(member)
        member.parents[tree["key"]] = sponsor
        if sponsor is None or member.is_customer:
            continue
        row, at = reached.get(sponsor.id, ([sponsor], 0))
        while is_full(row[at]):
            at += 1
            if at == len(row):
                row, at = [below for m in row for below in places[m.id]], 0
        reached[sponsor.id] = row, at
        free = row[at]
        places.setdefault(free.id, []).append(member)
        member.parents[tree["key"]] = free


def _pass_up(run: Any, order: list[Any], recruiter: Any, tree: dict[str, Any]) -> None:
    recruits: dict[int, int] = {}
    goes_up = set()
    for member in sorted(run.members.values(), key=lambda m: (m.enrolled, m.id)):
        sponsor = recruiter(member)
        if sponsor is not None and not member.is_customer:
            recruits[sponsor.id] = recruits.get(sponsor.id, 0) + 1
            if recruits[sponsor.id] in tree["passes"]:
                goes_up.add(member.id)
    for member in order:
        sponsor = recruiter(member)
        upline = sponsor.parents[tree["key"]] if sponsor is not None else None
        passed = member.id in goes_up and upline is not None
        member.parents[tree["key"]] = upline if passed else sponsor


def stairstep(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    loses = bonus.get("unqualified", "passes") == "loses"
    tree = bonus.get("tree", "sponsor")
    same = [rate_of(rate) for rate in bonus.get("same_rank", [])]

    def rate_for(member: Any) -> Fraction:
        if not (member.earner if loses else run.qualifies(member, bonus)):
            return Fraction(0)
        if "rates" in bonus:
            return by_rank(run, member, bonus["rates"])
        size = member.volume(bonus.get("by", "ov"))
        reached = [b for b in bonus["brackets"] if size >= rate_of(b["volume"])]
        return rate_of(reached[-1]["rate"]) if reached else Fraction(0)

    most = max((rate_for(member) for member in run.members.values()), default=Fraction(0))
    for source in run.members.values():
        base = source.volume(bonus.get("volume", "commission"))
        if base == 0:
            continue
        own = bonus.get("own", "ignored")
        covered = Fraction(0) if own == "ignored" else rate_for(source)
        if own == "paid" and covered and run.qualifies(source, bonus):
            yield source.id, source.id, 1, base, base * covered
        equals = 0
        above, level = source.above(tree), 1
        while above is not None and level < bonus.get("from_level", 1):
            if bonus.get("nearer") == "deducted":
                covered = max(covered, rate_for(above))
            above, level = above.above(tree), level + 1
        while above is not None and (covered < most or equals < len(same)):
            rate = rate_for(above)
            able = run.qualifies(above, bonus)
            if rate > covered:
                paid = max(rate - covered, rate_of(bonus.get("minimum", 0)))
                covered, equals = rate, 0
                if able:
                    yield above.id, source.id, 2, base, base * paid
            elif rate == covered and covered and equals < len(same):
                if able and same[equals]:
                    yield above.id, source.id, 3, base, base * same[equals]
                equals += 1
            above = above.above(tree)


def breakaway(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    tree = bonus.get("tree", "sponsor")
    least = run.rank_of[bonus["leader"]]
    rate, floor = rate_of(bonus["rate"]), rate_of(bonus.get("floor", 0))
    everyone = list(run.members.values())

    def leader_above(member: Any) -> Any:
        above = member.above(tree)
        while above is not None and above.rank < least:
            above = above.above(tree)
        return above

    depths: dict[int, int] = {}

    def depth(member: Any) -> int:
        line = [member]
        while line[-1].id not in depths and line[-1].above(tree) is not None:
            line.append(line[-1].above(tree))
        first = depths.setdefault(line[-1].id, 0)
        depths.update({m.id: first + steps for steps, m in enumerate(line[::-1])})
        return depths[member.id]

    group = {m.id: Fraction(0) for m in everyone if m.rank >= least}
    for member in everyone:
        head = member if member.rank >= least else leader_above(member)
        if head is not None:
            group[head.id] += member.volume(bonus.get("volume", "commission"))
    received = dict.fromkeys(group, Fraction(0))
    for leader in sorted((m for m in everyone if m.id in group), key=depth, reverse=True):
        upline = leader_above(leader)
        if upline is None:
            continue
        own, extra = group[leader.id] * rate, Fraction(0)
        if not run.qualifies(leader, bonus):
            extra = received[leader.id]
        elif own < floor:
            extra = min(floor - own, max(received[leader.id], Fraction(0)))
        received[upline.id] += own + extra
        if run.qualifies(upline, bonus):
            if group[leader.id]:
                yield upline.id, leader.id, 1, group[leader.id], own
            if extra:
                yield upline.id, leader.id, 2, Fraction(0), extra
        if extra and run.qualifies(leader, bonus):
            yield leader.id, leader.id, 3, Fraction(0), -extra


def structure(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    tree, steps = bonus.get("tree", "sponsor"), len(bonus["amounts"])
    below: dict[int, list[Any]] = {}
    for member in run.members.values():
        above = member.above(tree)
        if above is not None and run.qualifies(member, {"requires": bonus.get("counted", {})}):
            below.setdefault(above.id, []).append(member)

    def holds(member: Any, step: int) -> bool:
        if step == 0:
            return True
        mine = [m for m in below.get(member.id, []) if holds(m, step - 1)]
        return run.qualifies(member, bonus) and len(mine) >= bonus["count"]

    for member in run.members.values():
        held = max(step for step in range(steps + 1) if holds(member, step))
        teams = [held]
        if bonus.get("repeats") and held == steps:
            # The best frontline members first, team by team; a team is as deep as its last one.
            mine = below[member.id]
            depths = [max(s for s in range(steps) if holds(m, s)) for m in mine]
            depths.sort(reverse=True)
            ends = range(bonus["count"] - 1, len(depths), bonus["count"])
            teams = [depths[end] + 1 for end in ends]
            full = teams.count(steps)
            teams = teams[: full + 1]
        for step in sorted(set(teams) - {0}):
            amount = rate_of(bonus["amounts"][step - 1]) * teams.count(step)
            if amount:
                yield member.id, member.id, step, Fraction(0), amount


def completion(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    filled: dict[int, list[int]] = {number: [0] * len(bonus["amounts"]) for number in run.members}
    for other in run.members.values():
        above, steps = other.above(bonus["tree"]), 0
        counts = run.qualifies(other, {"requires": bonus.get("counted", {})})
        while above is not None and counts and steps < len(bonus["amounts"]):
            filled[above.id][steps] += 1
            above, steps = above.above(bonus["tree"]), steps + 1
    for member in run.members.values():
        if not run.qualifies(member, bonus):
            continue
        for level, amount in enumerate(bonus["amounts"], 1):
            full = filled[member.id][level - 1] >= bonus["width"] ** level
            key = (bonus["code"], member.id, "level", level)
            if full and not (bonus.get("paid", "once") == "once" and key in run.memory):
                run.memory[key] = True
                if rate_of(amount):
                    yield member.id, member.id, level, Fraction(0), rate_of(amount)


def coded(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    code, tree = bonus["code"], bonus.get("tree", "enroller")
    kinds = {ORDER_TYPES[k] for k in bonus.get("order_types", ["starter_kit", "premium_kit"])}
    new = {}
    for member in run.members.values():
        sizes = [
            sum(Fraction(str(o["pv"])) >= rate_of(size) for size in bonus["packages"])
            for o in member.orders
            if o.get("order_type", 1) in kinds
        ]
        best = max(sizes, default=0)
        if best > run.memory.get((code, member.id, "package"), 0):
            new[member.id] = run.memory[code, member.id, "package"] = best
    for number, package in new.items():
        above = run.members[number].above(tree)
        while above is not None and not (
            above.earner and run.memory.get((code, above.id, "package"), 0) >= package
        ):
            above = above.above(tree)
        run.memory[code, number, "holder"] = above.id if above is not None else 0
    for member in run.members.values():
        holder = run.members.get(run.memory.get((code, member.id, "holder"), 0))
        if holder is None or not run.qualifies(holder, bonus):
            continue
        package = run.memory[code, member.id, "package"]
        if member.id in new and "amounts" in bonus:
            amount = rate_of(bonus["amounts"][package - 1])
            if amount:
                yield holder.id, member.id, package, Fraction(0), amount
        base = member.volume(bonus.get("volume", "own"))
        if base and "rates" in bonus and rate_of(bonus["rates"][package - 1]):
            yield holder.id, member.id, package, base, base * rate_of(bonus["rates"][package - 1])
