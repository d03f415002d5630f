"""Leg figures of many members in few rows: blocks of those who stand side by side."""

from typing import Any

import numpy as np

from upline.core.copy import Column, Kind
from upline.engine.tree_orders import invert
from upline.engine.units import I32
from upline.models.volume import MEMBERS_A_BLOCK

__all__ = ["block_columns"]


def block_columns(figures: tuple[Any, Any, Any], place: I32, changed: I32) -> list[Column]:
    """Rows of leg_blocks in which anybody of `changed` (positions) stands.

    figures: the three of LegBlock by position; place: int32[n], where each member's are.
    """
    touched = np.zeros(len(place) // MEMBERS_A_BLOCK + 1, np.bool_)
    touched[place[changed] // MEMBERS_A_BLOCK] = True
    blocks = np.flatnonzero(touched)
    member = np.empty(len(place), np.int32)
    invert(place, member)
    places = blocks[:, None] * MEMBERS_A_BLOCK + np.arange(MEMBERS_A_BLOCK)
    members = member[np.minimum(places, len(place) - 1)]
    table = np.empty((len(blocks), MEMBERS_A_BLOCK, len(figures)), ">i8")
    for number, figure in enumerate(figures):
        table[:, :, number] = figure[members]
    row = np.dtype((np.void, MEMBERS_A_BLOCK * len(figures) * table.itemsize))
    return [
        Column("block_no", Kind.INTEGER, blocks.astype(np.int32)),
        Column("figures", Kind.BYTES, table.reshape(-1).view(row)),
    ]
