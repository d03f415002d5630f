"""The columns of a members file."""

import re

from upline.services.customer.referral_codes import is_reserved
from upline.services.imports.fields import (
    Bad,
    Field,
    among,
    choice,
    clean,
    email,
    flag,
    identifier,
    instant,
    remembered,
    required,
    text,
)
from upline.services.imports.reference import CUSTOMER_TYPES, SIDES, STATUSES, Reference

_REFERRAL_CODE = re.compile(r"[\w.-]{1,64}")


def referral_code(cell: str) -> str:
    """A code that can stand in an address as it is."""
    cell = clean(cell)
    if cell and not _REFERRAL_CODE.fullmatch(cell):
        raise Bad("holds other characters than letters, digits, points and dashes, or over 64")
    if is_reserved(cell):
        raise Bad("is a word of the API's own paths")
    return cell


def member_fields(reference: Reference) -> tuple[Field, ...]:
    """What a members file may hold; the id comes first (see staging.stage)."""
    when = instant(reference.zone, reference.latest)
    country = remembered(among(reference.countries, "country"))
    currency = remembered(among(reference.currencies, "currency"))
    return (
        Field("id", ("customer_id bigint",), required(identifier),
              ("customer id", "member id", "member"), required=True),
        Field("type", ("customer_type_id smallint",),
              remembered(choice(CUSTOMER_TYPES, "member type")),
              ("customer type", "member type")),
        Field("first_name", ("first_name text",), text(100), ("given name",)),
        Field("last_name", ("last_name text",), text(100), ("surname", "family name")),
        Field("company", ("company_name text",), text(200), ("company name",)),
        Field("email", ("email text", "email_key text"), email, ("e-mail address", "mail")),
        Field("phone", ("phone text",), text(32), ("phone number", "main phone")),
        Field("address1", ("address1 text",), text(200), ("address", "street", "address line 1")),
        Field("address2", ("address2 text",), text(200), ("address line 2",)),
        Field("city", ("city text",), remembered(text(100)), ("town",)),
        Field("state", ("state_province text",), remembered(text(100)),
              ("state province", "province", "region")),
        Field("postal_code", ("postal_code text",), remembered(text(20)),
              ("zip", "zip code", "postcode")),
        Field("country", ("country_code text",), required(country), ("country code",),
              required=True),
        Field("language", ("language text",), remembered(text(12)), ("culture",)),
        Field("currency", ("currency_code text",), currency, ("currency code",)),
        Field("time_zone", ("time_zone text",), remembered(text(64))),
        Field("enroller", ("enroller_id bigint",), identifier, ("enroller id",)),
        Field("sponsor", ("sponsor_id bigint",), identifier, ("sponsor id",)),
        Field("binary_parent", ("binary_parent_id bigint",), identifier,
              ("binary parent id", "placement", "placement id")),
        Field("side", ("position_id smallint",), remembered(choice(SIDES, "side")),
              ("binary side", "position", "leg")),
        Field("owner", ("owner_id bigint",), identifier, ("owner id", "main position")),
        Field("enrolled", ("enrolled_at timestamptz",), required(when),
              ("enrolled at", "enrolled date", "enroll date", "signup date"), required=True),
        Field("activated", ("activated_at timestamptz",), when,
              ("activated at", "activated date", "date activated")),
        Field("terminated", ("terminated_at timestamptz",), when,
              ("terminated at", "terminated date")),
        Field("status", ("status_id smallint",), remembered(choice(STATUSES, "status"))),
        Field("referral_code", ("referral_code text",), referral_code),
        Field("username", ("username text",), text(100), ("user name", "login")),
        Field("hold_reason", ("hold_reason text",), remembered(text(200)), ("hold",)),
        Field("email_opted_out", ("email_opted_out boolean",), remembered(flag),
              ("opted out of email", "email opt out")),
        Field("contact_hidden", ("contact_hidden boolean",), remembered(flag),
              ("hide contact",)),
    )  # fmt: skip
