"""Kinds, volumes, caps and currencies together, as nobody would write them, against the oracle."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import pytest
from tests.engine.agreement import agreed
from tests.engine.lively import head, lively
from tests.engine.strategies import PERIOD, Company
from tests.engine.test_oracle_kinds import bonus
from tests.engine.test_oracle_options import BINARY, KINDS, METHODS

from upline.engine.memory import MemoryColumns
from upline.services import plan as plans

VOLUMES = """kinds = ["qv"]
teams = { tv = { levels = 2, of = "cv" } }
sums = { two = { of = "ov", periods = 2 }, all = { of = "ov_kits" } }
parts = { soon = { of = "cv", first_hours = 72 }, kits = { of = "qv", order_types = ["autoship"] } }
"""
REDUCTIONS = [
    "",
    'months = 3\nrate = ["70%", "33.3333%", 0]\n',
    'hours = [24, 500]\nrate = ["70%", "33.3333%"]\nup_to = 80\n',
]
EXCHANGES = [
    "",
    'volumes = ["cv", "margin"]\n',
    'volumes = ["pv", "qv"]\nrounded = "member"\npay_decimals = 0\n[exchange.blended]\nabove = 0\n',
    '[exchange.blended]\nhome_rate = "10%"\ngroup = "binary"\nvolume = "qv"\n',
]
RATES = {"CAD": ("0.7777", "1.29"), "JPY": ("0.0087", "112.34")}
REQUIRES = [
    "{ streak = 2 }",
    "{ any_of = [{ pv = 100 }, { ov = 300, enrolled = { count = 1 } }] }",
    '{ held = { rank = "a", periods = 1 } }',
    "{ rolling_pv = { volume = 120, periods = 2 } }",
    "{ volumes = { ov_qv = 30 } }",
    "{ sides = {} }",
]
PAID_ON = ['"qv"', '"total_kits"', '"ov_soon"', '"tv"', '"two"', '"customers"', '"lesser_legs"']
SCALES = ['{ by = "pv", steps = [{ volume = 10, rate = "50%" }, { volume = 90, rate = 1 }] }']
CAPS = [
    {"most_of_volume": '"5%"'},
    {"most_per_member": "{ a = 5, c = 33.33 }"},
    {"most_per_lifetime": "40"},
    {},
    {},
]
SHARED = ["most_per_member = 25\n", 'most_of_volume = "30%"\n', "only_greatest = true\n"]
BY_RATE = {"unilevel", "matching", "generations", "infinity", "stairstep"}


@dataclass(frozen=True, slots=True)
class Author:
    """Writes plans at random."""

    random: Random

    def plans(self) -> Iterator[str]:
        """One after the other; some are refused."""
        while True:
            yield self.head() + self.bonuses()

    def head(self) -> str:
        text = head(self.random.randrange(100))
        lapse = self.random.choice(["", "lapse = { periods = 2, pv = 20 }\n"])
        text = text.replace("[volumes]\n", "[volumes]\n" + VOLUMES + lapse, 1)
        reduction, exchange = self.random.choice(REDUCTIONS), self.random.choice(EXCHANGES)
        text += f"[volumes.new_member_reduction]\n{reduction}" if reduction else ""
        return text + (f"[exchange]\n{exchange}" if exchange else "")

    def bonuses(self) -> str:
        kinds = ["unilevel", *self.random.sample(sorted(set(KINDS) - {"unilevel"}), 3)]
        text = "".join(self.bonus(number, kind) for number, kind in enumerate(kinds, 1))
        rated = [kind for kind in kinds if kind in BY_RATE]
        if self.random.random() < 0.5:
            options = {name: self.random.choice(values) for name, values in BINARY.items()}
            method = self.random.choice([one for one in METHODS if "first" not in one])
            text += bonus("binary", **options).replace("id = 9", "id = 8") + method
        if len(rated) > 1:
            names = ", ".join(f'"{kind}"' for kind in rated[-2:])
            text += f"[[limits]]\nbonuses = [{names}]\n{self.random.choice(SHARED)}"
        return text

    def bonus(self, number: int, kind: str) -> str:
        chosen = {name: self.random.choice(values) for name, values in KINDS[kind].items()}
        if self.random.random() < 0.4 and "requires" in chosen:
            chosen["requires"] = self.random.choice(REQUIRES)
        if self.random.random() < 0.6 and "volume" in chosen and kind != "differential":
            chosen["volume"] = self.random.choice(PAID_ON)
        if self.random.random() < 0.3 and kind in ("unilevel", "generations"):
            chosen |= {"scale": self.random.choice(SCALES), "rates": '["10%", "6%"]'}
            chosen = {k: v for k, v in chosen.items() if k not in ("rates_by_rank", "levels")}
        if kind in BY_RATE:
            chosen |= self.random.choice(CAPS)
        text = bonus(kind, **chosen).replace("id = 9", f"id = {number}")
        return text.replace('"x"', f'"{kind}"')


def company(random: Random) -> Company:
    """Of several countries, with a past, and ranks that were given."""
    members, orders = lively(random.choice([8, 25]))
    people = []
    for row in members:
        past = {"rank": random.choice([-1, 0, 2]), "pv": random.choice(["0", "50", "120"])}
        extra = {"history": {PERIOD - 1: past}} if random.random() < 0.4 else {}
        extra |= {"forced_rank": random.choice([0, 1, 2])} if random.random() < 0.1 else {}
        extra |= {"currency": random.choice(["CAD", "JPY"])} if random.random() < 0.3 else {}
        people.append(row | extra)
    bought = []
    for row in orders:
        extra = {"qv": random.choice(["0", "10", "33.3333", "-5"])}
        extra |= {"age": (age := random.choice([0, 2, 3, 20])), "hours": age * 24 + 23}
        extra |= {"currency": random.choice(["CAD", "JPY"])} if random.random() < 0.3 else {}
        bought.append(row | extra)
    return people, bought


def refused(text: str) -> bool:
    try:
        plans.parse(text, "together")
    except plans.PlanError:
        return True
    return False


@pytest.mark.parametrize("seed", range(24))
def test_together(seed: int) -> None:
    """Two periods of it, the second with what the first left to remember."""
    random = Random(seed)
    text = next(one for one in Author(random).plans() if not refused(one))
    members, orders = company(random)
    rates = RATES if "[exchange]" in text else {}
    memories, before = MemoryColumns(), None
    for later in range(2):
        less = [order for order in orders if order["order_id"] % 5 >= later]
        snapshot, result, before = agreed(
            text, (members, less), PERIOD + later, memories=memories, before=before, rates=rates
        )
        rows = result.memories
        values = {name: getattr(rows, name) for name in rows._fields if name != "member"}
        memories = MemoryColumns(snapshot.customer_id[rows.member], **values)
