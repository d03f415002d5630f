"""Options that several kinds share, against the oracle: whose volume counts, and as whose."""

from hypothesis import given
from hypothesis import strategies as st
from tests.engine.agreement import assert_agree
from tests.engine.strategies import checked, companies
from tests.engine.test_oracle import heads, unilevels
from tests.engine.test_oracle_groups import asked
from tests.engine.test_oracle_kinds import bonus, one_of, requires, trees

COMPRESSIONS = '"none"', '"skip_unqualified"', '"level_aware"'

upward = st.builds(
    lambda more, **fields: bonus("unilevel", **fields) + more,
    one_of(
        "",
        'stops_at = "own"\n',
        'stops_at = "b"\nstop_pays = true\n',
        'volume = "pv"\n',
    ),
    rates=one_of('["10%"]', '["10%", "6%", "2%"]'),
    requires=asked,
    tree=trees,
    compression=one_of(*COMPRESSIONS),
    unqualified_pays=one_of('"as_upline"', '"as_upline"', "false", "true"),
)
chosen = st.one_of(
    st.builds(
        bonus,
        st.just("unilevel"),
        rates=one_of('["10%", "6%", "2%"]'),
        sources=asked,
        tree=trees,
        compression=one_of(*COMPRESSIONS),
    ),
    st.builds(
        bonus,
        st.just("matching"),
        rates=one_of('["15%", "10%"]'),
        on=st.just('["unilevel"]'),
        requires=requires,
        sources=asked,
    ),
    st.builds(
        bonus,
        st.just("generations"),
        rates=st.just('["2.5%", "3%"]'),
        boundary=one_of('"own"', '"a"'),
        inclusive=one_of("true", '"purchases"', "false"),
        sources=asked,
    ),
    st.builds(
        bonus,
        st.just("infinity"),
        rates=one_of('["2%"]', '["2%", "1%"]'),
        from_level=one_of("1", "3"),
        sources=asked,
    ),
    st.builds(
        bonus,
        st.just("fast_start"),
        months=st.just("4"),
        levels=st.just('[{ rate = "25%", cap = 20 }, { rate = "10%" }]'),
        sources=asked,
        compression=one_of('"none"', '"skip_unqualified"'),
    ),
)


@checked(100)
@given(heads(), upward, companies())
def test_volume_of_the_unqualified_is_paid_on_as_that_of_the_next_above(
    head, text, company
) -> None:
    assert_agree(head + text, company)


@checked(150)
@given(heads(), unilevels(), chosen, companies())
def test_only_sources_who_have_what_is_asked_of_them_count(head, first, text, company) -> None:
    assert_agree(head + first + text, company)


TEAMS = "teams = { tv = { levels = 1 }, deep = { levels = 3, of = 'cv' } }\n"


@checked(100)
@given(
    heads(),
    one_of("tv = 100", "deep = 50", "tv = 33.76, deep = 12.3456"),
    one_of('volume = "tv"\n', 'volume = "deep"\n', ""),
    trees,
    companies(),
)
def test_volume_that_reaches_only_so_far_down(head, least, volume, tree, company) -> None:
    head = head.replace("[volumes]\n", "[volumes]\n" + TEAMS)
    head = head.replace('key = "b"\n', f'key = "b"\nvolumes = {{ {least} }}\n', 1)
    text = bonus("unilevel", rates='["10%"]', requires="{ volumes = { tv = 50 } }", tree=tree)
    assert_agree(head + text + volume, company)


people = one_of(
    "customers = { count = 1 }",
    "customers = { count = 2, pv = 33, types = ['retail'] }",
    "customer_ratio = { of = ['retail', 'preferred'], to = ['distributor'], least = '50%' }",
    "customer_ratio = { of = ['retail'], to = ['distributor'], least = 2, pv = 50 }",
    "owner_pv = { one = 50, several = 120 }",
    "owner_pv = { one = 200, several = 100.5, periods = 3 }",
)


@checked(150)
@given(heads(), people, people, st.data(), companies())
def test_what_customers_and_owners_bring(head, first, second, data, company) -> None:
    members, orders = company
    ids = [row["customer_id"] for row in members]
    for row in members:
        if row["customer_id"] > ids[0] and data.draw(st.integers(0, 2)) == 0:
            row["owner"] = ids[0]  # whose own position is his
        row["history"] = {404: {"pv": data.draw(one_of("0", "60"))}, 403: {"pv": "40.25"}}
    head = head.replace('key = "b"\n', f'key = "b"\n{first}\n', 1)
    text = bonus("unilevel", rates='["10%"]', requires=f"{{ {second} }}")
    assert_agree(head + text, (members, orders))


@checked(80)
@given(heads(), unilevels(), one_of("2", "4"), one_of("50", "120"), st.data(), companies())
def test_whoever_lapsed_is_neither_ranked_nor_paid(head, text, periods, pv, data, company) -> None:
    members, orders = company
    for row in members:
        row["history"] = {404: {"pv": data.draw(one_of("0", "60"))}, 402: {"pv": "40.25"}}
    lapse = f"lapse = {{ periods = {periods}, pv = {pv} }}\n"
    head = head.replace("[volumes]\n", "[volumes]\n" + lapse)
    assert_agree(head + text, (members, orders))
