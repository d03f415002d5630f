"""How two legs are matched, at the very numbers where one rule gives way to another."""

import pytest
from tests.engine.bonuses.test_binary_settle import FIRST, PAIR, SECOND, Past, settled

LOPSIDED = ", lopsided = { ratio = 2, strong = 200, weak = 100, pay = 700 } }"
THIRDS = "cycle = { strong = 200, weak = 100, pay = 14"
BLOCKS = "tiers = [{ volume = 250, amount = 40 }, { volume = 500, amount = 100 }]\n"


@pytest.mark.parametrize(
    ("bonus", "left", "right", "past", "expected"),
    [
        # exactly what a cap allows is not above it, and nothing is flushed
        ('rate = 0.1\nmax_amount = 40\nover_cap = "flush"', 500, 400, {}, [40, 100, 0]),
        ('rate = 0.1\nmax_amount = 39\nover_cap = "flush"', 500, 400, {}, [39, 0, 0]),
        (PAIR + ' }\nmax_cycles = 4\nover_cap = "flush"', 500, 400, {}, [2000, 100, 0]),
        (PAIR + ' }\nmax_amount = 2000\nover_cap = "flush"', 500, 400, {}, [2000, 100, 0]),
        (PAIR + ' }\nmax_amount = 1999\nover_cap = "flush"', 500, 400, {}, [1500, 0, 0]),
        (PAIR + " }\nmax_amount = 499", 500, 400, {}, [0, 500, 400]),
        (PAIR + ' }\nmax_amount = 499\nover_cap = "forfeit"', 500, 400, {}, [0, 100, 0]),
        # the first cycle counts among those that a cap allows, at its own price
        (FIRST + " }\nmax_cycles = 1", 400, 300, {}, [300, 200, 200]),
        (FIRST + " }\nmax_cycles = 2", 400, 300, {}, [800, 100, 100]),
        (FIRST + " }\nmax_amount = 800", 300, 400, {}, [800, 100, 100]),
        (FIRST + " }\nmax_amount = 799", 300, 400, {}, [300, 200, 200]),
        (FIRST + " }\nmax_amount = 300", 400, 300, {}, [300, 200, 200]),
        (FIRST + " }\nmax_amount = 299", 400, 300, {}, [0, 400, 300]),
        (FIRST + ' }\nmax_cycles = 2\nover_cap = "forfeit"', 400, 300, {}, [800, 0, 0]),
        (FIRST + " }", 200, 100, {}, [300, 0, 0]),
        (FIRST + " }", 200, 200, {}, [300, 0, 100]),
        (FIRST + " }", 100, 200, {}, [300, 0, 0]),
        # a second volume for two cycles allows the first one and another; for none, not even that
        (FIRST + " }\n" + SECOND, 400, 400, {"cv": (2, 3)}, [800, 100, 200]),
        (FIRST + " }\n" + SECOND, 400, 400, {"cv": (0, 3)}, [0, 400, 400]),
        # a block that is above the cap: the next one, its volume for less money, or nothing
        (BLOCKS, 500, 700, {}, [100, 0, 200]),
        (BLOCKS, 700, 249, {}, [0, 700, 249]),
        (BLOCKS + "max_amount = 100", 1200, 700, {}, [100, 700, 200]),
        (BLOCKS + "max_amount = 99", 1200, 700, {}, [40, 950, 450]),
        (BLOCKS + 'max_amount = 99\nover_cap = "forfeit"', 1200, 700, {}, [99, 700, 200]),
        (BLOCKS + 'max_amount = 99\nover_cap = "flush"', 1200, 700, {}, [99, 0, 0]),
        (BLOCKS + 'max_amount = 100\nover_cap = "flush"', 1200, 700, {}, [100, 700, 200]),
        (
            BLOCKS + 'lifetime_amount = 100\nover_cap = "forfeit"',
            1200,
            700,
            {"amount": 100},
            [0, 700, 200],
        ),
        (
            BLOCKS + 'lifetime_amount = 100\nover_cap = "carry"',
            1200,
            700,
            {"amount": 100},
            [0, 1200, 700],
        ),
        (
            BLOCKS + 'lifetime_amount = 101\nover_cap = "forfeit"',
            1200,
            700,
            {"amount": 100},
            [1, 700, 200],
        ),
        # the strong leg of the first cycle is that of all, where a plan decides once
        (THIRDS + ', strong_leg = "once" }', 600, 600, {}, [42, 0, 300]),
        (THIRDS + ', strong_leg = "once" }', 600, 700, {}, [42, 300, 100]),
        (THIRDS + ', strong_leg = "once" }', 700, 250, {}, [28, 300, 50]),
        (THIRDS + ', strong_leg = "once" }\nmax_cycles = 2', 600, 700, {}, [28, 400, 300]),
        # one leg leads for long, or they take turns for long
        (THIRDS + " }", 1000, 400, {}, [56, 200, 0]),
        (THIRDS + " }", 400, 1000, {}, [56, 0, 200]),
        (THIRDS + " }", 1000, 100, {}, [14, 800, 0]),
        (THIRDS + " }", 800, 500, {}, [56, 0, 100]),
        (THIRDS + " }", 500, 800, {}, [56, 0, 100]),
        (THIRDS + " }", 900, 400, {}, [56, 100, 0]),
        (THIRDS + " }", 900, 800, {}, [70, 100, 100]),
        (THIRDS + " }", 800, 900, {}, [70, 100, 100]),
        (THIRDS + " }", 400, 900, {}, [56, 0, 100]),
        (THIRDS + " }", 3100, 3050, {}, [280, 100, 50]),
        (THIRDS + " }\nmax_cycles = 5", 3100, 3050, {}, [70, 2300, 2350]),
        (THIRDS + " }\nmax_cycles = 6", 3050, 3100, {}, [84, 2150, 2200]),
        # twice the weaker leg is lopsided; a little less is not
        (PAIR + LOPSIDED, 800, 400, {}, [2800, 0, 0]),
        (PAIR + LOPSIDED, 400, 800, {}, [2800, 0, 0]),
        (PAIR + LOPSIDED, 799, 400, {}, [2000, 399, 0]),
        ("rate = 0.1\nlopsided = { rate = 0.15 }", 400, 800, {}, [60, 0, 0]),
        (
            'rate = 0.1\nlopsided = { rate = 0.15 }\nmax_amount = 30\nover_cap = "forfeit"',
            800,
            400,
            {},
            [30, 0, 0],
        ),
        # nothing of this period; the carry alone
        ("rate = 0.1", 0, 400, {"left": 300}, [30, 0, 100]),
    ],
)
def test_a_worked_match(
    bonus: str, left: float, right: float, past: Past, expected: list[float]
) -> None:
    assert settled(bonus + "\n", left, right, past)[0] == expected


@pytest.mark.parametrize("mode", ["down", "up"])
@pytest.mark.parametrize(
    ("bonus", "expected"),
    [
        ("rate = 0.1", [40, 100, 0]),
        ("rate = 0.1\nmax_amount = 39", [39, 110, 10]),
        ('rate = 0.1\nmax_amount = 39\nover_cap = "forfeit"', [39, 100, 0]),
        (PAIR + " }", [2000, 100, 0]),
        (PAIR + " }\nmax_cycles = 2", [1000, 300, 200]),
        (PAIR + ' }\nmax_cycles = 2\nover_cap = "forfeit"', [1000, 100, 0]),
        (BLOCKS, [40, 250, 150]),
        (BLOCKS + 'max_amount = 39\nover_cap = "forfeit"', [39, 250, 150]),
    ],
)
def test_whole_amounts_stay_whole(mode: str, bonus: str, expected: list[float]) -> None:
    """Not even the least part of a cent is missing or too much."""
    rounding = f'\n[rounding]\nmode = "{mode}"\n'
    assert settled(bonus + rounding, 500, 400)[0] == expected
