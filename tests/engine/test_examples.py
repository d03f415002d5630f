"""Published worked numbers through the plan language: a plan and a company per example.

`expected` rows: ["item", payee, bonus, level, money], ["total", payee, bonus, money],
["near", payee, bonus, money, tolerance], ["absent", payee, bonus, level or null],
["line", payee, source, bonus, money], ["check", payee, commission, adjustments],
["local", payee, currency, money] (the check as it is paid), ["carry", member, left, right],
["rank", member, rank id], ["pointvalue", payee, bonus, money per point]. Money is compared to the
last digit. `source` is where it was published; `periods` instead of `orders` and `expected` are run
one after the other, with `carries` each on the legs that the one before left.
"""

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.engine.agreement import items_of, plan_of
from tests.engine.company import snapshot_of
from tests.engine.extras import extras_of

from upline.engine import Result, Snapshot, run
from upline.engine.memory import MemoryColumns
from upline.engine.units import month_id

EXAMPLES = sorted(path.parent for path in Path(__file__).parent.glob("examples/*/case.json"))


class Outcome:
    """A run, asked by names."""

    def __init__(self, case: dict[str, Any], snapshot: Snapshot, result: Result) -> None:
        self.snapshot, self.result = snapshot, result
        self.ids = {row["name"]: row["customer_id"] for row in case["members"]}
        self.items = items_of(snapshot, result)

    def at(self, name: str) -> int:
        return self.snapshot.index_of(self.ids[name])

    def total(self, payee: str, bonus: int) -> Fraction:
        mine = [v for (p, _, b, _), v in self.items.items() if (p, b) == (self.ids[payee], bonus)]
        return sum(mine, Fraction(0))

    def item(self, payee: str, bonus: int, level: int, money: str) -> None:
        assert self.items[self.ids[payee], 1, bonus, level] == Fraction(money)

    def check_total(self, payee: str, bonus: int, money: str) -> None:
        assert self.total(payee, bonus) == Fraction(money)

    def near(self, payee: str, bonus: int, money: str, tolerance: str) -> None:
        assert abs(self.total(payee, bonus) - Fraction(money)) <= Fraction(tolerance)

    def absent(self, payee: str, bonus: int, level: int | None) -> None:
        levels = {n for p, _, b, n in self.items if (p, b) == (self.ids[payee], bonus)}
        assert not levels if level is None else level not in levels

    def line(self, payee: str, source: str, bonus: int, money: str) -> None:
        lines = self.result.lines
        mine = (lines.payee == self.at(payee)) & (lines.source == self.at(source))
        amounts = lines.amount[mine & (lines.bonus_id == bonus)]
        assert Fraction(int(amounts.sum()), 10_000) == Fraction(money)

    def check(self, payee: str, commission: str, adjustments: str) -> None:
        checks = self.result.checks
        [k] = np.flatnonzero(checks.payee == self.at(payee))
        found = [Fraction(int(c[k]), 10_000) for c in (checks.total_commission, checks.adjustments)]
        assert found == [Fraction(commission), Fraction(adjustments)]

    def local(self, payee: str, currency: str, money: str) -> None:
        [k] = np.flatnonzero(self.result.checks.payee == self.at(payee))
        local = self.result.local
        assert self.snapshot.extras.rates.currencies[local.currency[k]] == currency
        assert Fraction(int(local.net[k]), 10_000) == Fraction(money)

    def carry(self, member: str, left: str, right: str) -> None:
        v = self.at(member)
        out = self.result.carry_left_out[v], self.result.carry_right_out[v]
        assert [Fraction(int(side), 10_000) for side in out] == [Fraction(left), Fraction(right)]

    def carried(self) -> list[dict[str, Any]]:
        """What both legs of each member carry on."""
        legs = self.result.carry_left_out, self.result.carry_right_out
        return [
            {
                name: Decimal(int(side[self.snapshot.index_of(number)])) / 10_000
                for name, side in zip(("carry_left", "carry_right"), legs, strict=True)
            }
            for number in self.ids.values()
        ]

    def rank(self, member: str, rank: int) -> None:
        assert self.result.rank[self.at(member)] == rank

    def pointvalue(self, payee: str, bonus: int, money: str) -> None:
        lines = self.result.lines
        [k] = np.flatnonzero((lines.payee == self.at(payee)) & (lines.bonus_id == bonus))
        value = Fraction(int(lines.amount[k]), int(lines.base[k]))
        assert value == Fraction(money)


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda path: path.name)
def test_published_example(folder: Path) -> None:
    case = json.loads((folder / "case.json").read_text(), parse_float=Decimal)
    plan = plan_of((folder / "plan.toml").read_text())
    memories, members = MemoryColumns(), case["members"]
    for number, part in enumerate(case.get("periods", [case])):
        extras = extras_of(plan, members, part["orders"], case.get("rates"))
        extras = replace(extras, memories=memories)
        period = case["period"] + number
        snapshot = snapshot_of(members, part["orders"], period, extras=extras)
        assert snapshot.issues == ()
        outcome = Outcome(case, snapshot, run(plan, snapshot))
        for kind, *row in part["expected"]:
            getattr(outcome, "check_total" if kind == "total" else kind)(*row)
        kept = outcome.result.memories
        memories = MemoryColumns(snapshot.customer_id[kept.member], *kept[1:])
        if case.get("carries"):
            rows = zip(members, outcome.carried(), strict=True)
            members = [row | legs for row, legs in rows]


def test_override_on_the_commission_of_five_tiers() -> None:
    """vendorcom-affiliate-5tier: 9,850 affiliates, each paid directly, five levels of override."""
    folder = Path(__file__).parent / "examples" / "novatech-check-match"
    text = (folder / "plan.toml").read_text()
    text = text.replace('["5%", "2%", "1%", "1%", "1%"]', '["6%", "3%", "2%", "1%", "0.5%"]')
    levels = [
        [(10, 200 * 8), (40, 75 * 7)],
        [(50, 150 * 8), (200, 50 * 7)],
        [(100, 100 * 8), (900, 30 * 7)],
        [(3000, 20 * 7)],
        [(5000, 15 * 7)],
    ]
    members, orders = [{"customer_id": 1}], [{"order_id": 1, "customer_id": 1, "pv": 600 * 9}]
    above = [1]
    for groups in levels:
        here = []
        for count, commission in groups:
            for _ in range(count):
                number = len(members) + 1
                sponsor = above[len(here) % len(above)]
                members.append({"customer_id": number, "sponsor_id": sponsor})
                orders.append({"order_id": number, "customer_id": number, "pv": commission})
                here.append(number)
        above = here
    snapshot = snapshot_of(members, orders)
    items = items_of(snapshot, run(plan_of(text), snapshot))
    assert [items[1, 1, 2, level] for level in range(1, 6)] == [2220, 3900, 5380, 4200, 2625]
    assert items[1, 1, 1, 1] == 5400
    assert sum(v for (payee, *_), v in items.items() if payee == 1) == 23_725


def test_period_numbers() -> None:
    assert [month_id(2014, 10), month_id(2014, 5), month_id(2014, 11)] == [405, 400, 406]
