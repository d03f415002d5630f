"""What the Organization controller answers; the contract's Person and Node."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Discriminator, Tag

from upline.routers.backoffice.wire import BackOfficeModel, Number, OpaqueCustomerId


class Person(BackOfficeModel):
    """A member as the caller may see them; hidden fields are null."""

    customer_id: int
    encrypted_customer_id: OpaqueCustomerId
    referral_code: str | None
    first_name: str
    last_name: str
    customer_type_id: int
    customer_type: str
    status_id: int
    status: str
    rank_id: int
    rank: str | None
    enroll_date: datetime
    image_url: str
    city: str | None
    state_province: str | None
    country: str | None
    email: str | None
    phone_number: str | None


class Member(Person):
    """A Node of a flat list: a person, their place and their volumes of the period."""

    parent_id: int | None
    sponsor_id: int | None
    enroller_id: int | None
    level: int
    position_id: int | None
    has_children: bool
    personal_volume: Number
    group_volume: Number
    organization_volume: Number
    left_volume: Number
    right_volume: Number


class Node(Member):
    """A member of a nested tree; `HasMore` says that not all children are given."""

    has_more: bool
    children: list["Node"]


class OpenPosition(BackOfficeModel):
    """A place of the binary tree where a newcomer could stand."""

    position_id: int
    parent_id: int
    is_open: bool


def _place_of(value: Any) -> str:
    return "open" if getattr(value, "is_open", False) else "taken"


class BinaryNode(Member):
    """A member of the binary picture, with both places below; none are given on its last level,
    where `HasMore` tells whether anybody stands there."""

    has_more: bool
    is_open: bool
    children: list[
        Annotated[
            Annotated["BinaryNode", Tag("taken")] | Annotated[OpenPosition, Tag("open")],
            Discriminator(_place_of),
        ]
    ]


class Bottom(BackOfficeModel):
    """The last member of an outer leg, `level` steps down; level 0: nobody stands on that side."""

    customer_id: int
    encrypted_customer_id: OpaqueCustomerId
    position_id: int
    level: int


class MovableMember(Member):
    """A personally enrolled member whose sponsor may still be changed, until then."""

    change_until: datetime


class SponsorChange(BackOfficeModel):
    """Where a member stands now, and stood before."""

    customer_id: int
    encrypted_customer_id: OpaqueCustomerId
    sponsor_id: int
    previous_sponsor_id: int | None
    effective_at: datetime
