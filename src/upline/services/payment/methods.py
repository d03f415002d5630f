"""Stored payment methods: shown by what may be shown, found again by the digest of their token."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import Select, exists, insert, select

from upline.core.context import Context
from upline.core.crypto import FieldCipher
from upline.core.errors import DomainError, Kind
from upline.models.customer import Address
from upline.models.geography import Country
from upline.models.payment import PaymentMethod

PURPOSE = "payment_methods:token"


class MethodType(IntEnum):
    """What a method is."""

    CARD = 1
    BANK_ACCOUNT = 2
    PAYPAL = 3


class TokenTaken(DomainError):
    """A vault token belongs to one method of one member."""

    code = "payment_token_taken"
    kind = Kind.CONFLICT
    message = "This payment method is stored already."
    constraint = "uq_payment_methods_token_digest"


@dataclass(frozen=True, slots=True)
class NewMethod:
    """What a provider tells of a method it keeps; the token opens it and is never shown."""

    type: MethodType
    provider: str
    token: str
    brand: str = ""
    last_four: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    expires_month: int | None = None
    expires_year: int | None = None
    billing_address_id: int | None = None


@dataclass(frozen=True, slots=True)
class BillingAddress:
    """Where the bills of a method go."""

    address_1: str
    address_2: str
    city: str
    state: str
    postal_code: str
    country: str


@dataclass(frozen=True, slots=True)
class StoredMethod:
    """A method as its owner sees it."""

    payment_method_id: int
    type: MethodType
    brand: str
    last_four: str
    first_name: str
    last_name: str
    email: str
    expires_month: int
    expires_year: int
    is_default: bool
    billing_address: BillingAddress


async def list_methods(ctx: Context, customer_id: int) -> list[StoredMethod]:
    """A member's methods, the default first; their tokens stay where they are."""
    query: Select[*tuple[Any, ...]] = (
        select(
            PaymentMethod.payment_method_id,
            PaymentMethod.type_id,
            PaymentMethod.brand,
            PaymentMethod.last_four,
            PaymentMethod.first_name,
            PaymentMethod.last_name,
            PaymentMethod.email,
            PaymentMethod.expires_month,
            PaymentMethod.expires_year,
            PaymentMethod.is_default,
            Address.address1,
            Address.address2,
            Address.city,
            Address.state_province,
            Address.postal_code,
            Country.name.label("country"),
        )
        .outerjoin(Address, Address.address_id == PaymentMethod.billing_address_id)
        .outerjoin(Country, Country.country_code == Address.country_code)
        .where(PaymentMethod.customer_id == customer_id, PaymentMethod.removed_at.is_(None))
        .order_by(PaymentMethod.is_default.desc(), PaymentMethod.payment_method_id)
    )
    return [
        StoredMethod(
            payment_method_id=row.payment_method_id,
            type=MethodType(row.type_id),
            brand=row.brand,
            last_four=row.last_four,
            first_name=row.first_name,
            last_name=row.last_name,
            email=mask_email(row.email),
            expires_month=row.expires_month or 0,
            expires_year=row.expires_year or 0,
            is_default=row.is_default,
            billing_address=BillingAddress(
                row.address1 or "",
                row.address2 or "",
                row.city or "",
                row.state_province or "",
                row.postal_code or "",
                row.country or "",
            ),
        )
        for row in await ctx.session.execute(query)
    ]


async def add_method(ctx: Context, fields: FieldCipher, customer_id: int, method: NewMethod) -> int:
    """Store a method; a member's first one becomes the default. Raises TokenTaken."""
    has_default = select(
        exists().where(
            PaymentMethod.customer_id == customer_id,
            PaymentMethod.is_default,
            PaymentMethod.removed_at.is_(None),
        )
    )
    is_default = not await ctx.session.scalar(has_default)
    row = method_row(ctx, fields, customer_id, method) | {"is_default": is_default}
    number: int | None = await ctx.session.scalar(
        insert(PaymentMethod).values(row).returning(PaymentMethod.payment_method_id)
    )
    assert number is not None  # noqa: S101 - RETURNING always gives the key
    return number


async def add_methods(ctx: Context, rows: Sequence[dict[str, object]]) -> None:
    """Store many rows of `method_row` at once."""
    if rows:
        await ctx.session.execute(insert(PaymentMethod), rows)


def method_row(
    ctx: Context, fields: FieldCipher, customer_id: int, method: NewMethod
) -> dict[str, object]:
    """The row of a method that is not the default, its token sealed for this member alone."""
    return {
        "customer_id": customer_id,
        "type_id": int(method.type),
        "provider": method.provider,
        "token_cipher": fields.encrypt(method.token, f"{PURPOSE}:{customer_id}"),
        "token_digest": fields.digest(PURPOSE, f"{method.provider}:{method.token}"),
        "brand": method.brand,
        "last_four": method.last_four,
        "first_name": method.first_name,
        "last_name": method.last_name,
        "email": method.email,
        "expires_month": method.expires_month,
        "expires_year": method.expires_year,
        "billing_address_id": method.billing_address_id,
        "is_default": False,
        "created_at": ctx.now,
    }


def mask_email(email: str) -> str:
    """j***@example.com: enough to know one's own account by."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}***{at}{domain}" if at else ""
