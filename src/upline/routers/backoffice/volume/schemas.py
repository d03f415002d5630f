"""What the Volume controller answers."""

from datetime import datetime

from upline.routers.backoffice.wire import BackOfficeModel, Number


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
