"""Whose row in the table of members differs after a fold: looked for where it may differ."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from upline.engine.jit import njit
from upline.engine.moving import Standings
from upline.engine.prints import differing
from upline.engine.remeasuring import Differing
from upline.engine.result import Result
from upline.engine.snapshot import Snapshot
from upline.engine.tables import marked_in
from upline.engine.units import I32, Bool

__all__ = ["leg_figures", "mark_figures", "mark_legs", "mark_sizes"]

# Figures that bonuses leave behind, whoever else's figures are as they were.
CARRIED_OUT = ("carry_left_out", "carry_right_out")
LEGS = ("left", "right")


def mark_figures(
    old: Result, new: Result, standings: Standings, whose: Differing | None, changed: Bool
) -> None:
    """Mark in `changed` (bool[n]) whose figures differ, those of their legs aside; `whose` may."""
    if whose is None:
        _mark(_columns(old), _columns(new), standings, changed)
        return
    some = marked_in(whose.figures)
    if standings.origin is not None:
        some = some[standings.origin[some] < len(old.pv)]
    stood = some if standings.origin is None else standings.origin[some]
    for before, after in zip(_columns(old), _columns(new), strict=True):
        changed[some[before[stood] != after[some]]] = True
    if new.leg_figures is not None:
        _mark(_carried_out(old), _carried_out(new), standings, changed)


def mark_legs(
    old: tuple[Snapshot, Result],
    new: tuple[Snapshot, Result],
    standings: Standings,
    whose: Differing | None,
    legs: Bool,
) -> None:
    """Mark in `legs` whose leg figures differ."""
    if whose is None:
        _mark(leg_figures(*old), leg_figures(*new), standings, legs)
        return
    legs |= whose.legs
    if standings.origin is not None:
        (was, _), (s, _) = old, new
        sizes = was.binary_pre, was.binary_end, s.binary_pre, s.binary_end
        _mark_sizes(*sizes, standings.origin, legs)


def mark_sizes(old: Snapshot, new: Snapshot, origin: I32, changed: Bool) -> None:
    """Mark who has another number of members below in the sponsor tree or in the binary one."""
    pre = np.arange(len(new), dtype=np.int32)
    _mark_sizes(pre, old.end, pre, new.end, origin, changed)
    sizes = old.binary_pre, old.binary_end, new.binary_pre, new.binary_end
    _mark_sizes(*sizes, origin, changed)


def leg_figures(s: Snapshot, result: Result) -> tuple[Any, Any, Any]:
    """What changes for everybody above in the binary tree, in the order of LegBlock."""
    return result.left, result.right, s.binary_end - s.binary_pre - 1


def _columns(result: Result) -> list[Any]:
    """The other figures there is one of per member, those of a binary bonus included."""
    size = len(result.pv)
    parts = [getattr(result, field.name) for field in fields(result) if field.name not in LEGS]
    if (sides := result.leg_figures) is not None:
        parts += [*sides.new, *sides.paid, *sides.flushed]
    return [part for part in parts if isinstance(part, np.ndarray) and len(part) == size]


def _carried_out(result: Result) -> list[Any]:
    sides = result.leg_figures
    left = [getattr(result, name) for name in CARRIED_OUT]
    return left if sides is None else [*left, *sides.new, *sides.paid, *sides.flushed]


def _mark(old: Sequence[Any], new: Sequence[Any], standings: Standings, to: Bool) -> None:
    """Mark whose value differs in any of the columns."""
    for before, after in zip(old, new, strict=True):
        differing(before, after, standings.stretches, to)


@njit
def _mark_sizes(
    old_pre: I32, old_end: I32, new_pre: I32, new_end: I32, origin: I32, changed: Bool
) -> None:
    for v in range(len(origin)):
        was = origin[v]
        if was < len(old_end) and old_end[was] - old_pre[was] != new_end[v] - new_pre[v]:
            changed[v] = True
