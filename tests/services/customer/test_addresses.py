"""Which of a customer's addresses is the one he is shown with."""

import pytest
from sqlalchemy import insert, select, true, update
from tests.factories.family import add_family

from upline.core.context import Context
from upline.models.customer import Address, Customer
from upline.services.customer.addresses import select_default_address

SHIPPING, BILLING = {"is_default_shipping": True}, {"is_default_billing": True}


@pytest.mark.parametrize(
    ("added", "city"),
    [
        ([("Later", {})], "Lehi"),
        ([("Bills", BILLING), ("Later", {})], "Bills"),
        ([("Bills", BILLING), ("Parcels", SHIPPING)], "Parcels"),
    ],
    ids=["the oldest", "billing before the oldest", "shipping before billing"],
)
async def test_shipping_comes_before_billing_and_age(
    ctx: Context, added: list[tuple[str, dict[str, bool]]], city: str
) -> None:
    await add_family(ctx.session)
    await ctx.session.execute(
        update(Address).values(is_default_shipping=False, is_default_billing=False)
    )
    for name, marks in added:
        await ctx.session.execute(
            insert(Address).values(customer_id=2, city=name, country_code="US", **marks)
        )
    address = select_default_address()
    query = (
        select(address.c.city)
        .select_from(Customer)
        .outerjoin(address, true())
        .where(Customer.customer_id == 2)
    )
    assert (await ctx.session.execute(query)).scalar_one() == city
