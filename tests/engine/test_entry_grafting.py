"""What is read of entries besides stands with them, however they come."""

from random import Random

import numpy as np
import pytest
from tests.engine.company import entry_columns, snapshot_of

from upline.engine.carry import DayColumns
from upline.engine.entry_grafting import with_ages, with_entries
from upline.engine.extras import ENTRY_EXTRAS, ExtraColumns, KindColumns
from upline.engine.grafting import Index, Odd

MEMBERS = [{"customer_id": number} for number in (30, 10, 20)]


def extras_of(orders: list[dict[str, int]], later: int = 0) -> ExtraColumns:
    """Of each entry two kinds of volume, a day and an age, which may turn out to be others."""
    ids = np.array([order["order_id"] for order in orders], np.int64)
    days = DayColumns(ids, (ids % 7).astype(np.int16))
    ages = DayColumns(ids, (ids % 30 + later).astype(np.int16))
    twice = np.concatenate((ids, ids))
    kind = np.repeat(np.array([0, 1], np.int16), len(ids))
    volumes = KindColumns(twice, kind, twice * 10 + kind)
    return ExtraColumns(kinds=2, volumes=volumes, days=days, ages=ages)


@pytest.mark.parametrize("known", [0, 1, 5])
@pytest.mark.parametrize("seed", range(3))
def test_extras_of_entries_stand_where_these_do(seed: int, known: int) -> None:
    random = Random(seed)
    orders = [
        {"order_id": number, "customer_id": random.choice([10, 20, 30]), "pv": 1}
        for number in random.sample(range(1, 99), 12)
    ]
    before = snapshot_of(MEMBERS, orders[:known], extras=extras_of(orders[:known]))
    more = entry_columns(orders[known:])
    members = Index.of(before).find(more.customer_id)
    found = with_entries(before, members, more, extras_of(orders[known:]))
    wanted = snapshot_of(MEMBERS, orders, extras=extras_of(orders))
    for name in ENTRY_EXTRAS:
        assert np.array_equal(getattr(found.extras, name), getattr(wanted.extras, name)), name


def test_entries_of_which_less_is_known_are_odd() -> None:
    orders = [{"order_id": number, "customer_id": 10, "pv": 1} for number in (1, 2)]
    before = snapshot_of(MEMBERS, orders[:1], extras=extras_of(orders[:1]))
    more = entry_columns(orders[1:])
    with pytest.raises(Odd):
        with_entries(before, Index.of(before).find(more.customer_id), more)


def test_an_entry_may_turn_out_to_be_older() -> None:
    orders = [{"order_id": n, "customer_id": n, "pv": 1} for n in (10, 20, 30)]
    before = snapshot_of(MEMBERS, orders, extras=extras_of(orders))
    found, whose = with_ages(before, extras_of(orders[1:2], later=1))
    assert before.customer_id[whose].tolist() == [20]
    ages = found.extras.entry_age - before.extras.entry_age
    assert ages.tolist() == (before.entry_id == 20).astype(int).tolist()
    assert with_ages(found, extras_of(orders[1:2], later=1))[1].tolist() == []
