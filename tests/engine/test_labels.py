"""Labels nest like the tree they come from, whatever its shape."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upline.engine.labels import GAP, Labels, Standing, fresh, relabel
from upline.engine.stretches import stretches_of
from upline.engine.tree import Forest, preorder


def grown(parents: list[int]) -> Forest:
    """Member k + 1 stands under member parents[k] (0: nobody), who came before."""
    return preorder(np.arange(1, len(parents) + 1), np.array(parents))


def labelled(tree: Forest) -> Labels:
    return fresh(np.arange(len(tree.parent), dtype=np.int32), tree.end, tree.level)


@given(st.lists(st.integers(0, 1 << 30), min_size=1, max_size=60))
def test_who_is_below_lies_inside(draws: list[int]) -> None:
    tree = grown([draw % (k + 1) for k, draw in enumerate(draws)])
    labels = labelled(tree)
    both = np.concatenate(labels)
    assert len(np.unique(both)) == len(both)
    for a in range(len(draws)):
        inside = (labels.open > labels.open[a]) & (labels.open < labels.close[a])
        assert np.flatnonzero(inside).tolist() == list(range(a + 1, tree.end[a]))
        assert (labels.close[inside] < labels.close[a]).all()


def test_a_deep_chain_closes_one_by_one() -> None:
    labels = labelled(grown(list(range(200_000))))
    assert (np.diff(labels.close) < 0).all()
    assert labels.close[-1] > labels.open[-1]
    assert labels.close[0] < 200_000 * GAP


def test_members_may_stand_in_any_order() -> None:
    tree = grown([0, 1, 1, 2, 0])
    straight, order = labelled(tree), np.array([3, 0, 4, 1, 2])
    turned = fresh(order.astype(np.int32), tree.end[order], tree.level[order])
    assert (turned.open == straight.open[order]).all()
    assert (turned.close == straight.close[order]).all()


def test_where_room_runs_out_neighbours_move() -> None:
    """A thousand siblings, one after the other, in the room of one."""
    parents = [0, 1]
    labels = labelled(grown(parents))
    for _ in range(1_000):
        parents.append(1)
        tree = grown(parents)
        n = len(parents)
        newly = np.arange(n) == n - 1
        places = np.arange(n, dtype=np.int32)
        standing = Standing.of(places, tree.end, tree.level, tree.parent)
        labels, _ = relabel(labels, stretches_of(places, n - 1), newly, standing)
    assert (np.diff(labels.open) > 0).all()
    assert (labels.close[1:] > labels.open[1:]).all()
    assert (labels.close[1:-1] < labels.open[2:]).all()
    assert labels.close[-1] < labels.close[0]


def test_fresh_labels_by_hand() -> None:
    """1 has 2, who has 3, and 4; 5 is another root. The deepest of those who end together close
    first, and share the room up to the next."""
    labels = labelled(grown([0, 1, 2, 1, 0]))
    third, half = GAP // 3, GAP // 2
    assert labels.open.tolist() == [0, GAP, 2 * GAP, 3 * GAP, 4 * GAP]
    two, three, four = (k * GAP for k in (2, 3, 4))
    last = 2 * GAP // 3
    assert labels.close.tolist() == [
        three + last,
        two + last,
        two + third,
        three + third,
        four + half,
    ]


def grafted(
    parents: list[int], labels: list[tuple[int, int]], newly: list[int]
) -> tuple[list[tuple[int, int]], list[int]]:
    """Labels of a company of which `newly` have come, and whose are others; all by number from 1.

    parents: above whom each stands, in preorder; labels: of the others, in preorder, too.
    """
    n = len(parents)
    end = [next((k for k in range(v, n) if parents[k] < v), n) for v in range(1, n + 1)]
    level: list[int] = []
    for parent in parents:
        level.append(level[parent - 1] + 1 if parent else 0)
    came = np.isin(np.arange(1, n + 1), newly)
    places = np.full(n, len(labels), np.int32)
    places[~came] = np.arange(len(labels))
    columns = (np.array(values, np.int32) for values in (end, level, [p - 1 for p in parents]))
    standing = Standing.of(np.arange(n, dtype=np.int32), *columns)
    opened, closed = (np.array(side, np.int64) for side in zip(*labels, strict=True))
    found, differing = relabel(
        Labels(opened, closed), stretches_of(places, len(labels)), came, standing
    )
    both = list(zip(found.open.tolist(), found.close.tolist(), strict=True))
    return both, (np.flatnonzero(differing) + 1).tolist()


@pytest.mark.parametrize(
    ("parents", "labels", "newly", "expected"),
    [
        # behind 2, whose last place is that of 3: between where 2 and 1 close
        ([0, 1, 2, 1], [(0, 10_000), (1_000, 6_800), (2_000, 3_000)], 4, (6_900, 7_000)),
        # before 3: between where 1 and 3 open
        ([0, 1, 1], [(100, 10_000), (3_300, 5_000)], 2, (200, 300)),
        # between two: where 2 closes and 4 opens
        ([0, 1, 1, 1], [(0, 10_000), (100, 1_000), (4_200, 5_000)], 3, (1_100, 1_200)),
        # below a leaf
        ([0, 1], [(100, 3_300)], 2, (200, 300)),
        # a root before all others, and one behind them
        ([0, 0], [(0, 10)], 1, (-GAP + GAP // 32, -GAP + 2 * (GAP // 32))),
        ([0, 0], [(0, 10)], 2, (10 + GAP, 10 + 2 * GAP)),
    ],
)
def test_a_newcomer_takes_a_part_of_the_room_there_is(
    parents: list[int], labels: list[tuple[int, int]], newly: int, expected: tuple[int, int]
) -> None:
    found, differing = grafted(parents, labels, [newly])
    assert found == [*labels[: newly - 1], expected, *labels[newly - 1 :]]
    assert differing == [newly]


def test_an_organization_comes_as_a_whole() -> None:
    """3 with 4, who has 5, and 6: of the room of 3,800 they take eight labels, a hundred apart."""
    found, differing = grafted([0, 1, 1, 3, 4, 3], [(0, 4_000), (100, 200)], [3, 4, 5, 6])
    assert found[2:] == [(300, 1_000), (400, 700), (500, 600), (800, 900)]
    assert differing == [3, 4, 5, 6]


def test_newcomers_side_by_side_share_what_is_left() -> None:
    """The first takes a 32nd of the room, the next one of what is then left."""
    found, _ = grafted([0, 1, 1, 1], [(0, 40_000), (33_000, 34_000)], [2, 3])
    step = (33_000 - 2 * 1_031) // 32
    assert found[1:3] == [(1_031, 2_062), (2_062 + step, 2_062 + 2 * step)]


def test_who_is_in_the_way_moves_and_nobody_else() -> None:
    """Five is too little for 32 parts. Of 256 labels four would be 51 apart, of 1,024 they are 204,
    which is enough; 4 stands beyond them."""
    far = (1_024, 1_030)
    found, differing = grafted([0, 1, 1, 0], [(0, 10), (4, 5), far], [3])
    assert found == [(204, 816), (408, 612), (612 + 6, 612 + 12), far]
    assert differing == [1, 2, 3]
    base = (1 << 40) + (1 << 20)
    before = (base - 20, base - 10)
    found, differing = grafted([0, 0, 2, 2], [before, (base, base + 10), (base + 4, base + 5)], [4])
    assert found == [
        before,
        *((base + a, base + b) for a, b in ((204, 816), (408, 612), (618, 624))),
    ]
    assert differing == [2, 3, 4]


def test_a_newcomer_who_just_came_moves_like_anybody() -> None:
    """2 takes the last room that there was before 4; for 3 all of them move."""
    found, differing = grafted([0, 1, 1, 1], [(0, 40), (33, 34)], [2, 3])
    assert found == [(146, 876), (292, 438), (442, 446), (584, 730)]
    assert differing == [1, 2, 3, 4]


def test_a_wider_window_has_to_be_emptier() -> None:
    """A hundred siblings, 202 labels with those above: of 16,384 they would be 80 apart, which
    is less than the 128 wanted of so wide a window; of 65,536 they are 322, and 256 wanted."""
    siblings = [(2 * k, 2 * k + 1) for k in range(1, 101)]
    found, _ = grafted([0, *[1] * 101], [(0, 202), *siblings], [52])
    assert found[0] == (322, 322 * 202)
    assert found[1:51] == [(322 * 2 * k, 322 * (2 * k + 1)) for k in range(1, 51)]
    assert found[52:] == [(322 * 2 * k, 322 * (2 * k + 1)) for k in range(51, 101)]
    assert found[51] == (322 * 101 + 10, 322 * 101 + 20)
