"""Mistakes that plans are written with: each is told with its line, its field and what to do."""

import pytest

from upline.services import plan as plans
from upline.services.plan.problems import PlanError

HEAD = '[plan]\nkey = "t"\nname = "T"\n'
ER = '[[points]]\nkey = "er"\nname = "ER"\n'
BONUS = '[[bonuses]]\nkind = "unilevel"\nid = 1\ncode = "u"\nname = "U"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            BONUS + 'rates = [0.1]\ncompresion = "none"\n',
            "line 10: bonuses[0].compresion: unknown key; did you mean 'compression'",
        ),
        (BONUS + "rates = 0.1\n", "line 9: bonuses[0].rates: must be an array"),
        ("[bonuses]\nkind = 1\n", "line 4: bonuses: must be an array of tables: [[bonuses]]"),
        (
            BONUS.replace("unilevel", "unilevl"),
            "line 5: bonuses[0].kind: no kind named 'unilevl'; did you mean",
        ),
        (
            BONUS.replace('kind = "unilevel"\n', ""),
            "line 4: bonuses[0].kind: is missing: it says what",
        ),
        ("[calendar]\npay_day = 31\n", "line 5: calendar.pay_day: must be at most 28"),
        (
            '[calendar]\nweekend = "bfore"\n',
            "line 5: calendar.weekend: must be 'before', 'after' or 'none'; did you mean 'before'?",
        ),
        (
            "[calendar]\nweekend = 3\n",
            "line 5: calendar.weekend: must be 'before', 'after' or 'none'",
        ),
        ('[donation]\nname = "D"\nmost = "150%"\n', "line 6: donation.most: must be at most 100 %"),
        (BONUS + "rates = [11]\n", "line 9: bonuses[0].rates[0]: must be at most 1000 %"),
        (
            ER + 'effective = "soon"\nsteps = []\n',
            "line 7: points[0].effective: must be a date such as 2014-03-01",
        ),
        (
            ER + "effective = 2014-01-01\nsteps = []\n",
            "line 8: points[0].steps: needs at least 1 of them, and has 0",
        ),
        (
            BONUS + "rates = [0.1]\nrequires = 100\n",
            "line 10: bonuses[0].requires: must be a table",
        ),
        (
            BONUS + 'rates = [0.1]\nstop_pays = "often"\n',
            "line 10: bonuses[0].stop_pays: must be true or false",
        ),
        ("[payout]\nhold_days = 1.5\n", "line 5: payout.hold_days: must be a whole number"),
        ("[[fees]]\nname = 3\n", "line 5: fees[0].name: must be a text in quotes"),
        ("[[fees]]\nledger_type = 1\n", "line 4: fees[0].name: is missing"),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(text: str, told: str) -> None:
    with pytest.raises(PlanError) as caught:
        plans.parse(HEAD + text, "t")
    assert any(str(problem).startswith(told) for problem in caught.value.problems), caught.value


def test_a_text_that_is_no_toml_names_its_line() -> None:
    with pytest.raises(PlanError) as caught:
        plans.parse(HEAD + "[[bonuses]\n", "t")
    assert (
        str(caught.value)
        == "t: line 4: bonuses[0]: Expected ']]' at the end of an array declaration"
    )
