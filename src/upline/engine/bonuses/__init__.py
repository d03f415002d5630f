"""One file per bonus kind: its data (`prepare`) and one kernel of the common signature."""

from upline.engine.bonuses.binary import Binary
from upline.engine.bonuses.breakaway import Breakaway
from upline.engine.bonuses.coded import Coded
from upline.engine.bonuses.completion import Completion
from upline.engine.bonuses.differential import Differential
from upline.engine.bonuses.faststart import FastStart
from upline.engine.bonuses.generations import Generations
from upline.engine.bonuses.infinity import Infinity
from upline.engine.bonuses.matching import Matching
from upline.engine.bonuses.pool import Band, Growth, Part, Pool
from upline.engine.bonuses.rankbonus import RankBonus
from upline.engine.bonuses.retail import Retail
from upline.engine.bonuses.stairstep import OwnRate, Stairstep
from upline.engine.bonuses.starterkit import StarterKit
from upline.engine.bonuses.structure import Structure
from upline.engine.bonuses.unilevel import Unilevel

__all__ = [
    "Band",
    "Binary",
    "Breakaway",
    "Coded",
    "Completion",
    "Differential",
    "FastStart",
    "Generations",
    "Growth",
    "Infinity",
    "Matching",
    "OwnRate",
    "Part",
    "Pool",
    "RankBonus",
    "Retail",
    "Stairstep",
    "StarterKit",
    "Structure",
    "Unilevel",
]
