"""One import at a time, and a clear word when somebody was faster."""

import psycopg
import pytest
from sqlalchemy import text
from tests.services.imports.conftest import COMPANY, NOW, Maker

from upline.core.clock import FixedClock
from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.services.imports.members import import_members
from upline.services.imports.orders import import_orders
from upline.services.imports.report import ChangedMeanwhile, ImportRunning

MEMBERS: list[dict[str, object]] = [{"id": 1, "country": "US", "enrolled": "2014-05-01"}]
ORDERS: list[dict[str, object]] = [{"id": 7, "member": 1, "date": "2014-10-03", "pv": 10}]
ORDER_SEVEN = (
    "INSERT INTO orders (order_id, customer_id, order_type_id, ordered_at, country_code,"
    " currency_code) VALUES (7, 1, 1, now(), 'US', 'USD')"
)


@pytest.fixture
def contexts(committed_database: Database) -> ContextFactory:
    return ContextFactory(committed_database, FixedClock(NOW), COMPANY)


async def test_two_imports_never_run_at_once(contexts: ContextFactory, write: Maker) -> None:
    path = write("members.csv", MEMBERS)
    async with contexts.open(SYSTEM) as first, contexts.open(SYSTEM) as second:
        assert (await import_members(first, path, dry_run=True)).ok
        with pytest.raises(ImportRunning):
            await import_members(second, path)
    async with contexts.open(SYSTEM) as third:
        assert (await import_members(third, path)).ok


async def test_an_id_taken_after_the_checks_is_a_conflict(
    contexts: ContextFactory, write: Maker
) -> None:
    async with contexts.open(SYSTEM) as ctx:
        await import_members(ctx, write("members.csv", MEMBERS))
    url = contexts.database.engine.url.set(drivername="postgresql")

    def be_faster(step: str, done: int, _total: int | None, /) -> None:
        if (step, done) == ("Checking orders", 1):
            with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
                connection.execute(ORDER_SEVEN)

    with pytest.raises(ChangedMeanwhile):
        async with contexts.open(SYSTEM) as ctx:
            await import_orders(ctx, write("orders.csv", ORDERS), progress=be_faster)
    async with contexts.open(SYSTEM) as ctx:
        assert await ctx.session.scalar(text("SELECT count(*) FROM volume_entries")) == 0
