"""Labels nest like the tree they come from, whatever its shape."""

import numpy as np
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
