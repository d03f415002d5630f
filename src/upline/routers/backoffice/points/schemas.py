"""What the Points controller answers."""

from datetime import datetime

from upline.routers.backoffice.wire import BackOfficeModel, Number, OpaqueCustomerId


class PublicPerson(BackOfficeModel):
    """What everybody may know of a contestant."""

    customer_id: int
    encrypted_customer_id: OpaqueCustomerId
    referral_code: str | None
    first_name: str
    last_name: str
    image_url: str


class Placed(BackOfficeModel):
    """Somebody's position; members who are equal share one."""

    position: int
    person: PublicPerson
    points: Number
    is_qualified: bool


class Total(BackOfficeModel):
    """A member's points in a contest; without points there is no position."""

    customer_id: int
    encrypted_customer_id: OpaqueCustomerId
    period_id: int
    contest_id: int
    contest: str
    points: Number
    position: int | None
    is_qualified: bool
    as_of: datetime


class Standings(Total):
    """A member's position, what is missing to the next one and to the qualifying line."""

    contestants: int
    gap_to_next: Number | None
    qualifying_points: Number | None
    points_to_qualify: Number
    neighbours: list[Placed]


class Entry(BackOfficeModel):
    """Why a member has points."""

    reason_id: int
    reason: str
    source_id: int | None
    source: str | None
    quantity: Number
    points: Number
