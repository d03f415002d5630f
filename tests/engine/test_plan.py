"""How far back a run has to read."""

import pytest
from tests.engine.agreement import plan_of

HEAD = '[plan]\nkey = "worked"\nname = "Worked"\n'
RANK = '[[ranks]]\nid = 0\nkey = "a"\nname = "A"\npv = 10\n'


@pytest.mark.parametrize(
    ("rules", "periods"),
    [
        ("", 0),
        ("[volumes]\nactive_periods = 1\n", 0),
        ("[volumes]\nactive_periods = 3\n", 2),
        ("[volumes]\nqualified_periods = 4\n", 3),
        ("[volumes]\nactive_periods = 3\nqualified_periods = 2\n", 2),
        ("[volumes]\nlapse = { periods = 6, pv = 50 }\n", 5),
        (RANK + "grace = 3\n", 3),
        (RANK + "rolling_pv = { volume = 9, periods = 4 }\n", 3),
        (RANK + "any_of = [{ pv = 9 }, { rolling_pv = { volume = 9, periods = 7 } }]\n", 6),
        (RANK + RANK.replace("0", "1").replace('"a"', '"b"') + "grace = 2\n", 2),
    ],
)
def test_history(rules: str, periods: int) -> None:
    assert plan_of(HEAD + rules).history == periods
