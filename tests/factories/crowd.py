"""A thousand members in a run whose blocks are counted as a run counts them."""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.figures import NOVEMBER, add_run

from upline.core.copy import Column, Kind
from upline.models.volume import DownlineCount, MemberPeriod
from upline.services.commission.downline_counts import count_blocks

MEMBERS = """
INSERT INTO customers (customer_id, customer_type_id, first_name, last_name, country_code,
                       currency_code, enrolled_at)
SELECT n, 2, 'First' || n % 7, 'Last' || n % 50, 'US', 'USD',
       timestamptz '2014-09-01Z' + n * interval '1 hour'
FROM generate_series(1, :count) n
"""
COUNTED = ("rank_id", "status_id", "pre", "level", "binary_pre", "binary_level")


async def add_crowd(session: AsyncSession, count: int = 1_200) -> list[dict[str, Any]]:
    """Members 1 … count under 1, in both trees; returns their figures in sponsor preorder."""
    await session.execute(text(MEMBERS), {"count": count})
    chance = random.Random(5)
    figures: dict[int, dict[str, Any]] = {}
    for number in range(1, count + 1):
        # A few sponsor many, and some organizations are deep.
        sponsor = chance.choice((number // 2, number - 1, chance.randint(1, max(1, number - 1))))
        figures[number] = {
            "sponsor_id": max(1, sponsor) if number > 1 else None,
            "binary_parent_id": number // 2 or None,
            "binary_position_id": 1 + number % 2 if number > 1 else None,
            "rank_id": chance.choice((-1, -1, -1, 0, 0, 1, 2)),
            "status_id": chance.choice((1, 1, 1, 1, 2, 4)),
            "ov": chance.randint(0, 50),
        }
    _label_binary(figures)
    run_id = await add_run(session, NOVEMBER, figures)
    await recount(session, run_id)
    query = select(MemberPeriod.__table__).where(MemberPeriod.run_id == run_id)
    rows = (await session.execute(query.order_by(MemberPeriod.pre))).mappings()
    return [dict(row) for row in rows]


async def recount(session: AsyncSession, run_id: int) -> None:
    """Cut the run into blocks, as storing does."""
    columns = [getattr(MemberPeriod, name) for name in COUNTED]
    query = select(*columns).where(MemberPeriod.run_id == run_id).order_by(MemberPeriod.pre)
    rows = (await session.execute(query)).all()
    await session.execute(text("DELETE FROM downline_counts"))
    counted = count_blocks(
        [_column(name, [row[at] for row in rows]) for at, name in enumerate(COUNTED)]
    )
    names = [column.name for column in counted]
    values = [
        dict(zip(names, row, strict=True), run_id=run_id)
        for row in zip(*(column.values.tolist() for column in counted), strict=True)
    ]
    await session.execute(insert(DownlineCount), values)


def _column(name: str, values: Sequence[int | None]) -> Column:
    missing = np.array([value is None for value in values])
    return Column(name, Kind.BIGINT, np.array([value or 0 for value in values]), missing)


def _label_binary(figures: dict[int, dict[str, Any]]) -> None:
    """A heap: children of n are 2n and 2n + 1, labelled with gaps."""
    label, last = 0, len(figures)

    def visit(number: int, level: int) -> int:
        nonlocal label
        row = figures[number]
        row["binary_pre"], row["binary_level"], label = label, level, label + 10
        below = sum(visit(n, level + 1) for n in (2 * number, 2 * number + 1) if n <= last)
        row["binary_pre_end"], row["binary_downline_count"] = label - 5, below
        return below + 1

    visit(1, 0)
