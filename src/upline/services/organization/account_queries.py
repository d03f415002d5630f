"""The statement behind account records: one row a member, whatever the number of members.

Figures come from the run, contact data, autoship and last order from the live tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    String,
    any_,
    bindparam,
    case,
    exists,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.selectable import LateralFromClause

from upline.core.prepared import Prepared, prepare
from upline.models.autoship import Autoship
from upline.models.commission import CommissionRun, Rank, RankAchievement
from upline.models.customer import Customer
from upline.models.geography import Country
from upline.models.order import Order
from upline.models.period import Period
from upline.models.placement import Placement
from upline.models.volume import MemberPeriod
from upline.services.customer.addresses import select_default_address
from upline.services.organization.visibility import Genealogy

CANCELLED_ORDER = 40
AUTOSHIP_ACTIVE, AUTOSHIP_PAUSED = 1, 2
LOWEST_NEW_RANK = 1  # everybody starts at rank 0: reaching it is no promotion

ZONE = bindparam("zone", None, String)
VIEWER = bindparam("viewer_id", None, BigInteger)
CUSTOMERS = bindparam("customer_ids", None, ARRAY(BigInteger))
RUN = bindparam("run_id", None, BigInteger, literal_execute=True)
PERIOD = bindparam("period_id", None, Integer)


@dataclass(frozen=True, slots=True)
class Figures:
    """Whose figures are read: a period's, of the run in force, up to the instant `as_of`.

    Closed ones have their own tree.
    """

    period_id: int
    run_id: int
    as_of: datetime | None
    is_closed: bool


def id_array(customer_ids: Sequence[int]) -> ColumnElement[Any]:
    """Many ids as one bound parameter, so that the statement's text is always the same."""
    return literal(list(customer_ids), ARRAY(BigInteger))


@cache
def figures_statement() -> Prepared:
    """The run in force of `period_id`, if there is one."""
    return prepare(
        select(Period.run_id, Period.status_id, CommissionRun.read_at)
        .join(CommissionRun, CommissionRun.run_id == Period.run_id)
        .where(Period.period_id == PERIOD)
    )


@lru_cache(maxsize=64)
def accounts_statement(run_id: int) -> Prepared:
    """`select_accounts` with a run's number, for `account_parameters`."""
    return prepare(select_accounts(), **{RUN.key: run_id})


def select_accounts() -> Select[*tuple[Any, ...]]:
    """All columns a record is made of, for `account_parameters`.

    The tree is the run's, like the figures; members a run
    does not know (enrolled since, or there is no run) stand where they stand now and have NULL
    figures.
    """
    address, standing, last_order = select_default_address(), _standing_order(), _last_order()
    member = MemberPeriod
    level: ColumnElement[Any] = member.level - _in_run(MemberPeriod.level, VIEWER)
    sponsored = _live(Genealogy.SPONSOR, unless=level)
    enrolled = _live(Genealogy.ENROLLER, unless=level)
    sponsor_id = func.coalesce(member.sponsor_id, sponsored.c.parent_id)
    enroller_id = func.coalesce(member.enroller_id, enrolled.c.parent_id)
    # Whoever is below the viewer has his sponsor at or below the viewer, too. Most members were
    # enrolled by their sponsor, and those need no look at the enroller.
    is_sponsored_by_enroller = (Customer.customer_id != VIEWER) & (enroller_id == sponsor_id)
    return (
        select(
            Customer.customer_id,
            Customer.customer_type_id,
            Customer.status_id,
            Customer.first_name,
            Customer.last_name,
            Customer.company_name,
            Customer.email,
            Customer.phone,
            Customer.email_opted_out,
            Customer.contact_hidden,
            Customer.hold_reason,
            Customer.image_url,
            func.timezone(ZONE, Customer.enrolled_at).label("enrolled_at"),
            func.timezone(ZONE, Customer.activated_at).label("activated_at"),
            sponsor_id.label("sponsor_id"),
            enroller_id.label("enroller_id"),
            case((is_sponsored_by_enroller, True), else_=_is_below_viewer(enroller_id)).label(
                "is_enroller_below"
            ),
            func.coalesce(level, sponsored.c.depth - _depth_of(VIEWER)).label("level"),
            member.pv,
            member.total_pv,
            member.ov,
            member.gv,
            member.ov_less_2,
            member.ov_less_3,
            member.ov_less_4,
            member.ov_less_5,
            member.ov_less_6,
            func.coalesce(member.rank_id, -1).label("rank_id"),
            func.coalesce(member.max_rank_id, -1).label("max_rank_id"),
            func.coalesce(member.previous_rank_id, -1).label("previous_rank_id"),
            Rank.name.label("rank_name"),
            _is_new_max_rank().label("is_new_max_rank"),
            address.c.address1,
            address.c.address2,
            address.c.city,
            address.c.state_province,
            address.c.postal_code,
            Country.name.label("country"),
            Country.country_id,
            standing.c.status_id.label("autoship_status_id"),
            standing.c.day_of_month,
            standing.c.pv.label("autoship_pv"),
            standing.c.last_result_id,
            case((standing.c.status_id == AUTOSHIP_ACTIVE, _future_pv()), else_=0).label(
                "future_autoship_pv"
            ),
            last_order.c.pv.label("last_order_pv"),
            func.timezone(ZONE, last_order.c.ordered_at).label("last_order_at"),
        )
        .select_from(Customer)
        .outerjoin(
            member,
            (member.run_id == RUN) & (member.customer_id == Customer.customer_id),
        )
        .outerjoin(sponsored, true())
        .outerjoin(enrolled, true())
        .outerjoin(Rank, Rank.rank_id == func.coalesce(member.rank_id, -1))
        .outerjoin(address, true())
        .outerjoin(
            Country,
            Country.country_code == func.coalesce(address.c.country_code, Customer.country_code),
        )
        .outerjoin(standing, true())
        .outerjoin(last_order, true())
        .where(Customer.customer_id == any_(CUSTOMERS))
    )


def account_parameters(
    zone: str, viewer_id: int, customer_ids: Sequence[int], figures: Figures
) -> dict[str, object]:
    """What `select_accounts` needs to be told."""
    return {
        ZONE.key: zone,
        VIEWER.key: viewer_id,
        CUSTOMERS.key: list(customer_ids),
        PERIOD.key: figures.period_id,
    }


def _live(genealogy: Genealogy, *, unless: ColumnElement[Any]) -> LateralFromClause:
    """Where a member stands now; not even looked up when the run knows (`unless` is not NULL)."""
    return (
        select(Placement.parent_id, Placement.depth)
        .where(
            unless.is_(None),
            Placement.customer_id == Customer.customer_id,
            Placement.genealogy_id == genealogy,
            Placement.valid_to.is_(None),
        )
        .limit(1)  # keeps the planner from joining first and asking afterwards
        .lateral()
    )


def _depth_of(customer_id: BindParameter[int]) -> ColumnElement[Any]:
    return (
        select(Placement.depth)
        .where(
            Placement.customer_id == customer_id,
            Placement.genealogy_id == Genealogy.SPONSOR,
            Placement.valid_to.is_(None),
        )
        .scalar_subquery()
    )


def _is_below_viewer(customer_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """Whether somebody stands in the viewer's organization, himself included, as the run saw it;
    NULL where the run does not know both."""
    member = aliased(MemberPeriod)
    return (
        select(
            (member.pre >= _in_run(MemberPeriod.pre, VIEWER))
            & (member.pre < _in_run(MemberPeriod.pre_end, VIEWER))
        )
        .where(member.run_id == RUN, member.customer_id == customer_id)
        .scalar_subquery()
    )


def _in_run(
    column: InstrumentedAttribute[int], customer_id: BindParameter[int]
) -> ColumnElement[Any]:
    own = aliased(MemberPeriod)
    return (
        select(getattr(own, column.key))
        .where(own.run_id == RUN, own.customer_id == customer_id)
        .scalar_subquery()
    )


def _standing_order() -> LateralFromClause:
    """The autoship that is spoken of: an active one before a paused one, local market first."""
    return (
        select(
            Autoship.status_id,
            Autoship.day_of_month,
            Autoship.pv,
            Autoship.last_result_id,
        )
        .where(
            Autoship.customer_id == Customer.customer_id,
            Autoship.status_id.in_((AUTOSHIP_ACTIVE, AUTOSHIP_PAUSED)),
        )
        .order_by(Autoship.status_id, Autoship.program_id, Autoship.autoship_id)
        .limit(1)
        .lateral("standing")
    )


def _future_pv() -> ColumnElement[Any]:
    """What all active autoships together will bring on their next dates."""
    return (
        select(func.coalesce(func.sum(Autoship.pv), 0))
        .where(
            Autoship.customer_id == Customer.customer_id,
            Autoship.status_id == AUTOSHIP_ACTIVE,
            Autoship.next_date.is_not(None),
        )
        .scalar_subquery()
    )


def _last_order() -> LateralFromClause:
    return (
        select(Order.pv, Order.ordered_at)
        .where(
            Order.customer_id == Customer.customer_id,
            Order.order_status_id != CANCELLED_ORDER,
        )
        .order_by(Order.ordered_at.desc())
        .limit(1)
        .lateral("last_order")
    )


def _is_new_max_rank() -> ColumnElement[bool]:
    """Whether the rank of the period had never been reached before it.

    Asked of the achievements and not of the run before, because ranks may skip periods.
    """
    before = exists().where(
        RankAchievement.customer_id == Customer.customer_id,
        RankAchievement.rank_id >= MemberPeriod.rank_id,
        RankAchievement.period_id < PERIOD,
    )
    return func.coalesce((MemberPeriod.rank_id >= LOWEST_NEW_RANK) & ~before, False)
