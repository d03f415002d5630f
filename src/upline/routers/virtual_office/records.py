"""The account record: one member in one period, the same wherever this family lists members."""

from typing import Literal

from upline.core.wire import exact
from upline.routers.virtual_office.wire import (
    ReportDate,
    SquashedModel,
    Volume,
    report_date,
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


def write_record(account: Account) -> dict[str, object]:
    """What AccountRecord makes of an account, ready to be written.

    For pages of hundreds: checking and copying every field of what services have just made takes
    longer than everything else that is done with it here. Tests hold both to each other.
    """
    autoship = account.autoship
    return {
        "customerid": account.customer_id,
        "enrollerid": account.enroller_id,
        "sponsorid": account.sponsor_id,
        "name": account.name,
        "contactname": account.contact_name,
        "hasmultibytename": account.has_multibyte_name,
        "hasmultibytecontactname": account.has_multibyte_contact_name,
        "level": account.level,
        "pv": exact(account.pv),
        "totalpv": exact(account.total_pv),
        "ogv": exact(account.ogv),
        "pgv": exact(account.pgv),
        "pgv2legs": exact(account.pgv_2_legs),
        "pgv3legs": exact(account.pgv_3_legs),
        "pgv4legs": exact(account.pgv_4_legs),
        "pgv5legs": exact(account.pgv_5_legs),
        "pgv6legs": exact(account.pgv_6_legs),
        "lastorderpv": exact(account.last_order_pv),
        "futureautoshippv": exact(account.future_autoship_pv),
        "mainaddress1": account.main_address_1,
        "mainaddress2": account.main_address_2,
        "maincity": account.main_city,
        "mainstate": account.main_state,
        "mainzip": account.main_zip,
        "maincountry": account.main_country,
        "mainphone": account.main_phone,
        "haspvassist": account.has_pv_assist,
        "optedoutofemail": account.opted_out_of_email,
        "rankid": account.rank_id,
        "maxrankid": account.max_rank_id,
        "previousrankid": account.previous_rank_id,
        "isnewmaxrank": account.is_new_max_rank,
        "activitystatusid": account.activity_status_id,
        "customertype": account.customer_type,
        "signupdate": report_date(account.signup_date),
        "lastorderdate": report_date(account.last_order_date),
        "dateactivated": report_date(account.date_activated),
        "autoship": {
            "active": autoship.active,
            "day": autoship.day,
            "pv": exact(autoship.pv),
            "shipped": autoship.shipped,
            "status": autoship.status,
        },
        "maincountryid": account.main_country_id,
        "avatarimage": account.avatar_image,
        "showcontactname": account.show_contact_name,
        "email": account.email,
        "rankchange": account.rank_change,
        "onhold": account.on_hold,
        "holdreason": account.hold_reason,
    }
