"""Ranks and group volume a second time: requirements, history, grace and force, as the plan says.

Rows of members may carry `history` (period -> rank, paid_rank, pv), `forced_rank` and `currency`,
rows of orders further kinds of volume, a `currency` and an `age`: days since enrolment.
"""

from fractions import Fraction
from typing import Any

__all__ = [
    "added_up",
    "asks_met",
    "evaluate_ranks",
    "in_window",
    "measured",
    "posted",
    "recent_pv",
    "windows_of",
]


TYPES = {"preferred": 1, "distributor": 2, "retail": 3}
PAIR = "of", "to"
BUYER_NAMES = {number: name for name, number in TYPES.items()}
ORDER_NAMES = {1: "standard", 2: "autoship", 3: "starter_kit", 4: "premium_kit", 5: "retail"}


def number(value: Any) -> Fraction:
    """12, 0.08 and "8%" exactly."""
    text = str(value).strip()
    return Fraction(text[:-1].strip()) / 100 if text.endswith("%") else Fraction(text)


def floor4(value: Fraction) -> Fraction:
    """Cut to ten-thousandths."""
    return Fraction((value * 10_000).__floor__(), 10_000)


def posted(run: Any) -> None:
    """Volume of every order in plan volume, order by order."""
    rule = run.plan.get("exchange", {})
    kinds = ["pv", "cv", "retail_margin_base", *run.rules.get("kinds", [])]
    for member in run.members.values():
        member.orders.sort(key=lambda order: order["order_id"])
        for order in member.orders:
            order.setdefault("cv", order["pv"])
        for kind in kinds:
            name = "margin" if kind == "retail_margin_base" else kind
            exact = paid = Fraction(0)
            for order in member.orders:
                value = Fraction(str(order.get(kind, 0)))
                code = order.get("currency")
                if code is not None and name in rule.get("volumes", []):
                    value *= number(run.rates.get(code, ("0", "0"))[0])
                    exact += value
                    if rule.get("rounded") == "member":
                        before, paid = paid, exchanged(run, rule, exact)
                        value = paid - before
                    else:
                        value = exchanged(run, rule, value)
                order[kind] = value
        for name, part in run.rules.get("parts", {}).items():
            for order in member.orders:
                inside = belongs(member, order, part)
                order[name] = order[part.get("of", "pv")] if inside else Fraction(0)


def belongs(member: Any, order: dict[str, Any], part: dict[str, Any]) -> bool:
    """Whether an order is in a named part of a kind of volume."""
    types, buyers = part.get("order_types"), part.get("buyers")
    if types and ORDER_NAMES[order.get("order_type", 1)] not in types:
        return False
    if buyers and BUYER_NAMES[member.type] not in buyers:
        return False
    for unit, age in (("days", age_of(order)), ("hours", hours_of(order))):
        if not part.get("after_" + unit, 0) <= age < part.get("first_" + unit, 10**9):
            return False
    return True


def age_of(order: dict[str, Any]) -> int:
    """Days since the buyer's enrolment."""
    return order.get("age", 9999)


def hours_of(order: dict[str, Any]) -> int:
    """Hours since the buyer's enrolment; the first of the day where none is told."""
    return order.get("hours", age_of(order) * 24)


def windows_of(rule: dict[str, Any]) -> list[int]:
    """How many hours after enrolment each window ends; orders of a day are of its first hour."""
    given = rule.get("hours", rule.get("days", []))
    ends = given if isinstance(given, list) else [given]
    return ends if "hours" in rule else [24 * end for end in ends]


def in_window(m: Any, kind: str, rule: dict[str, Any], place: int) -> Fraction:
    """Own volume of a kind that was ordered in one of the windows."""
    ends = windows_of(rule)
    start = ends[place - 1] if place else 0
    tell = hours_of if "hours" in rule else lambda order: 24 * age_of(order)
    orders = (o for o in m.orders if start <= tell(o) < ends[place])
    return sum((o[kind] for o in orders), Fraction(0))


def exchanged(run: Any, rule: dict[str, Any], value: Fraction) -> Fraction:
    """Rounded as [exchange] says."""
    return run.rounded(value, rule.get("decimals", 2), rule.get("mode", "half_up"))


def measured(run: Any) -> None:
    """Every kind of volume by the names it goes by: own, with customers, organization."""
    for kind in ["cv", *run.rules.get("kinds", []), *run.rules.get("parts", {})]:
        for m in run.bottom_up():
            m.more[kind] = sum((order[kind] for order in m.orders), Fraction(0))
            below = sum((c.more["ov_" + kind] for c in m.children), Fraction(0))
            m.more["ov_" + kind] = m.more[kind] + below
            bought = sum((c.more[kind] for c in m.children if c.is_customer), Fraction(0))
            m.more["total_" + kind] = m.more[kind] + bought
    for name, team in run.rules.get("teams", {}).items():
        for m in run.members.values():
            kind, here, total = team.get("of", "pv"), [m], Fraction(0)
            for _ in range(team["levels"] + 1):
                total += sum((b.volume(kind) for b in here), Fraction(0))
                here = [c for b in here for c in b.children]
            m.more[name] = total


def added_up(run: Any) -> None:
    """Volumes over several periods: `earlier` of the row, or what the runs before came to."""
    for name, rule in run.rules.get("sums", {}).items():
        for m in run.members.values():
            key = ("sum", name, m.id)
            before = Fraction(str(m.row.get("earlier", {}).get(name, 0)))
            if "periods" not in rule:
                before = run.memory.get(key, Fraction(0))
            m.more[name] = m.volume(rule.get("of", "ov")) + before
            run.memory[key] = m.more[name]


def owner_of(run: Any, m: Any) -> Any:
    """The member whose position it is."""
    return run.members.get(m.row.get("owner"), m)


def past(run: Any, m: Any, back: int) -> dict[str, Any]:
    """A member's row of `back` periods ago."""
    return m.row.get("history", {}).get(run.period - back, {})


def recent_pv(run: Any, m: Any, periods: int) -> Fraction:
    """Own PV of the latest periods, this one included."""
    return m.pv + sum(
        (Fraction(str(past(run, m, back).get("pv", 0))) for back in range(1, periods)), Fraction(0)
    )


def active(run: Any, m: Any, asked: dict[str, Any]) -> list[Any]:
    """Personally enrolled members who may be paid and have the PV."""
    least = number(asked.get("pv", 0))
    return [e for e in m.recruits if e.earner and e.pv >= least]


def binary_below(m: Any) -> set[int]:
    """Ids in the binary organization, the member included."""
    found, waiting = set(), [m]
    while waiting:
        here = waiting.pop()
        found.add(here.id)
        waiting.extend(here.legs.values())
    return found


def people_met(run: Any, m: Any, asked: dict[str, Any]) -> bool:
    """What customers buy and what an owner's positions buy together."""
    wanted = asked.get("customers")
    if wanted:
        types = {TYPES[name] for name in wanted.get("types", TYPES)}
        bought = [
            c
            for c in m.children
            if c.is_customer and c.type in types and c.pv >= number(wanted.get("pv", 0))
        ]
        if len(bought) < wanted["count"]:
            return False
    ratio = asked.get("customer_ratio")
    if ratio:
        mine = [
            e
            for e in run.members.values()
            if e.enroller is m and e.pv >= number(ratio.get("pv", 0))
        ]
        of, to = (sum(e.type in {TYPES[t] for t in ratio[side]} for e in mine) for side in PAIR)
        if of < to * number(ratio["least"]):
            return False
    owned = asked.get("owner_pv")
    if owned:
        mine = [o for o in run.members.values() if owner_of(run, o) is owner_of(run, m)]
        least = owned["one"] if len(mine) == 1 else owned["several"]
        bought_by_all = sum((recent_pv(run, o, owned.get("periods", 1)) for o in mine), Fraction(0))
        if bought_by_all < number(least):
            return False
    return True


def asks_met(run: Any, m: Any, asked: dict[str, Any]) -> bool:
    """Requirements that do not depend on ranks of this period."""
    for name, least in asked.get("volumes", {}).items():
        if m.volume(name) < number(least):
            return False
    rolling = asked.get("rolling_pv")
    if rolling and recent_pv(run, m, rolling["periods"]) < number(rolling["volume"]):
        return False
    held = asked.get("held")
    if held:
        key = "paid_rank" if held.get("by") == "paid" else "rank"
        for back in range(1, held["periods"] + 1):
            place = run.place_of.get(past(run, m, back).get(key, -1), -1)
            if place < run.rank_of[held["rank"]]:
                return False
    if not people_met(run, m, asked):
        return False
    sides = asked.get("sides")
    if sides is not None:
        for side, key in ((1, "left"), (2, "right")):
            leg = binary_below(m.legs[side]) if side in m.legs else set()
            found = [e for e in active(run, m, sides) if e.id in leg]
            if len(found) < sides.get(key, 1):
                return False
    others = asked.get("any_of")
    if others and not any(alternative_met(run, m, one) for one in others):
        return False
    legs = asked.get("enrolled_legs")
    if legs:
        mine = {e.id for e in active(run, m, legs)}
        held_legs = [
            c for c in m.children if len(mine & {d.id for d in run.below(c)}) >= legs.get("each", 1)
        ]
        if len(held_legs) < legs["count"]:
            return False
    return True


def alternative_met(run: Any, m: Any, asked: dict[str, Any]) -> bool:
    """All of one alternative."""
    for name in ("pv", "total_pv", "ov"):
        if name in asked and m.volume(name) < number(asked[name]):
            return False
    wanted = asked.get("enrolled")
    if wanted and len(active(run, m, wanted)) < wanted["count"]:
        return False
    return asks_met(run, m, asked)


def evaluate_ranks(run: Any) -> None:
    """Achieved and paid ranks, and group volume, from the bottom up."""
    cut = run.plan.get("group_volume")
    never = len(run.ranks)
    group_from = led_from = never
    legs_out = False
    if cut:
        outside = cut.get("leaves_out", ["organizations", "qualifying_legs"])
        group_from = run.rank_of[cut["from_rank"]] if "from_rank" in cut else -1
        legs_out = "qualifying_legs" in outside
        if "organizations" in outside:
            led_from = run.rank_of[cut.get("led_by", cut.get("from_rank"))]
    below_paid = run.plan.get("rank_rules", {}).get("ranks_below") == "paid"
    for m in run.bottom_up():
        inner = m.pv + sum(c.inner for c in m.children)
        m.gv = m.ov if group_from >= 0 else inner
        if m.earner:
            for place in range(never - 1, -1, -1):
                gv = gv_under(run, m, run.ranks[place], place >= group_from, legs_out, inner)
                if gv is not None:
                    m.achieved, m.gv = place, gv
                    break
        m.rank = paid_as(run, m)
        m.standing = m.rank if below_paid else m.achieved
        m.highest = max([m.standing, *(c.highest for c in m.children)])
        m.inner = Fraction(0) if m.standing >= led_from else inner


def paid_as(run: Any, m: Any) -> int:
    """Achieved, or kept by grace, or forced."""
    if not m.earner:
        return -1
    best = m.achieved
    for place, rank in enumerate(run.ranks):
        for back in range(1, rank.get("grace", 0) + 1):
            if run.place_of.get(past(run, m, back).get("rank", -1), -1) >= place:
                best = max(best, place)
    forced = run.place_of.get(m.row.get("forced_rank", -1), -1)
    if forced < 0:
        return best
    exactly = run.plan.get("rank_rules", {}).get("forced") == "exactly"
    return forced if exactly else max(best, forced)


def gv_under(
    run: Any, m: Any, rank: dict[str, Any], grouped: bool, legs_out: bool, inner: Fraction
) -> Fraction | None:
    """Group volume if the member meets the rank, else None."""
    actual = {
        "pv": m.pv,
        "total_pv": m.total_pv,
        "ov": m.ov,
        "left": m.side[0],
        "right": m.side[1],
    }
    if any(key in rank and value < number(rank[key]) for key, value in actual.items()):
        return None
    if not asks_met(run, m, rank):
        return None
    if "enrolled" in rank and len(active(run, m, rank["enrolled"])) < rank["enrolled"]["count"]:
        return None
    lost = Fraction(0)
    if "legs" in rank:
        legs = rank["legs"]
        good = [
            c
            for c in m.children
            if not c.is_customer
            and c.ov >= number(legs["volume"])
            and ("pv" not in legs or c.pv >= number(legs["pv"]))
        ]
        if len(good) < legs["count"]:
            return None
        good.sort(key=lambda c: (-c.ov, c.inner))
        lost = sum((c.inner for c in good[: legs["count"]]), Fraction(0))
    if "ranked_legs" in rank:
        least = run.rank_of[rank["ranked_legs"]["rank"]]
        holding = [c for c in m.children if c.highest >= least]
        if len(holding) < rank["ranked_legs"]["count"]:
            return None
    if "capped_ov" in rank and counted(m, rank["capped_ov"]) < number(rank["capped_ov"]["volume"]):
        return None
    gv = (inner - (lost if legs_out else 0)) if grouped else m.ov
    return None if "gv" in rank and gv < number(rank["gv"]) else gv


def counted(m: Any, asked: dict[str, Any]) -> Fraction:
    """OV of which no leg counts for more than its cap."""
    if "leg_share" in asked:
        limit = number(asked["volume"]) * number(asked["leg_share"])
    elif "leg_share_of_ov" in asked:
        limit = floor4(m.ov * number(asked["leg_share_of_ov"]))
    else:
        limit = number(asked["leg_most"])
    mine = min(m.pv, limit) if asked.get("own_capped", True) else m.pv
    return mine + sum((min(c.ov, limit) for c in m.children), Fraction(0))
