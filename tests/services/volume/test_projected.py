"""What autoships still bring: own, of the organization, of both legs; and what is missing then."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.company import noon
from tests.factories.figures import NOVEMBER, OCTOBER, context_of
from tests.factories.rolled import Rolled, add_rolled_run
from tests.factories.statements import counted

from upline.core.errors import NotFound
from upline.models.autoship import Autoship
from upline.models.placement import Placement
from upline.services.volume.projected import get_projection
from upline.services.volume.queries import get_volume

DECEMBER = NOVEMBER + 1


@pytest.fixture
async def rolled(session: AsyncSession) -> Rolled:
    return await add_rolled_run(session, size=300)


async def _subscribe(session: AsyncSession, customer_id: int, pv: int, day: date) -> int:
    number = await session.scalar(
        insert(Autoship)
        .values(
            customer_id=customer_id,
            day_of_month=day.day,
            next_date=day,
            started_on=date(2014, 6, 1),
            currency_code="USD",
            pv=pv,
            cv=pv - 1,
        )
        .returning(Autoship.autoship_id)
    )
    assert number is not None
    return number


def _sum(rolled: Rolled, name: str, positions: list[int]) -> Decimal:
    return Decimal(sum(rolled.fact(name, v) for v in positions)) / 10_000


async def test_autoships_of_this_month_are_added(session: AsyncSession, rolled: Rolled) -> None:
    ctx, below = context_of(session), rolled.below(3, "sponsor")
    await _subscribe(session, 3, 40, date(2014, 11, 28))
    await _subscribe(session, 3, 500, date(2014, 12, 1))
    paused = await _subscribe(session, 3, 600, date(2014, 11, 28))
    await session.execute(
        update(Autoship).where(Autoship.autoship_id == paused).values(status_id=2)
    )
    now, then = await get_volume(ctx, 3, NOVEMBER), await get_projection(ctx, 3, 0)
    due = _sum(rolled, "due", below)
    assert due > 0
    assert then.personal_volume == now.personal_volume + 40
    assert then.commissionable_volume == now.commissionable_volume + 39
    assert then.organization_volume == now.organization_volume + 40 + due
    assert then.group_volume == then.organization_volume
    assert (then.autoship_volume, then.organization_autoship_volume) == (40, 40 + due)
    assert (then.rank_id, then.as_of) == (now.rank_id, now.as_of)


async def test_a_later_month_expects_all_of_them(session: AsyncSession, rolled: Rolled) -> None:
    ctx, below = context_of(session), rolled.below(3, "sponsor")
    await _subscribe(session, 3, 40, date(2014, 11, 28))
    then = await get_projection(ctx, 3, DECEMBER)
    standing = _sum(rolled, "standing", below)
    assert (then.period_id, then.personal_volume) == (DECEMBER, 40)
    assert then.organization_volume == 40 + standing > 40


async def test_past_months_are_what_they_were(session: AsyncSession, rolled: Rolled) -> None:
    await _subscribe(session, 3, 40, date(2014, 10, 28))
    then = await get_projection(context_of(session), 3, OCTOBER)
    assert (then.personal_volume, then.autoship_volume) == (0, 0)
    with pytest.raises(NotFound):
        await get_projection(context_of(session), 3, 3)


async def test_legs(session: AsyncSession, rolled: Rolled) -> None:
    s, ctx = rolled.snapshot, context_of(session)
    top = next(v for v in range(len(s)) if (s.binary_parent == v).sum() == 2)
    customer = int(s.customer_id[top])
    placed = {"genealogy_id": 3, "valid_from": noon(date(2014, 6, 1))}
    await session.execute(insert(Placement).values(customer_id=customer, **placed))
    now, due = await get_volume(ctx, customer, 0), {}
    for child in [v for v in range(len(s)) if s.binary_parent[v] == top]:
        side = s.binary_position[child].item()
        number = int(s.customer_id[child])
        await session.execute(
            insert(Placement).values(
                customer_id=number, parent_id=customer, position_id=side, **placed
            )
        )
        inside = {child, *rolled.below(number, "binary")}
        outside = [
            v
            for v in range(len(s))
            if s.customer_type[v] != 2 and s.binary_parent[v] < 0 and s.sponsor[v] in inside
        ]
        due[side] = _sum(rolled, "due", [*inside, *outside])
    then = await get_projection(ctx, customer, 0)
    assert then.left_volume == now.left_volume + due[1]
    assert then.right_volume == now.right_volume + due[2]
    assert then.paid_leg_volume == min(then.left_volume, then.right_volume)


async def test_what_the_next_rank_misses(session: AsyncSession, rolled: Rolled) -> None:
    ctx = context_of(session)
    customer = next(
        int(rolled.snapshot.customer_id[v])
        for v in range(len(rolled.snapshot))
        if rolled.result.rank[v] == 0 and rolled.result.ov[v] < 5_000_000
    )
    then = await get_projection(ctx, customer, 0)
    assert (then.next_rank_id, then.next_rank) == (1, "Star")
    has = {
        "Personal volume": (100, then.personal_volume),
        "Organization volume": (500, then.organization_volume),
    }
    expected = {name: least - now for name, (least, now) in has.items() if now < least}
    assert {gap.name: gap.missing for gap in then.missing} == expected


async def test_statements(session: AsyncSession, rolled: Rolled) -> None:
    for customer in (3, 600):
        with counted() as statements:
            await get_projection(context_of(session), customer, 0)
        assert len(statements) <= 6
