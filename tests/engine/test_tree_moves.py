"""Organizations moved one after the other stand where a tree listed anew has them."""

from random import Random

import numpy as np
import pytest

from upline.engine.tree_moves import former_parent, move

LEFT, RIGHT = 1, 2


class Family:
    """A forest listed the plain way: children by side and id, parents first."""

    def __init__(self, random: Random, count: int, *, sided: bool) -> None:
        self.sided = sided
        self.ids = np.array(random.sample(range(100), count))
        self.parent, self.side = [-1] * count, [0] * count
        for row in range(1, count):
            self.put(row, random.randrange(-1, row), random.choice([LEFT, RIGHT]))

    def put(self, row: int, parent: int, side: int) -> bool:
        """In a binary tree only where the leg is free."""
        legs = set(zip(self.parent, self.side, strict=True))
        if self.sided and parent >= 0 and (parent, side) in legs:
            return False
        self.parent[row] = parent
        self.side[row] = side if self.sided and parent >= 0 else 0
        return True

    def rows(self, parent: int = -1) -> list[int]:
        below = [row for row, above in enumerate(self.parent) if above == parent]
        below.sort(key=lambda row: (self.side[row], self.ids[row]))
        return [each for row in below for each in (row, *self.rows(row))]

    def level(self, row: int) -> int:
        return -1 if row < 0 else 1 + self.level(self.parent[row])


@pytest.mark.parametrize("sided", [False, True])
@pytest.mark.parametrize("seed", range(10))
def test_moves_one_after_the_other(seed: int, sided: bool) -> None:
    random = Random(seed)
    count = random.randint(1, 25)
    family = Family(random, count, sided=sided)
    rows = np.array(family.rows(), np.int32)
    pre = np.argsort(rows).astype(np.int32)
    size = np.array([1 + len(family.rows(row)) for row in range(count)], np.int32)
    level = np.array([family.level(row) for row in range(count)], np.int32)
    parent = np.array(family.parent, np.int32)
    for _ in range(40):
        row, to = random.randrange(count), random.randrange(-1, count)
        side = random.choice([LEFT, RIGHT])
        inside = to == row or to in family.rows(row)
        if not inside and not family.put(row, to, side):
            continue
        table = (family.ids, parent, rows, pre, size, level)
        assert move(row, to, sided, side == RIGHT, *table) == (not inside)
        assert rows.tolist() == family.rows()
        assert pre[rows].tolist() == list(range(count))
        assert size.tolist() == [1 + len(family.rows(each)) for each in range(count)]
        assert level.tolist() == [family.level(each) for each in range(count)]
        found = [former_parent(rows, level, int(pre[each])) for each in range(count)]
        assert found == parent.tolist() == family.parent
