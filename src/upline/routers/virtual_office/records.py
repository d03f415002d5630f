"""The account record: one member in one period, the same wherever this family lists members."""

from decimal import Decimal
from operator import attrgetter
from typing import Any, Literal

from upline.core.wire import exact
from upline.routers.virtual_office.wire import (
    ReportDate,
    SquashedModel,
    Volume,
    report_date,
    squash,
)
from upline.services.organization.accounts import Account


class Autoship(SquashedModel):
    """Always there: a member without a standing order has status "none"."""

    active: bool
    day: int
    pv: Volume
    shipped: bool
    status: Literal["none", "", "Processed", "Skipped", "Error"]


class AccountRecord(SquashedModel):
    """Volumes and rank belong to the period; contact data, autoship and last order are live."""

    customer_id: int
    enroller_id: int
    sponsor_id: int
    name: str
    contact_name: str
    has_multibyte_name: bool
    has_multibyte_contact_name: bool
    level: int
    pv: Volume
    total_pv: Volume
    ogv: Volume
    pgv: Volume
    pgv_2_legs: Volume
    pgv_3_legs: Volume
    pgv_4_legs: Volume
    pgv_5_legs: Volume
    pgv_6_legs: Volume
    last_order_pv: Volume
    future_autoship_pv: Volume
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
    signup_date: ReportDate
    last_order_date: ReportDate
    date_activated: ReportDate
    autoship: Autoship
    main_country_id: int
    avatar_image: str
    show_contact_name: bool
    email: str
    rank_change: int
    on_hold: bool
    hold_reason: str


_NAMES = tuple(AccountRecord.model_fields)
_KEYS = tuple(map(squash, _NAMES))
_read = attrgetter(*_NAMES)
_DATES = ("signupdate", "lastorderdate", "dateactivated")
_VOLUMES = tuple(
    squash(name)
    for name, field in AccountRecord.model_fields.items()
    if field.annotation is Decimal
)
_AUTOSHIP_KEYS = tuple(map(squash, Autoship.model_fields))
_read_autoship = attrgetter(*Autoship.model_fields)


def write_record(account: Account) -> dict[str, object]:
    """What AccountRecord makes of an account, ready to be written.

    For pages of hundreds: checking and copying every field of what services have just made takes
    longer than everything else that is done with it here.
    """
    record: dict[str, Any] = dict(zip(_KEYS, _read(account), strict=True))
    for key in _DATES:
        record[key] = report_date(record[key])
    for key in _VOLUMES:
        record[key] = exact(record[key])
    autoship = _read_autoship(account.autoship)
    record["autoship"] = dict(zip(_AUTOSHIP_KEYS, autoship, strict=True))
    return record
