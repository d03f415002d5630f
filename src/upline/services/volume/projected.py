"""Volumes as they will be when autoships have run: what is there, and what is still due.

In the running period the autoships up to its end are added, in a later month every active one
(nothing else is known of it), in a past period none. A member's own are read as they are; those of
the organization as of the run's last full calculation.
"""

from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from functools import cache

from sqlalchemy import BigInteger, Date, ScalarSelect, bindparam, func, or_, select

from upline.core.context import Context
from upline.core.prepared import Prepared, prepare
from upline.models.autoship import Autoship
from upline.models.placement import Placement
from upline.services.organization.visibility import Genealogy
from upline.services.period import calendar
from upline.services.period import queries as periods
from upline.services.period.calendar import PeriodType
from upline.services.plan import versions
from upline.services.plan.schema_ranks import Rank
from upline.services.rollup.kinds import Kind
from upline.services.rollup.reading import find_sums, find_sums_of
from upline.services.volume.queries import Volume, read
from upline.services.volume.sources import Source, find_sources

LEFT, RIGHT = 1, 2
ACTIVE = 1
UNITS = 10_000
NOTHING = Decimal(0)
# Requirements of ranks that are volumes, with where a Volume holds them.
REQUIREMENTS = {
    "pv": "personal_volume",
    "ov": "organization_volume",
    "gv": "group_volume",
    "left": "left_volume",
    "right": "right_volume",
}


@dataclass(frozen=True, slots=True)
class Missing:
    """A volume the next rank asks for, and how far the projection is from it."""

    name: str
    required: Decimal
    projected: Decimal
    missing: Decimal


@dataclass(frozen=True, slots=True)
class Projection(Volume):
    """Volumes with autoships added: `autoship_volume` are the member's own, the other with all of
    the organization. `missing`: the volumes the next rank asks for and will not have."""

    autoship_volume: Decimal = NOTHING
    organization_autoship_volume: Decimal = NOTHING
    next_rank_id: int | None = None
    next_rank: str | None = None
    missing: list[Missing] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Due:
    """What autoships will bring, by where it counts."""

    pv: Decimal = NOTHING
    cv: Decimal = NOTHING
    ov: Decimal = NOTHING
    left: Decimal = NOTHING
    right: Decimal = NOTHING


async def get_projection(ctx: Context, customer_id: int, period_id: int) -> Projection:
    """A member's volumes at the end of a period; 0 is the current month.

    Of a leader whose group volume leaves others out, it grows by the member's own autoships alone.
    Raises NotFound for a number outside the calendar. Source: contract, Volume projected.
    """
    number = periods.resolve(ctx, period_id)
    current = calendar.current_id(ctx.now, ctx.company.time_zone, calendar.period_type(number))
    source, running = await find_sources(ctx, [number, current])
    (volume,) = await read(ctx, customer_id, [source])
    due = await _due(ctx, customer_id, number, running)
    is_whole = volume.group_volume == volume.organization_volume
    left, right = volume.left_volume + due.left, volume.right_volume + due.right
    projected = replace(
        volume,
        personal_volume=volume.personal_volume + due.pv,
        commissionable_volume=volume.commissionable_volume + due.cv,
        organization_volume=volume.organization_volume + due.ov,
        group_volume=volume.group_volume + (due.ov if is_whole else due.pv),
        left_volume=left,
        right_volume=right,
        paid_leg_volume=min(left + volume.carryover_left, right + volume.carryover_right),
    )
    plan = (await versions.history(ctx.session)).find(number)
    rank = _next_rank(plan.document.ranks, volume.rank_id) if plan else None
    return Projection(
        **asdict(projected),
        autoship_volume=due.pv,
        organization_autoship_volume=due.ov,
        next_rank_id=rank.id if rank else None,
        next_rank=rank.name if rank else None,
        missing=_missing(projected, rank) if rank else [],
    )


async def _due(ctx: Context, customer_id: int, period_id: int, running: Source) -> _Due:
    """Of a period, as the run of the one now running tells."""
    if period_id < running.period_id:
        return _Due()
    is_running = period_id == running.period_id
    name, until = ("due", calendar.first_day(period_id + 1)) if is_running else ("standing", None)
    if not is_running and calendar.period_type(period_id) is PeriodType.WEEK:
        return _Due()  # which of the month's autoships a later week will see is not known
    own = await _own().fetch_one(ctx.session, customer_id=customer_id, until=until)
    run_id, heads = running.run_id, (own.left_head, own.right_head)
    below = await find_sums(ctx, run_id, Kind.ENTRIES, customer_id)
    placed = [head for head in heads if head is not None]
    legs = await find_sums_of(ctx, run_id, Kind.BINARY_AUTOSHIPS, placed, with_self=True)
    left, right = (_volume(legs[head].total(name)) if head in legs else NOTHING for head in heads)
    organization = _volume(below.total(name)) if below else NOTHING
    return _Due(own.pv, own.cv, own.pv + organization, left, right)


def _next_rank(ranks: list[Rank], rank_id: int) -> Rank | None:
    """The rank above the one held; none above the highest. Ranks stand lowest first."""
    held = next((at for at, rank in enumerate(ranks) if rank.id == rank_id), -1)
    return ranks[held + 1] if held + 1 < len(ranks) else None


def _missing(volume: Volume, rank: Rank) -> list[Missing]:
    found = []
    for asked, name in REQUIREMENTS.items():
        least, has = getattr(rank, asked), getattr(volume, name)
        if least is not None and has < (required := _volume(least)):
            words = name.replace("_", " ").capitalize()
            found.append(Missing(words, required, has, required - has))
    return found


def _volume(units: int) -> Decimal:
    return Decimal(units) / UNITS


_CUSTOMER_ID = bindparam("customer_id", None, BigInteger)


@cache
def _own() -> Prepared:
    """Of the active autoships of "customer_id" that run before the day "until"; and who heads each
    binary leg."""
    until = bindparam("until", None, Date)
    return prepare(
        select(
            func.coalesce(func.sum(Autoship.pv), 0).label("pv"),
            func.coalesce(func.sum(Autoship.cv), 0).label("cv"),
            _head(LEFT).label("left_head"),
            _head(RIGHT).label("right_head"),
        ).where(
            Autoship.customer_id == _CUSTOMER_ID,
            Autoship.status_id == ACTIVE,
            or_(until.is_(None), Autoship.next_date < until),
        )
    )


def _head(leg: int) -> ScalarSelect[int]:
    return (
        select(Placement.customer_id)
        .where(
            Placement.parent_id == _CUSTOMER_ID,
            Placement.genealogy_id == Genealogy.BINARY,
            Placement.position_id == leg,
            Placement.valid_to.is_(None),
        )
        .scalar_subquery()
    )
