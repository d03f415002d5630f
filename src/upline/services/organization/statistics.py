"""What a downline looks like in numbers: by place, by rank, by level.

Read from the roll-ups of the run in force, so a million members cost what a hundred do; they are
as of that run's last full calculation. The customer asked about is not counted.
"""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from upline.core.context import Context
from upline.core.paging import Page, Paged
from upline.models.commission import Rank
from upline.services.organization import trees
from upline.services.organization.visibility import Genealogy
from upline.services.rollup import levels
from upline.services.rollup.kinds import Kind
from upline.services.rollup.reading import find_sums

UNITS = 10_000  # roll-ups hold volumes in ten-thousandths


@dataclass(frozen=True, slots=True)
class Area:
    """A state, or a country where members gave none, with who lives there; volume is their PV."""

    country_id: int
    country: str
    state_province_id: int | None
    state_province: str | None
    distributor_count: int
    customer_count: int
    new_count: int
    volume: Decimal


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the sponsor tree; `active` by the plan, `new` enrolled in the period."""

    level: int
    distributors: int
    customers: int
    active: int
    new: int
    volume: Decimal

    @property
    def count(self) -> int:
        """Everybody on it."""
        return self.distributors + self.customers

    @property
    def active_count(self) -> int:
        """The active ones of them."""
        return self.active


@dataclass(frozen=True, slots=True)
class RankCount:
    """How many distributors hold a rank, and how many of them enrolled in the period."""

    rank_id: int
    rank: str
    count: int
    new_count: int


async def list_areas(ctx: Context, customer_id: int, period_id: int) -> list[Area]:
    """Where the sponsor downline lives, by country and state.

    Source: contract, Organization geoanalytics.
    """
    tree = await trees.get_tree(ctx, Genealogy.SPONSOR, period_id)
    sums = await find_sums(ctx, tree.run_id, Kind.AREAS, customer_id)
    areas = [
        Area(
            country_id,
            country,
            state_id,
            state,
            distributor_count=row["distributors"],
            customer_count=row["customers"],
            new_count=row["new"],
            volume=Decimal(row["volume"]) / UNITS,
        )
        for (country_id, country, state_id, state), row in (sums.rows() if sums else ())
    ]
    return sorted(areas, key=lambda area: (area.country, area.state_province or ""))


async def list_levels(
    ctx: Context, customer_id: int, period_id: int, page: Page, deepest: int
) -> Paged[Level]:
    """The sponsor downline level by level, from the first. Source: contract, Organization chart."""
    tree = await trees.get_tree(ctx, Genealogy.SPONSOR, period_id)
    found = await levels.list_levels(ctx, tree.run_id, customer_id, page, deepest)
    shown = [
        Level(
            level=each.level,
            distributors=each.distributors,
            customers=each.customers,
            active=each.active,
            new=each.new,
            volume=Decimal(each.volume) / UNITS,
        )
        for each in found.items
    ]
    return Paged(shown, found.total, page)


async def list_ranks(
    ctx: Context, customer_id: int, genealogy: Genealogy, period_id: int
) -> list[RankCount]:
    """Every rank with how many of the downline in that genealogy hold it, lowest first.

    Source: contract, Organization scoreboard.
    """
    tree = await trees.get_tree(ctx, genealogy, period_id)
    sums = await find_sums(ctx, tree.run_id, Kind(genealogy), customer_id)
    held = dict(sums.rows()) if sums else {}
    nobody = {"count": 0, "new": 0}
    query = select(Rank.rank_id, Rank.name).order_by(Rank.rank_id)
    return [
        RankCount(rank_id, name, row["count"], row["new"])
        for rank_id, name in await ctx.session.execute(query)
        for row in [held.get(rank_id, nobody)]
    ]
