"""What the Organization controller answers; the contract's Person and Node."""

from datetime import datetime

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
