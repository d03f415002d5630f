"""The binary rules a second time: lots as plain lists, cycles one by one, days as filters.

Rows of members may carry `lots` ([period, left, right]), `kept`, `cycles`, `amount` (paid in
earlier periods) and `second` (carry of the second volume); orders may carry `day`. What comes out
is left in `run.legs`: by member a `Legs`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import Any

__all__ = ["Legs", "binary"]

Line = tuple[int, int, int, Fraction, Fraction]
ZERO = Fraction(0)
NO_CAP = Fraction(10**15)


def exact(value: Any) -> Fraction:
    text = str(value).strip()
    return Fraction(text[:-1].strip()) / 100 if text.endswith("%") else Fraction(text)


def cut(value: Fraction) -> Fraction:
    """Down to a ten-thousandth."""
    return Fraction(floor(value * 10_000), 10_000)


def by_rank(run: Any, member: Any, table: dict[str, Any], default: Any) -> Fraction:
    value = default
    for rank in run.ranks[: member.rank + 1]:
        value = table.get(rank["key"], value)
    return exact(value)


def by_volume(member: Any, table: dict[str, Any], key: str) -> Fraction:
    """That of the highest step reached."""
    size = member.volume(table["by"])
    reached = [step[key] for step in table["steps"] if size >= exact(step["volume"])]
    return exact(reached[-1]) if reached else ZERO


@dataclass
class Legs:
    """One member's legs: lists of two, left first; lots oldest first, the last is today's."""

    carry_in: list[Fraction]
    lots: list[list[list[Any]]]  # by side: [period, volume]
    new: list[Fraction] = field(default_factory=lambda: [ZERO, ZERO])
    paid: list[Fraction] = field(default_factory=lambda: [ZERO, ZERO])
    flushed: list[Fraction] = field(default_factory=lambda: [ZERO, ZERO])
    second: list[Fraction] = field(default_factory=lambda: [ZERO, ZERO])
    cycles: int = 0
    amount: Fraction = ZERO
    cycles_before: int = 0
    amount_before: Fraction = ZERO

    def total(self) -> list[Fraction]:
        return [sum((lot[1] for lot in side), ZERO) for side in self.lots]

    def add(self, side: int, volume: Fraction) -> None:
        """Today's volume; what is given back comes off the newest lots."""
        today = self.lots[side][-1]
        today[1] += volume
        for lot in self.lots[side][:-1]:
            if lot[1] < 0:
                today[1] += lot[1]
                lot[1] = ZERO
        for lot in reversed(self.lots[side][:-1]):
            given = min(lot[1], max(-today[1], ZERO))
            lot[1] -= given
            today[1] += given

    def take(self, side: int, volume: Fraction) -> None:
        """The oldest first; a debt is forgiven."""
        for lot in self.lots[side]:
            taken = max(min(lot[1], volume), ZERO)
            lot[1] -= taken
            volume -= taken
        self.lots[side][-1][1] -= volume

    def flush(self, side: int, volume: Fraction) -> None:
        self.take(side, volume)
        self.flushed[side] += volume

    def expire(self, side: int, before: int) -> None:
        """Lots of periods before that one."""
        for lot in self.lots[side][:-1]:
            if lot[0] < before and lot[1] > 0:
                self.flushed[side] += lot[1]
                lot[1] = ZERO


@dataclass
class Paid:
    """used, lost: by leg; cycles paid and lost."""

    used: list[Fraction]
    lost: list[Fraction]
    cycles: int
    lost_cycles: int
    base: Fraction
    money: Fraction
    capped: bool


NOTHING = Paid([ZERO, ZERO], [ZERO, ZERO], 0, 0, ZERO, ZERO, False)


def binary(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    run.legs = {m.id: opened(run, m) for m in run.members.values()}
    placed = {m.id for m in run.members.values() if m.binary_parent or m.legs}
    settlements = list(spans(run, bonus))
    for number, days in enumerate(settlements):
        last = number == len(settlements) - 1
        new = leg_sums(run, bonus.get("counted", "pv"), days, placed)
        second = {}
        if "second" in bonus:
            second = leg_sums(run, bonus["second"]["counted"], days, placed)
        for m in run.members.values():
            legs = run.legs[m.id]
            if m.id not in placed and legs.total() == [0, 0]:
                continue
            extra = own_overflow(run, bonus, m) if last and m.id in placed else ZERO
            if extra > 0:
                to_left = left_part(bonus["overflow"].get("to", "lesser"), legs, new[m.id], extra)
                new[m.id] = [new[m.id][0] + to_left, new[m.id][1] + extra - to_left]
            yield from settle(run, bonus, m, new[m.id], second.get(m.id), last)
    for m in run.members.values():
        m.carry = run.legs[m.id].total()


def opened(run: Any, m: Any) -> Legs:
    row = m.row
    lots: list[list[list[Any]]] = []
    for side in (0, 1):
        mine = {lot[0]: Fraction(str(lot[1 + side])) for lot in row.get("lots", [])}
        # Carry without a date is of the period before.
        undated = m.carry[side] - sum(mine.values(), ZERO)
        mine[run.period - 1] = mine.get(run.period - 1, ZERO) + undated
        lots.append([*([period, mine[period]] for period in sorted(mine)), [run.period, ZERO]])
    legs = Legs(list(m.carry), lots)
    legs.cycles = legs.cycles_before = row.get("cycles", 0)
    legs.amount = legs.amount_before = Fraction(str(row.get("amount", 0)))
    legs.second = [Fraction(str(value)) for value in row.get("second", [0, 0])]
    return legs


def spans(run: Any, bonus: dict[str, Any]) -> Iterator[range]:
    first, last = run.days
    if bonus.get("every", "period") == "period":
        yield range(-1000, 1000)
    elif bonus["every"] == "day":
        for day in range(first, last + 1):
            yield range(day, day + 1)
    else:
        for week in range(first // 7, last // 7 + 1):
            yield range(7 * week, 7 * week + 7)


def leg_sums(run: Any, kind: str, days: range, placed: set[int]) -> dict[int, list[Fraction]]:
    """What everybody's orders of those days add to the legs above."""
    sums = {number: [ZERO, ZERO] for number in run.members}
    counted = dict.fromkeys(placed, ZERO)
    for m in run.members.values():
        here = m if m.id in placed else m.sponsor if m.is_customer else None
        if here is None or here.id not in placed:
            continue
        counted[here.id] += sum(
            (
                Fraction(str(order.get(kind, order["pv"])))
                for order in m.orders
                if order.get("day", 0) in days
            ),
            ZERO,
        )
    for m in run.binary_bottom_up():
        if m.binary_parent:
            mine = counted[m.id] + sum(sums[m.id])
            sums[m.binary_parent.id][m.binary_position - 1] += mine
    return sums


def own_overflow(run: Any, bonus: dict[str, Any], m: Any) -> Fraction:
    rule = bonus.get("overflow")
    if rule is None:
        return ZERO
    kind = bonus.get("counted", "pv")
    volume = ZERO
    if rule.get("of", "own") != "customers":
        volume += m.volume(kind)
    if rule.get("of", "own") != "own":
        volume += sum((c.volume(kind) for c in m.children if c.is_customer), ZERO)
    return max(volume - exact(rule.get("over", 0)), ZERO)


def left_part(to: str, legs: Legs, new: list[Fraction], extra: Fraction) -> Fraction:
    left, right = (a + b for a, b in zip(legs.total(), new, strict=True))
    if to in ("left", "right"):
        return extra if to == "left" else ZERO
    if to == "lesser":
        return extra if left <= right else ZERO
    level = min(abs(left - right), extra)
    half = cut((extra - level) / 2)  # an odd ten-thousandth goes to the lesser leg
    return extra - half if left <= right else half


def settle(
    run: Any,
    bonus: dict[str, Any],
    m: Any,
    new: list[Fraction],
    second: list[Fraction] | None,
    last: bool,
) -> Iterator[Line]:
    legs = run.legs[m.id]
    rule = standing(run, bonus, m)
    age = bonus.get("carry_periods", 10**6)
    for side in (0, 1):
        legs.new[side] += new[side]
        legs.add(side, ZERO if rule == "keep_old" else new[side])
        legs.flushed[side] += new[side] if rule == "keep_old" else ZERO
        legs.expire(side, run.period - age)
        if second is not None and rule != "keep_old":
            legs.second[side] += second[side]
    left, right = legs.total()
    weak = 0 if left <= right else 1
    if rule is None:
        paid = matched(run, bonus, m, legs)
        if paid.money:
            yield m.id, m.id, 1, paid.base, paid.money
        legs.cycles += paid.cycles
        legs.amount += -cut(-paid.money)
        each = exact(bonus["second"]["volume"]) if "second" in bonus else ZERO
        for side in (0, 1):
            legs.take(side, paid.used[side])
            legs.paid[side] += paid.used[side]
            legs.flush(side, paid.lost[side])
            legs.second[side] -= (paid.cycles + paid.lost_cycles) * each
        rule = "keep"
        if paid.capped and bonus.get("over_cap", "carry") == "flush":
            rule = "flush"
        elif any(paid.used) or any(paid.lost):
            rule = bonus.get("after_pay", "net_off")
    for side in (0, 1):
        if rule == "flush" or (rule == "flush_weak" and side == weak):
            legs.flush(side, legs.total()[side])
            legs.second[side] = ZERO
        if last:
            legs.expire(side, run.period - age + 1)
        most = exact(bonus["carry_limit"]) if "carry_limit" in bonus else NO_CAP
        legs.flush(side, max(legs.total()[side] - most, ZERO))


def standing(run: Any, bonus: dict[str, Any], m: Any) -> str | None:
    """None for whoever may be paid, else what becomes of the legs."""
    active = "active" not in bonus or run.qualifies(m, {"requires": bonus["active"]})
    if active and run.qualifies(m, bonus) and sides_active(bonus, m):
        return None
    if m.row.get("kept"):
        return "keep"
    if active:
        return str(bonus.get("unqualified", "keep"))
    return str(bonus.get("inactive", "flush"))


def sides_active(bonus: dict[str, Any], member: Any) -> bool:
    """Enough active personally enrolled members in both legs."""
    rule = bonus.get("sides")
    if rule is None:
        return True
    for position, key in ((1, "left"), (2, "right")):
        found, waiting = 0, [member.legs[position]] if position in member.legs else []
        while waiting:
            here = waiting.pop()
            waiting.extend(here.legs.values())
            if here.enroller is member and here.earner and here.pv >= exact(rule.get("pv", 0)):
                found += 1
        if found < rule.get(key, 1):
            return False
    return True


def matched(run: Any, bonus: dict[str, Any], m: Any, legs: Legs) -> Paid:
    limit = exact(bonus["leg_limit"]) if "leg_limit" in bonus else NO_CAP
    sums = [min(total, limit) for total in legs.total()]
    low = min(sums)
    if low <= 0 or low < exact(bonus.get("minimum", 0)):
        return NOTHING
    money = min(
        by_rank(run, m, bonus.get("max_amount_by_rank", {}), bonus.get("max_amount", NO_CAP)),
        exact(bonus.get("lifetime_amount", NO_CAP)) - legs.amount,
        exact(bonus.get("period_amount", NO_CAP)) - (legs.amount - legs.amount_before),
    )
    money = max(money, ZERO)
    if "rate" in bonus:
        return share(run, bonus, m, sums, money)
    if "tiers" in bonus:
        return block(bonus, low, money)
    if "steps" in bonus:
        return stepped(run, bonus, m, legs, low, money)
    return cycles(run, bonus, m, legs, sums, money)


def share(run: Any, bonus: dict[str, Any], m: Any, sums: list[Fraction], money: Fraction) -> Paid:
    low, high = min(sums), max(sums)
    rate = by_rank(run, m, bonus.get("rates_by_rank", {}), bonus["rate"])
    if "rates_by_volume" in bonus:
        rate = by_volume(m, bonus["rates_by_volume"], "rate")
    times = 1
    if "lopsided" in bonus and high >= bonus["lopsided"].get("ratio", 2) * low:
        rate, times = exact(bonus["lopsided"]["rate"]), bonus["lopsided"].get("ratio", 2)
    base = cut(low * low / high) if bonus.get("balance") else low
    due = base * rate
    capped = due > money
    volume = low
    if capped:
        covered = min(cut(money / rate), base)
        volume = cut(low * covered / base)
        base, due = covered, money
    over = low - volume if capped and bonus.get("over_cap", "carry") == "forfeit" else ZERO
    used, lost = [volume, volume], [over, over]
    strong = 0 if sums[0] >= sums[1] else 1
    used[strong] *= times
    lost[strong] *= times
    return Paid(used, lost, 1 if volume > 0 else 0, 0, base, due, capped)


def block(bonus: dict[str, Any], low: Fraction, money: Fraction) -> Paid:
    reached = [
        (exact(tier["volume"]), exact(tier["amount"]))
        for tier in bonus["tiers"]
        if low >= exact(tier["volume"])
    ]
    if not reached:
        return NOTHING
    volume, amount = reached[-1]
    capped = amount > money
    over = bonus.get("over_cap", "carry")
    if capped and over == "carry":
        payable = [tier for tier in reached if tier[1] <= money]
        if not payable:
            return NOTHING
        volume, amount = payable[-1]
    elif capped and money == 0:
        lost = volume if over == "forfeit" else ZERO
        return Paid([ZERO] * 2, [lost] * 2, 0, 0, ZERO, ZERO, True)
    elif capped:
        amount = money
    return Paid([volume] * 2, [ZERO] * 2, 1, 0, volume, amount, capped)


def stepped(
    run: Any, bonus: dict[str, Any], m: Any, legs: Legs, low: Fraction, money: Fraction
) -> Paid:
    """One step after the other, from the one after the last that was paid."""
    allowed = cycles_allowed(run, bonus, m, legs)
    used = lost = due = ZERO
    count = lost_count = 0
    capped = False
    while True:
        step = bonus["steps"][(int(legs.cycles) + count + lost_count) % len(bonus["steps"])]
        volume, pay = exact(step["volume"]), exact(step["amount"])
        if low - used - lost < volume:
            break
        if not capped and count < allowed and due + pay <= money:
            count, used, due = count + 1, used + volume, due + pay
            continue
        capped = True
        if bonus.get("over_cap", "carry") != "forfeit":
            break
        lost_count, lost = lost_count + 1, lost + volume
    return Paid([used] * 2, [lost] * 2, count, lost_count, used, due, capped)


def cycles_allowed(run: Any, bonus: dict[str, Any], m: Any, legs: Legs) -> Any:
    """How many cycles or steps the caps allow."""
    return min(
        by_rank(run, m, bonus.get("max_cycles_by_rank", {}), bonus.get("max_cycles", NO_CAP)),
        exact(bonus.get("lifetime_cycles", NO_CAP)) - legs.cycles,
        exact(bonus.get("period_cycles", NO_CAP)) - (legs.cycles - legs.cycles_before),
    )


def cycles(
    run: Any, bonus: dict[str, Any], m: Any, legs: Legs, sums: list[Fraction], money: Fraction
) -> Paid:
    """One by one: the pair, its money, whether a cap still lets it through."""
    plain = bonus["cycle"]
    allowed = cycles_allowed(run, bonus, m, legs)
    most = NO_CAP
    if "second" in bonus:
        most = max(min(legs.second), ZERO) // exact(bonus["second"]["volume"])
    rest = list(sums)
    used, lost = [ZERO, ZERO], [ZERO, ZERO]
    count = lost_count = 0
    due = ZERO
    capped = False
    decided = None
    kind = first_kind = plain["first"] if "first" in plain and legs.cycles == 0 else None
    while count + lost_count < most:
        if kind is None:
            kind = plain
            uneven = plain.get("lopsided")
            if uneven and max(rest) >= uneven.get("ratio", 2) * min(rest):
                kind = uneven
        strong = 0 if rest[0] >= rest[1] else 1
        if plain.get("strong_leg") == "once" and kind is not first_kind:
            strong = decided = strong if decided is None else decided
        takes = [exact(kind["weak"])] * 2
        takes[strong] = exact(kind["strong"])
        if rest[0] < takes[0] or rest[1] < takes[1]:
            break
        pay = by_rank(run, m, kind.get("pay_by_rank", {}), kind.get("pay", 0))
        if "pay_by_volume" in kind:
            pay = by_volume(m, kind["pay_by_volume"], "pay")
        rest = [rest[0] - takes[0], rest[1] - takes[1]]
        if not capped and count < allowed and due + pay <= money:
            count += 1
            due += pay
            used = [used[0] + takes[0], used[1] + takes[1]]
        else:
            capped = True
            if bonus.get("over_cap", "carry") != "forfeit":
                break
            lost_count += 1
            lost = [lost[0] + takes[0], lost[1] + takes[1]]
        if kind is first_kind:
            kind = None
    return Paid(used, lost, count, lost_count, min(used), due, capped)
