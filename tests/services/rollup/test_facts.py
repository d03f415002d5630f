"""Where members live, who is new and what autoships will bring, read from the tables."""

from datetime import UTC, date, datetime

import numpy as np
from sqlalchemy import delete, insert, update
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.company import ZONE
from tests.factories.family import add_family
from tests.factories.figures import NOVEMBER

from upline.core.db import Database, raw_connection
from upline.models.autoship import Autoship
from upline.models.customer import Address, Customer
from upline.services.rollup import facts
from upline.services.rollup.facts import Facts

NOW = datetime(2014, 11, 17, 20, tzinfo=UTC)
IDS = np.arange(1, 8, dtype=np.int64)


async def _load(session: AsyncSession, now: datetime = NOW) -> Facts:
    start = datetime(2014, 11, 1, 6, tzinfo=UTC).timestamp()  # midnight in Denver
    enrolled = np.array([start - 1, start, start + 1, 0, 0, 0, 0], np.int64)
    connection = await raw_connection(await session.connection())
    return await facts.load(connection, NOVEMBER, ZONE, IDS, enrolled, now)


def _areas(loaded: Facts) -> list[tuple[str, str | None]]:
    return [(loaded.areas[at][1], loaded.areas[at][3]) for at in loaded.area.tolist()]


async def test_areas(committed_database: Database) -> None:
    async with committed_database.session() as session:
        await add_family(session)
        for customer, country, state in ((2, "US", "ut"), (3, "DE", "Hessen"), (4, "US", "")):
            await session.execute(
                update(Address)
                .where(Address.customer_id == customer)
                .values(country_code=country, state_province=state)
            )
        await session.execute(delete(Address).where(Address.customer_id.in_([5, 6])))
        await session.execute(
            update(Customer).where(Customer.customer_id == 5).values(country_code="CA")
        )
        loaded = await _load(session)
    assert _areas(loaded) == [
        ("United States", "Utah"),
        ("United States", "Utah"),
        ("Germany", "Hessen"),
        ("United States", None),
        ("Canada", None),
        ("United States", None),
        ("United States", "Utah"),
    ]
    assert len(set(loaded.areas)) == len(loaded.areas) == 4


async def test_new_are_those_of_the_period(committed_database: Database) -> None:
    async with committed_database.session() as session:
        await add_family(session)
        loaded = await _load(session)
    assert loaded.is_new.tolist() == [False, True, True, False, False, False, False]


async def test_autoships(committed_database: Database) -> None:
    async with committed_database.session() as session:
        await add_family(session)
        for customer, day, status, pv in (
            (2, date(2014, 11, 30), 1, "33.76"),
            (2, date(2014, 11, 20), 1, "10"),
            (2, date(2014, 12, 1), 1, "5"),
            (3, date(2014, 11, 20), 2, "70"),
            (4, None, 1, "8"),
        ):
            await session.execute(
                insert(Autoship).values(
                    customer_id=customer,
                    status_id=status,
                    day_of_month=1,
                    next_date=day,
                    started_on=date(2014, 1, 1),
                    currency_code="USD",
                    pv=pv,
                )
            )
        loaded = await _load(session)
        over = await _load(session, datetime(2014, 12, 2, tzinfo=UTC))
    assert loaded.due.tolist() == [0, 437_600, 0, 0, 0, 0, 0]
    assert loaded.standing.tolist() == [0, 487_600, 0, 80_000, 0, 0, 0]
    assert over.due.tolist() == [0] * 7
    assert over.standing.tolist() == loaded.standing.tolist()
