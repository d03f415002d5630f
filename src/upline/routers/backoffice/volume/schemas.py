"""What the Volume controller answers."""

from datetime import datetime

from upline.routers.backoffice.wire import (
    BackOfficeModel,
    Number,
    OpaqueOrderId,
)


class Volume(BackOfficeModel):
    """A member's volumes and ranks in one period."""

    customer_id: int
    period_id: int
    personal_volume: Number
    group_volume: Number
    organization_volume: Number
    commissionable_volume: Number
    left_volume: Number
    right_volume: Number
    carryover_left: Number
    carryover_right: Number
    paid_leg_volume: Number
    rank_id: int
    rank: str | None
    paid_as_rank_id: int
    paid_as_rank: str | None
    is_active: bool
    is_qualified: bool
    as_of: datetime


class Missing(BackOfficeModel):
    """A volume the next rank asks for beyond what is projected."""

    name: str
    required: Number
    projected: Number
    missing: Number


class Projection(Volume):
    """Volumes with the autoships still due; the same fields and what they come from."""

    autoship_volume: Number
    organization_autoship_volume: Number
    next_rank_id: int | None
    next_rank: str | None
    missing: list[Missing]


class Legs(BackOfficeModel):
    """Both binary legs; PositionId 1 is left, 2 right, null when both are even."""

    customer_id: int
    period_id: int
    left_volume: Number
    right_volume: Number
    carryover_left: Number
    carryover_right: Number
    left_total: Number
    right_total: Number
    strong_leg_id: int | None
    strong_leg: str | None
    weak_leg_id: int | None
    weak_leg: str | None
    paid_leg_volume: Number
    projected_pay: Number
    currency_code: str
    as_of: datetime


class Carryover(BackOfficeModel):
    """What one period did to both legs."""

    period_id: int
    left_in: Number
    right_in: Number
    left_new: Number
    right_new: Number
    left_paid: Number
    right_paid: Number
    left_flushed: Number
    right_flushed: Number
    left_out: Number
    right_out: Number


class Entry(BackOfficeModel):
    """Volume of one order, refund or correction; adjustments have no order."""

    order_id: int | None
    encrypted_order_id: OpaqueOrderId | None
    from_customer_id: int
    from_name: str
    level: int
    date: datetime
    description: str
    personal_volume: Number
    commissionable_volume: Number


class Level(BackOfficeModel):
    """One level of the unilevel downline."""

    level: int
    count: int
    active_count: int
    volume: Number
