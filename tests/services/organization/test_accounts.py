"""Account records: whose figures, whose tree, and what others may not read."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.company import add_members, add_orders
from tests.factories.family import add_family, add_months
from tests.factories.figures import NOVEMBER, OCTOBER, context_of
from tests.factories.statements import counted

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.models.autoship import Autoship
from upline.models.commission import RankAchievement
from upline.models.customer import Customer
from upline.models.order import Order
from upline.services.organization.accounts import (
    NO_RUN,
    Account,
    display_name,
    find_downline,
    get_figures,
    is_multibyte,
    load_accounts,
)


@pytest.fixture
async def ctx(session: AsyncSession) -> Context:
    await add_family(session)
    await add_months(session)
    return context_of(session, 1)


async def account(ctx: Context, viewer: int, member: int, period: int = 0) -> Account:
    (found,) = await load_accounts(ctx, viewer, [member], await get_figures(ctx, period))
    return found


async def test_volumes_and_rank_are_those_of_the_period(ctx: Context) -> None:
    now = await account(ctx, 1, 2)
    assert (now.pv, now.ogv, now.pgv, now.rank_id) == (100, 260, 260, 1)
    assert (now.rank_name, now.rank_change, now.level) == ("Star", 1, 1)
    then = await account(ctx, 1, 2, OCTOBER)
    assert (then.pv, then.ogv, then.rank_id, then.rank_name) == (100, 100, -1, "Inactive")


async def test_a_closed_period_keeps_its_tree(ctx: Context) -> None:
    assert (await get_figures(ctx, OCTOBER)).is_closed
    now, then = await account(ctx, 1, 6), await account(ctx, 1, 4, OCTOBER)
    assert (now.sponsor_id, now.level) == (4, 3)
    assert (then.sponsor_id, then.level) == (3, 2)


async def test_levels_count_from_whoever_looks(ctx: Context) -> None:
    assert [(await account(ctx, viewer, 6)).level for viewer in (1, 2, 4, 6)] == [3, 2, 1, 0]


async def test_members_no_run_knows_have_zeros(ctx: Context, session: AsyncSession) -> None:
    newcomer = {"customer_id": 8, "sponsor_id": 2, "enroller_id": 2}
    await add_members(session, [newcomer | {"enrolled_on": date(2014, 11, 16)}])
    found = await account(ctx, 2, 8)
    assert (found.pv, found.ogv, found.rank_id, found.max_rank_id) == (0, 0, -1, -1)
    assert (found.sponsor_id, found.enroller_id, found.level) == (2, 2, 1)
    figures = await get_figures(ctx, NOVEMBER + 1)
    assert (figures.run_id, figures.is_closed) == (NO_RUN, False)
    assert (await account(ctx, 2, 4, NOVEMBER + 1)).ogv == 0


async def test_an_enroller_outside_one_s_organization_is_0(ctx: Context) -> None:
    assert (await account(ctx, 2, 4)).enroller_id == 0
    assert (await account(ctx, 1, 4)).enroller_id == 1
    assert (await account(ctx, 2, 5)).enroller_id == 2


async def test_hidden_contact_data_is_read_by_their_owner_alone(ctx: Context) -> None:
    seen, own = await account(ctx, 2, 4), await account(ctx, 4, 4)
    hidden = ("contact_name", "email", "main_phone", "main_address_1", "main_zip")
    assert [getattr(seen, name) for name in hidden] == [""] * len(hidden)
    assert [getattr(own, name) for name in hidden] == [
        "COOK, CARL", "member4@example.com", "1234567891", "1 Main Street", "84043",
    ]  # fmt: skip
    assert (seen.name, seen.main_city, seen.main_country) == ("COOK, CARL", "Lehi", "United States")
    assert (seen.main_country_id, seen.show_contact_name) == (840, False)


async def test_the_mail_of_who_opted_out_is_not_given_away(ctx: Context) -> None:
    await ctx.session.execute(
        update(Customer).where(Customer.customer_id == 6).values(email_opted_out=True)
    )
    seen, own = await account(ctx, 2, 6), await account(ctx, 6, 6)
    assert (seen.email, seen.opted_out_of_email, seen.main_phone) == ("", True, "1234567891")
    assert own.email == "member6@example.com"


async def test_names_of_companies_and_of_other_scripts(ctx: Context) -> None:
    await ctx.session.execute(
        update(Customer)
        .where(Customer.customer_id == 2)
        .values(company_name="Able & Söhne", first_name="지민", last_name="김")
    )
    found = await account(ctx, 1, 2)
    assert (found.name, found.contact_name) == ("ABLE & SÖHNE", "김, 지민")
    assert (found.has_multibyte_name, found.has_multibyte_contact_name) == (False, True)
    assert display_name("", "cher") == "CHER"
    assert not is_multibyte("ÀÿÖ")


async def test_moments_are_the_company_s(ctx: Context) -> None:
    await ctx.session.execute(
        update(Customer)
        .where(Customer.customer_id == 2)
        .values(enrolled_at=datetime(2014, 10, 1, 5, 59, tzinfo=UTC), activated_at=None)
    )
    found = await account(ctx, 1, 2)
    assert found.signup_date == datetime.fromisoformat("2014-09-30T23:59:00")
    assert found.date_activated is None


async def test_the_standing_order_that_counts(ctx: Context) -> None:
    assert (await account(ctx, 1, 2)).autoship.status == "none"
    for status, day, pv, result, next_date in (
        (3, 1, 500, 1, None),
        (2, 2, 70, 2, None),
        (1, 3, 60, 1, date(2014, 12, 3)),
        (1, 4, 40, 3, date(2014, 12, 4)),
    ):
        await ctx.session.execute(
            insert(Autoship).values(
                customer_id=2,
                status_id=status,
                day_of_month=day,
                pv=pv,
                last_result_id=result,
                next_date=next_date,
                started_on=date(2014, 9, 1),
                currency_code="USD",
            )
        )
    found = await account(ctx, 1, 2)
    standing = found.autoship
    assert (standing.active, standing.day, standing.pv) == (True, 3, 60)
    assert (standing.shipped, standing.status) == (True, "Processed")
    assert found.future_autoship_pv == 100


async def test_the_last_order_that_was_not_cancelled(ctx: Context) -> None:
    assert (await account(ctx, 1, 2)).last_order_date is None
    orders = [(1, 3, "12.5"), (2, 9, "30"), (3, 11, "99")]
    await add_orders(
        ctx.session,
        [
            {"order_id": number, "customer_id": 2, "ordered_on": date(2014, 11, day), "pv": pv}
            for number, day, pv in orders
        ],
    )
    await ctx.session.execute(update(Order).where(Order.order_id == 3).values(order_status_id=40))
    found = await account(ctx, 1, 2)
    assert found.last_order_pv == 30
    assert found.last_order_date == datetime.fromisoformat("2014-11-09T12:00:00")


async def test_a_rank_is_new_until_the_period_after(ctx: Context) -> None:
    assert (await account(ctx, 1, 2)).is_new_max_rank
    assert not (await account(ctx, 1, 4)).is_new_max_rank  # everybody starts at rank 0
    achieved = {"customer_id": 2, "achieved_at": ctx.now}
    for rank, period, new in ((1, NOVEMBER, True), (2, OCTOBER, False)):
        await ctx.session.execute(
            insert(RankAchievement).values(**achieved, rank_id=rank, period_id=period)
        )
        assert (await account(ctx, 1, 2)).is_new_max_rank is new


async def test_records_come_in_the_order_asked_for(ctx: Context) -> None:
    figures = await get_figures(ctx, 0)
    found = await load_accounts(ctx, 1, [6, 2, 99, 4], figures)
    assert [record.customer_id for record in found] == [6, 2, 4]
    assert await load_accounts(ctx, 1, [], figures) == []


async def test_statements_do_not_grow_with_the_members(ctx: Context) -> None:
    figures = await get_figures(ctx, 0)
    for members in ([2], [1, 2, 3, 4, 5, 6]):
        with counted() as sent:
            await load_accounts(ctx, 1, members, figures)
        assert len(sent) == 1


async def test_who_stands_in_an_organization(ctx: Context) -> None:
    assert await find_downline(ctx.session, 2, {1, 2, 3, 5, 6, 7, 99}) == {2, 5, 6}
    assert await find_downline(ctx.session, 2, set()) == frozenset()


async def test_only_months_have_records(ctx: Context) -> None:
    for period in (10_027, -9_999, 99_999):
        with pytest.raises(NotFound):
            await get_figures(ctx, period)


async def test_values_are_exact(ctx: Context) -> None:
    assert isinstance((await account(ctx, 1, 2)).ogv, Decimal)
