"""Answers about a member's downline."""

from typing import Annotated

from pydantic import AliasPath, Field, PlainSerializer

from upline.routers.virtual_office.records import AccountRecord, Autoship
from upline.routers.virtual_office.wire import DetailMoment, SquashedModel, Volume

ACCOUNT = AliasPath("account")


def of_account(name: str) -> AliasPath:
    """A field that is read from the detail's account record."""
    return AliasPath("account", name)


class ChartPoint(SquashedModel):
    """The volumes of one period."""

    period_id: int
    pv: Volume
    ogv: Volume
    pgv: Volume


class Leg(AccountRecord):
    """A directly sponsored member with the periods of the chart, oldest first."""

    chart: list[ChartPoint]


class MemberChildren(SquashedModel):
    """A front line; `customerid` is an integer when a member was named in the path."""

    customer_id: int
    current_period_id: int
    period_id: int
    chart_start_period: int
    chart_end_period: int
    total_children: int
    legs: list[Leg]


class UserChildren(MemberChildren):
    """The caller's own front line; here `customerid` is a string, as it always was."""

    customer_id: Annotated[int, PlainSerializer(str, return_type=str)]


class Volumes(SquashedModel):
    """PGV less the largest legs tells how far the next ranks are."""

    pv: Volume
    ogv: Volume
    pgv: Volume
    total_pv: Volume
    pgv_2_legs: Volume
    pgv_3_legs: Volume
    pgv_4_legs: Volume
    pgv_5_legs: Volume
    pgv_6_legs: Volume


class Rank(SquashedModel):
    """Rank of the period, the best ever, that of the period before. rankchange: 1 up, 2 down."""

    rank_id: int
    rank_name: str
    max_rank_id: int
    previous_rank_id: int
    is_new_max_rank: bool
    rank_change: int


class MainAddress(SquashedModel):
    """The default address."""

    main_address_1: str
    main_address_2: str
    main_city: str
    main_state: str
    main_zip: str
    main_country: str
    main_country_id: int


class Relative(SquashedModel):
    """Sponsor or enroller; `customerid` 0 when there is none to be seen."""

    customer_id: int
    name: str
    email: str
    main_phone: str


class PathStep(SquashedModel):
    """A member on the way from the caller, at level 0, to the member asked for."""

    customer_id: int
    name: str
    level: int


class UserDetail(SquashedModel):
    """The caller himself."""

    customer_id: int = Field(validation_alias=of_account("customer_id"))
    name: str = Field(validation_alias=of_account("name"))
    customer_type: int = Field(validation_alias=of_account("customer_type"))
    email: str = Field(validation_alias=of_account("email"))
    main_phone: str = Field(validation_alias=of_account("main_phone"))
    date_signed_up: DetailMoment = Field(validation_alias=of_account("signup_date"))
    date_activated: DetailMoment = Field(validation_alias=of_account("date_activated"))
    on_hold: bool = Field(validation_alias=of_account("on_hold"))
    activity_status_id: int = Field(validation_alias=of_account("activity_status_id"))
    hold_reason: str = Field(validation_alias=of_account("hold_reason"))
    avatar_image: str = Field(validation_alias=of_account("avatar_image"))
    volume: Volumes = Field(validation_alias=ACCOUNT)
    rank: Rank = Field(validation_alias=ACCOUNT)
    address: MainAddress = Field(validation_alias=ACCOUNT)
    autoship: Autoship = Field(validation_alias=of_account("autoship"))
    sponsor: Relative
    enroller: Relative


class MemberDetail(UserDetail):
    """A member of the caller's downline, with the path that leads to him."""

    sponsor_path: list[PathStep]


class Requirement(SquashedModel):
    """One thing a rank asks for. Names: pv, totalpv, ogv, pgv, left, right, legs, …"""

    name: str
    required: Volume
    actual: Volume
    met: bool


class QualifyingLeg(SquashedModel):
    """A front-line organization; `qualified` when the next rank would count it."""

    customer_id: int
    name: str
    ogv: Volume
    qualified: bool


class Qualification(SquashedModel):
    """Where the caller stands on the way to the next rank."""

    customer_id: int
    period_id: int
    current_rank_id: int
    paid_as_rank_id: int
    max_rank_id: int
    next_rank_id: int
    requirements: list[Requirement]
    legs: list[QualifyingLeg]
