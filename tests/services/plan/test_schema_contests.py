"""[[contests]]: the documented example, and what is refused with line and field."""

import re
from datetime import date
from pathlib import Path

import pytest

from upline.engine.contests import Enrolments, Growth, RanksReached, Ties, VolumeBought
from upline.services import plan as plans
from upline.services.plan.problems import PlanError
from upline.services.plan.schema_contests import ContestTable

TEXT = (Path(__file__).parents[3] / "docs" / "plans.md").read_text(encoding="utf-8")
(EXAMPLE,) = (b for b in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL) if "[[contests]]" in b)
HEAD = '[plan]\nkey = "docs"\nname = "Docs"\n' + "".join(
    f'[[ranks]]\nid = {number}\nkey = "{key}"\nname = "{key}"\npv = {number}\n'
    for number, key in ((3, "star"), (4, "silver"), (8, "gold"))
)
RANKS = {"star": 3, "silver": 4, "gold": 8}


def _tables(text: str) -> list[ContestTable]:
    return plans.parse(HEAD + text, "test").content.contests


def _with(**changed: str) -> str:
    lines = {
        "id": "1",
        "key": '"one"',
        "name": '"One"',
        "points": '[{ kind = "enrolment", each = 1 }]',
        **changed,
    }
    return "[[contests]]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items())


def test_the_documented_example() -> None:
    (table,) = _tables(EXAMPLE)
    contest = table.contest(RANKS)
    assert (contest.contest_id, contest.ties, contest.adds_up) == (1, Ties.LAST_SALE, False)
    assert contest.requires.volumes == (("pv", 1_000_000),)
    assert (contest.requires.rank, contest.qualifies.rank) == (0, -1)
    assert (contest.qualifies.points, contest.qualifies.enrolments) == (500_000, 2)
    enrolment, volume, rank, growth = contest.sources
    assert enrolment == Enrolments((100_000,), (2,), 500_000)
    assert volume == VolumeBought(10_000, 1_000_000, "pv", (1,), of_enrolled=True, most=400_000)
    assert rank == RanksReached((500_000,) * 3, (3, 4, 8))
    assert growth == Growth(50_000, 10_000_000)


def test_points_by_rank() -> None:
    points = '[{ kind = "rank", ranks = { silver = 100, gold = 250 } }]'
    (table,) = _tables(_with(points=points))
    assert table.contest(RANKS).sources[0].points == (0, 1_000_000, 2_500_000)


@pytest.mark.parametrize(
    ("bounds", "day", "holds"),
    [
        ({}, date(1990, 1, 1), True),
        ({"starts": "2014-02-01"}, date(2014, 1, 1), False),
        ({"starts": "2014-02-01"}, date(2014, 2, 1), True),
        ({"ends": "2014-02-01"}, date(2014, 2, 1), True),
        ({"ends": "2014-02-01"}, date(2014, 3, 1), False),
    ],
)
def test_periods_of_a_contest(bounds: dict[str, str], day: date, holds: bool) -> None:
    (table,) = _tables(_with(**bounds))
    assert table.holds(day) is holds


@pytest.mark.parametrize(
    ("changed", "field", "message"),
    [
        ({"ties": '"dice"'}, "contests[0].ties", "'shared', 'last_sale' or 'enrolled'"),
        ({"id": "0"}, "contests[0].id", "must be at least 1"),
        ({"prize": "1"}, "contests[0].prize", "unknown key"),
        ({"points": "[]"}, "contests[0].points", "needs at least 1 of them"),
        ({"points": '[{ kind = "luck", each = 1 }]'}, "contests[0].points[0].kind", "luck"),
        (
            {"points": '[{ kind = "volume", each = 1, per = 0 }]'},
            "contests[0].points[0].per",
            "must be more than 0",
        ),
        ({"points": '[{ kind = "rank" }]'}, "contests[0].points[0]", "either each or ranks"),
        ({"requires": '{ rank = "ruby" }'}, "contests[0].requires.rank", "no rank named 'ruby'"),
        ({"adds_up": "true"}, "contests[0]", "must say when it starts"),
        ({"starts": "2014-02-01", "ends": "2014-01-01"}, "contests[0]", "ends before it starts"),
    ],
)
def test_mistakes_are_named(changed: dict[str, str], field: str, message: str) -> None:
    with pytest.raises(PlanError) as caught:
        _tables(_with(**changed))
    (problem,) = caught.value.problems
    assert problem.field == field
    assert message in problem.message
    assert problem.line > HEAD.count("\n")


@pytest.mark.parametrize(("field", "other"), [("id", {"key": '"two"'}), ("key", {"id": "2"})])
def test_numbers_and_keys_are_used_once(field: str, other: dict[str, str]) -> None:
    with pytest.raises(PlanError) as caught:
        _tables(_with() + _with(**other))
    (problem,) = caught.value.problems
    assert (problem.field, problem.message[-5:]) == (f"contests[1].{field}", "twice")
