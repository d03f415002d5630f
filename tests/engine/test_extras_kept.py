"""What is known of members besides goes where they go, and to nobody else."""

import numpy as np
import pytest
from tests.engine.company import member_columns, snapshot_of
from tests.engine.test_grafting import member

from upline.engine.carry import PositionColumns
from upline.engine.donations import DonationColumns
from upline.engine.extras import CurrencyColumns, ExtraColumns, ForcedColumns, HistoryColumns
from upline.engine.extras_kept import entries_kept, living_in, standing_kept
from upline.engine.grafting import Index, graft
from upline.engine.memory import MemoryColumns

FORCED = ForcedColumns([5], [4])
PAST = {
    "periods": 2,
    "history": HistoryColumns([7, 5, 9], [404, 403, 404], [1, 2, 3], [4, 5, 6], [70, 50, 90]),
}
MEMORIES = MemoryColumns(
    [9, 5, 7], [1, 1, 2], [0, 0, 3], [1, 2, 3], [4, 5, 6], [7, 8, 9], [0, 5, 7]
)

GIVEN = {
    "donations": DonationColumns([7, 5, 9], [1, 2, 3], [4, 5, 6]),
    "positions": PositionColumns([9, 7, 5], [7, 0, 0], [False, True, True]),
    "member_currency": CurrencyColumns([9, 5], [1, 0]),
}


@pytest.mark.parametrize("past", [PAST, {}], ids=["with a past", "without"])
def test_whoever_stays_keeps_his_past(past: dict[str, object]) -> None:
    columns = ExtraColumns(forced=FORCED, memories=MEMORIES, **GIVEN, **past)
    rows = [member(5), member(9, 5), member(7, 5)]
    held = snapshot_of(rows, [], extras=columns)
    news = graft(held, Index.of(held), member_columns([member(6, 5), member(8, 9), member(9, 7)]))
    anew = snapshot_of([*rows[::2], member(6, 5), member(8, 9), member(9, 7)], [], extras=columns)
    bare = snapshot_of([member(n) for n in (5, 6, 7, 8, 9)], []).extras
    kept = standing_kept(held.extras, bare, news.shift.origin)
    for name in ("past_rank", "past_paid_rank", "past_pv", "forced"):
        expected, found = getattr(anew.extras, name), getattr(kept, name)
        assert found.tolist() == expected.tolist(), name
        assert found.dtype == expected.dtype
        assert found.flags.c_contiguous
    for rows_kept in ("memories", "donations", "positions"):
        pairs = zip(getattr(kept, rows_kept), getattr(anew.extras, rows_kept), strict=True)
        for mine, its in pairs:
            assert mine.tolist() == its.tolist()
            assert mine.dtype == its.dtype
    assert kept.member_currency.tolist() == anew.extras.member_currency.tolist()
    assert standing_kept(held.extras, bare, None).forced is held.extras.forced


def test_what_is_known_of_entries_stays() -> None:
    orders = [{"order_id": number, "customer_id": 5, "pv": 1} for number in (1, 2)]
    columns = ExtraColumns(entry_currency=CurrencyColumns([2], [0]))
    held = snapshot_of([member(5)], orders, extras=columns).extras
    bare = snapshot_of([member(5)], orders).extras
    assert entries_kept(held, bare).entry_currency.tolist() == [-1, 0]


def test_members_live_where_they_are_said_to() -> None:
    bare = snapshot_of([member(n) for n in (1, 2, 3)], []).extras
    given, nobody = np.array([0, 2], np.int32), np.empty(0, np.int32)
    assert living_in(bare, 3, given, nobody, nobody.astype(np.int16)) is bare
    abroad = living_in(bare, 3, given, given[1:], np.array([4], np.int16))
    assert abroad.member_currency.tolist() == [-1, -1, 4]
    home = living_in(abroad, 3, given, given[:1], np.array([1], np.int16))
    assert home.member_currency.tolist() == [1, -1, -1]
