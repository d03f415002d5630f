"""A binary bonus settled by day or by week within its period, so that caps hold for each of them.

Every day of the period is settled, those without volume too: what a cap held back yesterday may be
paid today.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from upline.engine.legs import leg_totals
from upline.engine.plan import Step
from upline.engine.scene import Scene
from upline.engine.units import I64, Bool
from upline.engine.volumes import add_entries

__all__ = ["by_day"]


def by_day(
    kernel: Any,
    params: Any,
    scene: Scene,
    kinds: tuple[str, str],
    days: int,
    payees: Bool,
    place_own: Callable[[I64], None],
) -> Step:
    """A step that settles every `days` days. kinds: the volumes counted, "" for no second one;
    place_own adds own volume to the new volume of the last settlement.

    The step's `new` is of one settlement at a time; that of `params` adds them up.
    """
    day, (first, last) = scene.snapshot.extras.entry_day, scene.snapshot.extras.period_days
    entries = len(scene.entries.entry_id)
    if len(day) != entries or (day < first).any() or (day > last).any():
        raise ValueError("a plan that settles by day needs the day of every entry")
    n, total = len(payees), params.new
    start_of, number = first // days, last // days - first // days + 1
    params = params._replace(new=np.zeros_like(total))
    total[:] = 0

    def legs(kind: str, chosen: Bool) -> tuple[I64, I64]:
        values = np.zeros(n, np.int64)
        add_entries(scene.entries.member[chosen], scene.measures.entries[kind][chosen], values)
        return leg_totals(scene.snapshot, scene.members.is_customer, values)

    def begin(settlement: int) -> None:
        chosen = day // days == start_of + settlement
        params.new[0], params.new[1] = legs(kinds[0], chosen)
        if kinds[1]:
            params.second.new_left[:], params.second.new_right[:] = legs(kinds[1], chosen)
        if settlement == number - 1:
            place_own(params.new)

    def settle(_: Any, members: Any, entries: Any, sink: Any, start: int) -> int:
        for settlement in range(start // n, number):
            at = start - settlement * n
            if at <= 0:
                at = 0
                begin(settlement)
            closing = params._replace(closing=settlement == number - 1)
            at = int(kernel(closing, members, entries, sink, at))
            if at < n:
                return settlement * n + at
            total[:] += params.new
        return number * n

    return Step(settle, params, number * n, 1, payees)
