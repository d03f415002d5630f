"""What a member reads about Essential Rewards."""

from dataclasses import replace
from datetime import UTC, date, datetime

from tests.factories.rewards import NOT_FOR_RESALE, add_autoship, add_autoship_orders
from tests.factories.statements import counted
from tests.services.points.conftest import MEMBER, NOVEMBER

from upline.core.context import Context
from upline.services.points import posting, rewards


async def test_nothing_is_not_an_error(family: Context) -> None:
    found = await rewards.get_rewards(family, MEMBER)
    assert (found.total, found.percent, found.months_in_a_row) == (0, 0, 0)
    assert (found.is_enrolled, found.meets_minimum, found.are_deliveries_valid) == (False,) * 3
    assert found.local is None


async def test_the_next_rate_is_told_in_full_months(family: Context) -> None:
    await add_autoship(family.session, MEMBER)
    await add_autoship_orders(family.session, MEMBER, range(NOVEMBER - 3, NOVEMBER + 1))
    found = await rewards.get_rewards(family, MEMBER)
    assert (found.percent, found.months_in_a_row) == (10, 4)
    assert (found.months_before_increase, found.next_percent) == (2, 15)


async def test_programs_are_told_apart_and_paused_ones_are_no_template(family: Context) -> None:
    await add_autoship(family.session, MEMBER, status=2, next_date=None)
    await add_autoship(family.session, MEMBER, program=NOT_FOR_RESALE, pv=40)
    found = await rewards.get_rewards(family, MEMBER)
    assert found.local is not None
    assert found.nfr is not None
    assert (found.local.next_date, found.nfr.next_date) == (None, date(2014, 12, 1))
    assert (found.is_enrolled, found.is_template_confirmed) == (True, True)
    assert found.meets_minimum is False


async def test_a_failed_charge_makes_deliveries_invalid(family: Context) -> None:
    await add_autoship(family.session, MEMBER, last_result=3)
    assert (await rewards.get_rewards(family, MEMBER)).are_deliveries_valid is False


async def test_points_about_to_expire(family: Context) -> None:
    since_march = range(NOVEMBER - 8, NOVEMBER + 1)
    await add_autoship_orders(family.session, MEMBER, since_march)
    await posting.post_months(family, since_march)
    for now, soon in (
        (datetime(2015, 1, 30, tzinfo=UTC), 0),
        (datetime(2015, 2, 1, tzinfo=UTC), 8),
    ):
        found = await rewards.get_rewards(replace(family, now=now), MEMBER)
        assert (found.total, found.expiring_soon) == (84, soon)


async def test_statements_do_not_grow_with_history(family: Context) -> None:
    await add_autoship(family.session, MEMBER)
    await add_autoship_orders(family.session, MEMBER, range(NOVEMBER - 30, NOVEMBER + 1))
    await posting.post_months(family, range(NOVEMBER - 30, NOVEMBER + 1))
    with counted() as statements:
        await rewards.get_rewards(family, MEMBER)
    assert len(statements) == 7
