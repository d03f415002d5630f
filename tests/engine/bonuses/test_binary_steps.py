"""Steps of 1,200, three times, and of 1,400, which pay 300 three times and 600."""

import pytest
from tests.engine.bonuses.test_binary_settle import Past, settled

STEPS = (
    "steps = [{ volume = 1200, amount = 300 }, { volume = 1200, amount = 300 },"
    " { volume = 1200, amount = 300 }, { volume = 1400, amount = 600 }]\n"
)
FORFEIT = 'over_cap = "forfeit"\n'


@pytest.mark.parametrize(
    ("more", "left", "right", "past", "expected"),
    [
        ("", 1199, 9000, {}, [0, 1199, 9000]),
        ("", 1200, 9000, {}, [300, 0, 7800]),
        ("", 4999, 5000, {}, [900, 1399, 1400]),
        ("", 5000, 5100, {}, [1500, 0, 100]),
        # after the last it begins again, many rounds at once
        ("", 6200, 9000, {}, [1800, 0, 2800]),
        ("", 501_200, 600_000, {}, [150_300, 0, 98_800]),
        # where a member stopped he goes on
        ("", 1400, 1400, {"cycles": 3}, [600, 0, 0]),
        ("", 1399, 1400, {"cycles": 3}, [0, 1399, 1400]),
        ("", 2600, 2600, {"cycles": 7}, [900, 0, 0]),
        ("", 6399, 6400, {"cycles": 2}, [1800, 199, 200]),
        # a cap holds back a step and all that follow
        ("max_cycles = 2\n", 5000, 5000, {}, [600, 2600, 2600]),
        ("max_cycles = 9\n", 20_000, 20_000, {}, [3300, 8800, 8800]),
        ("max_amount = 1499\n", 5000, 5000, {}, [900, 1400, 1400]),
        ("max_amount = 1500\n", 6200, 6200, {}, [1500, 1200, 1200]),
        ("max_amount = 1800\n", 60_000, 6200, {}, [1800, 53_800, 0]),
        ("max_cycles = 2\n" + FORFEIT, 5100, 6000, {}, [600, 100, 1000]),
        ("max_cycles = 5\n" + FORFEIT, 20_000, 20_000, {}, [1800, 0, 0]),
        ("max_cycles = 1\n" + FORFEIT, 13_799, 13_799, {}, [300, 199, 199]),
        ('max_amount = 1499\nover_cap = "flush"\n', 5000, 5200, {}, [900, 0, 0]),
        ('max_amount = 1500\nover_cap = "flush"\n', 5000, 5200, {}, [1500, 0, 200]),
        ("lifetime_cycles = 4\n", 5000, 5000, {"cycles": 3}, [600, 3600, 3600]),
    ],
)
def test_steps(more: str, left: float, right: float, past: Past, expected: list[float]) -> None:
    assert settled(STEPS + more, left, right, past)[0] == expected


def test_the_next_period_is_told_how_far_he_came() -> None:
    _, result = settled(STEPS, 3700, 3700, {"cycles": 3, "amount": 900})
    [steps] = [int(count) for count in result.memories.counted if count]
    assert steps == 4 + 1
