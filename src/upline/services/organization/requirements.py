"""A rank's requirements one by one: what each asks, and what a member has of it by a run's figures.

Ranks are given by the engine; this only explains them. PGV is measured as the rank would: without
its qualifying legs and without organizations led by ranked members.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from upline.core.wire import plain
from upline.services.organization.standing import NOTHING, AnyRow, Led, Standing
from upline.services.plan.schema import PlanSchema
from upline.services.plan.schema_ranks import CappedVolume, Rank

UNITS = 10_000  # plans hold volumes in ten-thousandths
MILLION = 1_000_000
WORDS = {
    "pv": "PV",
    "totalpv": "PV with customers",
    "ogv": "OV",
    "pgv": "GV",
    "left": "in the left leg",
    "right": "in the right leg",
    "cappedogv": "OV with no leg above its share",
    "rollingpv": "PV over several periods",
    "legs": "qualifying legs",
    "rankedlegs": "legs with a ranked member",
    "enrolled": "personally enrolled",
    "enrolledlegs": "legs with personally enrolled members",
    "leftenrolled": "personally enrolled on the left",
    "rightenrolled": "personally enrolled on the right",
    "heldperiods": "periods at the rank before",
}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing a rank asks for; `actual` is None where a run keeps no figure to tell by."""

    name: str
    required: Decimal
    actual: Decimal | None

    @property
    def met(self) -> bool:
        return self.actual is not None and self.actual >= self.required

    @property
    def is_met(self) -> bool | None:
        """The same; None where it can not be told."""
        return None if self.actual is None else self.met

    @property
    def percent(self) -> Decimal:
        """How much of it is there, 0 to 100, cut to two decimals."""
        if self.met:
            return Decimal(100)
        part = max((self.actual or NOTHING) / self.required * 100, NOTHING)
        return part.quantize(Decimal("0.01"), ROUND_DOWN)

    @property
    def missing(self) -> Decimal:
        """What is not there yet."""
        return max(self.required - (self.actual or NOTHING), NOTHING)


def list_asked(rank: Rank) -> list[Requirement]:
    """What a rank asks of somebody no run knows."""
    counted = [
        ("legs", rank.legs.count if rank.legs else None),
        ("rankedlegs", rank.ranked_legs.count if rank.ranked_legs else None),
        ("enrolled", rank.enrolled.count if rank.enrolled else None),
        ("enrolledlegs", rank.enrolled_legs.count if rank.enrolled_legs else None),
        ("leftenrolled", rank.sides.left if rank.sides else None),
        ("rightenrolled", rank.sides.right if rank.sides else None),
        ("heldperiods", rank.held.periods if rank.held else None),
    ]
    asked = [(name, Decimal(count)) for name, count in counted if count is not None]
    return [Requirement(name, required, NOTHING) for name, required in (*_volumes(rank), *asked)]


def describe(rank: Rank) -> str:
    """What a rank asks for, in a line."""
    return ", ".join(
        f"{plain(asked.required)} {WORDS.get(asked.name, asked.name)}" for asked in list_asked(rank)
    )


async def measure(rank: Rank, standing: Standing) -> list[Requirement]:
    """The requirements of `rank` with what the member has of each, in a fixed order."""
    actual = {name: value async for name, value in _actual(rank, standing)}
    return [
        Requirement(asked.name, asked.required, actual.get(asked.name))
        for asked in list_asked(rank)
    ]


def counts(leg: AnyRow, rank: Rank) -> bool:
    """Whether a front-line organization is one of the legs `rank` asks for."""
    return (
        rank.legs is not None
        and leg.ov * UNITS >= rank.legs.volume
        and leg.pv * UNITS >= (rank.legs.pv or 0)
    )


async def _counted(rank: Rank, standing: Standing) -> list[AnyRow]:
    """The legs that `rank` counts, the largest first, as the front line stands."""
    if rank.legs is None:
        return []
    volume, pv = (Decimal(least) / UNITS for least in (rank.legs.volume, rank.legs.pv or 0))
    return [leg for leg in await standing.list_legs_from(volume) if leg.pv >= pv]


def _volumes(rank: Rank) -> Iterator[tuple[str, Decimal]]:
    """Volumes a rank asks for, by the names answers use."""
    given = {
        "pv": rank.pv,
        "totalpv": rank.total_pv,
        "ogv": rank.ov,
        "pgv": rank.gv,
        "left": rank.left,
        "right": rank.right,
        "cappedogv": rank.capped_ov.volume if rank.capped_ov else None,
        **{f"volume.{name}": least for name, least in rank.volumes.items()},
        "rollingpv": rank.rolling_pv.volume if rank.rolling_pv else None,
    }
    for name, volume in given.items():
        if volume is not None:
            yield name, Decimal(volume) / UNITS


async def _actual(rank: Rank, standing: Standing) -> AsyncIterator[tuple[str, Decimal]]:
    member = standing.member
    yield "pv", member.pv
    yield "totalpv", member.total_pv
    yield "ogv", member.ov
    yield "left", member.left_volume
    yield "right", member.right_volume
    for name, value in {
        "pv": member.pv, "cv": member.cv, "total_pv": member.total_pv, "ov": member.ov,
    }.items():  # fmt: skip
        yield f"volume.{name}", value
    yield "legs", Decimal(len(await _counted(rank, standing)))
    if rank.capped_ov is not None:
        yield "cappedogv", await _capped(rank.capped_ov, standing)
    if rank.gv is not None:
        yield "pgv", await _group_volume(rank, standing)
    if rank.rolling_pv is not None:
        past = await standing.list_past(rank.rolling_pv.periods - 1)
        yield "rollingpv", member.pv + sum((p.pv for p in past if p), NOTHING)
    async for name, count in _people(rank, standing):
        yield name, Decimal(count)


async def _people(rank: Rank, standing: Standing) -> AsyncIterator[tuple[str, int]]:
    if rank.ranked_legs is not None:
        yield "rankedlegs", await standing.count_ranked_legs(rank.ranked_legs.rank)
    if rank.enrolled is not None:
        yield "enrolled", len(await standing.list_enrolled(rank.enrolled.pv))
    if rank.enrolled_legs is not None:
        asked = rank.enrolled_legs
        yield "enrolledlegs", await standing.count_enrolled_legs(asked.pv, asked.each)
    if rank.sides is not None:
        left, right = await standing.count_enrolled_sides(rank.sides.pv)
        yield "leftenrolled", left
        yield "rightenrolled", right
    if rank.held is not None:
        ids, paid = standing.ids_from(rank.held.rank), rank.held.by == "paid"
        past = await standing.list_past(rank.held.periods)
        held = [p for p in past if p and (p.paid_rank_id if paid else p.rank_id) in ids]
        yield "heldperiods", len(held)


async def _capped(asked: CappedVolume, standing: Standing) -> Decimal:
    """OGV of which no leg, nor the member where his own is capped, counts for more than a share."""
    member = standing.member
    limit: Decimal
    if asked.leg_most is not None:
        limit = Decimal(asked.leg_most) / UNITS
    elif asked.leg_share_of_ov is not None:
        limit = member.ov * asked.leg_share_of_ov / MILLION
    else:
        limit = Decimal(asked.volume) / UNITS * (asked.leg_share or 0) / MILLION
    own = min(member.pv, limit) if asked.own_capped else member.pv
    # A customer's organization volume is shown as 0, but his purchases count.
    parts = [child.ov or child.pv for child in await standing.list_children()]
    return Decimal(own + sum((min(part, limit) for part in parts), NOTHING))


async def leg_losses(rank: Rank, standing: Standing, legs: Sequence[AnyRow]) -> dict[int, Decimal]:
    """PGV at `rank` that each of `legs` takes away as soon as it counts."""
    rules = standing.plan.group_volume
    if rules is None or rank.legs is None or "qualifying_legs" not in rules.leaves_out:
        return {}
    if not _is_cut(standing.plan, rank):
        return {}
    outside = await _outside(standing)
    if outside is None:
        return {leg.customer_id: leg.ov for leg in legs}
    return {leg.customer_id: leg.ov - outside.volume_of(leg) for leg in legs}


async def _outside(standing: Standing) -> Led | None:
    """Ranked organizations whose volume is nobody's PGV."""
    rules = standing.plan.group_volume
    leader = (rules.led_by or rules.from_rank) if rules else None
    if rules is None or leader is None or "organizations" not in rules.leaves_out:
        return None
    return await standing.find_led(leader)


async def _group_volume(rank: Rank, standing: Standing) -> Decimal:
    """PGV the member would have at `rank`, whose legs are chosen to cost the least of it."""
    volume = Decimal(standing.member.ov)
    if standing.plan.group_volume is None or not _is_cut(standing.plan, rank):
        return volume
    legs = await _counted(rank, standing)
    losses = await leg_losses(rank, standing, legs)
    costs = [(-leg.ov, losses[leg.customer_id]) for leg in legs if leg.customer_id in losses]
    wanted = rank.legs.count if rank.legs else 0
    lost = sum((cost for _, cost in sorted(costs)[:wanted]), NOTHING)
    outside = await _outside(standing)
    return volume - (outside.volume if outside else NOTHING) - lost


def _is_cut(plan: PlanSchema, rank: Rank) -> bool:
    """Whether group volume at `rank` leaves anything out."""
    keys = [each.key for each in plan.ranks]
    lowest = plan.group_volume.from_rank if plan.group_volume else None
    return lowest is None or keys.index(rank.key) >= keys.index(lowest)
