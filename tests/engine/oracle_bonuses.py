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


def unilevel(run: Any, bonus: dict[str, Any]) -> Iterator[Line]:
    rates = [rate_of(r) for r in bonus["rates"]]
    given_depths = bonus.get("levels", {})
    given_rates = bonus.get("rates_by_rank", {})
    compression = bonus.get("compression", "skip_unqualified")

    def rate_for(member: Any, level: int) -> Fraction:
        depth = 0 if given_depths else len(rates)
        table = rates
        for rank in run.ranks[: member.rank + 1]:
            depth = given_depths.get(rank["key"], depth)
            if rank["key"] in given_rates:
                table = [rate_of(r) for r in given_rates[rank["key"]]]
        return table[level - 1] if level <= depth and level <= len(table) else Fraction(0)

    def deepest(member: Any) -> int:
        return max((n for n in range(1, len(rates) + 1) if rate_for(member, n)), default=0)

    for source in run.members.values():
        base = source.volume(bonus.get("volume", "commission"))
        if base == 0:
            continue
        if not bonus.get("unqualified_pays", True) and not run.qualifies(source, bonus):
            continue
        level = 1
        above = source.above(bonus.get("tree", "sponsor"))
        while above is not None and level <= len(rates):
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
            above = above.above(bonus.get("tree", "sponsor"))


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
}
