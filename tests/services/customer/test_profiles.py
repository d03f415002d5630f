"""One's own profile: complete, and gone with the account."""

import pytest
from sqlalchemy import delete, update
from tests.factories.family import add_family

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.models.customer import Address, Customer
from upline.services.customer import profiles


async def test_hidden_contact_data_is_shown_to_oneself(ctx: Context) -> None:
    await add_family(ctx.session)
    profile = await profiles.get_profile(ctx, 4)
    assert (profile.email, profile.phone) == ("member4@example.com", "1234567891")
    assert profile.show_contact_name is False
    assert profile.address.address_1 == "1 Main Street"
    assert profile.time_zone == ctx.company.time_zone


async def test_a_customer_without_an_address_has_an_empty_one(ctx: Context) -> None:
    await add_family(ctx.session)
    await ctx.session.execute(delete(Address).where(Address.customer_id == 2))
    address = (await profiles.get_profile(ctx, 2)).address
    assert (address.city, address.country_id) == ("", 840)


async def test_the_company_comes_before_the_person(ctx: Context) -> None:
    await add_family(ctx.session)
    await ctx.session.execute(
        update(Customer).where(Customer.customer_id == 2).values(company_name="Able & Friends")
    )
    assert (await profiles.get_profile(ctx, 2)).display_name == "Able & Friends"


async def test_nobody_is_left_of_the_terminated(ctx: Context) -> None:
    await add_family(ctx.session)
    await ctx.session.execute(update(Customer).where(Customer.customer_id == 2).values(status_id=4))
    for number in (2, 99):
        with pytest.raises(NotFound):
            await profiles.get_profile(ctx, number)
