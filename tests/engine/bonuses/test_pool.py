"""Parts of a pool of 800: a tenth of what everybody bought.

1, a chief, bought 5,000
├── 2, a leader, 1,000
│   └── 3, a leader, 1,000
│       └── 4 bought 100
└── 5 bought 900
"""

import pytest
from tests.engine.test_worked import BONUS, check, paid

POOL = 'kind = "pool"\nrate = "10%"\n'
FAMILY = (
    "members = [{ id = 1 }, { id = 2, sponsor = 1 }, { id = 3, sponsor = 2 }, "
    "{ id = 4, sponsor = 3 }, { id = 5, sponsor = 1 }]\n"
    "orders = [{ member = 1, pv = 5000 }, { member = 2, pv = 1000 }, { member = 3, pv = 1000 }, "
    "{ member = 4, pv = 100 }, { member = 5, pv = 900 }]"
)


@pytest.mark.parametrize(
    ("part", "shares"),
    [
        ('by = "rank", ranks = { leader = 1, chief = 2 }', [400, 200, 200, 0, 0]),
        ('by = "rank", ranks = { chief = 7 }', [800, 0, 0, 0, 0]),
        ('by = "rank", ranks = { member = 1, leader = 2, chief = 2 }', [200, 200, 200, 100, 100]),
        # of each level below: 11, 6 and 5 points
        ('by = "levels", points = [5, 1]', [400, 218.18, 181.82, 0, 0]),
        ('by = "levels", points = [0, 1]', [400, 400, 0, 0, 0]),
        # full thousands: 8, 2 and 1
        ('by = "ov", per = 1000', [581.82, 145.45, 72.73, 0, 0]),
        ('by = "pv"', [500, 100, 100, 10, 90]),
        # his own shares, and of each leader below as many as that one has, but no more than these
        ('by = "leaders", ranks = { leader = 1, chief = 4 }', [533.33, 177.78, 88.89, 0, 0]),
        (
            'by = "leaders", ranks = { leader = 1, chief = 4 }, generations = 1',
            [500, 200, 100, 0, 0],
        ),
        (
            'by = "leaders", ranks = { leader = 4, chief = 1 }',
            [160, 426.67, 213.33, 0, 0],
        ),
        # the best, then the two after him
        (
            'by = "pv", bands = [{ places = 1, rate = "50%" }, { places = 2, rate = "20%" }]',
            [400, 80, 80, 0, 0],
        ),
        ('by = "pv", bands = [{ places = 9, rate = "50%" }]', [80, 80, 80, 80, 80]),
        # two, one, one and one of five places; what nobody shares stays
        (
            (
                'by = "ov", bands = [{ fraction = "25%", rate = "50%" }, '
                '{ fraction = "25%", rate = "30%" }, { fraction = "25%", rate = "10%" }]'
            ),
            [200, 200, 240, 0, 80],
        ),
        # the best two by what they bought share the first half by their organizations
        (
            (
                'by = "ov", places_by = "pv", bands = [{ fraction = "40%", rate = "75%" }, '
                '{ fraction = "60%", rate = "25%" }]'
            ),
            [475.25, 124.75, 104.76, 9.52, 85.71],
        ),
    ],
)
def test_a_part(part: str, shares: list[float]) -> None:
    expected = [paid(member, amount) for member, amount in enumerate(shares, 1)]
    check(f"{POOL}parts = [{{ {part} }}]\n", FAMILY, *expected)


def test_nobody_takes_more_than_so_much_and_the_rest_stays() -> None:
    part = 'parts = [{ by = "pv" }]\n'
    check(f'{POOL}most = "40%"\n{part}', FAMILY, paid(1, 320), paid(2, 100), paid(5, 90))
    check(f'{POOL}most = "62.5%"\n{part}', FAMILY, paid(1, 500), paid(2, 100))
    both = 'parts = [{ by = "pv" }, { by = "rank", ranks = { chief = 1 } }]\n'
    check(f'{POOL}most = "40%"\n{both}', FAMILY, paid(1, 250, 1), paid(1, 70, 2), paid(2, 50))
    check(f'{POOL}most = "25%"\n{both}', FAMILY, paid(1, 200, 1), paid(2, 50))


def test_parts_have_shares() -> None:
    parts = '{ share = 3, by = "rank", ranks = { leader = 1, chief = 2 } }, { by = "pv" }'
    check(
        f"{POOL}parts = [{parts}]\n",
        FAMILY,
        *(paid(member, amount, 1) for member, amount in ((1, 300), (2, 150), (3, 150))),
        *(paid(member, amount, 2) for member, amount in ((1, 125), (2, 25), (3, 25))),
        *(paid(member, amount, 2) for member, amount in ((4, 2.5), (5, 22.5))),
    )


def test_an_amount_beside_the_share_of_volume() -> None:
    part = 'parts = [{ by = "pv" }]\n'
    check(f"{POOL}amount = 40\n{part}", FAMILY, paid(1, 525), paid(4, 10.5))
    check(f'kind = "pool"\nrate = 0\namount = 40\n{part}', FAMILY, paid(1, 25), paid(4, 0.5))


def test_who_may_not_share_is_left_out_of_what_is_shared() -> None:
    """Yet gives points to those above, unless sources are asked for something, too."""
    asked = 'requires = { rank = "leader" }\n'
    check(f'{POOL}{asked}parts = [{{ by = "pv" }}]\n', FAMILY, paid(1, 571.43), paid(2, 114.29))
    points = 'parts = [{ by = "levels", points = [5, 1] }]\n'
    check(POOL + asked + points, FAMILY, paid(1, 400), paid(2, 218.18), paid(3, 181.82))


def test_a_pool_by_what_another_bonus_paid() -> None:
    first = 'kind = "differential"\npays = "own"\nbrackets = [{ volume = 1000, rate = "1%" }]\n'
    second = BONUS.replace("id = 1", "id = 2").replace('"x"', '"y"')
    pool = POOL + 'parts = [{ by = "earned", on = ["x"] }]\n'
    shared = ((1, 571.43), (2, 114.29), (3, 114.29))
    check(
        first + second + pool,
        FAMILY,
        *(paid(member, amount) for member, amount in ((1, 50), (2, 10), (3, 10))),
        *(f'{{ member = {who}, bonus = "y", amount = {amount} }}' for who, amount in shared),
    )
