"""Plans that run, and whose own words rule something out."""

import pytest

from upline.services import plan as plans

HEAD = """[plan]
key = "t"
name = "T"
"""
RANKS = """[[ranks]]
id = 1
key = "star"
name = "Star"
pv = 1
{}
[[ranks]]
id = 2
key = "gold"
name = "Gold"
pv = 2
"""
CUSTOMERS = '[volumes]\ncustomers = ["retail"]\n'


def bonus(kind: str, body: str) -> str:
    return f'[[bonuses]]\nkind = "{kind}"\nid = 1\ncode = "b"\nname = "B"\n{body}\n'


UNILEVEL = bonus("unilevel", 'rates = ["10%"]')


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (
            CUSTOMERS
            + RANKS.format('customers = { count = 1, types = ["retail", "preferred"] }')
            + UNILEVEL,
            "ranks[0].customers.types[1]",
        ),
        (
            "[volumes]\ncustomers = []\n" + UNILEVEL + "requires = { customers = { count = 1 } }\n",
            "bonuses[0].requires.customers",
        ),
        (
            CUSTOMERS
            + UNILEVEL
            + 'requires.customer_ratio = { of = ["retail"], to = ["preferred"], least = 1 }\n',
            "bonuses[0].requires.customer_ratio.to[0]",
        ),
        (
            CUSTOMERS + bonus("retail", 'rate = 1\ncustomers = ["preferred"]'),
            "bonuses[0].customers[0]",
        ),
        (bonus("binary", "rate = 0.1\nminimum = 200\nleg_limit = 100"), "bonuses[0].minimum"),
        (
            bonus(
                "binary",
                "tiers = [{ volume = 5, amount = 1 }, { volume = 50, amount = 9 }]\nleg_limit = 9",
            ),
            "bonuses[0].tiers[1]",
        ),
        (
            bonus("binary", "steps = [{ volume = 5, amount = 1 }]\nleg_limit = 4"),
            "bonuses[0].steps[0]",
        ),
        (
            bonus("binary", "cycle = { strong = 20, weak = 10, pay = 1 }\nleg_limit = 19"),
            "bonuses[0].cycle.strong",
        ),
        (
            bonus("binary", "tiers = [{ volume = 5, amount = 9 }, { volume = 50, amount = 8 }]"),
            "bonuses[0].tiers[1]",
        ),
        (
            bonus("completion", 'tree = "t"\nwidth = 3\namounts = [1]')
            + '[[trees]]\nkey = "t"\nkind = "matrix"\nwidth = 2\n',
            "bonuses[0].width",
        ),
        (bonus("structure", "count = 3\namounts = [50, 20]"), "bonuses[0].amounts[1]"),
        (
            bonus(
                "stairstep",
                'brackets = [{ volume = 1, rate = "9%" }, { volume = 5, rate = "3%" }]',
            ),
            "bonuses[0].brackets[1]",
        ),
        (
            bonus("fast_start", 'months = 1\nlevels = [{ rate = 0.2 }]\nbuyers = ["distributor"]'),
            "bonuses[0].buyers[0]",
        ),
        (bonus("unilevel", "rates = [0, 0]"), "bonuses[0].rates"),
        (bonus("unilevel", "amounts = [0]"), "bonuses[0].amounts"),
        (bonus("unilevel", "rates = [0.1]\npoints_only = true"), "bonuses[0].points_only"),
        (
            UNILEVEL + "requires = { pv = 100, rolling_pv = { volume = 100, periods = 3 } }\n",
            "bonuses[0].requires.rolling_pv",
        ),
        (
            RANKS.format("")
            + bonus(
                "unilevel",
                'rates = ["1%"]\nsources = { rank = "gold", rank_at_most = "star" }',
            ),
            "bonuses[0].sources",
        ),
        ('[calendar]\nperiod = "week"\npay_day = 18\n' + UNILEVEL, "calendar.pay_day"),
        ("[calendar]\nlag_days = 3\n" + UNILEVEL, "calendar.lag_days"),
    ],
)
def test_a_question_is_asked(text: str, field: str) -> None:
    assert [one.field for one in plans.check(plans.parse(HEAD + text, "t"))] == [field]


@pytest.mark.parametrize(
    "text",
    [
        CUSTOMERS + UNILEVEL + "requires = { customers = { count = 1 } }\n",
        bonus("binary", "cycle = { strong = 20, weak = 10, pay = 1 }\nleg_limit = 20"),
        bonus("structure", "count = 3\namounts = [20, 20]"),
        bonus("unilevel", "rates = [0, 0.01]"),
        '[calendar]\nperiod = "week"\nlag_days = 9\nweek_starts = "monday"\n' + UNILEVEL,
    ],
)
def test_what_makes_sense_is_not_asked_about(text: str) -> None:
    assert plans.check(plans.parse(HEAD + text, "t")) == []
