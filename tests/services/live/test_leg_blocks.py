"""Blocks hold what they are given, at any place, and are read back by the database."""

import numpy as np
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.figures import NOVEMBER, add_run

from upline.models.volume import LegBlock, MemberPeriod, leg_volumes, stands_in_block
from upline.services.live.leg_blocks import block_columns

PLACES = np.array([130, 0, 64, 5], np.int32)
WITH_OTHERS = np.concatenate((PLACES, np.setdiff1d(np.arange(131, dtype=np.int32), PLACES)))


def figures(*of_first: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = np.zeros((131, 3), np.int64)
    for row, given in enumerate(of_first):
        table[row] = given
    return table[:, 0], table[:, 1], table[:, 2]


def test_blocks_of_whoever_changed_are_made_and_no_others() -> None:
    number, _ = block_columns(figures(), WITH_OTHERS, np.array([0, 3], np.int32))
    assert number.values.tolist() == [0, 2]


async def test_figures_are_read_from_their_block(session: AsyncSession) -> None:
    legs = {"left_volume": 7, "right_volume": 8, "binary_downline_count": 9}
    whole = legs | {"binary_pre": 1, "binary_level": 0}
    members = {number: whole | {"leg_place": int(PLACES[number - 1])} for number in (1, 2, 3)}
    run_id = await add_run(session, NOVEMBER, members)
    given = figures((10_000, -25_000, 3), (1, 1 << 40, 0))
    number, packed = block_columns(given, WITH_OTHERS, np.array([0, 1], np.int32))
    rows = zip(number.values.tolist(), packed.values.tolist(), strict=True)
    await session.execute(
        insert(LegBlock),
        [{"run_id": run_id, "block_no": block, "figures": bytes_} for block, bytes_ in rows],
    )
    member = MemberPeriod
    found = await session.execute(
        select(member.left_volume, member.right_volume, member.binary_downline_count).order_by(
            member.customer_id
        )
    )
    assert [tuple(map(str, row)) for row in found] == [
        ("1.0000", "-2.5000", "3"),
        ("0.0001", "109951162.7776", "0"),
        ("7.0000", "8.0000", "9"),
    ]
    joined = select(*leg_volumes(member)).outerjoin(LegBlock, stands_in_block(member))
    assert [
        tuple(map(str, row)) for row in await session.execute(joined.order_by(member.customer_id))
    ] == [("1.0000", "-2.5000"), ("0.0001", "109951162.7776"), ("7.0000", "8.0000")]
