"""Who a report lists, in order: made once, kept for the pages that follow.

What was made of a closed period stays right. An open one is worked on all the time: its first
pages follow the figures in force, at a distance that grows with the organization, and later pages
keep to the listing the first one was cut from, so that nobody is missed or met twice while figures
change in between. Each process keeps its own listings, within a fixed number of bytes; one that is
gone is made again.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from upline.core.context import Context
from upline.core.kept import Kept
from upline.services.organization.account_queries import Figures
from upline.services.reports.arranging import CUSTOMER, arrange
from upline.services.reports.definitions import Definition
from upline.services.reports.organizations import (
    find_organization,
    load_columns,
    lone_columns,
)

CAPACITY = 128 << 20
OVERHEAD = 2_048
KEEP = timedelta(minutes=10)
# What making a listing costs grows with whom it looks at, and so does for how long it is good
# enough: a minute for a million members, no time at all for a hundred.
GOOD_FOR = timedelta(microseconds=60)
Key = tuple[int, int, Definition]


@dataclass(frozen=True, slots=True)
class Listing:
    """Members' numbers in the report's order, as of one instant of a run's figures."""

    run_id: int
    as_of: datetime | None
    made_at: datetime
    looked_at: int
    customer_ids: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.customer_ids)

    @property
    def size(self) -> int:
        """Bytes it takes, itself and its key included: empty ones must not be free."""
        return self.customer_ids.nbytes + OVERHEAD

    def is_outdated(self, figures: Figures, now: datetime) -> bool:
        """Whether there are newer figures, and enough time has passed to make it again."""
        if self.run_id != figures.run_id:
            return True
        return self.as_of != figures.as_of and now - self.made_at > self.looked_at * GOOD_FOR

    def part(self, start: int, size: int) -> list[int]:
        """At most `size` members from position `start` on."""
        found: list[int] = self.customer_ids[start : start + size].tolist()
        return found


class Listings:
    """The listings one process keeps, those least recently read going first."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._kept: Kept[Key, Listing] = Kept(capacity, lambda listing: listing.size)

    async def get(
        self, ctx: Context, viewer_id: int, figures: Figures, definition: Definition, *, first: bool
    ) -> Listing:
        """The viewer's listing; `first` asks for one of the figures in force."""

        def is_good(listing: Listing) -> bool:
            if ctx.now - listing.made_at > KEEP:
                return False
            return not (first and listing.is_outdated(figures, ctx.now))

        return await self._kept.get(
            (viewer_id, figures.period_id, definition),
            lambda: make_listing(ctx, viewer_id, figures, definition),
            is_good,
        )


async def make_listing(
    ctx: Context, viewer_id: int, figures: Figures, definition: Definition
) -> Listing:
    """Read the viewer's organization and put it in order; a thread sorts, the loop goes on."""
    organization = await find_organization(ctx.session, viewer_id, figures)
    if organization is None:
        columns = await lone_columns(ctx, viewer_id, definition)
    else:
        columns = await load_columns(ctx, organization, figures.period_id, definition)
    numbers = await asyncio.to_thread(arrange, columns, definition)
    return Listing(figures.run_id, figures.as_of, ctx.now, len(columns[CUSTOMER]), numbers)
