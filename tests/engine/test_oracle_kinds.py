"""Every other bonus kind against the oracle, on random companies and options."""

from hypothesis import given
from hypothesis import strategies as st
from tests.engine.agreement import assert_agree
from tests.engine.strategies import checked, companies
from tests.engine.test_oracle import REQUIRES, heads, unilevels


def bonus(kind: str, **fields: str) -> str:
    """A bonus table; values are TOML."""
    lines = [f'[[bonuses]]\nkind = "{kind}"\nid = 9\ncode = "x"\nname = "X"']
    return "\n".join([*lines, *(f"{key} = {value}" for key, value in fields.items())]) + "\n"


def one_of(*values: str) -> st.SearchStrategy[str]:
    return st.sampled_from(values)


requires = one_of(*REQUIRES)
levels = one_of("{}", "{ a = 1, c = 0 }", "{ b = 1 }")
by_rank = one_of("{}", '{ b = ["7%"], d = [0] }')
flags = one_of("true", "false")
trees = one_of('"sponsor"', '"enroller"', '"binary"')
volumes = one_of('"commission"', '"pv"', '"own"')

matching = st.builds(
    bonus,
    st.just("matching"),
    rates=one_of("[0.5]", '["33.3333%", "20%", "5%"]'),
    on=st.just('["unilevel"]'),
    requires=requires,
    levels=levels,
    rates_by_rank=by_rank,
    tree=trees,
    compression=one_of(
        '"none"', '"skip_unqualified"', '"level_aware"', '"skip_below_rank"\nholding_rank = "b"'
    ),
)
generations = st.builds(
    bonus,
    st.just("generations"),
    rates=one_of('["2.5%"]', '["2.5%", "3%", "1%"]'),
    requires=requires,
    levels=levels,
    rates_by_rank=by_rank,
    boundary=one_of('"own"', '"own"', '"a"', '"c"'),
    inclusive=flags,
    tree=trees,
    volume=volumes,
    on=one_of("[]", '["unilevel"]'),
    boundary_by=one_of('"paid"', '"highest"'),
    unqualified_bounds=flags,
)
infinity = st.builds(
    bonus,
    st.just("infinity"),
    rates=one_of('["2%"]', '["2%", "1%"]'),
    rates_by_rank=by_rank,
    levels=levels,
    from_level=one_of("1", "2", "4"),
    requires=requires,
    tree=trees,
    volume=volumes,
)
differential = st.builds(
    bonus,
    st.just("differential"),
    brackets=one_of(
        '[{ volume = 0, rate = "10%" }, { volume = 200, rate = "11.5%" }]',
        '[{ volume = 50, rate = "3%" }, { volume = 300, rate = "9%" }]',
        "[{ volume = 100, rate = 0.06 }, { volume = 900, rate = 0.2 }]",
    ),
    by=one_of('"ov"', '"gv"', '"pv"'),
    volume=volumes,
    kept=one_of("[]", '["starter_kit", "premium_kit"]'),
    pays=one_of('"group"', '"group"', '"own"'),
    requires=requires,
)
pools = st.builds(
    bonus,
    st.just("pool"),
    rate=one_of("0.0625", '"33.3333%"'),
    amount=one_of("0", "100.01"),
    volume=volumes,
    most=one_of("1", '"20%"'),
    compression=one_of('"none"', '"skip_unqualified"'),
    sources=requires,
    requires=requires,
    parts=one_of(
        '[{ by = "rank", ranks = { a = 1, c = 3 } }]',
        '[{ by = "levels", points = [5, 3, 1] }]',
        '[{ by = "pv", share = 15 }, { by = "cv", share = 30 }]',
        '[{ by = "ov", per = 40 }, { by = "rank", ranks = { b = 2 } }]',
        '[{ by = "pv", bands = [{ places = 1, rate = "60%" }, { places = 2, rate = 0.3 }] }]',
    ),
)
binaries = st.builds(
    lambda method, **fields: bonus("binary", **fields) + method,
    one_of(
        'rate = "20%"\nrates_by_rank = { b = "12.3456%" }\n',
        "rate = 0.1\nmax_amount = 7.77\n",
        "tiers = [{ volume = 40, amount = 5 }, { volume = 125, amount = 20.5 }]\n",
        "tiers = [{ volume = 40, amount = 5 }, { volume = 99, amount = 20 }]\nmax_amount = 10\n",
        "cycle = { strong = 20, weak = 20, pay = 3 }\n",
        "cycle = { strong = 20, weak = 10, pay = 3, pay_by_rank = { b = 4, c = 0 } }\n",
        "cycle = { strong = 25, weak = 10, pay = 3 }\nmax_cycles = 5\n",
        "cycle = { strong = 3.3333, weak = 3, pay = 1 }\nmax_amount = 6\n",
    ),
    counted=one_of('"pv"', '"cv"'),
    minimum=one_of("0", "50"),
    after_pay=one_of('"net_off"', '"flush_weak"', '"flush"'),
    over_cap=one_of('"carry"', '"forfeit"', '"flush"'),
    unqualified=one_of('"keep"', '"flush"', '"flush_weak"', '"keep_old"'),
    leg_limit=one_of("100000", "99.5"),
    carry_limit=one_of("100000", "80"),
    requires=requires,
)
sided = st.builds(
    lambda text, sides: text + sides,
    binaries,
    one_of("", "sides = {}\n", "sides = { left = 1, right = 0, pv = 50 }\n"),
)
rank_amounts = st.builds(
    bonus,
    st.just("rank"),
    amounts=one_of("{ a = 10, c = 100.5 }", "{ d = 1 }"),
    paid=one_of('"once"', '"every_period"'),
    requires=requires,
)


@checked(60)
@given(heads(), unilevels(), matching, companies())
def test_matching(head, first, second, company) -> None:
    assert_agree(head + first + second, company)


@checked(120)
@given(heads(), unilevels(), generations, companies())
def test_generations(head, first, second, company) -> None:
    assert_agree(head + first + second, company)


@checked(60)
@given(heads(), infinity, companies())
def test_infinity(head, text, company) -> None:
    assert_agree(head + text, company)


@checked(60)
@given(heads(), differential, companies())
def test_differential(head, text, company) -> None:
    assert_agree(head + text, company)


@checked(100)
@given(heads(), pools, companies())
def test_pools(head, text, company) -> None:
    assert_agree(head + text, company)


@checked(60)
@given(heads(), rank_amounts, companies())
def test_rank_amounts(head, text, company) -> None:
    assert_agree(head + text, company)


@checked(250)
@given(heads(), sided, companies())
def test_binary(head, text, company) -> None:
    assert_agree(head + text, company)
