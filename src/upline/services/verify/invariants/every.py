"""All invariants, in the order they are asked."""

from upline.services.verify.invariants.checks import CHECKS
from upline.services.verify.invariants.closes import CLOSES
from upline.services.verify.invariants.contests import CONTESTS
from upline.services.verify.invariants.guards import GUARDS
from upline.services.verify.invariants.ledger import LEDGER
from upline.services.verify.invariants.legs import LEGS
from upline.services.verify.invariants.payouts import PAYOUTS
from upline.services.verify.invariants.points import POINTS
from upline.services.verify.invariants.ranks import RANKS
from upline.services.verify.invariants.trees import TREES
from upline.services.verify.invariants.volumes import VOLUMES

INVARIANTS = (
    LEDGER + CHECKS + CLOSES + PAYOUTS + VOLUMES + LEGS + TREES + POINTS + CONTESTS + RANKS + GUARDS
)
