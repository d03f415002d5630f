"""Puts small companies into a database the way imports and enrolments leave them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from upline.models.customer import Address, Customer
from upline.models.order import Order
from upline.models.placement import Placement
from upline.models.volume import VolumeEntry
from upline.services.period import calendar
from upline.services.plan import load_builtin, versions

ZONE = "America/Denver"
ENROLLER, SPONSOR, BINARY = 1, 2, 3


async def load_essential(session: AsyncSession, first_period: int = 300) -> None:
    """The built-in plan, in force from `first_period` on."""
    await versions.load(session, load_builtin("essential").text, first_period)


async def add_members(session: AsyncSession, rows: Iterable[Mapping[str, Any]]) -> None:
    """Customers with one address each, placed in the genealogies their rows name; parents first."""
    for row in rows:
        number, enrolled = row["customer_id"], noon(row["enrolled_on"])
        first, last = row.get("first_name", "First"), row.get("last_name", f"Last{number}")
        await session.execute(
            insert(Customer).values(
                customer_id=number,
                customer_type_id=row.get("type", 2),
                status_id=row.get("status", 1),
                first_name=first,
                last_name=last,
                email=row.get("email", f"member{number}@example.com"),
                email_key=row.get("email", f"member{number}@example.com"),
                phone=row.get("phone", "1234567891"),
                referral_code=f"ref{number}",
                country_code=row.get("country", "US"),
                currency_code="USD",
                enrolled_at=enrolled,
                activated_at=enrolled,
            )
        )
        await session.execute(
            insert(Address).values(
                customer_id=number,
                address1="1 Main Street",
                city="Lehi",
                state_province="UT",
                postal_code="84043",
                country_code=row.get("country", "US"),
                is_default_billing=True,
                is_default_shipping=True,
            )
        )
        await _place(session, ENROLLER, number, row.get("enroller_id") or 0, None, enrolled)
        await _place(session, SPONSOR, number, row.get("sponsor_id") or 0, None, enrolled)
        if row.get("binary_parent_id"):
            position = row["binary_position_id"]
            await _place(session, BINARY, number, row["binary_parent_id"], position, enrolled)
        elif row.get("binary_root"):
            await _place(session, BINARY, number, 0, None, enrolled)


async def add_orders(session: AsyncSession, rows: Iterable[Mapping[str, Any]]) -> None:
    """Paid orders, each with the volume entry it posts."""
    for row in rows:
        day = row["ordered_on"]
        at = noon(day)
        volumes = {
            "pv": Decimal(row["pv"]),
            "cv": Decimal(row.get("cv", row["pv"])),
            "retail_margin_base": Decimal(row.get("retail_margin_base", 0)),
        }
        await session.execute(
            insert(Order).values(
                order_id=row["order_id"],
                customer_id=row["customer_id"],
                order_type_id=row.get("order_type", 1),
                ordered_at=at,
                paid_at=at,
                country_code="US",
                currency_code=row.get("currency", "USD"),
                subtotal=Decimal(row.get("total", 0)),
                total=Decimal(row.get("total", 0)),
                **volumes,
            )
        )
        await session.execute(
            insert(VolumeEntry).values(
                customer_id=row["customer_id"],
                period_id=calendar.month_id(day),
                week_id=calendar.week_id(day),
                entry_type_id=1,
                order_type_id=row.get("order_type", 1),
                order_id=row["order_id"],
                is_late=row.get("is_late", False),
                occurred_at=at,
                posted_at=at,
                **volumes,
            )
        )


async def place_again(
    session: AsyncSession, customer_id: int, parent_id: int, day: date, genealogy: int = SPONSOR
) -> None:
    """A member turns out to have stood elsewhere since noon of `day`."""
    since = noon(day)
    await session.execute(
        update(Placement)
        .where(
            Placement.customer_id == customer_id,
            Placement.genealogy_id == genealogy,
            Placement.valid_to.is_(None),
        )
        .values(valid_to=since)
    )
    await _place(session, genealogy, customer_id, parent_id, None, since)


def noon(day: date) -> datetime:
    """Midday of the company's calendar day, in UTC."""
    return datetime.combine(day, time(12), ZoneInfo(ZONE)).astimezone(UTC)


async def _place(
    session: AsyncSession,
    genealogy: int,
    customer_id: int,
    parent_id: int,
    position: int | None,
    since: datetime,
) -> None:
    # Depth and jump pointer are left to the database.
    await session.execute(
        insert(Placement).values(
            customer_id=customer_id,
            genealogy_id=genealogy,
            valid_from=since,
            parent_id=parent_id or None,
            position_id=position,
        )
    )
