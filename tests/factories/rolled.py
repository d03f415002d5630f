"""A company of several blocks with its figures stored as a run stores them; sums by hand beside."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.engine.company import snapshot_of
from tests.factories.company import load_essential, noon
from tests.factories.figures import NOVEMBER, add_run

from upline.core.db import raw_connection
from upline.engine import Result, Snapshot, run
from upline.engine.contests import Standing
from upline.models.customer import Customer
from upline.models.volume import VolumeEntry
from upline.services.commission import partitions, storing
from upline.services.contest.inputs import Inputs
from upline.services.contest.scoring import score
from upline.services.plan import versions
from upline.services.rollup import building
from upline.services.rollup.facts import Area, Facts

WEEK = 10_026  # of 3 November 2014
AREAS: tuple[Area, ...] = (
    (840, "United States", 4, "California"),
    (840, "United States", None, None),
    (276, "Germany", None, "Hessen"),
)


def grown(size: int = 700, seed: int = 1) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Members and orders: two roots, a chain of a third of all, a crowd below it; every tree its
    own way."""
    draw = np.random.default_rng(seed)
    members: list[dict[str, Any]] = []
    legs: list[tuple[int, int]] = []
    for number in range(1, size + 1):
        sponsor = 0 if number <= 2 else number - 2 if number < size // 3 else 0
        if number > 2 and not sponsor:
            sponsor = int(draw.integers(1, number - 1, endpoint=True))
        row = {
            "customer_id": number * 3,
            "sponsor_id": sponsor * 3,
            "enroller_id": int(draw.integers(1, max(number - 1, 1), endpoint=True)) * 3
            if number > 1
            else 0,
            "type": int(draw.choice([2, 2, 2, 1, 3])),
            "status": int(draw.choice([1, 1, 1, 2, 4])),
        }
        if row["type"] == 2:
            if legs and draw.random() < 0.9:
                at = int(draw.integers(len(legs)))
                row["binary_parent_id"], row["binary_position"] = legs.pop(at)
            legs += [(number * 3, 1), (number * 3, 2)]
        members.append(row)
    orders = [
        {
            "order_id": k,
            "customer_id": int(draw.integers(1, size, endpoint=True)) * 3,
            "pv": int(draw.choice([50, 120, -20])),
        }
        for k in range(1, 2 * size)
    ]
    return members, orders


@dataclass(frozen=True)
class Rolled:
    """The run and what it was stored from; `facts` in the order of customer ids, `standing` of the
    plan's leadership contest."""

    run_id: int
    snapshot: Snapshot
    result: Result
    facts: Facts
    standing: Standing

    def below(self, customer_id: int, tree: str) -> list[int]:
        """Positions of everybody below, found by walking up from each."""
        s = self.snapshot
        parent = {"sponsor": s.sponsor, "enroller": s.enroller, "binary": s.binary_parent}[tree]
        top = s.index_of(customer_id)
        return [v for v in range(len(s)) if top in _above(parent.tolist(), v)]

    def fact(self, name: str, position: int) -> Any:
        """A fact about the member at a position of the snapshot."""
        row = np.searchsorted(self.facts.customer_id, self.snapshot.customer_id[position])
        return getattr(self.facts, name)[row].item()


async def add_rolled_run(session: AsyncSession, period_id: int = NOVEMBER, **size: int) -> Rolled:
    """Run the essential plan over a grown company and store all figures."""
    snapshot = snapshot_of(*grown(**size), period_id)
    await _add_people(session, snapshot)
    return await store_rolled(session, snapshot, period_id)


async def store_rolled(session: AsyncSession, snapshot: Snapshot, period_id: int) -> Rolled:
    """Run the essential plan over a snapshot and store all figures."""
    await load_essential(session)
    plan = await versions.in_force(session, period_id)
    result = run(plan.compiled, snapshot)
    facts = _facts(snapshot)
    contests = replace(Inputs.none(), contests=plan.document.content.contests)
    scored = score(plan, snapshot, result, facts, contests)
    run_id = await add_run(session, period_id, {})
    raw = await raw_connection(await session.connection())
    await partitions.drop(raw, run_id)
    seen = await _add_entries(session, snapshot, period_id)
    rollups = building.build(snapshot, result, facts, seen)
    figures = storing.figures_of(snapshot, result, rollups, scored, numbered=False)
    for table, parts in figures.items():
        await partitions.fill(raw, run_id, table, parts, [], changeable=False)
    await partitions.attach(raw, run_id, list(figures), changeable=False)
    await building.describe(raw, run_id, rollups)
    return Rolled(run_id, snapshot, result, facts, scored[0].standing)


async def _add_entries(session: AsyncSession, snapshot: Snapshot, period_id: int) -> str:
    """The orders as volume entries; returns a database snapshot that has seen them."""
    rows = [
        {
            "entry_id": number,
            "customer_id": int(snapshot.customer_id[member]),
            "period_id": period_id,
            "week_id": WEEK,
            "entry_type_id": 1,
            "order_type_id": 1,
            "occurred_at": noon(date(2014, 11, 3)),
            "pv": Decimal(pv) / 10_000,
            "cv": Decimal(cv) / 10_000,
            "description": f"Order {number}",
        }
        for number, member, pv, cv in zip(
            snapshot.entry_id.tolist(),
            snapshot.entry_member.tolist(),
            snapshot.entry_pv.tolist(),
            snapshot.entry_cv.tolist(),
            strict=True,
        )
    ]
    if rows:
        await session.execute(insert(VolumeEntry), rows)
    await session.execute(text("ALTER TABLE volume_entries ALTER entry_id RESTART WITH 100000"))
    after = await session.scalar(text("SELECT (pg_current_xact_id()::text)::bigint + 1"))
    return f"{after}:{after}:"


async def _add_people(session: AsyncSession, snapshot: Snapshot) -> None:
    rows = [
        {
            "customer_id": number,
            "customer_type_id": kind,
            "status_id": status,
            "first_name": "Member",
            "last_name": f"No. {number}",
            "country_code": "US",
            "currency_code": "USD",
            "enrolled_at": noon(date(2014, 6, 1)),
        }
        for number, kind, status in zip(
            snapshot.customer_id.tolist(),
            snapshot.customer_type.tolist(),
            snapshot.status.tolist(),
            strict=True,
        )
    ]
    await session.execute(insert(Customer), rows)


def _facts(snapshot: Snapshot) -> Facts:
    draw, ids = np.random.default_rng(2), np.sort(snapshot.customer_id)
    size = len(ids)
    return Facts(
        customer_id=ids,
        enrolled_at=draw.integers(1_400_000_000, 1_410_000_000, size),
        area=draw.integers(len(AREAS), size=size, dtype=np.int32),
        areas=AREAS,
        is_new=draw.choice([True, False], size),
        due=draw.choice([0, 400_000, 10_000_001], size),
        standing=draw.choice([0, 550_000], size),
    )


def _above(parent: list[int], v: int) -> Iterator[int]:
    while parent[v] >= 0:
        v = parent[v]
        yield v
