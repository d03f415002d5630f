"""Leg figures of many members in few rows: blocks of those who stand side by side."""

from typing import Any

import numpy as np

from upline.core.copy import Column, Kind
from upline.engine.units import I32
from upline.models.volume import MEMBERS_A_BLOCK

__all__ = ["block_columns"]


def block_columns(figures: tuple[Any, Any, Any], place: I32, changed: I32) -> list[Column]:
    """Rows of leg_blocks in which anybody of `changed` (positions) stands.

    figures: the three of LegBlock by position; place: int32[n], where each member's are.
    """
    blocks = np.unique(place[changed] // MEMBERS_A_BLOCK)
    member = np.full(len(place), -1, np.int32)
    member[place] = np.arange(len(place), dtype=np.int32)
    places = blocks[:, None] * MEMBERS_A_BLOCK + np.arange(MEMBERS_A_BLOCK)
    members = member[np.minimum(places, len(place) - 1)]
    table = np.zeros((len(blocks), MEMBERS_A_BLOCK, len(figures)), ">i8")
    for number, figure in enumerate(figures):
        table[:, :, number] = figure[members]
    # A last byte that is not zero: arrays of bytes lose zeros at their ends.
    width = MEMBERS_A_BLOCK * len(figures) * 8
    packed = np.ones((len(blocks), width + 1), np.uint8)
    packed[:, :width] = table.reshape(len(blocks), -1).view(np.uint8)
    return [
        Column("block_no", Kind.INTEGER, blocks.astype(np.int32)),
        Column("figures", Kind.TEXT, packed.view(f"S{width + 1}").reshape(-1)),
    ]
