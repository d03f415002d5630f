"""Ties, positions and lines of contests, case by case; random companies: services/contest."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from upline.engine.contests import (
    CARRIED,
    COUPON,
    ENROLMENT,
    GROWTH,
    HELD,
    NEVER,
    NO_LIMIT,
    RANK,
    VOLUME,
    Carried,
    Contest,
    Coupons,
    Enrolments,
    Growth,
    Line,
    RanksHeld,
    RanksReached,
    Ratio,
    Ties,
    View,
    VolumeBought,
    settle,
)

UNIT = 10_000
IDS = np.arange(100, 105)


def view(**changes: Any) -> View:
    """Five members; 1 to 4 enrolled by 0; everybody bought something, 1 and 2 alike."""
    zero = np.zeros(5, np.int64)
    bought = np.array([50, 100, 100, 250, 0]) * UNIT
    return View(
        enroller=np.array([-1, 0, 0, 0, 0], np.int32),
        customer_type=np.array([2, 2, 2, 2, 3], np.int8),
        able=np.array([True, True, True, True, False]),
        is_new=np.array([False, False, True, True, True]),
        enrolled_at=np.array([1, 2, 3, 4, 5]),
        rank=np.array([2, 0, -1, 1, -1], np.int16),
        best=np.array([0, 0, -1, 1, -1], np.int16),
        volumes={"pv": bought, "ov": np.array([500, 100, 100, 250, 0]) * UNIT, "total_pv": zero},
        before={},
        entry_member=np.array([0, 1, 2, 3], np.int32),
        entry_type=np.array([1, 1, 2, 1], np.int8),
        entry_volumes={"pv": bought[:4], "cv": bought[:4]},
        sold_at=np.array([40, 30, 20, 10]),
        age=np.array([9, 1, 0, 0, 0], np.int32),
        held=np.zeros(5, np.int32),
        stock={},
    )._replace(**changes)


BOUGHT = Contest(1, (VolumeBought(each=UNIT, per=50 * UNIT),))


def test_reasons_are_stored_by_number() -> None:
    assert (ENROLMENT, VOLUME, RANK, GROWTH, CARRIED, HELD, COUPON) == (1, 2, 3, 4, 5, 6, 7)


@pytest.mark.parametrize(
    ("ties", "members", "positions"),
    [
        (Ties.SHARED, [3, 1, 2, 0], [1, 2, 2, 4]),
        (Ties.LAST_SALE, [3, 2, 1, 0], [1, 2, 3, 4]),
        (Ties.ENROLLED, [3, 1, 2, 0], [1, 2, 3, 4]),
    ],
)
def test_ties(ties: Ties, members: list[int], positions: list[int]) -> None:
    standing = settle(replace(BOUGHT, ties=ties), view(), IDS)
    assert standing.member.tolist() == members
    assert standing.position.tolist() == positions
    assert standing.points.tolist() == [5 * UNIT, 2 * UNIT, 2 * UNIT, UNIT]


def test_what_is_not_full_gives_nothing_and_caps_hold() -> None:
    rule = VolumeBought(each=UNIT, per=100 * UNIT, most=2 * UNIT - 1)
    standing = settle(Contest(1, (rule,)), view(), IDS)
    assert dict(zip(standing.member.tolist(), standing.points.tolist(), strict=True)) == {
        3: 2 * UNIT - 1,
        1: UNIT,
        2: UNIT,
    }


def test_volume_of_the_enrolled_by_order_type() -> None:
    rule = VolumeBought(each=UNIT, per=UNIT, order_types=(1,), of_enrolled=True)
    standing = settle(Contest(1, (rule,)), view(), IDS)
    assert (standing.member.tolist(), standing.points.tolist()) == ([0], [350 * UNIT])


def test_refunds_beyond_purchases_give_nothing() -> None:
    refunded = view(entry_volumes={"pv": np.array([-50, -100, 0, 0]) * UNIT})
    assert not len(settle(BOUGHT, refunded, IDS).member)
    enrolled = replace(BOUGHT, sources=(*BOUGHT.sources, Enrolments((UNIT,), (2,))))
    assert settle(enrolled, refunded, IDS).points.tolist() == [2 * UNIT]


def test_enrolments_name_the_newcomer() -> None:
    standing = settle(Contest(1, (Enrolments((UNIT,), (2,), 100 * UNIT),)), view(), IDS)
    assert standing.member.tolist() == [0]
    assert standing.entries.source.tolist() == [2, 3]


def test_each_new_rank_counts() -> None:
    rule = RanksReached((0, 5 * UNIT, 7 * UNIT), (0, 4, 9))
    standing = settle(Contest(1, (rule,)), view(), IDS)
    assert (standing.member.tolist(), standing.points.tolist()) == ([0], [12 * UNIT])
    assert standing.entries.quantity.tolist() == [4 * UNIT, 9 * UNIT]


def test_a_rank_that_gives_nothing_is_no_reason() -> None:
    nobody_had_any = view(best=np.full(5, -1, np.int16))
    rule = RanksReached((0, 5 * UNIT, 0), (3, 4, 9))
    standing = settle(Contest(1, (rule,)), nobody_had_any, IDS)
    assert standing.entries.quantity.tolist() == [4 * UNIT, 4 * UNIT]


def test_growth_needs_a_period_before() -> None:
    contest = Contest(1, (Growth(UNIT, 100 * UNIT),))
    assert not len(settle(contest, view(), IDS).member)
    before = {"ov": np.array([300, 100, 0, 260, 0]) * UNIT}
    standing = settle(contest, view(before=before), IDS)
    assert (standing.member.tolist(), standing.points.tolist()) == ([0, 2], [2 * UNIT, UNIT])


def test_who_may_not_takes_no_part() -> None:
    contest = replace(BOUGHT, requires=Line(volumes=(("pv", 100 * UNIT),)))
    assert settle(contest, view(), IDS).member.tolist() == [3, 1, 2]
    assert settle(contest, view(able=np.zeros(5, np.bool_)), IDS).member.tolist() == []


def test_the_line_asks_for_all_of_it() -> None:
    line = Line(points=2 * UNIT, rank=0)
    standing = settle(replace(BOUGHT, qualifies=line), view(), IDS)
    assert dict(zip(standing.member.tolist(), standing.qualified.tolist(), strict=True)) == {
        3: True,
        1: True,
        2: False,
        0: False,
    }


@pytest.mark.parametrize(
    ("line", "met"),
    [
        (Line(enrolments=3), True),  # 2, 3 and 4 are new, and 4 is a customer
        (Line(enrolments=4), False),
        (Line(ratio=Ratio((2,), (3,), 2_000_000)), True),
        (Line(ratio=Ratio((2,), (3,), 2_000_001)), False),
        (Line(ratio=Ratio((3,), (2, 3), 333_333)), True),
        (Line(ratio=Ratio((3,), (2, 3), 333_334)), False),
    ],
)
def test_a_line_of_newcomers(line: Line, met: bool) -> None:
    assert line.met(view(), np.zeros(5, np.int64))[0] == met


def test_whoever_enrolled_nobody_has_no_enrolments_and_any_ratio() -> None:
    nothing = np.zeros(5, np.int64)
    assert not Line(enrolments=1).met(view(), nothing)[1:].any()
    assert Line(ratio=Ratio((2,), (3,), 1)).met(view(), nothing)[1:].all()


def test_earlier_periods_count_where_points_add_up() -> None:
    carried = Carried(np.array([9, 0, 0, 0, 4]) * UNIT, np.array([45, NEVER, NEVER, NEVER, 1]))
    contest = replace(BOUGHT, adds_up=True, ties=Ties.LAST_SALE)
    standing = settle(contest, view(), IDS, carried)
    assert standing.member.tolist() == [0, 3, 2, 1]
    assert standing.points[0] == 10 * UNIT
    assert standing.last_sale[0] == 45
    assert settle(BOUGHT, view(), IDS, carried).member.tolist() == [3, 1, 2, 0]


def test_points_beyond_any_number_stay_exact() -> None:
    rule = VolumeBought(each=3, per=1)
    standing = settle(Contest(1, (rule,)), view(), IDS)
    assert standing.points[0] == 3 * 250 * UNIT
    much = view(entry_volumes={"pv": np.array([1 << 60, 0, 0, 0])})
    rule = VolumeBought(each=4, per=1)
    assert settle(Contest(1, (rule,)), much, IDS).points.tolist() == [NO_LIMIT]


@pytest.mark.parametrize(
    ("age", "points"), [([9, 0, 0, 0, 0], 6), ([9, 1, 1, 1, 1], 12), ([9, 2, 2, 2, 3], 12)]
)
def test_published_points_of_one_enrolment_by_month(age: list[int], points: int) -> None:
    """doTERRA's trip: 2 in the month of enrolment, 4 in each of the next two."""
    rule = Enrolments((2 * UNIT, 4 * UNIT, 4 * UNIT), (2,))
    seen = view(age=np.array(age, np.int32), is_new=np.array(age) == 0)
    [points_of_enroller] = settle(Contest(1, (rule,)), seen, IDS).points.tolist()
    assert points_of_enroller == points * UNIT


def test_published_points_of_a_rank_in_its_first_three_periods() -> None:
    """doTERRA's trip: Elite 20 each of three times, Premier 25; the fourth gives nothing."""
    rule = RanksHeld((20 * UNIT, 25 * UNIT, 30 * UNIT), (3, 5, 8), times=3)
    total = np.zeros(5, np.int64)
    for before in range(4):
        held = np.array([before, before, 0, before, 0], np.int32)
        standing = settle(Contest(1, (rule,)), view(held=held), IDS)
        np.add.at(total, standing.member, standing.points)
    assert (total // UNIT).tolist() == [90, 60, 0, 75, 0]


@pytest.mark.parametrize(
    ("posted", "stock", "left", "ranking"), [(20, 0, 10, 20), (0, 20, 10, 20), (0, 3, 0, 13)]
)
def test_published_coupons_count_for_as_many_units_as_were_sold(
    posted: int, stock: int, left: int, ranking: int
) -> None:
    """Be Infinity's Power Pool: 10 units and 20 coupons rank as 20, and 10 coupons are left."""
    sold = np.array([10, 0, 0, 0]) * UNIT
    coupons = np.array([posted, 0, 0, 0]) * UNIT
    seen = view(
        entry_volumes={"units": sold, "coupons": coupons},
        stock={"coupons": np.array([stock, 0, 0, 0, 5]) * UNIT},
    )
    rules = VolumeBought(each=UNIT, per=UNIT, volume="units"), Coupons("coupons")
    standing = settle(Contest(1, rules), seen, IDS)
    assert standing.points.tolist() == [ranking * UNIT]
    assert standing.entries.quantity.tolist() == [10 * UNIT, left * UNIT]


def reasons(contest: Contest, seen: View, carried: Carried | None = None) -> list[tuple[int, ...]]:
    """(member, reason, source, quantity, points) each, the latter two in whole units."""
    rows = settle(contest, seen, IDS, carried).entries
    return [
        (member, reason, source, quantity // UNIT, points // UNIT)
        for member, reason, source, quantity, points in zip(
            *(column.tolist() for column in rows), strict=True
        )
    ]


def test_every_point_has_its_reason() -> None:
    contest = Contest(
        1,
        (
            Enrolments((3 * UNIT,), (2, 3)),
            VolumeBought(each=2 * UNIT, per=100 * UNIT),
            RanksReached((0, 5 * UNIT, 7 * UNIT), (0, 4, 9)),
            Growth(UNIT, 100 * UNIT),
            RanksHeld((20 * UNIT, 25 * UNIT, 30 * UNIT), (3, 5, 8), times=3),
            Coupons("coupons"),
        ),
        adds_up=True,
    )
    volumes = {"pv": view().entry_volumes["pv"], "coupons": np.array([9, 1, 0, 0]) * UNIT}
    seen = view(
        entry_volumes=volumes,
        before={"ov": np.array([100, 100, 0, 250, 0]) * UNIT},
        stock={"coupons": np.array([0, 2, 0, 0, 0]) * UNIT},
        held=np.array([2, 3, 0, 0, 0], np.int32),
    )
    carried = Carried(np.array([0, 0, 0, 8, 8]) * UNIT, np.full(5, NEVER))
    assert reasons(contest, seen, carried) == [
        (0, ENROLMENT, 2, 1, 3),
        (0, ENROLMENT, 3, 1, 3),
        (0, ENROLMENT, 4, 1, 3),
        (0, RANK, -1, 4, 5),
        (0, RANK, -1, 9, 7),
        (0, GROWTH, -1, 400, 4),
        (0, HELD, -1, 8, 30),
        (0, COUPON, -1, 0, 9),
        (1, VOLUME, -1, 100, 2),
        (1, COUPON, -1, 1, 2),
        (2, VOLUME, -1, 100, 2),
        (2, GROWTH, -1, 100, 1),
        (3, VOLUME, -1, 250, 4),
        (3, HELD, -1, 5, 25),
        (3, CARRIED, -1, 8, 8),
    ]


def test_whoever_sold_later_stands_lower_among_equals() -> None:
    """Earlier periods count where points add up; what gives no volume is no sale."""
    contest = replace(BOUGHT, ties=Ties.LAST_SALE, adds_up=True)
    seen = view(
        entry_member=np.array([1, 1, 2, 3], np.int32),
        entry_volumes={"pv": np.array([100, 0, 100, 100]) * UNIT},
        sold_at=np.array([30, 99, 20, 10]),
    )
    carried = Carried(np.zeros(5, np.int64), np.array([NEVER, 5, 31, NEVER, NEVER]))
    standing = settle(contest, seen, IDS, carried)
    assert standing.member.tolist() == [3, 1, 2]
    assert standing.last_sale.tolist() == [10, 30, 31]
    assert settle(replace(contest, adds_up=False), seen, IDS, carried).member.tolist() == [3, 2, 1]


def test_without_rules_for_volume_a_sale_is_an_order_of_ones_own() -> None:
    contest = Contest(1, (Enrolments((UNIT,), (2,)),), ties=Ties.LAST_SALE)
    assert settle(contest, view(), IDS).last_sale.tolist() == [40]
    nothing = view(sold_at=np.zeros(4, np.int64), entry_member=np.array([1, 1, 1, 1], np.int32))
    assert settle(contest, nothing, IDS).last_sale.tolist() == [NEVER]


@pytest.mark.parametrize(
    ("line", "met"),
    [
        (Line(volumes=(("pv", 100 * UNIT),)), [1, 2, 3]),
        (Line(volumes=(("pv", 100 * UNIT + 1),)), [3]),
        (Line(volumes=(("pv", 50 * UNIT), ("ov", 500 * UNIT))), [0]),
        (Line(rank=1), [0, 3]),
        (Line(rank=2), [0]),
        (Line(points=2), [2, 3, 4]),
        (Line(points=3, rank=0), [3]),
    ],
)
def test_a_line_is_met_from_its_number_on(line: Line, met: list[int]) -> None:
    assert np.flatnonzero(line.met(view(), np.arange(5))).tolist() == met
