"""The oracle's money: limits, rounding, fees and donations, one line at a time."""

from collections import defaultdict
from fractions import Fraction
from typing import Any

from tests.engine.oracle_bonuses import KINDS, rate_of

__all__ = ["pay"]

Line = tuple[int, int, int, Fraction, Fraction]
NEVER = 10**30


def pay(run: Any) -> None:
    """Fill lines, items and donations of an oracle."""
    run.paid_by_bonus = {}
    checks: dict[int, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
    bonuses = run.plan.get("bonuses", [])
    due = settlements(run, bonuses)
    waiting: dict[str, list[Line]] = {}
    for place, bonus in enumerate(bonuses):
        run.begin(bonus)
        lines = list(KINDS[bonus["kind"]](run, bonus))
        if run.place == "line":
            lines = [(*line[:4], run.round(line[4])) for line in lines]
        if bonus.get("points_only"):
            points: dict[int, Fraction] = defaultdict(Fraction)
            for (payee, _), value in rounded_items(run, lines, "points", {}).items():
                points[payee] += value
            run.paid_by_bonus[bonus["code"]] = points
            continue
        waiting[bonus["code"]] = lines
        if due[place] != place:
            run.paid_by_bonus[bonus["code"]] = earned(rounded_items(run, lines, "bonus", {}))
            continue
        ready = {
            b["code"]: waiting.pop(b["code"]) for k, b in enumerate(bonuses) if due[k] == place
        }
        for limit in limits(run, bonuses):
            if set(limit["bonuses"]) <= set(ready):
                ready = limited(run, limit, ready)
        for b in bonuses:
            if b["code"] in ready:
                _settle(run, b, ready[b["code"]], checks)
    _fees(run)
    _donations(run)


def _settle(run: Any, bonus: dict[str, Any], lines: list[Line], checks: Any) -> None:
    for payee, source, level, base, amount in lines:
        run.lines.append((bonus["code"], payee, source, level, base, amount))
    items = rounded_items(run, lines, run.place, checks)
    for (payee, level), value in items.items():
        run.items[payee, 1, bonus["id"], level] = value
    run.paid_by_bonus[bonus["code"]] = earned(items)
    for payee, value in run.paid_by_bonus[bonus["code"]].items():
        run.memory[bonus["code"], payee, "lifetime"] = (
            run.memory.get((bonus["code"], payee, "lifetime"), Fraction(0)) + value
        )


def rounded_items(
    run: Any, lines: list[Line], place: str, checks: Any
) -> dict[tuple[int, int], Fraction]:
    """Money by payee and level; checks: exact and paid totals that rounding per check goes by."""
    levels: dict[tuple[int, int], Fraction] = defaultdict(Fraction)
    for payee, _, level, _, amount in lines:
        levels[payee, level] += amount
    totals: dict[int, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
    items = {}
    for payee, level in sorted(levels):
        value = levels[payee, level]
        if place in ("bonus", "check"):
            total = (totals if place == "bonus" else checks)[payee]
            total[0] += value
            value = run.round(total[0]) - total[1]
            total[1] += value
        else:
            value = run.rounded(value, 4, run.mode) if place == "points" else run.round(value)
        items[payee, level] = value
    return items


def earned(items: dict[tuple[int, int], Fraction]) -> dict[int, Fraction]:
    """Money by payee."""
    sums: dict[int, Fraction] = defaultdict(Fraction)
    for (payee, _), value in items.items():
        sums[payee] += value
    return sums


def limits(run: Any, bonuses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each bonus's own caps and those that several share, in the order in which they apply."""
    found = []
    for bonus in bonuses:
        mine = {"bonuses": [bonus["code"]]}
        if "most_per_member" in bonus:
            found.append({**mine, "member": bonus["most_per_member"]})
        if "most_per_lifetime" in bonus:
            found.append({**mine, "lifetime": bonus["most_per_lifetime"]})
        if "most_of_volume" in bonus:
            found.append({**mine, "share": bonus["most_of_volume"]})
    for rule in run.plan.get("limits", []):
        both = {"bonuses": rule["bonuses"]}
        if rule.get("only_greatest"):
            found.append({**both, "greatest": True})
        if "most_of_volume" in rule:
            both["share"] = rule["most_of_volume"]
        if "most_per_member" in rule:
            both["member"] = rule["most_per_member"]
        found.append(both)
    return found


def settlements(run: Any, bonuses: list[dict[str, Any]]) -> list[int]:
    """Where each bonus is settled: with the last of all that it is capped together with."""
    codes = [bonus["code"] for bonus in bonuses]
    groups = [{code} for code in codes]
    for limit in limits(run, bonuses):
        joined = [g for g in groups if g & set(limit["bonuses"])]
        groups = [g for g in groups if not g & set(limit["bonuses"])]
        groups.append(set().union(*joined))
    return [max(codes.index(c) for c in next(g for g in groups if code in g)) for code in codes]


def limited(run: Any, limit: dict[str, Any], ready: dict[str, list[Line]]) -> dict[str, list[Line]]:
    """The lines of the limit's bonuses after it; first the company's share, then each member's."""
    chosen = [code for code in ready if code in limit["bonuses"]]
    if "greatest" in limit:
        return only_greatest(chosen, ready)
    if "share" in limit:
        volume = sum((m.base for m in run.members.values()), Fraction(0))
        most = cut(max(volume * rate_of(limit["share"]), Fraction(0)))
        total = cut(sum((line[4] for code in chosen for line in ready[code]), Fraction(0)))
        if total > most:
            for code in chosen:
                scaled = [(*line[:4], line[4] * most / total) for line in ready[code]]
                if run.place == "line":
                    scaled = [(*line[:4], run.round(line[4])) for line in scaled]
                ready = {**ready, code: scaled}
    for key in ("member", "lifetime"):
        if key in limit:
            for member in run.members.values():
                ready = member_limited(run, limit[key], key, chosen, ready, member)
    return ready


def only_greatest(chosen: list[str], ready: dict[str, list[Line]]) -> dict[str, list[Line]]:
    """Nothing is left of a payee's lines of bonuses that come to less than another."""
    total: dict[tuple[int, str], Fraction] = defaultdict(Fraction)
    for code in chosen:
        for line in ready[code]:
            total[line[0], code] += line[4]
    best = {
        payee: max(
            (code for code in chosen if (payee, code) in total), key=lambda c: total[payee, c]
        )
        for payee, _ in total
    }
    return {
        code: [
            line if code not in chosen or best[line[0]] == code else (*line[:4], Fraction(0))
            for line in lines
        ]
        for code, lines in ready.items()
    }


def member_limited(
    run: Any, rule: Any, key: str, chosen: list[str], ready: dict[str, list[Line]], member: Any
) -> dict[str, list[Line]]:
    """One member's part in whole units, cut in proportion to what he would have got."""
    most = rule
    if isinstance(rule, dict):
        most = NEVER
        for rank in run.ranks[: member.rank + 1]:
            most = rule.get(rank["key"], most)
    most = rate_of(most)
    if key == "lifetime":
        most -= run.memory.get((chosen[0], member.id, "lifetime"), Fraction(0))
        most = max(most, Fraction(0))
    mine = [line for code in chosen for line in ready[code] if line[0] == member.id]
    total = cut(sum((line[4] for line in mine), Fraction(0)))
    paid = sum((paid_alone(run, ready[code], member) for code in chosen), Fraction(0))
    if max(total, paid) <= most:
        return ready
    if total <= most:  # rounding alone would make it more
        most = total = Fraction(1)
    met = given = Fraction(0)
    place = {m.id: k for k, m in enumerate(run.preorder())}  # the order in which lines are cut
    out = dict(ready)
    for code in chosen:
        others = [line for line in ready[code] if line[0] != member.id]
        own = sorted((li for li in ready[code] if li[0] == member.id), key=lambda li: place[li[1]])
        cut_lines = []
        if run.place == "line":
            for line in own:
                met += line[4]
                share = run.round(cut(met) * most / total)
                cut_lines.append((*line[:4], share - given))
                given = share
        else:
            for level in sorted({line[2] for line in own}):
                at_level = [line for line in own if line[2] == level]
                met += sum((line[4] for line in at_level), Fraction(0))
                share = run.round(cut(met) * most / total)
                # The level's money stands on its first line; which line does not matter.
                for k, line in enumerate(at_level):
                    cut_lines.append((*line[:4], share - given if k == 0 else Fraction(0)))
                given = share
        out[code] = others + cut_lines
    return out


def paid_alone(run: Any, lines: list[Line], member: Any) -> Fraction:
    """What a member's lines of a bonus come to, rounded by themselves."""
    sums: dict[int, Fraction] = defaultdict(Fraction)
    for line in lines:
        if line[0] == member.id:
            sums[line[2] if run.place in ("line", "level") else 0] += line[4]
    return sum((run.round(value) for value in sums.values()), Fraction(0))


def cut(value: Fraction) -> Fraction:
    """Whole ten-thousandths, downward."""
    return Fraction((value * 10_000).__floor__(), 10_000)


def _fees(run: Any) -> None:
    commission: dict[int, Fraction] = defaultdict(Fraction)
    for (payee, _, _, _), amount in run.items.items():
        commission[payee] += amount
    for fee in run.plan.get("fees", []):
        for payee, total in commission.items():
            if total > 0 and total >= rate_of(fee.get("from_commission", 0)):
                due = rate_of(fee["amount"])
                due = min(due, total) if fee.get("capped", True) else due
                run.items[payee, 2, 0, 0] = run.items.get((payee, 2, 0, 0), Fraction(0)) - due


def _donations(run: Any) -> None:
    rule = run.plan.get("donation")
    for customer, (rate, amount) in run.pledges.items() if rule else ():
        mine = {key: value for key, value in run.items.items() if key[0] == customer}
        commission = sum((v for key, v in mine.items() if key[1] == 1), Fraction(0))
        left = sum(mine.values(), Fraction(0))
        most = commission * rate_of(rule.get("most", 1))
        scale = 10**run.decimals
        most = Fraction((most * scale).__floor__(), scale)
        given = min(run.round(commission * rate_of(rate)) + rate_of(amount), left, most)
        if commission > 0 and left > 0 and given > 0:
            run.items[customer, 4, 0, 0] = -given
