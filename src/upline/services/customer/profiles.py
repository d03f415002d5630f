"""What a person may read about themselves: master data and the default address, nothing secret."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, true

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.models.customer import Customer
from upline.models.geography import Country
from upline.services.customer.addresses import select_default_address

LIVING = (1, 2, 3)  # terminated customers are gone


@dataclass(frozen=True, slots=True)
class ProfileAddress:
    """The default address: for shipping, else for billing, else the oldest."""

    address_1: str
    address_2: str
    city: str
    state: str
    postal_code: str
    country: str
    country_id: int


@dataclass(frozen=True, slots=True)
class Profile:
    """One customer; moments are in the company's time zone."""

    member_id: int
    first_name: str
    last_name: str
    company_name: str
    display_name: str
    email: str
    phone: str
    customer_type: int
    activity_status_id: int
    language: str
    currency_code: str
    time_zone: str
    country_code: str
    referral_code: str
    avatar_image: str
    opted_out_of_email: bool
    show_contact_name: bool
    date_signed_up: datetime
    date_activated: datetime | None
    address: ProfileAddress


async def get_profile(ctx: Context, customer_id: int) -> Profile:
    """A customer's own profile; NotFound for somebody who is not, or no longer, there."""
    zone = ctx.company.time_zone
    address = select_default_address()
    query = (
        select(
            Customer.customer_id,
            Customer.first_name,
            Customer.last_name,
            Customer.company_name,
            Customer.email,
            Customer.phone,
            Customer.customer_type_id,
            Customer.status_id,
            Customer.language,
            Customer.currency_code,
            Customer.time_zone,
            Customer.country_code,
            Customer.referral_code,
            Customer.image_url,
            Customer.email_opted_out,
            Customer.contact_hidden,
            func.timezone(zone, Customer.enrolled_at).label("enrolled_at"),
            func.timezone(zone, Customer.activated_at).label("activated_at"),
            address.c.address1,
            address.c.address2,
            address.c.city,
            address.c.state_province,
            address.c.postal_code,
            Country.name.label("country"),
            Country.country_id,
        )
        .select_from(Customer)
        .outerjoin(address, true())
        .join(
            Country,
            Country.country_code == func.coalesce(address.c.country_code, Customer.country_code),
        )
        .where(Customer.customer_id == customer_id, Customer.status_id.in_(LIVING))
    )
    row = (await ctx.session.execute(query)).one_or_none()
    if row is None:
        raise NotFound
    person = " ".join(part for part in (row.first_name, row.last_name) if part)
    return Profile(
        member_id=row.customer_id,
        first_name=row.first_name,
        last_name=row.last_name,
        company_name=row.company_name,
        display_name=row.company_name or person,
        email=row.email,
        phone=row.phone,
        customer_type=row.customer_type_id,
        activity_status_id=row.status_id,
        language=row.language,
        currency_code=row.currency_code,
        time_zone=row.time_zone or zone,
        country_code=row.country_code,
        referral_code=row.referral_code or "",
        avatar_image=row.image_url,
        opted_out_of_email=row.email_opted_out,
        show_contact_name=not row.contact_hidden,
        date_signed_up=row.enrolled_at,
        date_activated=row.activated_at,
        address=ProfileAddress(
            address_1=row.address1 or "",
            address_2=row.address2 or "",
            city=row.city or "",
            state=row.state_province or "",
            postal_code=row.postal_code or "",
            country=row.country,
            country_id=row.country_id,
        ),
    )
