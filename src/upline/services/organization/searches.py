"""Long lists of whom somebody looked for: found once, kept for the pages that follow.

To look for those of forty thousand Smiths who are on hold takes a tenth of a second, and a page of
them almost none. So who they are is kept for a while that grows with what finding them cost, and at
most a minute: a first page may miss whoever came since. Later pages keep to what the first one was
cut from. All else about members is read anew for each page, and whether they still stand there.
"""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from upline.core.kept import Kept

CAPACITY = 64 << 20
OVERHEAD = 2_048
# Some hundred times what it takes to look at somebody.
GOOD_FOR = timedelta(milliseconds=1)
LONGEST = timedelta(minutes=1)
KEEP = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Matches:
    """Members' numbers in tree order, and how many were looked at to find them."""

    customer_ids: NDArray[np.int64]
    looked_at: int
    made_at: datetime

    def __len__(self) -> int:
        return len(self.customer_ids)

    @property
    def size(self) -> int:
        """Bytes it takes, itself and its key included."""
        return self.customer_ids.nbytes + OVERHEAD

    def is_good(self, now: datetime, *, first: bool) -> bool:
        """Whether a page may still be cut from it."""
        lasts = min(self.looked_at * GOOD_FOR, LONGEST) if first else KEEP
        return now - self.made_at < lasts

    def part(self, start: int, size: int) -> list[int]:
        """At most `size` members from position `start` on."""
        found: list[int] = self.customer_ids[start : start + size].tolist()
        return found


class Searches:
    """What one process keeps, those least recently read going first."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._kept: Kept[Hashable, Matches] = Kept(capacity, lambda matches: matches.size)

    async def get(
        self, key: Hashable, now: datetime, find: Callable[[], Awaitable[Matches]], *, first: bool
    ) -> Matches:
        """What is kept for `key`, or what `find` finds; `first` asks for a recent one."""
        return await self._kept.get(key, find, lambda matches: matches.is_good(now, first=first))

    def find(self, key: Hashable, now: datetime, *, first: bool) -> Matches | None:
        """What is kept for `key`, if it is good enough."""
        return self._kept.find(key, lambda matches: matches.is_good(now, first=first))
