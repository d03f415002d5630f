"""Windows in days or hours and parts of a volume: what is refused, and where."""

import pytest

from upline.services import plan as plans
from upline.services.plan.problems import PlanError

HEAD = '[plan]\nkey = "p"\nname = "P"\n'
FAST = '[[bonuses]]\nkind = "fast_start"\nid = 1\ncode = "f"\nname = "F"\n'
ONE = 'levels = [{ rate = "20%" }]\n'
PART = "[volumes.parts]\nx = "


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (FAST + ONE, 4, "bonuses[0]: needs either months, days or hours"),
        (FAST + ONE + "months = 2\ndays = 60\n", 4, "needs either months, days or hours"),
        (FAST + ONE + "days = 2\nhours = 60\n", 4, "needs either months, days or hours"),
        (FAST + ONE + "hours = [72, 72]\n", 4, "bonuses[0]: hours must ascend"),
        (FAST + ONE + 'hours = 72\nvolume = "gv"\n', 4, "with hours, volume must be one of own"),
        (PART + "{ first_hours = 30, after_hours = 72 }\n", 5, "volumes.parts.x: is nothing"),
        (
            PART + "{ first_hours = 30, after_days = 3 }\n",
            5,
            "volumes.parts.x: goes either by days or by hours",
        ),
        (FAST + ONE + "days = [60, 30]\n", 4, "bonuses[0]: days must ascend"),
        (FAST + ONE + "days = 0\n", 10, "bonuses[0].days: must be at least 1"),
        (
            FAST + 'days = [30, 60]\nlevels = [{ rate = ["1%", "2%", "3%"] }]\n',
            4,
            "a list of rates needs one for each of 2 windows of days",
        ),
        (FAST + ONE + 'days = 60\nvolume = "gv"\n', 4, "volume must be one of own, pv, cv"),
        (PART + "{ of = 'cv' }\n", 5, "volumes.parts.x: is all of it"),
        (PART + "{ first_days = 30, after_days = 30 }\n", 5, "volumes.parts.x: is nothing"),
        (
            PART + "{ first_days = 30 }\ny = { of = 'x', first_days = 9 }\n",
            4,
            "parts.y: x is a part itself",
        ),
        ("[volumes.parts]\nov = { first_days = 3 }\n", 4, "parts: ov is a volume already"),
    ],
)
def test_refused(text: str, line: int, message: str) -> None:
    with pytest.raises(PlanError) as raised:
        plans.parse(HEAD + text, "test")
    [problem] = raised.value.problems
    assert problem.line == line
    assert message in str(problem)


def test_a_part_that_nothing_asks_for_is_questioned() -> None:
    text = HEAD + PART + "{ first_days = 30 }\n" + FAST + ONE + "months = 2\n"
    found = plans.check(plans.parse(text, "test"))
    assert [one.field for one in found] == ["volumes.parts.x"]
    asked = plans.check(plans.parse(text + 'volume = "total_x"\n', "test"))
    assert asked == []


def test_golden_cases_count_hours() -> None:
    """The hour of an order that tells its day alone is the first of that day."""
    document = plans.parse(HEAD + FAST + ONE + "hours = 72\n", "test")
    case = (
        '[[cases]]\nname = "Hours"\nmembers = [{ id = 1 }, { id = 2, sponsor = 1 }]\n'
        "orders = [{ member = 2, pv = 100, hour = 72 }, { member = 2, pv = 70, hour = 73 },"
        " { member = 2, pv = 10, day = 3 }, { member = 2, pv = 20, day = 4 },"
        " { member = 2, pv = 40 }]\n"
        'expect = [{ member = 1, bonus = "f", amount = 22 }]\n'
    )
    assert plans.run_cases(document, case, "test.cases.toml") == []


def test_golden_cases_count_days() -> None:
    document = plans.parse(HEAD + FAST + ONE + "days = 60\n", "test")
    case = (
        '[[cases]]\nname = "Days"\nmembers = [{ id = 1 }, { id = 2, sponsor = 1 }]\n'
        "orders = [{ member = 2, pv = 100, day = 60 }, { member = 2, pv = 70, day = 61 }]\n"
        'expect = [{ member = 1, bonus = "f", amount = 20 }]\n'
    )
    assert plans.run_cases(document, case, "test.cases.toml") == []
