"""What is said of two legs that came to nothing."""

from decimal import Decimal

import pytest

from upline.services import plan as plans
from upline.services.explain.facts import Legs
from upline.services.explain.legs import why_unmatched
from upline.services.plan.schema_binary import BinaryBonus

HEAD = """[plan]
key = "t"
name = "T"
[[bonuses]]
kind = "binary"
id = 1
code = "b"
name = "B"
"""
CYCLE = "cycle = { strong = 200, weak = 100, pay = 14"


@pytest.mark.parametrize(
    ("body", "legs", "reason"),
    [
        ("rate = 0.1", (500, 0, 0), "500 on the left and 0 on the right, and nothing matches"),
        ("rate = 0.1\nminimum = 125", (500, 100.5, 0), "and 125 are asked of the lesser leg"),
        ("tiers = [{ volume = 250, amount = 40 }]", (500, 100, 0), "lowest tier asks for 250 on"),
        (CYCLE + " }", (150, 150, 0), "and a cycle takes 200 and 100"),
        (
            "steps = [{ volume = 9, amount = 1 }, { volume = 90, amount = 1 }]",
            (50, 50, 0),
            ": the next of the steps takes more; they take 9, 90, or a cap",
        ),
        (CYCLE + " }\nmax_cycles = 2", (300, 150, 0), ": a cap leaves nothing"),
        (
            CYCLE + ", first = { strong = 400, weak = 200 } }\nsides = { pv = 40 }",
            (300, 150, 0),
            "1 on the left and 1 on the right, or the first cycle ever takes 400 and 200",
        ),
        (CYCLE + " }\nactive = { pv = 40 }", (300, 150, 0), ": the member is not active"),
        ("rate = 0.1", (500, 300, 300), "whoever it came from: 300 of the lesser leg"),
    ],
)  # fmt: skip
def test_the_first_reason_is_given(body: str, legs: tuple[float, ...], reason: str) -> None:
    [bonus] = plans.parse(HEAD + body + "\n", "t").bonuses
    assert isinstance(bonus, BinaryBonus)
    left, right, paid = (Decimal(str(value)) for value in legs)
    assert reason in why_unmatched(bonus, Legs(left, right, paid))
