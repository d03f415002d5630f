"""Range sums out of packed blocks against sums by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upline.services.rollup import blocks
from upline.services.rollup.blocks import Block, Layout, pack

LAYOUT = Layout((("count", "u1"), ("volume", "<i8")), (("customer_id", "<i8"),), key="<i4")
KEYLESS = Layout((("count", "u1"), ("volume", "<i8")))
LARGE = 2**55


@st.composite
def members(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """(key, count, volume) of some members; volumes so large that no float would hold them."""
    row = st.tuples(st.integers(0, 2), st.integers(0, 1), st.sampled_from([0, 1, -7, LARGE + 1]))
    return draw(st.lists(row, max_size=40))


@given(members(), st.integers(1, 9), st.data())
def test_any_range_adds_up(
    rows: list[tuple[int, int, int]], size: int, data: st.DataObject
) -> None:
    key = np.array([row[0] for row in rows], np.int32)
    columns = {
        "count": np.array([row[1] for row in rows], np.uint8),
        "volume": np.array([row[2] for row in rows], np.int64),
        "customer_id": np.arange(len(rows)),
    }
    packed, plain = pack(LAYOUT, columns, key, 3, size), pack(KEYLESS, columns, size=size)
    start = data.draw(st.integers(0, len(rows)))
    stop = data.draw(st.integers(start, len(rows)))

    def before(layout: Layout, place: int) -> np.ndarray:
        number, kept = place // size, packed if layout is LAYOUT else plain
        block = Block(kept.sums[number].tobytes(), kept.members[number].tobytes())
        return blocks.before(layout, block, place % size)

    found = (before(LAYOUT, stop) - before(LAYOUT, start)).tolist()
    inside = rows[start:stop]
    assert found == [
        [sum(r[1] for r in inside if r[0] == k), sum(r[2] for r in inside if r[0] == k)]
        for k in range(3)
    ]
    total = (before(KEYLESS, stop) - before(KEYLESS, start)).tolist()
    assert total == [[sum(r[1] for r in inside), sum(r[2] for r in inside)]]


def test_carried_values_stand_beside_their_members() -> None:
    columns = {"count": np.ones(5), "volume": np.zeros(5), "customer_id": np.arange(50, 55)}
    packed = pack(LAYOUT, columns, np.zeros(5, np.int32), size=4)
    last = Block(packed.sums[1].tobytes(), packed.members[1].tobytes())
    found = blocks.rows_of(LAYOUT, last)["customer_id"].tolist()
    assert found == [54, *[2**63 - 1] * 3]


@pytest.mark.parametrize(("keys", "size"), [(1, 256), (32, 256), (33, 512), (5_000, 65_536)])
def test_blocks_grow_with_the_keys(keys: int, size: int) -> None:
    assert blocks.size_for(keys) == size
