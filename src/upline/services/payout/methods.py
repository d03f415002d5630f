"""How a member wants to be paid: stored sealed, shown masked, changed only by a new version.

What replaces another account is held for three days, and the member is told by mail at once: a
stolen session must not lead the next payment astray unnoticed.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update

from upline.core.context import Context
from upline.core.crypto import FieldCipher
from upline.core.errors import DomainError, FieldInvalid, Kind, NotFound
from upline.models.customer import Address, Customer
from upline.models.geography import Country
from upline.models.payout import PayoutMethod, PayoutMethodVersion
from upline.services.audit import trail
from upline.services.auth import reauthentication
from upline.services.auth.guard import Guard
from upline.services.outbox import messages
from upline.services.payout import accounts
from upline.services.payout.accounts import Account, Details, Request
from upline.services.payout.vocabulary import MethodType, describe

HOLD = timedelta(hours=72)
MOST_METHODS = 20
ADDED, CHANGED = "payout_method_added", "payout_method_changed"


class TooManyMethods(DomainError):
    """Nobody has that many accounts."""

    code = "too_many_payout_methods"
    kind = Kind.CONFLICT
    message = f"A member has at most {MOST_METHODS} payout methods."


@dataclass(frozen=True, slots=True)
class Wish:
    """A request as it arrives: the country by its number, the member's own where it is left out."""

    request: Request
    country_id: int | None = None
    is_default: bool | None = None


@dataclass(frozen=True, slots=True)
class StoredMethod:
    """A method as its owner sees it: no more than the last digits of any number."""

    payout_method_id: int
    type: MethodType
    country_id: int
    country: str
    name_on_account: str
    bank_name: str
    account_type_id: int | None
    last_four: str
    is_default: bool
    held_until: datetime | None
    created_at: datetime
    updated_at: datetime


async def list_methods(ctx: Context, customer_id: int) -> list[StoredMethod]:
    """A member's methods, the default first."""
    rows = await ctx.session.execute(_select(customer_id))
    return [_stored(ctx, row) for row in rows]


async def find_direct_deposit(ctx: Context, customer_id: int) -> StoredMethod | None:
    """The bank account payouts go to: the default if it is one, else the oldest."""
    query = _select(customer_id).where(PayoutMethodVersion.type_id == MethodType.BANK).limit(1)
    row = (await ctx.session.execute(query)).one_or_none()
    return None if row is None else _stored(ctx, row)


async def add_method(
    ctx: Context, fields: FieldCipher, customer_id: int, wish: Wish
) -> StoredMethod:
    """Store a method; the first becomes the default and is good at once, later ones are held.

    Raises FieldInvalid naming what is wrong.
    """
    email = await _lock_owner(ctx, customer_id)
    account, request = await _check(ctx, customer_id, wish)
    count = await ctx.session.scalar(
        select(func.count()).where(PayoutMethod.customer_id == customer_id)
    )
    if count and count >= MOST_METHODS:
        raise TooManyMethods
    is_default = not count or bool(wish.is_default)
    if is_default:
        await _clear_default(ctx, customer_id)
    number = await ctx.session.scalar(
        insert(PayoutMethod)
        .values(customer_id=customer_id, is_default=is_default, created_at=ctx.now)
        .returning(PayoutMethod.payout_method_id)
    )
    assert number is not None  # noqa: S101 - RETURNING always gives the key
    held_until = ctx.now + HOLD if count else ctx.now
    row = version_row(ctx, fields, number, 1, request, account, held_until)
    await ctx.session.execute(insert(PayoutMethodVersion).values(row))
    await _announce(ctx, customer_id, email, ADDED, row)
    return await get_method(ctx, customer_id, number)


async def change_method(
    ctx: Context,
    fields: FieldCipher,
    guard: Guard,
    customer_id: int,
    method_id: int,
    wish: Wish,
    password: str | None,
) -> StoredMethod:
    """Replace a method's details, by whoever proves once more to be its owner.

    Batches frozen before pay by the old details; until the hold ends nothing is paid by the new
    ones. Raises FieldInvalid, NotFound for somebody else's method.
    """
    await get_method(ctx, customer_id, method_id)
    await reauthentication.require(ctx, guard, customer_id, password)
    email = await _lock_owner(ctx, customer_id)
    account, request = await _check(ctx, customer_id, wish)
    if wish.is_default:
        await _clear_default(ctx, customer_id)
    values: dict[str, object] = {"version_no": PayoutMethod.version_no + 1}
    if wish.is_default:
        values["is_default"] = True
    version = await ctx.session.scalar(
        update(PayoutMethod)
        .where(PayoutMethod.payout_method_id == method_id, PayoutMethod.customer_id == customer_id)
        .values(values)
        .returning(PayoutMethod.version_no)
    )
    if version is None:
        raise NotFound
    row = version_row(ctx, fields, method_id, version, request, account, ctx.now + HOLD)
    await ctx.session.execute(insert(PayoutMethodVersion).values(row))
    await _announce(ctx, customer_id, email, CHANGED, row)
    return await get_method(ctx, customer_id, method_id)


async def get_method(ctx: Context, customer_id: int, method_id: int) -> StoredMethod:
    """One of a member's own methods."""
    query = _select(customer_id).where(PayoutMethod.payout_method_id == method_id)
    row = (await ctx.session.execute(query)).one_or_none()
    if row is None:
        raise NotFound
    return _stored(ctx, row)


def version_row(
    ctx: Context,
    fields: FieldCipher,
    method_id: int,
    version_no: int,
    request: Request,
    account: Account,
    held_until: datetime,
) -> dict[str, Any]:
    """The row of a version, its numbers sealed for this version alone."""
    text = json.dumps(account.details.as_json())
    return {
        "payout_method_id": method_id,
        "version_no": version_no,
        "type_id": int(request.type),
        "country_code": request.country_code,
        "name_on_account": request.name_on_account,
        "bank_name": account.bank_name[:100],
        "account_type_id": request.account_type_id,
        "last_four": account.details.last_four,
        "details_cipher": fields.encrypt(text, _place(method_id, version_no)),
        "held_until": held_until,
        "recorded_by": trail.actor_of(ctx.principal),
        "recorded_at": ctx.now,
    }


def open_details(
    fields: FieldCipher, method_id: int, version_no: int, details_cipher: bytes
) -> Details:
    """The sealed numbers, for the files they are paid by."""
    found = json.loads(fields.decrypt(details_cipher, _place(method_id, version_no)))
    return Details(**{**found, "address": tuple(found.get("address", ()))})


def _place(method_id: int, version_no: int) -> str:
    return f"payout_method_versions:{method_id}/{version_no}:details"


async def _lock_owner(ctx: Context, customer_id: int) -> str:
    """Changes of one member's methods come one after another; returns the address to write to."""
    email: str | None = await ctx.session.scalar(
        select(Customer.email)
        .where(Customer.customer_id == customer_id)
        .with_for_update(key_share=True)
    )
    if email is None:
        raise NotFound
    return email


async def _check(ctx: Context, customer_id: int, wish: Wish) -> tuple[Account, Request]:
    country = select(Country.country_code).join(
        Customer, Customer.country_code == Country.country_code
    )
    if wish.country_id is None:
        country = country.where(Customer.customer_id == customer_id)
    else:
        country = select(Country.country_code).where(Country.country_id == wish.country_id)
    code = await ctx.session.scalar(country)
    if code is None:
        raise FieldInvalid("countryId", "The CountryId is not known.")
    asked = replace(wish.request, country_code=code)
    if asked.type is not MethodType.BANK:
        asked = replace(asked, account_type_id=None)
    account = accounts.check(asked)
    if asked.type is MethodType.CHECK:
        address = await _mailing_address(ctx, customer_id)
        account = replace(account, details=replace(account.details, address=address))
    elif asked.type is MethodType.PAYONEER and not account.details.payee_id:
        # Members register with Payoneer under their customer number.
        details = replace(account.details, payee_id=str(customer_id))
        account = replace(account, details=details)
    return account, asked


async def _mailing_address(ctx: Context, customer_id: int) -> tuple[str, ...]:
    """Where a check goes is kept with the method, so that it changes under the same guard."""
    query = (
        select(
            Address.address1,
            Address.address2,
            Address.city,
            Address.state_province,
            Address.postal_code,
            Address.country_code,
        )
        .where(Address.customer_id == customer_id)
        .order_by(Address.is_default_billing.desc(), Address.address_id)
        .limit(1)
    )
    row = (await ctx.session.execute(query)).one_or_none()
    if row is None or not row.address1:
        raise FieldInvalid("payoutMethodTypeId", "A check needs an address in the address book.")
    return tuple(row)


async def _clear_default(ctx: Context, customer_id: int) -> None:
    await ctx.session.execute(
        update(PayoutMethod)
        .where(PayoutMethod.customer_id == customer_id, PayoutMethod.is_default)
        .values(is_default=False)
    )


async def _announce(
    ctx: Context, customer_id: int, email: str, template: str, row: dict[str, Any]
) -> None:
    number, version = row["payout_method_id"], row["version_no"]
    data = {
        "customer_id": customer_id,
        "method": describe(row["type_id"], row["last_four"]),
        "held_until": row["held_until"].isoformat(),
    }
    await messages.write_mail(ctx, email, template, data, key=f"payout_method:{number}:{version}")
    await trail.record(
        ctx,
        "payout_method.add" if template == ADDED else "payout_method.change",
        f"customer:{customer_id}",
        {"payout_method": number, "version": version},
    )


def _select(customer_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            PayoutMethod.payout_method_id,
            PayoutMethodVersion.type_id,
            Country.country_id,
            Country.name.label("country"),
            PayoutMethodVersion.name_on_account,
            PayoutMethodVersion.bank_name,
            PayoutMethodVersion.account_type_id,
            PayoutMethodVersion.last_four,
            PayoutMethod.is_default,
            PayoutMethodVersion.held_until,
            PayoutMethod.created_at,
            PayoutMethodVersion.recorded_at,
        )
        .join(
            PayoutMethodVersion,
            (PayoutMethodVersion.payout_method_id == PayoutMethod.payout_method_id)
            & (PayoutMethodVersion.version_no == PayoutMethod.version_no),
        )
        .join(Country, Country.country_code == PayoutMethodVersion.country_code)
        .where(PayoutMethod.customer_id == customer_id)
        .order_by(PayoutMethod.is_default.desc(), PayoutMethod.payout_method_id)
    )


def _stored(ctx: Context, row: Row[*tuple[Any, ...]]) -> StoredMethod:
    return StoredMethod(
        payout_method_id=row.payout_method_id,
        type=MethodType(row.type_id),
        country_id=row.country_id,
        country=row.country,
        name_on_account=row.name_on_account,
        bank_name=row.bank_name,
        account_type_id=row.account_type_id,
        last_four=row.last_four,
        is_default=row.is_default,
        held_until=row.held_until if row.held_until > ctx.now else None,
        created_at=row.created_at,
        updated_at=row.recorded_at,
    )
