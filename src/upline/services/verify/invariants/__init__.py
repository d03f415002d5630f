"""What must hold at any moment, as queries that find whatever breaks it."""

from upline.services.verify.invariants.every import INVARIANTS
from upline.services.verify.invariants.invariant import Invariant

__all__ = ["INVARIANTS", "Invariant"]
