"""Bonus kinds of the oracle: each yields (payee, source, paid level, base, exact amount)."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from tests.engine.oracle_binary import binary
from tests.engine.oracle_groups import breakaway, by_rank, coded, completion, stairstep, structure
from tests.engine.oracle_ranks import in_window, windows_of

__all__ = ["KINDS"]

Line = tuple[int, int, int, Fraction, Fraction]
CUSTOMER_TYPES = {"preferred": 1, "distributor": 2, "retail": 3}
ORDER_TYPES = {"standard": 1, "autoship": 2, "starter_kit": 3, "premium_kit": 4, "retail": 5}


def rate_of(value: Any) -> Fraction:
    text = str(value).strip()
    return Fraction(text[:-1].strip()) / 100 if text.endswith("%") else Fraction(text)


def rate_table(run: Any, bonus: dict[str, Any]) -> Callable[[Any, int], Fraction]:
    """Rate of a member at a level, 0 where his rank does not reach."""
    rates = [rate_of(r) for r in bonus.get("rates") or bonus["amounts"]]
    given_depths = bonus.get("levels", {})
    given_rates = bonus.get("rates_by_rank", {})

    def rate_for(member: Any, level: int) -> Fraction:
        depth = 0 if given_depths else len(rates)
        table = rates
        for rank in run.ranks[: member.rank + 1]:
            depth = given_depths.get(rank["key"], depth)
            if rank["key"] in given_rates:
                table = [rate_of(r) for r in given_rates[rank["key"]]]
        if level > depth or level > len(table):
            return Fraction(0)
        return table[level - 1] * scale_of(bonus, member)

    return rate_for


def scale_of(bonus: dict[str, Any], member: Any) -> Fraction:
    """How much of the rates the size of a volume gives."""
    if "scale" not in bonus:
        return Fraction(1)
    size = member.volume(bonus["scale"]["by"])
    reached = [s for s in bonus["scale"]["steps"] if size >= rate_of(s["volume"])]
    return rate_of(reached[-1]["rate"]) if reached else Fraction(0)


def counts(run: Any, source: Any, bonus: dict[str, Any]) -> bool:
    """Whether the source has what the bonus asks of sources."""
    return "sources" not in bonus or run.qualifies_now(source, {"requires": bonus["sources"]})


def banked(run: Any, source: Any, bonus: dict[str, Any]) -> Fraction:
    """Earnings of a source with what waited until he counts."""
    done = run.memory.setdefault(("banked", bonus["code"], run.period), {})
    if source.id not in done:
        key = (bonus["code"], source.id, "bank")
        total = sum((run.paid_by_bonus[code][source.id] for code in bonus["on"]), Fraction(0))
        total += run.memory.pop(key, Fraction(0))
        done[source.id] = total if counts(run, source, bonus) else Fraction(0)
        if not done[source.id] and 0 <= run.period - source.enrolled < bonus["bank"]:
            run.memory[key] = Fraction(0) if counts(run, source, bonus) else total
    return done[source.id]


def base_of(run: Any, source: Any, bonus: dict[str, Any]) -> Fraction:
    """What is paid on: money of earlier bonuses, or a volume."""
    if "bank" in bonus:
        return banked(run, source, bonus)
    if not counts(run, source, bonus):
        return Fraction(0)
    if bonus.get("on"):
        return sum((run.paid_by_bonus[code][source.id] for code in bonus["on"]), Fraction(0))
    return source.volume("active" if "amounts" in bonus else bonus.get("volume", "commission"))


def walk_levels(run: Any, bonus: dict[str, Any], compression: str, tree: str) -> Iterator[Line]:
    rate_for = rate_table(run, bonus)
    count = len(bonus.get("rates") or bonus["amounts"])

    def deepest(member: Any) -> int:
        return max((n for n in range(1, count + 1) if rate_for(member, n)), default=0)

    for source in run.members.values():
        base = base_of(run, source, bonus)
        if base == 0:
            continue
        host = source
        asked = bonus.get("unqualified_pays", True) is not True and not source.is_customer
        if asked and not run.qualifies(source, bonus):
            if not bonus["unqualified_pays"]:
                continue
            while host is not None and not run.qualifies(host, bonus):
                host = host.above(tree)
            if host is None:
                continue
        level = 1
        left = rate_of(bonus.get("most_per_source", 10**6))
        above = host.above(tree)
        path = [] if bonus.get("stop_pays", False) else [host]
        while above is not None and level <= count:
            able = run.qualifies(above, bonus)
            stopped = stops(run, bonus, above, path)
            path.append(above)
            if compression == "none":
                holds = True
            elif compression == "skip_unqualified":
                holds = able
            elif compression == "skip_below_rank":
                holds = able and above.rank >= run.rank_of[bonus["holding_rank"]]
            else:
                holds = able and deepest(above) >= level
            if holds:
                rate = min(rate_for(above, level), left)
                if able and rate and not stopped:
                    left -= rate
                    yield above.id, source.id, level, base, base * rate
                level += 1
            above = above.above(tree)


def stops(run: Any, bonus: dict[str, Any], payee: Any, path: list[Any]) -> bool:
    """Whether somebody on the way up to the payee ends level pay."""
    if "stops_at" not in bonus:
        return False
    least = max(payee.rank, 0) if bonus["stops_at"] == "own" else run.rank_of[bonus["stops_at"]]
    return any(member.rank >= least for member in path)


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
            held = max(member.achieved, run.place_of.get(member.best_before, -1))
        least = max(payee.rank, 0) if boundary == "own" else run.rank_of[boundary]
        return held >= least and (filled is None or member.id in filled)

    filled: set[int] | None = None
    pieces = [piece for source in run.members.values() for piece in parts(run, source, bonus)]
    if not bonus.get("empty_counts", True):
        found = set()
        for source, _, ends in pieces:
            head = source.above(bonus.get("tree", "sponsor")) if ends else source
            while head is not None and not bounds(head, None):
                head = head.above(bonus.get("tree", "sponsor"))
            found |= {head.id} if head is not None else set()
        filled = found
    able = [member for member in run.members.values() if run.qualifies(member, bonus)]
    # One of each rank that is paid: a boundary is the same for all of a rank. The highest sees the
    # fewest boundaries, so nobody is paid beyond the last that he sees.
    ranks = {member.rank: member for member in sorted(able, key=lambda member: member.rank)}
    for source, base, ends in pieces if able else []:
        passed = dict.fromkeys(ranks, 0)
        last, payee = None if ends else source, source.above(bonus.get("tree", "sponsor"))
        while payee is not None:
            for rank, member in ranks.items() if last is not None else []:
                passed[rank] += bounds(last, member)
            if passed[max(ranks)] >= len(bonus["rates"]):
                break
            if run.qualifies(payee, bonus) and passed[payee.rank] < len(bonus["rates"]):
                rate = rate_for(payee, passed[payee.rank] + 1)
                if rate:
                    yield payee.id, source.id, passed[payee.rank] + 1, base, base * rate
            last, payee = payee, payee.above(bonus.get("tree", "sponsor"))


def parts(run: Any, source: Any, bonus: dict[str, Any]) -> Iterator[tuple[Any, Fraction, bool]]:
    """Pieces of a member's volume, and whether they belong to the generation he ends."""
    base, inclusive = base_of(run, source, bonus), bonus.get("inclusive", False)
    rest = Fraction(0)
    if not counts(run, source, bonus):
        return
    if inclusive == "purchases" and not bonus.get("on"):
        volume = bonus.get("volume", "commission")
        if volume == "commission" and run.rules.get("customers_as_own", True):
            rest = sum((c.own for c in source.children if c.is_customer), Fraction(0))
        elif volume.startswith("total_"):
            rest = source.volume(volume) - source.volume(volume.removeprefix("total_"))
    if base - rest:
        yield source, base - rest, bool(inclusive)
    if rest:
        yield source, rest, False


def infinity(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    rate_for = rate_table(run, bonus)
    tree = bonus.get("tree", "sponsor")
    count = len(bonus["rates"])
    for source in run.members.values():
        base = base_of(run, source, bonus)
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
    own_key = run.rules.get("commission", "cv")

    def rate_for(member: Any) -> Fraction:
        rate = Fraction(0)
        for bracket in bonus["brackets"]:
            if member.volume(bonus.get("by", "ov")) >= rate_of(bracket["volume"]):
                rate = rate_of(bracket["rate"])
        return rate

    groups: dict[tuple[int, bool], Fraction] = {}
    for member in run.bottom_up():
        whole = member.volume(bonus.get("volume", "commission"))
        less = whole - sum(
            Fraction(str(o.get(own_key, o["pv"])))
            for o in member.orders
            if o.get("order_type", 1) in kept
        )
        for deducted, mine in ((False, whole), (True, less)):
            below = sum((groups[c.id, deducted] for c in member.children), Fraction(0))
            groups[member.id, deducted] = mine + below

    for member in run.members.values():
        rate = rate_for(member)
        if not run.qualifies(member, bonus) or rate == 0:
            continue
        own = member.volume(bonus.get("volume", "commission"))
        if own:
            yield member.id, member.id, 1, own, own * rate
        for leg in frontline(member) if bonus.get("pays", "group") == "group" else []:
            if leg.is_customer:
                bought = leg.volume(bonus.get("volume", "commission"))
                if bought:
                    yield member.id, leg.id, 2, bought, bought * rate
                continue
            full, less = groups[leg.id, False], groups[leg.id, True]
            leg_rate = rate_for(leg)
            if full == less:
                if full and rate != leg_rate:
                    yield member.id, leg.id, 2, full, full * (rate - leg_rate)
            else:
                yield member.id, leg.id, 2, full, full * rate
                if less and leg_rate:
                    yield member.id, leg.id, 2, -less, -less * leg_rate


def frontline(member: Any) -> Iterator[Any]:
    """Customers, and the first members below, though a customer stands between."""
    for below in member.children:
        yield below
        if below.is_customer:
            yield from frontline(below)


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
        sizes = {m.id: max(weight(run, bonus, part, m), Fraction(0)) for m in everyone}
        weights = {m.id: sizes[m.id] for m in able}
        rows = [(Fraction(1), weights)]
        if part.get("bands"):
            rows = banded(run, bonus, part, weights)
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


def banded(
    run: Any, bonus: dict[str, Any], part: dict[str, Any], weights: dict[int, Fraction]
) -> list[tuple[Fraction, dict[int, Fraction]]]:
    """Each band's rate and who shares it, by places from the best down."""
    marks = dict(weights)
    if "places_by" in part:
        marks = {m.id: size_of(run, part, part["places_by"], m) for m in run.members.values()}
    if part.get("places_in") == "previous":
        key = (bonus["code"], "places", bonus["parts"].index(part))
        now, marks = marks, run.memory.get(key, {})
        run.memory[key] = now
    order = [m.id for m in run.preorder() if m.id in weights and marks.get(m.id, 0) > 0]
    order.sort(key=lambda i: -marks[i])
    rows: list[tuple[Fraction, dict[int, Fraction]]] = []
    begun = Fraction(0)
    for band in part["bands"]:
        if "fraction" in band:
            ended = begun + rate_of(band["fraction"])
            inside = [i for k, i in enumerate(order) if begun <= Fraction(k, len(order)) < ended]
        else:
            ended = begun + band["places"]
            inside = order[int(begun) : int(ended)]
        begun = ended
        own = {i: weights[i] if "places_by" in part else Fraction(1) for i in inside}
        rows.append((rate_of(band["rate"]), own))
    return rows


def size_of(run: Any, part: dict[str, Any], name: str, member: Any) -> Fraction:
    """Money of the part's bonuses, or a volume."""
    if name == "earned":
        return sum((run.paid_by_bonus[c].get(member.id, 0) for c in part["on"]), Fraction(0))
    return member.volume(name)


def weight(run: Any, bonus: dict[str, Any], part: dict[str, Any], member: Any) -> Fraction:
    if part["by"] == "rank":
        return by_rank(run, member, part["ranks"])
    if part["by"] == "leaders":
        own = by_rank(run, member, part["ranks"])
        total = own
        for leader in run.members.values():
            shares = by_rank(run, leader, part["ranks"])
            above, passed = leader.sponsor, 0
            while above is not None and above is not member:
                passed += by_rank(run, above, part["ranks"]) > 0
                above = above.sponsor
            if above is member and passed < part.get("generations", 10**9):
                total += min(shares, own)
        return total
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
    value = size_of(run, part, part["by"], member)
    if part.get("growth", "none") != "none":
        number, over = bonus["parts"].index(part), part.get("growth_over", 1)
        key = (bonus["code"], member.id, "size", number, run.period % over)
        before = run.memory.get(key, Fraction(0))
        run.memory[key] = max(value, before) if part["growth"] == "best" else value
        value -= before
    value = max(value, Fraction(0))
    return Fraction(value // rate_of(part["per"])) if part.get("per") else value


def rank_amounts(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    code, given = bonus["code"], bonus["amounts"]
    once = bonus.get("paid", "once") == "once"
    by_row = bonus.get("hold") or bonus.get("multipliers") or bonus.get("streaks")
    first = min(run.rank_of[key] for key in given if rate_of(given[key]))
    for member in run.members.values():
        able = run.qualifies(member, bonus)
        row = {}  # periods in a row at each rank or above
        for place in range(len(run.ranks)):
            key = (code, member.id, "row", place)
            held = able and (member.achieved if once else member.rank) >= place
            run.memory[key] = row[place] = run.memory.get(key, 0) + 1 if held else 0
        if not able:
            continue
        for step in bonus.get("streaks", []):
            if row[first] == step["periods"] and rate_of(step["amount"]):
                yield member.id, member.id, len(run.ranks) + 1, Fraction(0), rate_of(step["amount"])
        if once:
            former = run.place_of.get(member.best_before, -1)
            new_places = []
            for place in range(member.achieved + 1):
                amount = rate_of(given.get(run.ranks[place]["key"], 0))
                key = (code, member.id, "paid", place)
                if bonus.get("hold"):
                    new = row[place] > bonus["hold"] and key not in run.memory
                else:
                    new = place > former
                if amount and new:
                    run.memory[key] = True
                    new_places.append((place, amount))
            lost = bonus.get("skipped", "paid") == "lost"
            for place, amount in new_places[-1:] if lost else new_places:
                yield member.id, member.id, place + 1, Fraction(0), amount
            continue
        reached = [p for p in range(member.rank + 1) if row[p] > bonus.get("hold", 0)]
        if not reached:
            continue
        place = reached[-1]
        amount = by_rank(run, run.at_rank(place), given)
        key = (code, member.id, "times", place)
        if not amount or run.memory.get(key, 0) >= bonus.get("times", 10**9):
            continue
        run.memory[key] = run.memory.get(key, 0) + 1
        for step in bonus.get("multipliers", []) if by_row else []:
            if row[place] >= step["from_period"]:
                factor = rate_of(step["rate"])
                amount = by_rank(run, run.at_rank(place), given) * factor
        if amount:
            amount = Fraction((amount * 10_000).__floor__(), 10_000)
            yield member.id, member.id, place + 1, Fraction(0), amount


def fast_start(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    ends, kind = windows_of(bonus), bonus.get("volume", "own")
    for source in run.members.values():
        month = run.period - source.enrolled
        if ends:
            named = run.rules.get("commission", "cv") if kind == "own" else kind
            bases = {k: in_window(source, named, bonus, k) for k in range(len(ends))}
        else:
            bases = {month: source.volume(kind)} if 0 <= month < bonus["months"] else {}
        types = {CUSTOMER_TYPES[name] for name in bonus.get("buyers", [])}
        if (source.type not in types) if types else source.is_customer:
            continue
        if not any(bases.values()) or not counts(run, source, bonus):
            continue
        above = source.above(bonus.get("tree", "enroller"))
        level = 0
        while above is not None and level < len(bonus["levels"]):
            able = run.qualifies(above, bonus)
            if able or bonus.get("compression", "none") == "none":
                rule = bonus["levels"][level]
                given, left = rule["rate"], rate_of(rule.get("cap", 10**12))
                level += 1
                for window, base in bases.items():
                    rate = rate_of(given[window] if isinstance(given, list) else given)
                    amount = min(base * rate, left)
                    left -= amount
                    if able and rate and base:
                        yield above.id, source.id, level, base, amount
            above = above.above(bonus.get("tree", "enroller"))


def retail(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    kinds = {CUSTOMER_TYPES[c] for c in bonus.get("customers", ["retail"])}
    for source in run.members.values():
        payee = source.sponsor
        if source.type not in kinds or payee is None or not run.qualifies(payee, bonus):
            continue
        rate = by_rank(run, payee, bonus.get("rates_by_rank", {}), bonus.get("rate", 0))
        for bracket in bonus.get("brackets", []):
            if payee.volume(bonus.get("by", "customers")) >= rate_of(bracket["volume"]):
                rate = rate_of(bracket["rate"])
        for order in source.orders:
            base = Fraction(str(order.get("retail_margin_base", 0)))
            if bonus.get("volume", "margin") != "margin":
                base = order[bonus["volume"]]
            if "by_order" in bonus:
                rate = Fraction(0)
                for bracket in bonus["brackets"]:
                    if abs(order[bonus["by_order"]]) >= rate_of(bracket["volume"]):
                        rate = rate_of(bracket["rate"])
            if base and rate:
                yield payee.id, source.id, 1, base, base * rate


def starter_kit(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    kits = bonus.get("kits") or {bonus.get("order_type", "premium_kit"): bonus["amount"]}
    for source in run.members.values():
        month = run.period - source.enrolled
        if source.is_customer or not 0 <= month < bonus.get("months", 1):
            continue
        for kind, given in kits.items():
            orders = [o for o in source.orders if o.get("order_type", 1) == ORDER_TYPES[kind]]
            returned = [
                o
                for o in orders
                if Fraction(str(o["pv"])) < 0 or Fraction(str(o.get("cv", o["pv"]))) < 0
            ]
            if len(orders) - len(returned) <= len(returned):
                continue
            key = (bonus["code"], source.id, "kit", kind)
            if bonus.get("months", 1) > 1 and run.memory.get(key, run.period) != run.period:
                continue
            run.memory.setdefault(key, run.period)
            payee, level = source.above(bonus.get("tree", "enroller")), 0
            amounts = given if isinstance(given, list) else [given]
            while payee is not None and level < len(amounts):
                able = run.qualifies(payee, bonus)
                if able or bonus.get("compression", "none") == "none":
                    level += 1
                    if able and rate_of(amounts[level - 1]):
                        yield payee.id, source.id, level, Fraction(0), rate_of(amounts[level - 1])
                payee = payee.above(bonus.get("tree", "enroller"))


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
    "stairstep": stairstep,
    "breakaway": breakaway,
    "completion": completion,
    "structure": structure,
    "coded": coded,
    "binary": binary,
}
