"""What is answered about ranks and the way to the next one."""

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator

from upline.routers.backoffice.wire import BackOfficeModel, Number, OpaqueCustomerId

NAMES = {
    "pv": "PersonalVolume",
    "totalpv": "TotalPersonalVolume",
    "ogv": "OrganizationVolume",
    "pgv": "GroupVolume",
    "left": "LeftVolume",
    "right": "RightVolume",
    "cappedogv": "CappedOrganizationVolume",
    "rollingpv": "RollingPersonalVolume",
    "legs": "Legs",
    "rankedlegs": "RankedLegs",
    "enrolled": "Enrolled",
    "enrolledlegs": "EnrolledLegs",
    "leftenrolled": "LeftEnrolled",
    "rightenrolled": "RightEnrolled",
    "heldperiods": "HeldPeriods",
}


def _name(value: str) -> str:
    """`pv` is PersonalVolume; `volume.qv`, a kind of the plan's own, stays what it is called."""
    return NAMES.get(value, value)


Name = Annotated[str, BeforeValidator(_name)]


class Held(BackOfficeModel):
    """A rank; RankId -1 for none."""

    rank_id: int
    rank: str


class Requirement(BackOfficeModel):
    """One thing a rank asks for; Actual and IsMet are null where no figure tells."""

    name: Name
    required: Number
    actual: Number | None
    percent: Number
    is_met: bool | None
    missing: Number


class Leg(BackOfficeModel):
    """A front-line organization, and what would make the next rank count it."""

    customer_id: int
    encrypted_customer_id: OpaqueCustomerId
    name: str
    organization_volume: Number
    personal_volume: Number
    rank_id: int
    counts: bool
    missing: Number
    missing_personal_volume: Number


class Step(BackOfficeModel):
    """So much more of one thing; Legs name the leg, or nobody for a new one."""

    requirement: Name
    missing: Number
    customer_id: int | None
    encrypted_customer_id: OpaqueCustomerId | None
    name: str


class Achievement(BackOfficeModel):
    """The first period a rank was reached in."""

    rank_id: int
    rank: str
    period_id: int
    date: datetime


class Advancement(BackOfficeModel):
    """Where a member stands between two ranks; NextRank is null at the top."""

    customer_id: int
    encrypted_customer_id: OpaqueCustomerId
    period_id: int
    current_rank: Held
    paid_as_rank: Held
    highest_rank: Held
    forced_rank: Held | None
    next_rank: Held | None
    requirements: list[Requirement]
    legs: list[Leg]
    cheapest_way: list[Step]
    history: list[Achievement]


class Rank(BackOfficeModel):
    """A rank of the plan as the member sees it."""

    rank_id: int
    rank: str
    description: str
    requirements: list[Requirement]
    is_current: bool
    is_paid_as: bool
    is_highest: bool
    achieved_date: datetime | None
