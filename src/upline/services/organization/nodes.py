"""Members as trees and lists show them: Node = Person + place + volumes, one statement a page.

Rows are fetched one by one through primary keys (LATERAL): a page out of a million members costs
what the page costs, whatever the planner believes about the tree.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, case, func, select, true

from upline.core.context import Context
from upline.core.paging import Page, Paged, statement_size
from upline.core.prepared import Prepared
from upline.models.commission import Rank
from upline.models.customer import Address, Customer
from upline.models.geography import Country
from upline.models.placement import Placement
from upline.models.volume import LegBlock, MemberPeriod, leg_volumes, stands_in_block
from upline.services.customer.vocabulary import CUSTOMER_STATUSES, CUSTOMER_TYPES
from upline.services.organization.trees import RUN_ID, Build, Source, Tree
from upline.services.organization.visibility import (
    Genealogy,
    find_viewer,
    sees_contact,
)

NO_RANK = -1


@dataclass(frozen=True, slots=True)
class OpenPosition:
    """A place of the binary tree where nobody stands."""

    position_id: int
    parent_id: int
    is_open: bool = True


@dataclass(slots=True)
class Node:
    """One member in a tree. Volumes are plan volumes of the period; `level` counts from the member
    the list was asked for. E-mail and phone are None where the caller may not see them.
    """

    customer_id: int
    referral_code: str | None
    first_name: str
    last_name: str
    customer_type_id: int
    status_id: int
    rank_id: int
    rank: str | None
    enroll_date: datetime
    image_url: str
    city: str | None
    state_province: str | None
    country: str | None
    email: str | None
    phone_number: str | None
    sponsor_id: int | None
    enroller_id: int | None
    position_id: int | None
    personal_volume: Decimal
    group_volume: Decimal
    organization_volume: Decimal
    left_volume: Decimal
    right_volume: Decimal
    parent_id: int | None
    level: int
    has_children: bool
    has_more: bool = False
    is_open: bool = False
    children: list["Node | OpenPosition"] = field(default_factory=list)

    @property
    def customer_type(self) -> str:
        """What the type is called."""
        return CUSTOMER_TYPES[self.customer_type_id]

    @property
    def status(self) -> str:
        """What the status is called."""
        return CUSTOMER_STATUSES[self.status_id]


def select_nodes(source: Source, places: Subquery) -> Select[*tuple[Any, ...]]:
    """Statement for the members named by `places` (customer_id, parent_id, level, number and, for
    `fetch_page`, total), in the order of their numbers; to be built once and kept prepared.

    In the tree of an earlier period members who did not stand in it are left out. Where `places`
    has `is_edge`, children of the others are among the places, and are not looked for once more.
    """
    card = _card(source, places.c.customer_id)
    has_children = source.has_children(places.c.customer_id)
    if "is_edge" in places.c:
        has_children = places.c.is_edge & has_children
    named = {"rank": Rank.name.label("rank"), "country": Country.name.label("country")}
    return (
        select(
            *(named.get(column.key, column) for column in card.c),
            places.c.parent_id,
            places.c.level,
            has_children.label("has_children"),
            *([places.c.total] if "total" in places.c else []),
        )
        .select_from(places)
        .join(card, true())
        .outerjoin(Rank, Rank.rank_id == card.c.rank)
        .outerjoin(Country, Country.country_code == card.c.country)
        .order_by(places.c.number)
    )


async def fetch_nodes(
    ctx: Context, statement: Prepared, parameters: Mapping[str, object]
) -> list[Node]:
    """Run a statement made by `select_nodes` for the caller."""
    return await statement.fetch_as(Node, ctx.session, viewer_id=find_viewer(ctx), **parameters)


async def fetch_page(
    ctx: Context,
    tree: Tree,
    build: Build,
    shape: Sequence[Hashable],
    parameters: Mapping[str, object],
    page: Page,
) -> Paged[Node] | None:
    """A page and, told by each of its rows, how long the list is; None where the page is empty.

    `build` makes a statement of the shape and a limit, with "offset" as a parameter.
    """
    statement = tree.statement(build, *shape, statement_size(page.limit))
    values = {**parameters, "offset": page.offset, "viewer_id": find_viewer(ctx)}
    rows = await statement.fetch_all(ctx.session, **values)
    if not rows:
        return None
    return Paged([Node(*row[:-1]) for row in rows[: page.limit]], rows[0].total, page)


def _card(source: Source, customer_id: ColumnElement[int]) -> FromClause:
    """The columns of one Node in the order of its fields, up to the volumes. Rank and country are
    keys here: there are few names, and a page finds them faster all at once."""
    member = MemberPeriod
    contact = sees_contact()
    left, right = leg_volumes(member)
    volumes = {
        "pv": member.pv,
        "gv": member.gv,
        "ov": member.ov,
        "left_volume": left,
        "right_volume": right,
    }
    return (
        select(
            Customer.customer_id,
            Customer.referral_code,
            Customer.first_name,
            Customer.last_name,
            *(
                func.coalesce(then, now).label(then.key)
                for then, now in (
                    (member.customer_type_id, Customer.customer_type_id),
                    (member.status_id, Customer.status_id),
                )
            ),
            func.coalesce(member.rank_id, NO_RANK).label("rank_id"),
            func.coalesce(member.rank_id, NO_RANK).label("rank"),
            Customer.enrolled_at,
            Customer.image_url,
            Address.city,
            Address.state_province,
            Customer.country_code.label("country"),
            case((contact, Customer.email)).label("email"),
            case((contact, Customer.phone)).label("phone_number"),
            _figure_or_live(member.sponsor_id, Placement.parent_id, Genealogy.SPONSOR),
            _figure_or_live(member.enroller_id, Placement.parent_id, Genealogy.ENROLLER),
            _figure_or_live(member.binary_position_id, Placement.position_id, Genealogy.BINARY),
            *(func.coalesce(volume, 0).label(name) for name, volume in volumes.items()),
        )
        .select_from(Customer)
        .join(
            member,
            (member.run_id == RUN_ID) & (member.customer_id == Customer.customer_id),
            isouter=source.is_live,
        )
        .outerjoin(LegBlock, stands_in_block(member))
        .outerjoin(
            Address, (Address.customer_id == Customer.customer_id) & Address.is_default_billing
        )
        .where(Customer.customer_id == customer_id)
        .limit(1)
        .lateral("card")
    )


def _figure_or_live(figure: Any, live: Any, genealogy: Genealogy) -> ColumnElement[Any]:
    """What the run knows, or for members it does not know yet what the live tree says.

    PostgreSQL evaluates the look-up only for rows that need it.
    """
    placed = (
        select(live)
        .where(
            Placement.genealogy_id == genealogy,
            Placement.customer_id == Customer.customer_id,
            Placement.valid_to.is_(None),
            MemberPeriod.run_id.is_(None),
        )
        .correlate(Customer, MemberPeriod)
        .scalar_subquery()
    )
    return func.coalesce(figure, placed).label(figure.key)
