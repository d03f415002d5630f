"""Who may still change their sponsor, and changing him.

Whoever enrolled a member may, for as long as the plan says, decide under whom of the own downline
they stand. A change is effective at once: the stay under the old sponsor ends, another begins, and
the whole downline comes along. Enroller and place in the binary tree are not touched; closed
periods keep the tree they were paid by.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Integer,
    Select,
    bindparam,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.orm import aliased

from upline.core.context import Context
from upline.core.errors import DomainError, Kind, NotFound
from upline.core.paging import Page, Paged
from upline.models.customer import Customer
from upline.models.placement import Placement
from upline.services.audit import trail
from upline.services.customer.vocabulary import CustomerType
from upline.services.organization.nodes import Node, fetch_page, select_nodes
from upline.services.organization.trees import Source, get_tree
from upline.services.organization.visibility import Genealogy, is_upline
from upline.services.period import calendar
from upline.services.plan import versions
from upline.services.plan.schema_organization import OrganizationRules

# The lock the trigger of placements takes for whole subtrees: (namespace, genealogy).
TREE_LOCK = 1431325698
TERMINATED = 4


class SponsorCycle(DomainError):
    """Nobody stands below themselves."""

    code = "sponsor_cycle"
    kind = Kind.CONFLICT
    message = "The new sponsor stands in the downline of the member."
    constraint = "placements_no_cycle"


class SponsorChangeOver(DomainError):
    """The plan's window has passed."""

    code = "sponsor_change_over"
    kind = Kind.CONFLICT
    message = "The sponsor of this member can not be changed any more."


class NoSponsor(DomainError):
    """Customers buy; they lead nobody."""

    code = "not_a_sponsor"
    kind = Kind.CONFLICT
    message = "The new sponsor is not an active distributor."


@dataclass(slots=True, kw_only=True)
class Movable(Node):
    """A member whose sponsor may be changed before `change_until`."""

    change_until: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A member's sponsor before and from `effective_at` on; the same where nothing changed."""

    customer_id: int
    previous_sponsor_id: int | None
    sponsor_id: int
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class Stay:
    """A live row of the sponsor tree with what is asked of its customer."""

    customer_id: int
    parent_id: int | None
    valid_from: datetime
    customer_type_id: int
    status_id: int
    enrolled_at: datetime
    enroller_id: int | None


async def list_movable(ctx: Context, enroller_id: int, page: Page) -> Paged[Movable]:
    """Members a customer personally enrolled whose sponsor may still change, newest first.

    Source: contract, Organization personal/sponsorupdate.
    """
    window = await _window(ctx)
    tree = await get_tree(ctx, Genealogy.SPONSOR)
    wanted = {"customer_id": enroller_id, "since": ctx.now - window}
    found = await fetch_page(ctx, tree, _movable_page, (tree.source,), wanted, page)
    if found is not None:
        return Paged([_movable(node, window) for node in found.items], found.total, page)
    count = tree.statement(_movable_count, tree.source)
    return Paged([], (await count.fetch_one(ctx.session, **wanted)).total, page)


async def change_sponsor(
    ctx: Context, enroller_id: int, customer_id: int, new_sponsor_id: int
) -> Change:
    """Place a member under another sponsor, as the one who enrolled them.

    Raises NotFound for a member the enroller did not enrol or that is not below him, and for a
    sponsor outside of his downline; SponsorChangeOver, NoSponsor or SponsorCycle.
    """
    await _lock(ctx)
    stays = await _load_stays(ctx, [customer_id, new_sponsor_id])
    stay, sponsor = stays.get(customer_id), stays.get(new_sponsor_id)
    if stay is None or sponsor is None or stay.enroller_id != enroller_id:
        raise NotFound
    both = [is_upline(Genealogy.SPONSOR, enroller_id, n) for n in (customer_id, new_sponsor_id)]
    if not await ctx.session.scalar(select(both[0] & both[1])):
        raise NotFound
    if stay.status_id == TERMINATED or ctx.now >= stay.enrolled_at + await _window(ctx):
        raise SponsorChangeOver
    return await _move(ctx, stay, sponsor)


async def move(ctx: Context, customer_id: int, new_sponsor_id: int) -> Change:
    """Place a member under any sponsor, as the company: no window, no downline.

    Raises NotFound, NoSponsor or SponsorCycle.
    """
    await _lock(ctx)
    return await _move(ctx, *await find_places(ctx, customer_id, new_sponsor_id))


async def find_places(ctx: Context, customer_id: int, new_sponsor_id: int) -> tuple[Stay, Stay]:
    """Where a member and a sponsor to be stand now; raises NotFound."""
    stays = await _load_stays(ctx, [customer_id, new_sponsor_id])
    for number in (customer_id, new_sponsor_id):
        if number not in stays:
            raise NotFound(f"Nobody numbered {number} stands in the sponsor tree.")
    return stays[customer_id], stays[new_sponsor_id]


async def require_possible(ctx: Context, stay: Stay, sponsor: Stay) -> None:
    """Raises NoSponsor or SponsorCycle."""
    is_distributor = sponsor.customer_type_id == CustomerType.DISTRIBUTOR
    if not is_distributor or sponsor.status_id == TERMINATED:
        raise NoSponsor
    below = is_upline(Genealogy.SPONSOR, stay.customer_id, sponsor.customer_id)
    if await ctx.session.scalar(select(below)):
        raise SponsorCycle


async def _move(ctx: Context, stay: Stay, sponsor: Stay) -> Change:
    """End the stay and begin the next; the database brings the downline along."""
    if stay.parent_id == sponsor.customer_id:
        return Change(stay.customer_id, stay.parent_id, stay.parent_id, stay.valid_from)
    await require_possible(ctx, stay, sponsor)
    # A stay has some length, even one that is ended the moment it began.
    moment = max(ctx.now, stay.valid_from + timedelta(microseconds=1))
    await ctx.session.execute(
        update(Placement)
        .where(
            Placement.customer_id == stay.customer_id,
            Placement.genealogy_id == Genealogy.SPONSOR,
            Placement.valid_to.is_(None),
        )
        .values(valid_to=moment)
    )
    await ctx.session.execute(
        insert(Placement).values(
            customer_id=stay.customer_id,
            genealogy_id=Genealogy.SPONSOR,
            valid_from=moment,
            parent_id=sponsor.customer_id,
        )
    )
    detail = {"from": stay.parent_id, "to": sponsor.customer_id}
    await trail.record(ctx, "sponsor.change", f"customer:{stay.customer_id}", detail)
    return Change(stay.customer_id, stay.parent_id, sponsor.customer_id, moment)


async def _lock(ctx: Context) -> None:
    """Moves of one tree happen one after the other; what is read from here on is not moved."""
    await ctx.session.execute(select(func.pg_advisory_xact_lock(TREE_LOCK, int(Genealogy.SPONSOR))))


async def _window(ctx: Context) -> timedelta:
    """How long after enrolment a sponsor may be changed, by the plan of the running month."""
    month = calendar.current_id(ctx.now, ctx.company.time_zone)
    plans = await versions.history(ctx.session)
    plan = plans.find(month) or plans.find(calendar.week_id(calendar.first_day(month)))
    rules = plan.document.content.organization if plan else OrganizationRules()
    return timedelta(days=rules.sponsor_change_days)


async def _load_stays(ctx: Context, customer_ids: Sequence[int]) -> dict[int, Stay]:
    enrolled = aliased(Placement)
    query = (
        select(
            Placement.customer_id,
            Placement.parent_id,
            Placement.valid_from,
            Customer.customer_type_id,
            Customer.status_id,
            Customer.enrolled_at,
            enrolled.parent_id,
        )
        .join(Customer, Customer.customer_id == Placement.customer_id)
        .outerjoin(
            enrolled,
            (enrolled.customer_id == Placement.customer_id)
            & (enrolled.genealogy_id == Genealogy.ENROLLER)
            & enrolled.valid_to.is_(None),
        )
        .where(
            Placement.customer_id.in_(customer_ids),
            Placement.genealogy_id == Genealogy.SPONSOR,
            Placement.valid_to.is_(None),
        )
    )
    return {row[0]: Stay(*row) for row in await ctx.session.execute(query)}


def _movable_count(source: Source) -> Select[int]:
    return _movable_places(source).with_only_columns(func.count().label("total"))


def _movable_page(source: Source, limit: int) -> Select[*tuple[Any, ...]]:
    offset = bindparam("offset", None, BigInteger)
    query = _movable_places(source).add_columns(func.count().over().label("total"))
    places = query.order_by("number").limit(limit).offset(offset).subquery("places")
    return select_nodes(source, places)


def _movable_places(source: Source) -> Select[*tuple[Any, ...]]:
    customer_id = bindparam("customer_id", None, BigInteger)
    enrolled = Source(Genealogy.ENROLLER, is_live=True).edges()
    sponsored = source.edges()
    # Most of whom somebody enrolled are past the window: only the others are looked up in the tree.
    recent = (
        select(Customer.customer_id, Customer.enrolled_at)
        .join(enrolled, enrolled.c.customer_id == Customer.customer_id)
        .where(
            enrolled.c.parent_id == customer_id,
            Customer.enrolled_at > bindparam("since", None, DateTime(timezone=True)),
            Customer.status_id != TERMINATED,
        )
        .cte("recent")
        .prefix_with("MATERIALIZED")
    )
    by = (recent.c.enrolled_at.desc(), recent.c.customer_id)
    return (
        select(
            recent.c.customer_id,
            sponsored.c.parent_id,
            literal(1, Integer).label("level"),
            func.row_number().over(order_by=by).label("number"),
        )
        .join(sponsored, sponsored.c.customer_id == recent.c.customer_id)
        .where(is_upline(Genealogy.SPONSOR, customer_id, recent.c.customer_id))
    )


def _movable(node: Node, window: timedelta) -> Movable:
    values = {field.name: getattr(node, field.name) for field in fields(node)}
    return Movable(**values, change_until=node.enroll_date + window)
