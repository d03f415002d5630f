"""Lines that come and go stand in the lists of those they belong to, and in nobody else's."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.strategies import checked

from upline.engine.line_chains import Chains

SLOTS = 6
# Whether a line goes where there is one, and whose the next one is.
STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, SLOTS - 1)), max_size=40)


@checked(100)
@given(STEPS, st.randoms(use_true_random=False))
def test_lists_hold_what_was_put_in(steps: list[tuple[bool, int]], random: Random) -> None:
    chains, owner = Chains(), dict[int, int]()
    free = iter(range(len(steps)))
    for goes, slot in steps:
        chains.make_room(SLOTS, len(steps))
        if goes and owner:
            line = random.choice(sorted(owner))
            chains.unlink(np.array([owner.pop(line)], np.int32), np.array([line]))
            continue
        line = next(free)
        owner[line] = slot
        chains.link(np.array([slot], np.int32), np.array([line]))
    for some in ([0], [1, 4], list(range(SLOTS))):
        found = chains.lines_of(np.array(some, np.int64)).tolist() if steps else []
        assert sorted(found) == sorted(line for line, slot in owner.items() if slot in some)


def test_lists_grow_with_what_they_hold() -> None:
    chains = Chains()
    for line, slot in enumerate((3, 0, 3, 900)):
        chains.make_room(slot + 1, line + 1)
        chains.link(np.array([slot], np.int32), np.array([line]))
    assert sorted(chains.lines_of(np.array([3, 900])).tolist()) == [0, 2, 3]
