"""Bonus kinds of the oracle: each yields (payee, source, paid level, base, exact amount)."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

__all__ = ["KINDS"]

Line = tuple[int, int, int, Fraction, Fraction]
CUSTOMER_TYPES = {"preferred": 1, "distributor": 2, "retail": 3}
ORDER_TYPES = {"standard": 1, "autoship": 2, "starter_kit": 3, "premium_kit": 4, "retail": 5}


def rate_of(value: Any) -> Fraction:
    text = str(value).strip()
    return Fraction(text[:-1].strip()) / 100 if text.endswith("%") else Fraction(text)


def rate_table(run: Any, bonus: dict[str, Any]) -> Callable[[Any, int], Fraction]:
    """Rate of a member at a level, 0 where his rank does not reach."""
    rates = [rate_of(r) for r in bonus["rates"]]
    given_depths = bonus.get("levels", {})
    given_rates = bonus.get("rates_by_rank", {})

    def rate_for(member: Any, level: int) -> Fraction:
        depth = 0 if given_depths else len(rates)
        table = rates
        for rank in run.ranks[: member.rank + 1]:
            depth = given_depths.get(rank["key"], depth)
            if rank["key"] in given_rates:
                table = [rate_of(r) for r in given_rates[rank["key"]]]
        return table[level - 1] if level <= depth and level <= len(table) else Fraction(0)

    return rate_for


def base_of(run: Any, source: Any, bonus: dict[str, Any]) -> Fraction:
    """What is paid on: money of earlier bonuses, or a volume."""
    if bonus.get("on"):
        return sum((run.paid_by_bonus[code][source.id] for code in bonus["on"]), Fraction(0))
    return source.volume(bonus.get("volume", "commission"))


def walk_levels(run: Any, bonus: dict[str, Any], compression: str, tree: str) -> Iterator[Line]:
    rate_for = rate_table(run, bonus)
    count = len(bonus["rates"])

    def deepest(member: Any) -> int:
        return max((n for n in range(1, count + 1) if rate_for(member, n)), default=0)

    for source in run.members.values():
        base = base_of(run, source, bonus)
        if base == 0:
            continue
        if not bonus.get("unqualified_pays", True) and not run.qualifies(source, bonus):
            continue
        level = 1
        above = source.above(tree)
        while above is not None and level <= count:
            able = run.qualifies(above, bonus)
            if compression == "none":
                holds = True
            elif compression == "skip_unqualified":
                holds = able
            elif compression == "skip_below_rank":
                holds = able and above.rank >= run.rank_of[bonus["holding_rank"]]
            else:
                holds = able and deepest(above) >= level
            if holds:
                rate = rate_for(above, level)
                if able and rate:
                    yield above.id, source.id, level, base, base * rate
                level += 1
            above = above.above(tree)


def unilevel(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    compression = bonus.get("compression", "skip_unqualified")
    return walk_levels(run, bonus, compression, bonus.get("tree", "sponsor"))


def matching(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    compression = bonus.get("compression", "none")
    return walk_levels(run, bonus, compression, bonus.get("tree", "enroller"))


def generations(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    rate_for = rate_table(run, bonus)
    boundary = bonus.get("boundary", "own")

    def bounds(member: Any, payee: Any) -> bool:
        if not bonus.get("unqualified_bounds", True) and not (
            run.qualifies(member, bonus)
            and any(rate_for(member, n) for n in range(1, len(bonus["rates"]) + 1))
        ):
            return False
        held = member.rank
        if bonus.get("boundary_by", "paid") == "highest":
            held = max(held, run.place_of.get(member.best_before, -1))
        least = max(payee.rank, 0) if boundary == "own" else run.rank_of[boundary]
        return held >= least

    for source in run.members.values():
        base = base_of(run, source, bonus)
        if base == 0:
            continue
        path = [] if bonus.get("inclusive", False) else [source]
        payee = source.above(bonus.get("tree", "sponsor"))
        fixed = 0  # boundaries met so far, where the boundary is the same for every payee
        while payee is not None and fixed < len(bonus["rates"]):
            if boundary == "own":
                passed = sum(1 for member in path if bounds(member, payee))
            else:
                fixed += sum(1 for member in path if bounds(member, payee))
                path, passed = [], fixed
            if passed < len(bonus["rates"]) and run.qualifies(payee, bonus):
                rate = rate_for(payee, passed + 1)
                if rate:
                    yield payee.id, source.id, passed + 1, base, base * rate
            path.append(payee)
            payee = payee.above(bonus.get("tree", "sponsor"))


def infinity(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    rate_for = rate_table(run, bonus)
    tree = bonus.get("tree", "sponsor")
    count = len(bonus["rates"])
    for source in run.members.values():
        base = source.volume(bonus.get("volume", "commission"))
        distance, found = 0, 0
        above = source
        while above is not None and base != 0 and found < count:
            if distance >= bonus["from_level"] and run.qualifies(above, bonus):
                rates = [rate_for(above, n) for n in range(1, count + 1)]
                if any(rates):
                    if rates[found]:
                        yield above.id, source.id, found + 1, base, base * rates[found]
                    found += 1
            above = above.above(tree)
            distance += 1


def differential(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    kept = {ORDER_TYPES[name] for name in bonus.get("kept", [])}
    own_key = "pv" if run.rules.get("commission", "cv") == "pv" else "cv"

    def rate_for(member: Any) -> Fraction:
        rate = Fraction(0)
        for bracket in bonus["brackets"]:
            if member.volume(bonus.get("by", "ov")) >= rate_of(bracket["volume"]):
                rate = rate_of(bracket["rate"])
        return rate

    def group(member: Any, deducted: bool) -> Fraction:
        total = Fraction(0)
        for below in run.below(member):
            total += below.volume(bonus.get("volume", "commission"))
            if deducted:
                total -= sum(
                    Fraction(str(o.get(own_key, o["pv"])))
                    for o in below.orders
                    if o.get("order_type", 1) in kept
                )
        return total

    for member in run.members.values():
        rate = rate_for(member)
        if not run.qualifies(member, bonus) or rate == 0:
            continue
        own = member.volume(bonus.get("volume", "commission"))
        if own:
            yield member.id, member.id, 1, own, own * rate
        for leg in member.children if bonus.get("pays", "group") == "group" else []:
            full, less = group(leg, False), group(leg, True)
            leg_rate = rate_for(leg)
            if full == less:
                if full and rate != leg_rate:
                    yield member.id, leg.id, 2, full, full * (rate - leg_rate)
            else:
                yield member.id, leg.id, 2, full, full * rate
                if less and leg_rate:
                    yield member.id, leg.id, 2, -less, -less * leg_rate


def pool(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    everyone = list(run.members.values())
    company = sum((m.volume(bonus.get("volume", "commission")) for m in everyone), Fraction(0))
    pot = company * rate_of(bonus.get("rate", 0))
    pot = Fraction((pot * 10_000).__floor__(), 10_000) + rate_of(bonus.get("amount", 0))
    most = Fraction((pot * rate_of(bonus.get("most", 1)) * 10_000).__floor__(), 10_000)
    able = [m for m in everyone if run.qualifies(m, bonus)]
    left = dict.fromkeys((m.id for m in able), most)
    shares = sum(part.get("share", 1) for part in bonus["parts"])
    number = 0
    for part in bonus["parts"]:
        weights = {m.id: max(weight(run, bonus, part, m), Fraction(0)) for m in able}
        rows = [(Fraction(1), weights)]
        if part.get("bands"):
            order = [m.id for root in run.preorder() for m in [root] if weights.get(m.id)]
            order.sort(key=lambda i: -weights[i])
            rows, first = [], 0
            for band in part["bands"]:
                chosen = order[first : first + band["places"]]
                rows.append((rate_of(band["rate"]), dict.fromkeys(chosen, Fraction(1))))
                first += band["places"]
        for rate, row in rows:
            number += 1
            total = sum(row.values())
            for payee, value in row.items():
                if value and left[payee] > 0:
                    amount = pot * Fraction(part.get("share", 1), shares) * rate * value / total
                    amount = Fraction((amount * 10**10).__floor__(), 10**10)
                    amount = min(amount, left[payee])
                    left[payee] -= Fraction((amount * 10**4).__floor__(), 10**4)
                    yield payee, payee, number, value, amount


def weight(run: Any, bonus: dict[str, Any], part: dict[str, Any], member: Any) -> Fraction:
    if part["by"] == "rank":
        held = 0
        for rank in run.ranks[: member.rank + 1]:
            held = part["ranks"].get(rank["key"], held)
        return Fraction(held)
    if part["by"] == "levels":
        total = 0
        for source in run.members.values():
            if not run.qualifies(source, {"requires": bonus.get("sources", {})}):
                continue
            above, level = source.sponsor, 0
            while above is not None and level < len(part["points"]):
                able = run.qualifies(above, bonus)
                if able and above is member:
                    total += part["points"][level]
                if able or bonus.get("compression", "none") == "none":
                    level += 1
                above = above.sponsor
        return Fraction(total)
    value = max(member.volume(part["by"]), Fraction(0))
    return Fraction(value // rate_of(part["per"])) if part.get("per") else value


def rank_amounts(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    for member in run.members.values():
        if not run.qualifies(member, bonus):
            continue
        former = run.place_of.get(member.best_before, -1)
        if bonus.get("paid", "once") == "every_period":
            former = member.rank - 1
        for place in range(max(former, -1) + 1, member.rank + 1):
            amount = rate_of(bonus["amounts"].get(run.ranks[place]["key"], 0))
            if amount:
                yield member.id, member.id, place + 1, Fraction(0), amount


def binary(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    """Sets each member's carry to carry-out on the way."""
    counted = bonus.get("counted", "pv")
    sides = run.leg_volumes(counted)
    placed = {m.id for m in run.members.values() if m.binary_parent or m.legs}
    for m in run.members.values():
        total = [m.carry[k] + sides[m.id][k] for k in (0, 1)]
        if m.id not in placed and total == [0, 0]:
            continue
        if run.qualifies(m, bonus) and sides_active(run, bonus, m):
            limit = rate_of(bonus["leg_limit"]) if "leg_limit" in bonus else max(total)
            used, money, cut, base = match(bonus, run, m, [min(t, limit) for t in total])
            if used is not None:
                if money:
                    yield m.id, m.id, 1, base, money
                weak = 0 if total[0] <= total[1] else 1
                total = [total[k] - used[k] for k in (0, 1)]
                after = bonus.get("after_pay", "net_off")
                if after == "flush" or (cut and bonus.get("over_cap", "carry") == "flush"):
                    total = [Fraction(0)] * 2
                elif after == "flush_weak":
                    total[weak] = Fraction(0)
        else:
            rule = bonus.get("unqualified", "keep")
            if rule == "flush":
                total = [Fraction(0)] * 2
            elif rule == "flush_weak":
                total[0 if total[0] <= total[1] else 1] = Fraction(0)
            elif rule == "keep_old":
                total = list(m.carry)
        if "carry_limit" in bonus:
            total = [min(t, rate_of(bonus["carry_limit"])) for t in total]
        m.carry = total


def sides_active(run: Any, bonus: dict[str, Any], member: Any) -> bool:
    """Enough active personally enrolled members in both legs."""
    rule = bonus.get("sides")
    if rule is None:
        return True
    for position, key in ((1, "left"), (2, "right")):
        found, waiting = 0, [member.legs[position]] if position in member.legs else []
        while waiting:
            here = waiting.pop()
            waiting.extend(here.legs.values())
            if here.enroller is member and here.earner and here.pv >= rate_of(rule.get("pv", 0)):
                found += 1
        if found < rule.get(key, 1):
            return False
    return True


def by_rank(run: Any, member: Any, table: dict[str, Any], default: Any) -> Fraction:
    value = default
    for rank in run.ranks[: member.rank + 1]:
        value = table.get(rank["key"], value)
    return rate_of(value)


def match(
    bonus: dict[str, Any], run: Any, member: Any, legs: list[Fraction]
) -> tuple[list[Fraction] | None, Fraction, bool, Fraction]:
    """(used of each leg, money, capped, base), None used when nothing matched."""
    nothing = (None, Fraction(0), False, Fraction(0))
    low = min(legs)
    if low <= 0 or low < rate_of(bonus.get("minimum", 0)):
        return nothing
    cap = rate_of(bonus["max_amount"]) if "max_amount" in bonus else None
    over = bonus.get("over_cap", "carry")
    if "rate" in bonus:
        rate = by_rank(run, member, bonus.get("rates_by_rank", {}), bonus["rate"])
        money = low * rate
        cut = cap is not None and money >= cap
        if cut:
            money = cap
            if over == "carry" and rate:
                low = min(low, Fraction((cap / rate * 10_000).__floor__(), 10_000))
        return [low, low], money, cut, low
    if "tiers" in bonus:
        reached = [tier for tier in bonus["tiers"] if low >= rate_of(tier["volume"])]
        if not reached:
            return nothing
        volume, money = rate_of(reached[-1]["volume"]), rate_of(reached[-1]["amount"])
        cut = cap is not None and money > cap
        return [volume, volume], cap if cut else money, cut, volume
    cycle = bonus["cycle"]
    pay = by_rank(run, member, cycle.get("pay_by_rank", {}), cycle.get("pay", 0))
    strong, weak = rate_of(cycle["strong"]), rate_of(cycle["weak"])
    allowed = bonus.get("max_cycles", 10**9)
    if cap is not None and pay:
        allowed = min(allowed, cap // pay)
    left, right = legs
    count, used = 0, [Fraction(0), Fraction(0)]
    possible = 0
    while True:
        takes = [strong, weak] if left >= right else [weak, strong]
        if left < takes[0] or right < takes[1]:
            break
        left, right = left - takes[0], right - takes[1]
        possible += 1
        if possible <= allowed or over != "carry":
            used = [used[0] + takes[0], used[1] + takes[1]]
            count += 1
    if possible == 0:
        return nothing
    paid = min(count, allowed)
    if paid == 0 and over == "carry":
        return nothing
    return used, paid * pay, possible > allowed, min(used)


def fast_start(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    for source in run.members.values():
        month = run.period - source.enrolled
        base = source.volume(bonus.get("volume", "own"))
        if source.is_customer or not 0 <= month < bonus["months"] or base == 0:
            continue
        above = source.above(bonus.get("tree", "enroller"))
        level = 0
        while above is not None and level < len(bonus["levels"]):
            able = run.qualifies(above, bonus)
            if able or bonus.get("compression", "none") == "none":
                rule = bonus["levels"][level]
                given = rule["rate"]
                rate = rate_of(given[month] if isinstance(given, list) else given)
                amount = base * rate
                if "cap" in rule:
                    amount = min(amount, rate_of(rule["cap"]))
                level += 1
                if able and rate:
                    yield above.id, source.id, level, base, amount
            above = above.above(bonus.get("tree", "enroller"))


def retail(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    kinds = {
        {"preferred": 1, "distributor": 2, "retail": 3}[c]
        for c in bonus.get("customers", ["retail"])
    }
    for source in run.members.values():
        payee = source.sponsor
        if source.type not in kinds or payee is None or not run.qualifies(payee, bonus):
            continue
        for order in source.orders:
            base = Fraction(str(order.get("retail_margin_base", 0)))
            if base:
                yield payee.id, source.id, 1, base, base * rate_of(bonus["rate"])


def starter_kit(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    wanted = ORDER_TYPES[bonus.get("order_type", "premium_kit")]
    for source in run.members.values():
        month = run.period - source.enrolled
        payee = source.enroller
        if source.is_customer or not 0 <= month < bonus.get("months", 1) or payee is None:
            continue
        kits = [o for o in source.orders if o.get("order_type", 1) == wanted]
        returned = [
            o for o in kits if Fraction(str(o["pv"])) < 0 or Fraction(str(o.get("cv", o["pv"]))) < 0
        ]
        if len(kits) - len(returned) > len(returned) and run.qualifies(payee, bonus):
            yield payee.id, source.id, 1, Fraction(0), rate_of(bonus["amount"])


KINDS: dict[str, Callable[[Any, dict[str, Any]], Iterator[Line]]] = {
    "unilevel": unilevel,
    "fast_start": fast_start,
    "retail": retail,
    "starter_kit": starter_kit,
    "matching": matching,
    "generations": generations,
    "infinity": infinity,
    "differential": differential,
    "pool": pool,
    "rank": rank_amounts,
    "binary": binary,
}
