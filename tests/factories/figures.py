"""Figures of a period as a run leaves them, without running one: tree and volumes are given."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.company import ZONE

from upline.core.context import SYSTEM, Company, Context, Principal, PrincipalKind
from upline.models.commission import CommissionRun, PlanVersion
from upline.models.period import Period
from upline.models.volume import MemberPeriod
from upline.services.period import calendar

PARTITIONED = ("member_periods", "commission_checks", "check_items", "commission_lines")
NOW = datetime(2014, 11, 17, 20, tzinfo=UTC)
OCTOBER, NOVEMBER = 405, 406

Figures = Mapping[int, Mapping[str, Any]]


def context_of(session: AsyncSession, customer_id: int | None = None) -> Context:
    """A context in November 2014: of that customer, or of an application without one."""
    principal = SYSTEM
    if customer_id is not None:
        principal = Principal(PrincipalKind.CUSTOMER, customer_id=customer_id)
    return Context(session, principal, NOW, Company("Test", ZONE, "USD"))


async def add_run(
    session: AsyncSession, period_id: int, figures: Figures, *, status_id: int = 1
) -> int:
    """A committed run over `figures` (customer → columns of member_periods; sponsor_id makes the
    tree), in force for its period; returns its id."""
    starts_at, ends_at = calendar.bounds(period_id, ZONE)
    await session.execute(
        insert(Period).values(
            period_id=period_id,
            period_type_id=calendar.period_type(period_id),
            starts_at=starts_at,
            ends_at=ends_at,
        )
    )
    run_id = await session.scalar(
        insert(CommissionRun)
        .values(
            period_id=period_id,
            kind_id=1 if status_id == 1 else 2,
            status_id=2,
            plan_version_id=await _plan_version(session),
            attempt="test",
            rounding_place="level",
            rounding_mode="half_up",
            currency_code="USD",
            plan_digest=b"",
            started_by="administrator:1",
            approved_by=None if status_id == 1 else "administrator:2",
            approved_at=None if status_id == 1 else NOW,
            started_at=NOW,
            read_at=NOW,
        )
        .returning(CommissionRun.run_id)
    )
    assert run_id is not None
    for table in PARTITIONED:
        await session.execute(
            text(f"CREATE TABLE {table}_r{run_id} PARTITION OF {table} FOR VALUES IN ({run_id})")
        )
    rows = _numbered(run_id, figures)
    # One statement takes rows of the same columns, a thousand at a time.
    for _, alike in groupby(sorted(rows, key=sorted), key=sorted):
        batch = list(alike)
        for start in range(0, len(batch), 1_000):
            await session.execute(insert(MemberPeriod.__table__), batch[start : start + 1_000])
    await session.execute(
        update(Period)
        .where(Period.period_id == period_id)
        .values(run_id=run_id, status_id=status_id)
    )
    return run_id


async def _plan_version(session: AsyncSession) -> int:
    found = await session.scalar(select(PlanVersion.plan_version_id).limit(1))
    return found or await session.scalar(
        insert(PlanVersion)
        .values(plan_key="test", period_type_id=2, effective_period_id=300, source="", digest=b"")
        .returning(PlanVersion.plan_version_id)
    )


def _numbered(run_id: int, figures: Figures) -> list[dict[str, Any]]:
    """Rows in preorder of the sponsor tree, children by ascending id, as a run numbers them."""
    children: dict[int | None, list[int]] = {}
    for customer_id in sorted(figures):
        children.setdefault(figures[customer_id].get("sponsor_id"), []).append(customer_id)
    rows: dict[int, dict[str, Any]] = {}
    waiting = [(root, 0) for root in reversed(children.get(None, []))]
    while waiting:
        customer_id, level = waiting.pop()
        rows[customer_id] = _row(run_id, customer_id, len(rows), level, figures[customer_id])
        waiting += [(c, level + 1) for c in reversed(children.get(customer_id, []))]
    for row in reversed(rows.values()):
        row["pre_end"] = max(row["pre_end"], row["pre"] + 1)
        if above := rows.get(row["sponsor_id"] or 0):
            above["pre_end"] = max(above["pre_end"], row["pre_end"])
        row["downline_count"] = row["pre_end"] - row["pre"] - 1
    return list(rows.values())


def _row(
    run_id: int, customer_id: int, pre: int, level: int, given: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "customer_id": customer_id,
        "customer_type_id": 2,
        "status_id": 1,
        "sponsor_id": None,
        "enroller_id": given.get("sponsor_id"),
        "pre": pre,
        "pre_end": 0,
        "level": level,
        "binary_parent_id": None,
        "binary_position_id": None,
        "binary_pre": None,
        "binary_pre_end": None,
        "binary_level": None,
        "binary_downline_count": None,
        "pv": 0,
        "cv": 0,
        "gv": 0,
        "ov": 0,
        "left_volume": 0,
        "right_volume": 0,
        "carry_left_in": 0,
        "carry_right_in": 0,
        "carry_left_out": 0,
        "carry_right_out": 0,
        "rank_id": -1,
        "paid_rank_id": -1,
        "max_rank_id": -1,
        "previous_rank_id": -1,
        "is_active": False,
        "is_qualified": False,
        **given,
    }
