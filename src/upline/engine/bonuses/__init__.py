"""One file per bonus kind: its data (`prepare`) and one kernel of the common signature."""

from upline.engine.bonuses.faststart import FastStart
from upline.engine.bonuses.retail import Retail
from upline.engine.bonuses.starterkit import StarterKit
from upline.engine.bonuses.unilevel import Unilevel

__all__ = ["FastStart", "Retail", "StarterKit", "Unilevel"]
