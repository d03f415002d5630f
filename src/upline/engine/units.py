"""The numbers every part of the engine agrees on: units, codes and array types.

Volumes and money are int64 in ten-thousandths (1e-4), rates int64 in millionths (1e-6), member
positions int32 in snapshot preorder with -1 for none, periods int32 month ids.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = [
    "ACTIVE",
    "ADJUSTMENT",
    "AUTOSHIP",
    "BONUS",
    "DISTRIBUTOR",
    "DONATION",
    "FEE",
    "I8",
    "I16",
    "I32",
    "I64",
    "INACTIVE",
    "LEFT",
    "MONEY",
    "NONE",
    "NO_CAP",
    "NO_MINIMUM",
    "ON_HOLD",
    "PREFERRED",
    "PREMIUM_KIT",
    "RATE",
    "RETAIL",
    "RETAIL_ORDER",
    "RIGHT",
    "STANDARD",
    "STARTER_KIT",
    "TERMINATED",
    "Bool",
    "month_id",
]

I8 = npt.NDArray[np.int8]
I16 = npt.NDArray[np.int16]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

MONEY: Final = 10_000  # one unit of volume or money
RATE: Final = 1_000_000  # 100 %
NONE: Final = -1  # no member, no rank
NO_MINIMUM: Final = -(1 << 62)  # a requirement that asks for nothing, below any volume
NO_CAP: Final = 1 << 61  # above any volume or money

PREFERRED: Final = 1
DISTRIBUTOR: Final = 2
RETAIL: Final = 3

ACTIVE: Final = 1
INACTIVE: Final = 2
ON_HOLD: Final = 3
TERMINATED: Final = 4

STANDARD: Final = 1
AUTOSHIP: Final = 2
STARTER_KIT: Final = 3
PREMIUM_KIT: Final = 4
RETAIL_ORDER: Final = 5

LEFT: Final = 1
RIGHT: Final = 2

# kinds of check items
BONUS: Final = 1
FEE: Final = 2
ADJUSTMENT: Final = 3
DONATION: Final = 4

_EPOCH_MONTHS: Final = 2014 * 12 + 5
_EPOCH_ID: Final = 400


def month_id(year: int, month: int) -> int:
    """Period id of a calendar month; October 2014 is 405."""
    return year * 12 + month - _EPOCH_MONTHS + _EPOCH_ID
