"""What contests ask of the database: which are running, the period before, points carried on."""

from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select
from tests.factories.golden import PERIOD
from tests.factories.golden_company import found_company

from upline.core.context import SYSTEM
from upline.core.db import Database, raw_connection
from upline.engine.contests import NEVER
from upline.models.contest import ContestStanding
from upline.models.engine_input import EntryVolume, VolumeKind
from upline.models.volume import VolumeEntry
from upline.services.contest import inputs
from upline.services.plan import load_builtin, versions
from upline.services.workflows import close_period

SEASON = """
[[contests]]
id = 7
key = "season"
name = "Season"
starts = 2014-10-01
ends = 2014-11-30
adds_up = true
ties = "last_sale"
points = [
  { kind = "volume", per = 1, each = 1 },
  { kind = "growth", volume = "gv", per = 1, each = 1 },
]
"""
WEEK = 10_028


@pytest.mark.parametrize(
    ("period", "keys"),
    [
        (404, ["leadership"]),
        (405, ["leadership", "season"]),
        (406, ["leadership", "season"]),
        (407, ["leadership"]),
        (WEEK, []),
    ],
)
async def test_contests_of_a_period(
    committed_database: Database, period: int, keys: list[str]
) -> None:
    async with committed_database.session() as session:
        plan = await versions.load(session, load_builtin("essential").text + SEASON, 300)
    assert [contest.key for contest in inputs.running(plan, period)] == keys


async def test_points_and_volumes_go_on_from_the_run_before(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    async with contexts.open(SYSTEM) as ctx:
        text_ = load_builtin("essential").text + SEASON
        plan = await versions.load(ctx.session, text_, 300)
    run = await close_period.preview(contexts, PERIOD, SYSTEM)
    async with contexts.open(SYSTEM) as ctx:
        connection = await raw_connection(await ctx.session.connection())
        loaded = await inputs.load(connection, plan, PERIOD + 1, run.run_id)
        s = ContestStanding
        stored = (
            await ctx.session.execute(
                select(s.customer_id, s.points, s.last_sale_at).where(
                    s.run_id == run.run_id, s.contest_id == 7
                )
            )
        ).all()
        sums = select(VolumeEntry.customer_id, func.sum(VolumeEntry.pv))
        rows = await ctx.session.execute(sums.group_by(VolumeEntry.customer_id))
        bought = dict(rows.all())
    carried = loaded.carried[7]
    assert set(loaded.before) == {"customer_id", "gv", "ov"}
    assert sorted(carried["customer_id"].tolist()) == sorted(row.customer_id for row in stored)
    by_id = dict(zip(carried["customer_id"].tolist(), carried["points"].tolist(), strict=True))
    for customer, points, last_sale in stored:
        assert Decimal(by_id[customer]) / 10_000 == points == int(bought[customer])
        at = carried["customer_id"].tolist().index(customer)
        assert carried["last_sale"][at] == last_sale.timestamp() != NEVER
    async with contexts.open(SYSTEM) as ctx:
        connection = await raw_connection(await ctx.session.connection())
        later = await inputs.load(connection, plan, PERIOD + 2, run.run_id)
        assert later.carried == {}
        first = await inputs.load(connection, plan, PERIOD + 1, None)
        assert (first.before, first.carried) == ({}, {})


TRIP = """
[[contests]]
id = 8
key = "trip"
name = "Trip"
starts = 2014-10-01
points = [
  { kind = "rank", each = 20, times = 3 },
  { kind = "enrolment", each = 1 },
  { kind = "coupons", volume = "coupons" },
]
"""


async def test_ranks_held_before_and_coupons_left(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    text = load_builtin("essential").text.replace("[volumes]", '[volumes]\nkinds = ["coupons"]', 1)
    async with contexts.open(SYSTEM) as ctx:
        plan = await versions.load(ctx.session, text + TRIP, 300)
        mine = VolumeEntry.customer_id.in_((123456, 123501))
        entries = dict(
            (
                await ctx.session.execute(
                    select(VolumeEntry.customer_id, func.min(VolumeEntry.entry_id))
                    .where(mine, VolumeEntry.period_id == PERIOD)
                    .group_by(VolumeEntry.customer_id)
                )
            ).all()
        )
        kind = select(VolumeKind.kind_id).where(VolumeKind.code == "coupons").scalar_subquery()
        for entry in entries.values():
            values = insert(EntryVolume).values(entry_id=entry, kind_id=kind, amount=25)
            await ctx.session.execute(values)
    run = await close_period.preview(contexts, PERIOD, SYSTEM)
    async with contexts.open(SYSTEM) as ctx:
        connection = await raw_connection(await ctx.session.connection())
        later = await inputs.load(connection, plan, PERIOD + 1, run.run_id)
        first = await inputs.load(connection, plan, PERIOD, None)
    held = later.held[8]
    assert set(held["periods"].tolist()) == {1}
    ranks = dict(zip(held["customer_id"].tolist(), held["rank_id"].tolist(), strict=True))
    assert (ranks[123456], ranks[123501]) == (2, 2)
    stock = later.stock[8, "coupons"]
    left = dict(zip(stock["customer_id"].tolist(), stock["left_over"].tolist(), strict=True))
    # 20 points for the rank, and 1 for whom the second one enrolled: as many coupons are used.
    assert (left[123456], left[123501]) == (5 * 10_000, 4 * 10_000)
    assert (first.held, first.stock) == ({}, {})
