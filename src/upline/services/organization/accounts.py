"""Account records: everything the Virtual Office shows of a member in a period, in one shape.

Figures (volumes, rank) belong to the period; contact data, autoship and last order are live.
Callers choose the members, then load their records: the number of statements never depends on how
many there are.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from upline.core.context import Context
from upline.services.organization.account_queries import (
    AUTOSHIP_ACTIVE,
    PERIOD,
    Figures,
    account_parameters,
    accounts_statement,
    figures_statement,
    id_array,
)
from upline.services.organization.visibility import Genealogy, is_upline
from upline.services.period.queries import OPEN, resolve_month

ON_HOLD = 3
AUTOSHIP_RESULTS = {0: "", 1: "Processed", 2: "Skipped", 3: "Error"}
RANK_SAME, RANK_UP, RANK_DOWN = 0, 1, 2
NO_RUN = 0  # runs are numbered from 1


@dataclass(slots=True)
class AutoshipState:
    """A member's standing order; `status` is the outcome of its last processing. Not frozen, as
    Account is not."""

    active: bool
    day: int
    pv: Decimal
    shipped: bool
    status: str


@dataclass(slots=True)
class Account:
    """One member in one period, in the documented order; moments are in the company's time zone.

    Not frozen: setting so many fields would take three times as long, and there are a thousand
    accounts on a page.
    """

    customer_id: int
    enroller_id: int
    sponsor_id: int
    name: str
    contact_name: str
    has_multibyte_name: bool
    has_multibyte_contact_name: bool
    level: int
    pv: Decimal
    total_pv: Decimal
    ogv: Decimal
    pgv: Decimal
    pgv_2_legs: Decimal
    pgv_3_legs: Decimal
    pgv_4_legs: Decimal
    pgv_5_legs: Decimal
    pgv_6_legs: Decimal
    last_order_pv: Decimal
    future_autoship_pv: Decimal
    main_address_1: str
    main_address_2: str
    main_city: str
    main_state: str
    main_zip: str
    main_country: str
    main_phone: str
    has_pv_assist: bool
    opted_out_of_email: bool
    rank_id: int
    max_rank_id: int
    previous_rank_id: int
    is_new_max_rank: bool
    activity_status_id: int
    customer_type: int
    signup_date: datetime
    last_order_date: datetime | None
    date_activated: datetime | None
    autoship: AutoshipState
    main_country_id: int
    avatar_image: str
    show_contact_name: bool
    email: str
    rank_change: int
    on_hold: bool
    hold_reason: str
    # Not part of the record: what details add to it.
    rank_name: str


async def get_figures(ctx: Context, period_id: int) -> Figures:
    """The figures in force for a month; 0 is the current one. NotFound for anything else."""
    number = resolve_month(ctx, period_id)
    row = await figures_statement().fetch_one(ctx.session, **{PERIOD.key: number})
    if row is None:
        return Figures(number, NO_RUN, None, is_closed=False)
    return Figures(number, row.run_id, row.read_at, is_closed=row.status_id != OPEN)


async def load_accounts(
    ctx: Context, viewer_id: int, customer_ids: Sequence[int], figures: Figures
) -> list[Account]:
    """Records of `customer_ids`, in that order, as the member `viewer_id` may see them."""
    parameters = account_parameters(ctx.company.time_zone, viewer_id, customer_ids, figures)
    found = await accounts_statement(figures.run_id).fetch_all(ctx.session, **parameters)
    rows = {row.customer_id: row for row in found}
    # A run tells with its rows whose enroller is below the viewer; only who it does not know is
    # looked for in the live tree.
    shown = {row.enroller_id for row in rows.values() if row.is_enroller_below}
    unknown = {row.enroller_id for row in rows.values() if row.is_enroller_below is None}
    shown |= await find_downline(ctx.session, viewer_id, unknown - {None})
    return [_account(rows[number], viewer_id, shown) for number in customer_ids if number in rows]


async def find_downline(
    session: AsyncSession, viewer_id: int, customer_ids: set[int]
) -> frozenset[int]:
    """Those of `customer_ids` who stand in the organization of `viewer_id`, himself included."""
    if not customer_ids:
        return frozenset()
    numbers = func.unnest(id_array(sorted(customer_ids))).column_valued("number")
    query = select(numbers).where(is_upline(Genealogy.SPONSOR, viewer_id, numbers))
    return frozenset((await session.execute(query)).scalars())


def _account(row: Any, viewer_id: int, shown: Set[int]) -> Account:
    person = display_name(row.first_name, row.last_name)
    name = row.company_name.upper() or person
    is_open = row.customer_id == viewer_id or not row.contact_hidden
    reads_mail = row.customer_id == viewer_id or not (row.contact_hidden or row.email_opted_out)
    zero = Decimal(0)
    return Account(
        customer_id=row.customer_id,
        enroller_id=row.enroller_id if row.enroller_id in shown else 0,
        sponsor_id=row.sponsor_id or 0,
        name=name,
        contact_name=person if is_open else "",
        has_multibyte_name=is_multibyte(name),
        has_multibyte_contact_name=is_open and is_multibyte(person),
        level=row.level or 0,
        pv=row.pv or zero,
        total_pv=row.total_pv or zero,
        ogv=row.ov or zero,
        pgv=row.gv or zero,
        pgv_2_legs=row.ov_less_2 or zero,
        pgv_3_legs=row.ov_less_3 or zero,
        pgv_4_legs=row.ov_less_4 or zero,
        pgv_5_legs=row.ov_less_5 or zero,
        pgv_6_legs=row.ov_less_6 or zero,
        last_order_pv=row.last_order_pv or zero,
        future_autoship_pv=row.future_autoship_pv,
        main_address_1=(is_open and row.address1) or "",
        main_address_2=(is_open and row.address2) or "",
        main_city=row.city or "",
        main_state=row.state_province or "",
        main_zip=(is_open and row.postal_code) or "",
        main_country=row.country or "",
        main_phone=digits(row.phone) if is_open else "",
        has_pv_assist=False,
        opted_out_of_email=row.email_opted_out,
        rank_id=row.rank_id,
        max_rank_id=row.max_rank_id,
        previous_rank_id=row.previous_rank_id,
        is_new_max_rank=row.is_new_max_rank,
        activity_status_id=row.status_id,
        customer_type=row.customer_type_id,
        signup_date=row.enrolled_at,
        last_order_date=row.last_order_at,
        date_activated=row.activated_at,
        autoship=_autoship(row),
        main_country_id=row.country_id or 0,
        avatar_image=row.image_url,
        show_contact_name=not row.contact_hidden,
        email=row.email if reads_mail else "",
        rank_change=_rank_change(row.rank_id, row.previous_rank_id),
        on_hold=row.status_id == ON_HOLD,
        hold_reason=row.hold_reason,
        rank_name=row.rank_name or "",
    )


def _autoship(row: Any) -> AutoshipState:
    if row.autoship_status_id is None:
        return AutoshipState(active=False, day=0, pv=Decimal(0), shipped=False, status="none")
    status = AUTOSHIP_RESULTS.get(row.last_result_id, "")
    return AutoshipState(
        active=row.autoship_status_id == AUTOSHIP_ACTIVE,
        day=row.day_of_month,
        pv=row.autoship_pv,
        shipped=status == "Processed",
        status=status,
    )


def _rank_change(rank_id: int, previous_rank_id: int) -> int:
    if rank_id == previous_rank_id:
        return RANK_SAME
    return RANK_UP if rank_id > previous_rank_id else RANK_DOWN


def display_name(first_name: str, last_name: str) -> str:
    """`LAST, FIRST` in capitals; whichever part there is when the other is missing."""
    if first_name and last_name:
        return f"{last_name}, {first_name}".upper()
    return (last_name or first_name).upper()


def digits(phone: str) -> str:
    """The digits of a telephone number."""
    return phone if phone.isdecimal() else "".join(filter(str.isdecimal, phone))


def is_multibyte(name: str) -> bool:
    """Whether a name leaves the one-byte characters of Latin-1, as Asian names do."""
    return not name.isascii() and any(ord(character) > 0xFF for character in name)
