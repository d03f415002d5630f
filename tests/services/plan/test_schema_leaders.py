"""Bands of pools that cannot be told apart are refused, with line and field."""

import pytest

from upline.services import plan as plans

POOL = """[plan]
key = "t"
name = "T"

[[bonuses]]
kind = "pool"
id = 1
code = "p"
name = "P"
rate = 0.01

[[bonuses.parts]]
"""


@pytest.mark.parametrize(
    ("part", "field", "message"),
    [
        (
            'by = "pv"\nbands = [{ rate = 0.5 }]',
            "parts[0].bands[0]",
            "needs either places or a fraction of all places",
        ),
        (
            'by = "pv"\nbands = [{ places = 1, fraction = 0.2, rate = 0.5 }]',
            "parts[0].bands[0]",
            "needs either places or a fraction of all places",
        ),
        (
            'by = "pv"\nbands = [{ places = 1, rate = 0.5 }, { fraction = 0.2, rate = 0.5 }]',
            "parts[0]",
            "bands are either all of places or all of a fraction",
        ),
        (
            'by = "pv"\nbands = [{ fraction = 0.6, rate = 0.5 }, { fraction = 0.5, rate = 0.5 }]',
            "parts[0]",
            "bands have more than 100 % of the places",
        ),
        ('by = "pv"\nplaces_by = "ov"', "parts[0]", "places_by and places_in need bands"),
        ('by = "pv"\nplaces_in = "previous"', "parts[0]", "places_by and places_in need bands"),
        ('by = "pv"\ngrowth_over = 2', "parts[0]", "growth_over needs growth = 'previous'"),
        (
            'by = "pv"\nplaces_by = "earned"\nbands = [{ places = 1, rate = 1 }]',
            "parts[0]",
            "on and by = 'earned' need each other",
        ),
    ],
)
def test_what_a_pool_cannot_go_by(part: str, field: str, message: str) -> None:
    with pytest.raises(plans.PlanError) as caught:
        plans.parse(POOL + part + "\n", "t")
    [problem] = caught.value.problems
    assert problem.field == f"bonuses[0].{field}"
    assert message in problem.message
    assert problem.line >= 12
