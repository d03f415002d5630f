"""A book rewritten source by source tells what a table holds, who is paid by it, and how much."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.strategies import checked

from upline.engine.arithmetic import Place
from upline.engine.line_book import NO_LINES, LineBook
from upline.engine.lines import new_sink
from upline.engine.plan import Rounding
from upline.engine.result import Lines

BONUS = 3
IDS = np.array([50, 40, 30, 20, 10])
SLOTS = np.arange(len(IDS), dtype=np.int32)
MEMBER = st.integers(0, len(IDS) - 1)
# source, payee, paid level, base
LINES = st.lists(st.tuples(MEMBER, MEMBER, st.integers(1, 2), st.integers(1, 3)), max_size=15)
Row = tuple[int, int, int, int]


def lines_of(rows: list[Row]) -> Lines:
    table = np.array(rows, np.int64).reshape(-1, 4)
    source, payee, level, base = table.T
    columns = {"source": source, "payee": payee, "level": level, "paid_level": level}
    columns |= {"base": base * 10_000, "rate": np.full(len(rows), 50_000), "amount": base * 500}
    columns |= {"bonus_id": np.full(len(rows), BONUS), "entry_id": np.zeros(len(rows))}
    return Lines(*(columns[n].astype(getattr(NO_LINES, n).dtype) for n in Lines._fields))


@checked(100)
@given(LINES, st.lists(st.tuples(LINES, st.sets(MEMBER)), max_size=5))
def test_rewriting_sources(first: list[Row], later: list[tuple[list[Row], set[int]]]) -> None:
    book = LineBook(lines_of(first), IDS)
    table = dict(enumerate(first))
    for rows, sources in later:
        chosen = np.isin(SLOTS, list(sources))
        theirs = [row for row in rows if row[0] in sources]
        rewritten = book.rewrite(BONUS, lines_of(theirs), chosen, IDS, SLOTS)
        others = [row for row in table.values() if row[0] not in sources]
        for place in rewritten.gone.tolist():
            del table[place]
        came = zip(*(getattr(rewritten.came, n).tolist() for n in ("source", "payee")), strict=True)
        columns = rewritten.came.paid_level.tolist(), (rewritten.came.base // 10_000).tolist()
        new = [(*both, *more) for both, more in zip(came, zip(*columns, strict=True), strict=True)]
        table |= dict(enumerate(new, rewritten.first))
        assert Counter(table.values()) == Counter(others + theirs)
    payees = Counter(row[1] for row in table.values())
    assert book.counted(SLOTS).tolist() == [payees[v] for v in SLOTS.tolist()]
    for v in SLOTS.tolist():
        wanted = {row[0] for row in table.values() if row[1] == v}
        assert set(np.flatnonzero(book.sources(BONUS, v == SLOTS)).tolist()) == wanted


@checked(50)
@given(LINES, st.lists(st.tuples(LINES, st.sets(MEMBER)), max_size=3), st.sets(MEMBER))
def test_totals_are_those_of_the_lines(
    first: list[Row], later: list[tuple[list[Row], set[int]]], payees: set[int]
) -> None:
    """Asked for before some lines come and go, they are kept up."""
    book, sink = LineBook(lines_of(first), IDS), new_sink(1, Rounding())._replace(levels=2)
    chosen = np.array(sorted(payees), np.int32)
    book.totals(BONUS, chosen, sink)
    table = first
    for rows, sources in later:
        theirs = [row for row in rows if row[0] in sources]
        book.rewrite(BONUS, lines_of(theirs), np.isin(SLOTS, list(sources)), IDS, SLOTS)
        table = [row for row in table if row[0] not in sources] + theirs
    cells = book.totals(BONUS, chosen, sink).reshape(-1, 2, 4).tolist()
    for v, levels in zip(chosen.tolist(), cells, strict=True):
        for level, found in enumerate(levels, 1):
            volume = sum(row[3] for row in table if row[1:3] == (v, level)) * 10_000
            assert found == [volume, volume // 20, 0, 50_000 if volume else 0]


@pytest.mark.parametrize(("place", "expected"), [(Place.LINE, 1_000), (Place.LEVEL, 1_010)])
def test_totals_round_where_the_plan_does(place: Place, expected: int) -> None:
    """Two lines of 5.05 cents each."""
    lines = lines_of([(0, 1, 1, 1), (2, 1, 1, 1)])._replace(base=np.full(2, 10_100))
    sink = new_sink(1, Rounding(place=place))._replace(levels=2)
    cells = LineBook(lines, IDS).totals(BONUS, np.array([1, 3], np.int32), sink).tolist()
    assert cells == [[20_200, expected, 0, 50_000], *[[0, 0, 0, 0]] * 3]
