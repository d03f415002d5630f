"""The shared world after a run over orders of its own, so that all that runs derive is there.

November: 1 buys 150, 2 buys 120, 4 buys 80, 5 (retail) 40, 6 buys 60; 8 New Comer enrols below 2
and buys 100. An autoship of 4 is due, one of 2 is not before December.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

from sqlalchemy import insert
from tests.database import TestServer
from tests.factories.company import add_members, add_orders
from tests.factories.figures import NOVEMBER
from tests.factories.shared_world import share_world
from tests.factories.world import World

from upline.core.context import SYSTEM
from upline.models.autoship import Autoship
from upline.services.workflows import close_period

BOUGHT = {1: 150, 2: 120, 4: 80, 5: 40, 6: 60, 8: 100}
NEWCOMER = {
    "customer_id": 8,
    "first_name": "New",
    "last_name": "Comer",
    "sponsor_id": 2,
    "enroller_id": 2,
    "enrolled_on": date(2014, 11, 3),
}
AUTOSHIPS = ((4, 30, date(2014, 11, 28)), (2, 70, date(2014, 12, 5)))


@asynccontextmanager
async def open_busy_world(server: TestServer) -> AsyncIterator[World]:
    """Orders posted, November previewed."""
    async with share_world(server) as world:
        async with world.container.context(SYSTEM) as ctx:
            await add_members(ctx.session, [NEWCOMER])
            await add_orders(
                ctx.session,
                [
                    {
                        "order_id": 500 + customer,
                        "customer_id": customer,
                        "ordered_on": date(2014, 11, 2 + customer),
                        "order_type": 5 if customer == 5 else 1,
                        "pv": pv,
                    }
                    for customer, pv in BOUGHT.items()
                ],
            )
            for customer, pv, day in AUTOSHIPS:
                await ctx.session.execute(
                    insert(Autoship).values(
                        customer_id=customer,
                        day_of_month=day.day,
                        next_date=day,
                        started_on=date(2014, 9, 15),
                        currency_code="USD",
                        pv=pv,
                        cv=pv,
                    )
                )
        await close_period.preview(world.container.contexts, NOVEMBER, SYSTEM)
        yield world
