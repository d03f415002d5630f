"""What the statistics of an organization answer."""

from upline.routers.backoffice.organization.schemas import Person
from upline.routers.backoffice.wire import BackOfficeModel, Number


class Area(BackOfficeModel):
    """Who lives in a state, or in a country where no state is known."""

    country_id: int
    country: str
    state_province_id: int | None
    state_province: str | None
    distributor_count: int
    customer_count: int
    new_count: int
    volume: Number


class Level(BackOfficeModel):
    """One level below the member."""

    level: int
    distributors: int
    customers: int
    active: int
    new: int
    volume: Number


class RankCount(BackOfficeModel):
    """How many hold a rank."""

    rank_id: int
    rank: str
    count: int
    new_count: int


class Leader(BackOfficeModel):
    """One of the ten best, with what the points are for."""

    position: int
    person: Person
    points: Number
    enrolments: int
    enrolment_points: Number
    rank_advances: int
    rank_points: Number
    volume_growth: Number
    growth_points: Number
