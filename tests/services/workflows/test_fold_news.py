"""Folded figures are those of a full run, whatever happens, and a close sees no trace of them."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from tests.factories.closing import close
from tests.factories.golden import PERIOD
from tests.factories.golden_company import contexts_at
from tests.factories.news import Happenings

from upline.core.context import SYSTEM, ContextFactory
from upline.core.copy import Column, Kind
from upline.core.db import Database
from upline.engine.result import Result
from upline.engine.snapshot import Snapshot
from upline.models.binary import CarryExemption
from upline.models.commission import CommissionRun
from upline.models.customer import Customer
from upline.models.engine_input import ExchangeRate
from upline.models.volume import MemberPeriod
from upline.services.commission import pledges, storing
from upline.services.commission.memories import memory_columns
from upline.services.commission.runs import Started
from upline.services.plan import load_builtin, versions
from upline.services.rank import overrides
from upline.services.verify import auditor
from upline.services.workflows import calculation
from upline.services.workflows.fold_news import LivePeriod

UNIT = {Kind.NUMERIC: 10_000, Kind.MILLIONTHS: 1_000_000}
# What tells rows and places apart, and is another after every run.
NAMES = {"pre", "pre_end", "binary_pre", "binary_pre_end", "item_no", "line_no", "leg_place"}
ESSENTIAL, BINARY, HYBRID = (load_builtin(key).text for key in ("essential", "binary", "hybrid"))
BINARY = BINARY.replace('period = "week"', 'period = "month"')
# A plan that looks back, and one that remembers.
LASTING = ESSENTIAL.replace('name = "Distributor"', 'name = "Distributor"\ngrace = 2')
REMEMBERING = f"""{LASTING}
[[bonuses]]
kind = "pool"
id = 90
code = "best"
name = "Best"
rate = "1%"
parts = [{{ by = "pv", growth = "best" }}]
"""
# Plans that read more of entries than most do.
BY_DAY = ESSENTIAL.replace("months = 3 #", "days = [10, 20] #")
BY_HOUR = ESSENTIAL.replace("months = 3 #", "hours = 72 #").replace(
    'months = 3\nrate = "70%"', 'hours = 240\nrate = "70%"'
)
FURTHER = ESSENTIAL.replace('commission = "cv"', 'commission = "qv"\nkinds = ["qv", "rv"]')
GIVING = f'{BINARY}\n[donation]\nname = "Foundation"\nmost = "50%"\n'
OWN = text("UPDATE customers SET owner_id = :owner WHERE customer_id = :position")
LOCAL = f'{ESSENTIAL}\n[exchange]\nvolumes = ["cv", "margin"]\nrounded = "member"\n'
OCTOBER = date(2014, 10, 1)
RENEW = timedelta(days=1)


async def full_run(contexts: ContextFactory, started: Started) -> tuple[Snapshot, Result]:
    loaded = await calculation.read(contexts, started, SYSTEM)
    snapshot = calculation.build(PERIOD, loaded)
    return snapshot, await calculation.calculate(started, snapshot)


def plain(column: Column) -> list[Any]:
    """Values of Python; text is packed as bytes."""
    values: list[Any] = column.values.tolist()
    return [value.decode() for value in values] if column.kind is Kind.TEXT else values


def wanted_rows(columns: Sequence[Column]) -> Counter[tuple[Any, ...]]:
    kept = [column for column in columns if column.name not in NAMES]
    values = [
        [
            None if column.null is not None and column.null[row] else value
            for row, value in enumerate(plain(column))
        ]
        for column in kept
    ]
    return Counter(zip(*values, strict=True))


async def stored_rows(
    contexts: ContextFactory, table: str, run_id: int, columns: Sequence[Column]
) -> Counter[tuple[Any, ...]]:
    kept = [column for column in columns if column.name not in NAMES]
    names = ", ".join(column.name for column in kept)
    async with contexts.open(SYSTEM) as ctx:
        query: Any = text(f"SELECT {names} FROM {table} WHERE run_id = {run_id}")
        if table == "member_periods":
            # As readers see them: some figures are kept up elsewhere.
            fields = [getattr(MemberPeriod, column.name) for column in kept]
            query = select(*fields).where(MemberPeriod.run_id == run_id)
        rows = await ctx.session.execute(query)
        return Counter(
            tuple(
                value if value is None else value * UNIT.get(column.kind, 1)
                for column, value in zip(kept, row, strict=True)
            )
            for row in rows
        )


async def assert_stored(contexts: ContextFactory, live: LivePeriod) -> None:
    """Every table holds what a full run would write, and places nest."""
    assert live.held is not None
    started = live.held.started
    snapshot, result = await full_run(contexts, started)
    tables = {
        "member_periods": storing.member_columns(snapshot, result, storing.label(snapshot)),
        "commission_checks": storing.check_columns(snapshot, result, numbered=False),
        "check_items": storing.item_columns(snapshot, result),
        "commission_lines": storing.line_columns(snapshot, result),
        "bonus_memories": memory_columns(snapshot, result),
    }
    for table, columns in tables.items():
        assert await stored_rows(contexts, table, started.run_id, columns) == wanted_rows(columns)
    async with contexts.open(SYSTEM) as ctx:
        for name, pre in (("sponsor", MemberPeriod.pre), ("binary", MemberPeriod.binary_pre)):
            own = (MemberPeriod.run_id == started.run_id, pre.is_not(None))
            query = select(MemberPeriod.customer_id).where(*own).order_by(pre)
            order = snapshot.customer_id
            if name == "binary":
                order = order[snapshot.binary_pre.argsort()]
            known = set(stored := list(await ctx.session.scalars(query)))
            assert stored == [number for number in order.tolist() if number in known]
        total = await ctx.session.scalar(
            select(CommissionRun.total).where(CommissionRun.run_id == started.run_id)
        )
        assert total * 10_000 == int(result.checks.total_commission.sum())
        assert await auditor.verify(ctx.session) == []


@pytest.mark.parametrize(
    ("seed", "plan"),
    [
        (0, ESSENTIAL),
        (1, LASTING),
        (2, ESSENTIAL),
        (3, LASTING),
        (5, REMEMBERING),
        (8, BINARY),
        (10, HYBRID),
    ],
)
async def test_folding_equals_a_full_run(
    committed_database: Database, seed: int, plan: str
) -> None:
    contexts = contexts_at(committed_database)
    world, pauses = Happenings(Random(seed), OCTOBER), Random(seed)
    async with contexts.open(SYSTEM) as ctx:
        await versions.load(ctx.session, plan, 300)
        await world.found(ctx.session, 12)
        for _ in range(6):
            await world.order(ctx.session)
    if seed % 2:
        await close(contexts, PERIOD - 1)
        async with contexts.open(SYSTEM) as ctx:
            someone = await ctx.session.scalar(select(func.max(Customer.customer_id)))
            await overrides.force(ctx, someone, "silver", PERIOD, None, "Founder")
    live = LivePeriod(contexts, PERIOD, SYSTEM, RENEW)
    await live.advance()
    first_run = live.held and live.held.started.run_id
    for _ in range(12):
        async with contexts.open(SYSTEM) as ctx:
            for _ in range(world.random.randint(1, 6)):
                await world.happen(ctx.session)
        assert await live.advance()
        if pauses.random() < 0.5:  # else the next news come while these are written
            assert not await live.advance()
            await assert_stored(contexts, live)
    assert not await live.advance()
    await assert_stored(contexts, live)
    assert live.held
    assert live.held.started.run_id == first_run
    snapshot, result = await full_run(contexts, live.held.started)
    outcome = await close(contexts, PERIOD)
    async with contexts.open(SYSTEM) as ctx:
        digests = await ctx.session.execute(
            select(CommissionRun.snapshot_digest, CommissionRun.result_digest).where(
                CommissionRun.run_id == outcome.run_id
            )
        )
        assert tuple(digests.one()) == (snapshot.digest, result.digest)
        assert await auditor.verify(ctx.session) == []


@pytest.mark.parametrize(
    "plan", [BY_DAY, BY_HOUR, FURTHER, LOCAL], ids=["days", "hours", "kinds", "local"]
)
@pytest.mark.parametrize("seed", [11, 14])
async def test_what_some_plans_read_of_entries_is_folded_too(
    committed_database: Database, plan: str, seed: int
) -> None:
    """The period has no entry to begin with, and some enrolled on another day than was known."""
    contexts = contexts_at(committed_database)
    world = Happenings(Random(seed), OCTOBER, further=True)
    async with contexts.open(SYSTEM) as ctx:
        await versions.load(ctx.session, plan, 300)
        for currency, rate in (("EUR", "0.8123"), ("JPY", "104.5")):
            terms = {"rate_in": 1 / Decimal(rate), "rate_out": Decimal(rate), "created_by": "x"}
            row = {"currency_code": currency, "period_id": PERIOD - 3, **terms}
            await ctx.session.execute(insert(ExchangeRate).values(row))
        await world.found(ctx.session, 12)
    live = LivePeriod(contexts, PERIOD, SYSTEM, RENEW)
    await live.advance()
    first_run = live.held and live.held.started.run_id
    for _ in range(8):
        async with contexts.open(SYSTEM) as ctx:
            for _ in range(world.random.randint(2, 8)):
                await world.happen(ctx.session)
        while await live.advance():
            pass
        await assert_stored(contexts, live)
    assert live.held is not None
    assert live.held.started.run_id == first_run


async def test_owners_exemptions_and_donations_go_with_their_members(
    committed_database: Database,
) -> None:
    """Others of them take a full run, which begins with the figures there are then."""
    contexts = contexts_at(committed_database)
    world = Happenings(Random(21), OCTOBER)
    async with contexts.open(SYSTEM) as ctx:
        await versions.load(ctx.session, GIVING, 300)
        await world.found(ctx.session, 16)
        owner, *others = sorted(n for n in world.sponsor if n % 5)
        for position in others[2:5]:
            await ctx.session.execute(OWN, {"position": position, "owner": owner})
        exempt = {"customer_id": others[0], "reason": "x", "created_by": "x"}
        await ctx.session.execute(
            insert(CarryExemption).values(valid_from=ctx.now - timedelta(days=90), **exempt)
        )
        for giver in (owner, others[1], others[6]):
            await pledges.pledge(ctx, giver, PERIOD, Decimal("0.1"), Decimal(1))
    live = LivePeriod(contexts, PERIOD, SYSTEM, RENEW)
    await live.advance()
    first_run = live.held and live.held.started.run_id
    for _ in range(6):
        async with contexts.open(SYSTEM) as ctx:
            for _ in range(4):
                await world.order(ctx.session)
            await world.enrol(ctx.session)
        while await live.advance():
            pass
        await assert_stored(contexts, live)
    assert live.held is not None
    assert live.held.started.run_id == first_run
    assert live.held.snapshot.extras.positions.member.size == 4
    assert live.held.result.checks.donation.any()
    async with contexts.open(SYSTEM) as ctx:
        await pledges.pledge(ctx, others[7], PERIOD, Decimal("0.2"), Decimal(0))
    await live.advance()
    assert live.held is None


async def test_folding_goes_on_while_a_full_run_is_made(committed_database: Database) -> None:
    contexts = contexts_at(committed_database)
    world = Happenings(Random(7), OCTOBER)
    async with contexts.open(SYSTEM) as ctx:
        await versions.load(ctx.session, ESSENTIAL, 300)
        await world.found(ctx.session, 12)
    live = LivePeriod(contexts, PERIOD, SYSTEM, timedelta(0))
    runs = set()
    for _ in range(12):
        async with contexts.open(SYSTEM) as ctx:
            await world.happen(ctx.session)
        await live.advance()
        if live.held is not None:
            runs.add(live.held.started.run_id)
    while live.held is None or await live.advance():
        pass
    await live.stop()
    await assert_stored(contexts, live)
    assert len(runs) > 1
