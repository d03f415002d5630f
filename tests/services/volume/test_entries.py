"""Every entry of an organization once, in stable pages; what the run has not seen stands first."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession
from tests.database import TestServer
from tests.factories.company import noon
from tests.factories.figures import NOVEMBER, OCTOBER, context_of
from tests.factories.rolled import WEEK, Rolled
from tests.factories.statements import counted
from tests.factories.stored import Stored, store_company

from upline.core.errors import NotFound
from upline.core.paging import Page
from upline.models.placement import Placement
from upline.models.volume import VolumeEntry
from upline.services.volume.entries import Entry, list_entries


@pytest.fixture(scope="module")
async def stored(server: TestServer) -> AsyncIterator[Stored]:
    async with store_company(server) as stored:
        yield stored


@pytest.fixture
def rolled(stored: Stored) -> Rolled:
    return stored[1]


@pytest.fixture
async def session(stored: Stored) -> AsyncIterator[AsyncSession]:
    """Whatever a test adds is taken back."""
    async with stored[0].engine.connect() as connection, AsyncSession(connection) as session:
        yield session
        await session.rollback()


def _by_hand(rolled: Rolled, customer_id: int) -> list[tuple[str, int, int, Decimal]]:
    s = rolled.snapshot
    top = s.index_of(customer_id)
    inside = {top, *rolled.below(customer_id, "sponsor")}
    return [
        (
            f"Order {s.entry_id[k]}",
            s.customer_id[v].item(),
            (s.level[v] - s.level[top]).item(),
            Decimal(s.entry_pv[k].item()) / 10_000,
        )
        for k, v in enumerate(s.entry_member.tolist())
        if v in inside
    ]


def _told(entry: Entry) -> tuple[str, int, int, Decimal]:
    return entry.description, entry.from_customer_id, entry.level, entry.personal_volume


async def test_pages_hold_every_entry_once(session: AsyncSession, rolled: Rolled) -> None:
    ctx = context_of(session)
    for customer, size in ((3, 1000), (6, 100), (300, 7), (2100, 100)):
        expected = _by_hand(rolled, customer)
        found: list[Entry] = []
        for number in range(1, len(expected) // size + 3):
            page = await list_entries(ctx, customer, 0, Page(number, size))
            assert page.total == len(expected)
            found += page.items
        assert [_told(entry) for entry in found] == expected


async def test_what_came_since_stands_first(session: AsyncSession, rolled: Rolled) -> None:
    below = rolled.below(6, "sponsor")
    member = int(rolled.snapshot.customer_id[below[5]])
    await session.execute(
        insert(Placement),
        [
            {
                "customer_id": child,
                "genealogy_id": 2,
                "parent_id": parent,
                "valid_from": noon(date(2014, 6, 1)),
            }
            for child, parent in ((6, None), (member, 6), (3, None))
        ],
    )
    for number, (customer, period) in enumerate(
        [(member, NOVEMBER), (3, NOVEMBER), (6, OCTOBER), (6, NOVEMBER)], 900_001
    ):
        await session.execute(
            insert(VolumeEntry).values(
                entry_id=number,
                customer_id=customer,
                period_id=period,
                week_id=WEEK,
                entry_type_id=1,
                order_type_id=1,
                occurred_at=noon(date(2014, 11, 17)),
                pv=10,
                description=f"News {number}",
            )
        )
    ctx, listed = context_of(session), _by_hand(rolled, 6)
    first = await list_entries(ctx, 6, NOVEMBER, Page(1, 3))
    assert [entry.description for entry in first.items] == [
        "News 900004",
        "News 900001",
        listed[0][0],
    ]
    assert first.total == len(listed) + 2
    second = await list_entries(ctx, 6, NOVEMBER, Page(2, 3))
    assert [_told(entry) for entry in second.items] == listed[1:4]


async def test_nothing_of_nobody(session: AsyncSession, rolled: Rolled) -> None:
    ctx = context_of(session)
    assert (await list_entries(ctx, 10**9, 0, Page())).total == 0
    assert (await list_entries(ctx, 3, OCTOBER, Page())).total == 0
    assert (await list_entries(ctx, 3, 0, Page(10_000, 1000))).items == []
    with pytest.raises(NotFound):
        await list_entries(ctx, 3, 5, Page())


async def test_five_statements_for_any_page(session: AsyncSession, rolled: Rolled) -> None:
    for size in (1, 1000):
        with counted() as statements:
            await list_entries(context_of(session), 3, 0, Page(1, size))
        assert len(statements) == 5
