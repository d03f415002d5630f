"""Lines of leaders, computed trees, caps and every further option, against the oracle."""

from hypothesis import given
from hypothesis import strategies as st
from tests.engine.agreement import assert_agree
from tests.engine.strategies import checked, companies
from tests.engine.test_oracle import REQUIRES, heads, unilevels
from tests.engine.test_oracle_kinds import bonus, by_rank, flags, levels, one_of, volumes

TREES = """
[[trees]]
key = "forced"
kind = "matrix"
width = {width}
placed_by = "{source}"

[[trees]]
key = "up"
kind = "pass_up"
passes = [1, 3]
placed_by = "enroller"
"""
planted = st.builds(
    TREES.format, width=one_of("1", "2", "3"), source=one_of("sponsor", "enroller", "binary")
)
trees = one_of('"sponsor"', '"enroller"', '"binary"', '"forced"', '"up"')
asked = one_of(
    *REQUIRES,
    "{ autoship_pv = 50 }",
    "{ legs = { count = 1, volume = 100 } }",
    "{ enrolled = { count = 2, pv = 33.76 } }",
    "{ within = 3 }",
)
SCALE = '{ by = "total_pv", steps = [{ volume = 50, rate = "50%" }, { volume = 200, rate = 1 }] }'
walks = st.builds(
    lambda more, **fields: bonus("unilevel", **fields) + more,
    one_of(
        'rates = ["10%", "6%", "2%"]\n',
        f'rates = ["10%", "6%", "2%"]\nscale = {SCALE}\n',
        "amounts = [5, 0, 2.5]\n",
        'rates = ["5%", "5%"]\nstops_at = "own"\n',
        'rates = ["5%", "5%", "5%"]\nstops_at = "b"\nstop_pays = true\n',
        'rates = ["5%", "5%", "5%"]\nstops_at = "own"\nstop_pays = true\n',
        'rates = ["5%", "5%", "5%"]\nstops_at = "c"\n',
    ),
    requires=asked,
    levels=levels,
    tree=trees,
    compression=one_of('"none"', '"skip_unqualified"', '"level_aware"'),
)
stairs = st.builds(
    lambda table, **fields: bonus("stairstep", **fields) + table,
    one_of(
        'rates = { a = "3%", c = "5%", d = "8%" }\n',
        'rates = { b = "7%" }\n',
        'brackets = [{ volume = 0, rate = "1%" }, { volume = 150, rate = "6%" }]\n',
        'brackets = [{ volume = 50, rate = "4%" }, { volume = 99, rate = "9%" }]\nby = "pv"\n',
    ),
    own=one_of('"ignored"', '"kept"', '"paid"'),
    same_rank=one_of("[]", '["1%"]', '["1%", 0, "0.5%"]'),
    minimum=one_of("0", '"2.5%"'),
    unqualified=one_of('"passes"', '"loses"'),
    from_level=one_of("1", "1", "2", "3"),
    nearer=one_of('"ignored"', '"deducted"'),
    requires=asked,
    tree=trees,
    volume=volumes,
)
breakaways = st.builds(
    bonus,
    st.just("breakaway"),
    leader=one_of('"a"', '"b"', '"c"'),
    rate=one_of('"4%"', '"33.3333%"'),
    floor=one_of("0", "5", "40.0001"),
    requires=asked,
    tree=trees,
    volume=volumes,
)
completions = st.builds(
    bonus,
    st.just("completion"),
    tree=one_of('"forced"', '"binary"'),
    width=one_of("1", "2"),
    amounts=one_of("[5]", "[1, 10.5, 0, 3]"),
    counted=one_of("{}", "{ pv = 50 }"),
    paid=one_of('"once"', '"every_period"'),
    requires=one_of(*REQUIRES),
)
structures = st.builds(
    bonus,
    st.just("structure"),
    count=one_of("1", "2"),
    amounts=one_of("[5]", "[50, 0, 250.5]"),
    counted=one_of("{}", "{ pv = 50 }"),
    requires=asked,
    tree=trees,
    repeats=flags,
)
coded = st.builds(
    lambda pay, **fields: bonus("coded", **fields) + pay,
    one_of(
        'rates = ["10%", "5%"]\n',
        "amounts = [20, 50]\n",
        'rates = [0, "2.5%"]\namounts = [7.5, 0]\n',
    ),
    packages=one_of("[50, 200]", "[0.0001, 100]"),
    order_types=one_of('["starter_kit", "premium_kit"]', '["standard", "autoship"]'),
    requires=asked,
    tree=trees,
    volume=volumes,
)
generations = st.builds(
    lambda more, **fields: bonus("generations", **fields) + more,
    one_of(
        'boundary = "a"\nempty_counts = false\n',
        'boundary = "b"\nempty_counts = false\ninclusive = true\n',
        'boundary = "a"\nempty_counts = false\ninclusive = "purchases"\n',
        'inclusive = "purchases"\n',
        'boundary = "c"\ninclusive = "purchases"\nvolume = "total_pv"\n',
        'boundary = "a"\ninclusive = "purchases"\non = ["unilevel"]\n',
        'boundary = "a"\nscale = { by = "pv", steps = [{ volume = 50, rate = "40%" }] }\n',
    ),
    rates=one_of('["2.5%"]', '["2.5%", "3%", "1%"]'),
    requires=asked,
    rates_by_rank=by_rank,
    unqualified_bounds=flags,
)
pools = st.builds(
    bonus,
    st.just("pool"),
    rate=one_of("0.0625", '"33.3333%"'),
    requires=asked,
    parts=one_of(
        '[{ by = "leaders", ranks = { a = 1, c = 3 } }]',
        '[{ by = "leaders", ranks = { b = 2, d = 5 }, generations = 1 }]',
        '[{ by = "earned", on = ["unilevel"] }, { by = "lesser_leg", per = 10 }]',
        '[{ by = "cv", growth = "previous" }, { by = "earned", on = ["unilevel"], share = 2 }]',
        '[{ by = "customers", per = 5 }, { by = "left" }]',
    ),
)
caps = one_of(
    "most_per_member = 7.77\n",
    "most_per_member = { a = 3, c = 10.5 }\n",
    'most_of_volume = "2%"\n',
    'most_per_lifetime = 4\nmost_of_volume = "9%"\n',
    "",
)
SHARED = '[[limits]]\nbonuses = ["unilevel", "x"]\n'
shared = one_of(
    SHARED + "most_per_member = 6.66\n",
    SHARED + 'most_of_volume = "5%"\n',
    SHARED + 'most_per_member = { b = 2.01 }\nmost_of_volume = "8%"\n',
    "",
)
match = bonus("matching", rates='["50%", "20%"]', on='["unilevel"]')
sales = st.builds(
    lambda first, second: first + second.replace("id = 9", "id = 8").replace('"x"', '"y"'),
    st.builds(
        lambda more, **fields: bonus("retail", **fields) + more,
        one_of(
            'rate = "24%"\nrates_by_rank = { b = "30%", d = 0 }\n',
            'brackets = [{ volume = 0.01, rate = "20%" }, { volume = 60, rate = "25%" }]\n',
            'brackets = [{ volume = 50, rate = "20%" }]\nby = "total_pv"\n',
            'rates_by_rank = { a = "5%" }\n',
        ),
        customers=one_of('["retail"]', '["retail", "preferred"]'),
        requires=asked,
    ),
    st.builds(
        lambda more, **fields: bonus("starter_kit", **fields) + more,
        one_of(
            "amount = [25, 0, 10.5]\n",
            "kits = { premium_kit = 25, starter_kit = [10, 5], standard = 1 }\n",
            'amount = 5\norder_type = "autoship"\n',
        ),
        months=one_of("1", "4"),
        compression=one_of('"none"', '"skip_unqualified"'),
        tree=one_of('"sponsor"', '"enroller"'),
        requires=asked,
    ),
)
donation = '[donation]\nname = "Foundation"\nmost = "{most}"\n'


@checked(60)
@given(heads(), planted, walks, companies())
def test_walks_on_every_tree(head, tree, text, company) -> None:
    assert_agree(head + tree + text, company)


@checked(150)
@given(heads(), planted, stairs, companies())
def test_stairsteps(head, tree, text, company) -> None:
    assert_agree(head + tree + text, company)


@checked(100)
@given(heads(), planted, breakaways, companies())
def test_breakaways(head, tree, text, company) -> None:
    assert_agree(head + tree + text, company)


@checked(60)
@given(heads(), planted, completions, companies())
def test_completions(head, tree, text, company) -> None:
    assert_agree(head + tree + text, company)


@checked(60)
@given(heads(), planted, structures, companies())
def test_structures(head, tree, text, company) -> None:
    assert_agree(head + tree + text, company)


@checked(60)
@given(heads(), planted, coded, companies())
def test_coded(head, tree, text, company) -> None:
    assert_agree(head + tree + text, company)


@checked(100)
@given(heads(), unilevels(), generations, companies())
def test_generations(head, first, second, company) -> None:
    assert_agree(head + first + second, company)


@checked(60)
@given(heads(), unilevels(), pools, companies())
def test_pools(head, first, second, company) -> None:
    assert_agree(head + first + second, company)


@checked(150)
@given(heads(), unilevels(), caps, one_of(match, ""), caps, shared, companies())
def test_caps(head, first, mine, second, its, rule, company) -> None:
    if not second:
        its, rule = "", rule.replace(', "x"', "")
    assert_agree(head + first + mine + second + its + rule, company)


@checked(100)
@given(heads(), sales, companies())
def test_sales(head, text, company) -> None:
    assert_agree(head + text, company)


@checked(60)
@given(
    heads(),
    unilevels(),
    one_of("100%", "12.5%"),
    st.sampled_from([("10%", "0"), ("0", "2.5"), ("33.3333%", "1"), ("1", "50")]),
    companies(),
)
def test_donations(head, first, most, pledge, company) -> None:
    pledges = {row["customer_id"]: pledge for row in company[0][::2]}
    assert_agree(head + donation.format(most=most) + first, company, pledges=pledges)
