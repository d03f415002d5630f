"""What checks are paid in other money a second time: fractions, one check after the other."""

from fractions import Fraction
from typing import Any

__all__ = ["local_checks"]

Rates = tuple[Fraction, Fraction]


def local_checks(run: Any) -> dict[int, tuple[str, Fraction]]:
    """By payee: the currency and what is paid in it, of those not paid the plan's money at par."""
    rule, own = run.plan.get("exchange"), run.plan["plan"].get("currency", "USD")
    if rule is None or rule.get("pay", "member") == "plan":
        return {}
    rates: dict[str, Rates] = {own: (Fraction(1), Fraction(1))}
    rates |= {code: (Fraction(into), Fraction(out)) for code, (into, out) in run.rates.items()}
    nets: dict[int, Fraction] = {}
    for (payee, *_), amount in run.items.items():
        nets[payee] = nets.get(payee, Fraction(0)) + amount
    paid = {}
    for payee, net in nets.items():
        home = run.members[payee].row.get("currency") or own
        if home not in rates:
            continue
        exact = blended(run, rule, rates, run.members[payee], home, own, net)
        if exact is None and home == own:
            continue
        exact = net * rates[home][1] if exact is None else exact
        decimals, mode = rule.get("pay_decimals", 2), rule.get("pay_mode", "half_up")
        paid[payee] = (home, run.rounded(exact, decimals, mode))
    return paid


def blended(
    run: Any, rule: dict[str, Any], rates: dict[str, Rates], m: Any, home: str, own: str, net: Any
) -> Fraction | None:
    """Home volume first, the rest at the average of the others; None: at the member's own rate."""
    asked = rule.get("blended")
    if asked is None or net <= 0:
        return None
    volumes: dict[str, Fraction] = {}
    for other, order in group(run, m, asked.get("group", "sponsor")):
        code = order.get("currency") or own
        value = order[asked.get("volume", "pv")]
        volumes[code] = volumes.get(code, Fraction(0)) + Fraction(str(value))
        assert other is not m
    volumes = {code: volume for code, volume in volumes.items() if volume > 0}
    total, mine = sum(volumes.values()), volumes.pop(home, Fraction(0))
    if total - mine <= total * number(asked.get("above", "50%")):
        return None
    credit = Fraction((mine * number(asked.get("home_rate", 1)) * 10_000).__floor__(), 10_000)
    first = min(net, credit)
    known = {code: volume for code, volume in volumes.items() if code in rates}
    if not known or first == net:
        return None
    worth = sum(volume * rates[code][0] * rates[code][1] for code, volume in known.items())
    average = worth / rates[home][0] / sum(known.values())
    return first * rates[home][1] + (net - first) * average


def group(run: Any, m: Any, tree: str) -> list[tuple[Any, dict[str, Any]]]:
    """Orders of everybody below; customers outside of the binary tree stand with their sponsor."""
    if tree == "sponsor":
        below = [one for one in run.below(m) if one is not m]
    else:
        below, waiting = [], list(m.legs.values())
        placed = {one.id for one in run.binary_bottom_up()}
        while waiting:
            here = waiting.pop()
            below.append(here)
            waiting.extend(here.legs.values())
            below += [c for c in here.children if c.is_customer and c.id not in placed]
    return [(one, order) for one in below for order in one.orders]


def number(value: Any) -> Fraction:
    """12, 0.08 and "8%" exactly."""
    text = str(value).strip()
    return Fraction(text[:-1].strip()) / 100 if text.endswith("%") else Fraction(text)
