"""Memories are joined by id, kept dense while bonuses change them, and written out in one order."""

import numpy as np

from upline.engine.memory import Memories, MemoryBook, MemoryColumns, moved, remembered

# Customers 10, 20, 30 stand at positions 2, 0, 1.
IDS = np.array([10, 20, 30])
PLACE = np.array([2, 0, 1], np.int32)


def rows_of(memories: Memories) -> list[tuple[int, ...]]:
    """(bonus, slot, member, first period, counted, total, link) each."""
    rows = zip(*(column.tolist() for column in memories), strict=True)
    return [(bonus, slot, member, *rest) for member, bonus, slot, *rest in rows]


def columns(*rows: tuple[int, ...]) -> MemoryColumns:
    """(customer, bonus, slot, first period, counted, total, link) each."""
    return MemoryColumns(*np.array(rows, np.int64).reshape(-1, 7).T)


def test_rows_stand_by_bonus_slot_and_member() -> None:
    found = remembered(
        columns(
            (10, 2, 0, 5, 6, 7, 8),
            (99, 1, 0, 1, 1, 1, 1),
            (20, 2, 0, 4, 3, 2, 1),
            (30, 2, 1, 9, 9, 9, 9),
            (30, 1, 1, 3, 3, 3, 3),
        ),
        IDS,
        PLACE,
    )
    assert rows_of(found) == [
        (1, 1, 1, 3, 3, 3, 3),
        (2, 0, 0, 4, 3, 2, 1),
        (2, 0, 2, 5, 6, 7, 8),
        (2, 1, 1, 9, 9, 9, 9),
    ]


def test_of_rows_that_repeat_a_key_the_smallest_stays() -> None:
    """By first period, then what was counted, the total and the link."""
    twice = [(5, 5, 5, 5), (4, 9, 9, 9)], [(5, 5, 5, 5), (5, 4, 9, 9)]
    twice += [(5, 5, 5, 5), (5, 5, 4, 9)], [(5, 5, 5, 5), (5, 5, 5, 4)]
    for greater, smaller in twice:
        for rows in ((greater, smaller), (smaller, greater)):
            found = remembered(columns(*((10, 1, 0, *row) for row in rows)), IDS, PLACE)
            assert rows_of(found) == [(1, 0, 2, *smaller)]


def test_what_nobody_asked_for_is_handed_on_and_blanks_are_forgotten() -> None:
    before = remembered(
        columns(
            (20, 1, 0, 1, 0, 0, 0),
            (30, 1, 0, 2, 2, 2, 2),
            (20, 1, 1, 6, 0, 0, 0),
            (20, 3, 0, 7, 0, 0, 0),
        ),
        IDS,
        PLACE,
    )
    book = MemoryBook(before, 3)
    memory = book.recall(1)
    assert memory.first_period.tolist() == [1, 2, 0]
    assert memory.counted.tolist() == [0, 2, 0]
    assert memory.total.tolist() == [0, 2, 0]
    assert memory.link.tolist() == [0, 2, 0]
    assert book.recall(1) is memory
    for column in memory.first_period, memory.counted, memory.total, memory.link:
        column[:2] = 0
    memory.link[2] = 30
    for bonus_id, slot in ((3, 5), (4, 0)):  # what is next to them stays as it was
        assert not book.recall(bonus_id, slot).total.any()
    fresh = book.recall(2, 4)
    fresh.first_period[0], fresh.counted[1], fresh.total[2] = 8, 9, -10
    assert rows_of(book.written()) == [
        (1, 0, 2, 0, 0, 0, 30),
        (1, 1, 0, 6, 0, 0, 0),
        (2, 4, 0, 8, 0, 0, 0),
        (2, 4, 1, 0, 9, 0, 0),
        (2, 4, 2, 0, 0, -10, 0),
        (3, 0, 0, 7, 0, 0, 0),
    ]


def test_memories_move_with_their_members() -> None:
    before = remembered(columns((20, 1, 0, 1, 0, 0, 0), (30, 1, 0, 2, 0, 0, 0)), IDS, PLACE)
    after = np.array([3, 0, 1], np.int32)
    assert rows_of(moved(before, after)) == [(1, 0, 0, 2, 0, 0, 0), (1, 0, 3, 1, 0, 0, 0)]
