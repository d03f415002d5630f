"""Small cases worked out by hand, one for each rule that plans state in words.

Written as golden cases, so that a plan's author could keep them beside the plan.
"""

import pytest

from upline.services import plan as plans

HEAD = """
[plan]
key = "worked"
name = "Worked"

[volumes]
customers_as_own = false

[[ranks]]
id = 0
key = "member"
name = "Member"

[[ranks]]
id = 1
key = "leader"
name = "Leader"
pv = 1000

[[ranks]]
id = 2
key = "chief"
name = "Chief"
pv = 5000
"""
BONUS = '[[bonuses]]\nid = 1\ncode = "x"\nname = "X"\n'
CHAIN = "members = [{ id = 1 }, { id = 2, sponsor = 1 }, { id = 3, sponsor = 2 }, \
{ id = 4, sponsor = 3 }]"
# Everybody is 1's recruit, one after the other.
STAR = "members = [{ id = 1 }, { id = 2, sponsor = 1 }, { id = 3, sponsor = 1 }, \
{ id = 4, sponsor = 1 }, { id = 5, sponsor = 1 }]"
MATRIX = '[[trees]]\nkey = "two"\nkind = "matrix"\nwidth = 2\n'
UP = '[[trees]]\nkey = "up"\nkind = "pass_up"\npasses = [1, 2]\n'


def check(bonus: str, company: str, *expect: str) -> None:
    document = plans.parse(HEAD + BONUS + bonus, "worked")
    text = f'[[cases]]\nname = "case"\n{company}\nexpect = [\n{",".join(expect)}\n]\n'
    assert [str(p) for p in plans.run_cases(document, text, "worked.cases")] == []


def paid(member: int, amount: float, level: int | None = None) -> str:
    where = "" if level is None else f", level = {level}"
    return f'{{ member = {member}, bonus = "x"{where}, amount = {amount} }}'


def test_whoever_finds_no_place_spills_to_the_next_level() -> None:
    # 2 and 3 fill the first level under 1; 4 and 5 go below 2.
    check(
        'kind = "unilevel"\nrates = ["10%", "1%"]\ntree = "two"\n' + MATRIX,
        STAR + "\norders = [{ member = 4, pv = 100 }, { member = 5, pv = 50 }]",
        paid(2, 15, 1),
        paid(1, 1.5, 2),
    )


def test_a_full_level_is_paid_once_it_is_full() -> None:
    check(
        'kind = "completion"\ntree = "two"\nwidth = 2\namounts = [10, 50]\n' + MATRIX,
        STAR,
        paid(1, 10, 1),
        paid(2, 10, 1),
        paid(3, 0),
    )


def test_the_first_two_recruits_go_up() -> None:
    # 2 has recruited 3, 4 and 5: the first two belong to 1, the third to 2.
    check(
        'kind = "unilevel"\nrates = ["10%"]\ntree = "up"\n' + UP,
        "members = [{ id = 1 }, { id = 2, sponsor = 1 }, { id = 3, sponsor = 2 }, "
        "{ id = 4, sponsor = 2 }, { id = 5, sponsor = 2 }]\n"
        "orders = [{ member = 3, pv = 100 }, { member = 4, pv = 20 }, { member = 5, pv = 5 }]",
        paid(1, 12),
        paid(2, 0.5),
    )


def test_level_pay_ends_at_the_leader_who_broke_away() -> None:
    # 3 leads: 2 and 1 get nothing of what 3 and 4 buy.
    check(
        'kind = "unilevel"\nrates = ["10%", "5%", "1%"]\nstops_at = "leader"\n',
        CHAIN + "\norders = [{ member = 3, pv = 1000 }, { member = 4, pv = 100 }, "
        "{ member = 2, pv = 40 }]",
        paid(3, 10),
        paid(2, 0),
        paid(1, 4),
    )


def test_a_source_pays_so_much_in_all_and_the_nearest_first() -> None:
    """Of the 15 % 3 takes 6, 2 as many, and 1 what is left."""
    company = CHAIN + "\norders = [{ member = 4, pv = 100 }]"
    rule = 'kind = "unilevel"\nrates = ["6%", "6%", "6%"]\nmost_per_source = "15%"\n'
    check(rule, company, paid(3, 6), paid(2, 6), paid(1, 3))
    check(rule.replace("15%", "12%"), company, paid(3, 6), paid(2, 6), paid(1, 0))


def test_new_customers_are_paid_on_instead_of_new_members() -> None:
    check(
        'kind = "fast_start"\nmonths = 1\nbuyers = ["retail"]\n'
        'levels = [{ rate = "40%", cap = 30 }]\n',
        "members = [{ id = 1 }, { id = 2, sponsor = 1, enrolled = 405 }, "
        '{ id = 3, sponsor = 1, type = "retail", enrolled = 405 }, '
        '{ id = 4, sponsor = 2, type = "preferred", enrolled = 405 }, '
        '{ id = 5, sponsor = 2, type = "retail", enrolled = 404 }]\n'
        "orders = [{ member = 2, pv = 100 }, { member = 3, pv = 70 }, { member = 4, pv = 100 }, "
        "{ member = 5, pv = 100 }]",
        paid(1, 28),
        paid(2, 0),
    )


def test_an_amount_is_paid_for_every_active_member() -> None:
    check(
        'kind = "unilevel"\namounts = [5, 2]\n',
        CHAIN,
        paid(1, 7),
        paid(2, 7),
        paid(3, 5),
    )


def test_each_is_paid_what_is_above_the_highest_rate_below() -> None:
    # 4 buys 100: 3 is a leader (6 %), 2 nothing, 1 a chief (10 %) gets what is more.
    check(
        'kind = "stairstep"\nrates = { leader = "6%", chief = "10%" }\nvolume = "cv"\n',
        CHAIN + "\norders = [{ member = 1, pv = 5000, cv = 0 }, { member = 3, pv = 1000, cv = 0 }, "
        "{ member = 4, pv = 100 }]",
        paid(3, 6, 2),
        paid(1, 4, 2),
        paid(2, 0),
    )


def test_equals_get_the_override_of_equals() -> None:
    check(
        'kind = "stairstep"\nrates = { leader = "6%" }\nsame_rank = ["1%"]\nvolume = "cv"\n',
        CHAIN + "\norders = [{ member = 1, pv = 1000, cv = 0 }, { member = 2, pv = 1000, cv = 0 }, "
        "{ member = 3, pv = 1000, cv = 0 }, { member = 4, pv = 100 }]",
        paid(3, 6, 2),
        paid(2, 1, 3),
        paid(1, 0),
    )


def test_a_leader_makes_up_the_floor_of_his_upline() -> None:
    # 4 % of 4's 10,000 is 400 for 3. 3's own 5,000 make 200 for 2, guaranteed 400: 3 adds 200 and
    # keeps 200. 2's own 20,000 make 800 for 1, more than the floor.
    check(
        'kind = "breakaway"\nleader = "leader"\nrate = "4%"\nfloor = 400\n',
        CHAIN + "\norders = [{ member = 1, pv = 1000 }, { member = 2, pv = 20000 }, "
        "{ member = 3, pv = 5000 }, { member = 4, pv = 10000 }]",
        paid(3, 400, 1),
        paid(3, -200, 3),
        paid(2, 200, 1),
        paid(2, 200, 2),
        paid(1, 800, 1),
        "{ member = 3, check = 200 }",
    )


def test_a_buyer_is_coded_to_the_first_who_holds_as_much() -> None:
    # 2 holds the small package only, so 3's large one is coded to 1.
    check(
        'kind = "coded"\npackages = [100, 500]\nrates = ["5%", "10%"]\namounts = [20, 100]\n',
        CHAIN + '\norders = [{ member = 1, pv = 500, type = "premium_kit" }, '
        '{ member = 2, pv = 100, type = "premium_kit" }, '
        '{ member = 3, pv = 600, type = "premium_kit" }]',
        paid(1, 25, 1),
        paid(1, 160, 2),
        paid(2, 0),
    )


def test_an_empty_generation_uses_up_no_number() -> None:
    # 2 and 3 lead; nobody in 2's generation bought anything countable.
    company = CHAIN + (
        "\norders = [{ member = 2, pv = 1000, cv = 0 }, { member = 3, pv = 1000, cv = 0 }, "
        "{ member = 4, pv = 100 }]"
    )
    rule = 'kind = "generations"\nrates = ["1%", "5%", "9%"]\nboundary = "leader"\nvolume = "cv"\n'
    check(rule, company, paid(1, 9, 3))
    check(rule + "empty_counts = false\n", company, paid(1, 5, 2))


@pytest.mark.parametrize(
    ("inclusive", "own", "customers"), [("false", 2, 2), ("true", 1, 2), ('"purchases"', 1, 2)]
)
def test_whose_volume_a_leaders_own_is(inclusive: str, own: int, customers: int) -> None:
    # 2 leads and buys 1,000; the customer 9 of 2 buys 100. Generation 1 earns 1 %, 2 earns 10 %.
    expected = {1: 0.0, 2: 0.0}
    expected[own] += 1000 * (0.01 if own == 1 else 0.1)
    expected[customers] += 100 * 0.1
    check(
        f'kind = "generations"\nrates = ["1%", "10%"]\nboundary = "leader"\n'
        f'inclusive = {inclusive}\nrequires = {{ rank_at_most = "member" }}\n',
        "members = [{ id = 1 }, { id = 2, sponsor = 1 }, "
        '{ id = 9, sponsor = 2, type = "retail" }]\n'
        "orders = [{ member = 2, pv = 1000 }, { member = 9, pv = 100 }]",
        paid(1, expected[1], 1),
        paid(1, expected[2], 2),
    )


def test_a_higher_rank_has_a_second_infinity_until_the_first_of_it() -> None:
    second = BONUS.replace("id = 1", "id = 2").replace('"x"', '"y"')
    rule = 'kind = "infinity"\nrates = ["2%"]\nfrom_level = 1\nvolume = "cv"\n'
    rule += 'requires = {{ rank = "{}" }}\n'
    both = rule.format("leader") + second + rule.format("chief")
    orders = "{ member = 1, pv = 5000, cv = 0 }, { member = 4, pv = 100 }"
    company = CHAIN + f"\norders = [{orders}]"
    check(both, company, paid(1, 2), '{ member = 1, bonus = "y", amount = 2 }')
    orders += ", { member = 3, pv = 1000, cv = 0 }"
    company = CHAIN + f"\norders = [{orders}]"
    check(both, company, paid(3, 2), paid(1, 0), '{ member = 1, bonus = "y", amount = 2 }')


def test_three_who_each_have_three() -> None:
    # Two here: 1 has 2 and 3, of whom only 2 has two.
    check(
        'kind = "structure"\ncount = 2\namounts = [50, 250]\ncounted = { pv = 100 }\n',
        "members = [{ id = 1 }, { id = 2, sponsor = 1 }, { id = 3, sponsor = 1 }, "
        "{ id = 4, sponsor = 2 }, { id = 5, sponsor = 2 }, { id = 6, sponsor = 3 }, "
        "{ id = 7, sponsor = 3 }]\norders = ["
        + ", ".join(f"{{ member = {k}, pv = 100 }}" for k in (2, 3, 4, 5, 6))
        + "]",
        paid(2, 50, 1),
        paid(1, 50, 1),
        paid(3, 0),
    )


def test_bonuses_share_one_cap_in_proportion() -> None:
    second = BONUS.replace("id = 1", "id = 2").replace('"x"', '"y"')
    own = 'kind = "differential"\npays = "own"\nbrackets = [{{ volume = 0, rate = "{}" }}]\n'
    check(
        own.format("10%")
        + second
        + own.format("20%")
        + '[[limits]]\nbonuses = ["x", "y"]\nmost_per_member = 10\n',
        "members = [{ id = 1 }]\norders = [{ member = 1, pv = 100 }]",
        paid(1, 3.33),
        '{ member = 1, bonus = "y", amount = 6.67 }',
        "{ member = 1, check = 10 }",
    )


def test_without_further_positions_an_owner_is_one_member() -> None:
    own = 'kind = "differential"\npays = "own"\nbrackets = [{ volume = 0, rate = "10%" }]\n'
    check(
        own + '[[limits]]\nbonuses = ["x"]\nmost_per_owner = { member = 5, leader = 20 }\n',
        "members = [{ id = 1 }, { id = 2, sponsor = 1 }]\n"
        "orders = [{ member = 1, pv = 100 }, { member = 2, pv = 1000 }]",
        paid(1, 5),
        paid(2, 20),
    )


def test_a_step_is_paid_though_the_next_one_pays_nothing() -> None:
    check('kind = "structure"\ncount = 2\namounts = [50, 0]\n', STAR, paid(1, 50, 1))
