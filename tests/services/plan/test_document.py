"""Plans are refused with line and field, or read exactly."""

from datetime import date

import pytest

from upline.services import plan as plans

UNILEVEL = '[[bonuses]]\nkind = "unilevel"\nid = 1\ncode = "u"\nname = "U"\nrates = [0.1]\n'
HEAD = '[plan]\nkey = "t"\nname = "T"\n'


def problems_of(text: str) -> list[tuple[int, str]]:
    with pytest.raises(plans.PlanError) as caught:
        plans.parse(text, "t.toml")
    return [(problem.line, problem.field) for problem in caught.value.problems]


def test_smallest_plan() -> None:
    document = plans.parse(HEAD, "t.toml")
    assert document.plan.key == "t"
    assert plans.compile(document).bonuses == ()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("[volumes]\nactive = 1\n", [(5, "volumes.active")]),
        ("[volumes]\nactive_pv = true\n", [(5, "volumes.active_pv")]),
        ('[volumes]\nactive_pv = "x"\n', [(5, "volumes.active_pv")]),
        ("[volumes]\nactive_pv = 0.00001\n", [(5, "volumes.active_pv")]),
        ("[volumes]\nactive_pv = nan\n", [(5, "volumes.active_pv")]),
        ("[volumes]\nactive_pv = -1\n", [(5, "volumes.active_pv")]),
        ("[volumes]\nactive_pv = 1e30\n", [(5, "volumes.active_pv")]),
        ('[group_volume]\nfrom_rank = "gold"\n', [(5, "group_volume.from_rank")]),
        ('[[bonuses]]\nkind = "magic"\n', [(5, "bonuses[0].kind")]),
        (
            '[[bonuses]]\nkind = "pool"\nid = 1\ncode = "r"\nname = "R"\n',
            [(4, "bonuses[0].parts")],
        ),
        (
            UNILEVEL + "levels = { star = 1 }\n",
            [(10, "bonuses[0].levels.star")],
        ),
        (
            '[[ranks]]\nid = 1\nkey = "a"\nname = "A"\n[[ranks]]\nid = 1\nkey = "a"\nname = "B"\n',
            [(9, "ranks[1].id"), (10, "ranks[1].key")],
        ),
        (
            '[volumes]\nmembers = ["distributor"]\ncustomers = ["distributor"]\n',
            [(4, "volumes")],
        ),
    ],
)
def test_errors_name_line_and_field(body: str, expected: list[tuple[int, str]]) -> None:
    assert problems_of(HEAD + body) == expected


def test_syntax_error_names_its_line() -> None:
    assert problems_of(HEAD + "x = = 1\n") == [(4, "plan.x")]


def test_every_problem_is_listed_at_once() -> None:
    text = HEAD + '[volumes]\nactive_pv = "x"\n[rounding]\ndecimals = 9\n'
    assert problems_of(text) == [(5, "volumes.active_pv"), (7, "rounding.decimals")]


def test_percent_and_decimal_are_the_same_rate() -> None:
    body = '[[bonuses]]\nkind = "retail"\nid = 1\ncode = "r"\nname = "R"\nrate = '
    first = plans.compile(plans.parse(HEAD + body + "0.24", "a"))
    second = plans.compile(plans.parse(HEAD + body + '"24 %"', "b"))
    assert first.digest == second.digest
    assert first.bonuses[0].rates.tolist() == [240_000]  # type: ignore[attr-defined]


def test_unknown_builtin() -> None:
    with pytest.raises(plans.PlanError, match="there is no such file, and no plan of that name"):
        plans.load_builtin("nothing")


@pytest.mark.parametrize(
    ("weekend", "last_day", "paid"),
    [
        ("before", date(2014, 9, 30), date(2014, 10, 17)),
        ("after", date(2014, 9, 30), date(2014, 10, 20)),
        ("none", date(2014, 9, 30), date(2014, 10, 18)),
        ("before", date(2014, 12, 31), date(2015, 1, 16)),
        ("after", date(2016, 2, 29), date(2016, 3, 18)),
    ],
)
def test_pay_date(weekend: str, last_day: date, paid: date) -> None:
    text = f'{HEAD}[calendar]\npay_day = 18\nweekend = "{weekend}"\n'
    assert plans.parse(text, "t").calendar.pay_date(last_day) == paid


@pytest.mark.parametrize(
    ("weekend", "paid"), [("before", date(2014, 12, 24)), ("after", date(2014, 12, 29))]
)
def test_a_pay_day_on_holidays_moves_past_all_of_them(weekend: str, paid: date) -> None:
    text = f'{HEAD}[calendar]\npay_day = 26\nweekend = "{weekend}"\n'
    text += "holidays = [2014-12-26, 2014-12-25, 2015-01-01]\n"
    assert plans.parse(text, "t").calendar.pay_date(date(2014, 11, 30)) == paid


def test_holidays_need_a_direction() -> None:
    with pytest.raises(plans.PlanError, match="line 4: calendar: holidays move no pay day"):
        plans.parse(f"{HEAD}[calendar]\nholidays = [2014-12-26]\n", "t")


def test_weekly_pay_date() -> None:
    # A Saturday-to-Friday week holding 8 August 2015 ends on the 14th and is paid on the 21st.
    calendar = plans.parse(f'{HEAD}[calendar]\nperiod = "week"\nlag_days = 7\n', "t").calendar
    assert calendar.pay_date(date(2015, 8, 14)) == date(2015, 8, 21)


def test_digest_ignores_comments_and_names() -> None:
    one = plans.compile(plans.parse(HEAD, "a")).digest
    two = plans.compile(plans.parse("# hello\n" + HEAD.replace('"T"', '"Other"'), "b")).digest
    three = plans.compile(plans.parse(HEAD + "[volumes]\nactive_pv = 1\n", "c")).digest
    assert one == two != three
