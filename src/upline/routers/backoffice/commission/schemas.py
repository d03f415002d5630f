"""What the Commission controller answers."""

from upline.routers.backoffice.wire import (
    BackOfficeModel,
    Number,
    OpaqueCustomerId,
    OpaqueOrderId,
)


class BonusTotal(BackOfficeModel):
    """What one bonus paid."""

    bonus_id: int
    bonus: str
    amount: Number


class Statement(BackOfficeModel):
    """What a member earned in a period: Net = Total + Adjustments − Donation.

    PaidAmount is Net in the currency it is paid in, at ExchangeRate if that is another one.
    Status is Projected while the period is open, then Closed, then Paid.
    """

    period_id: int
    description: str
    total: Number
    adjustments: Number
    donation: Number
    net: Number
    currency_code: str
    paid_amount: Number
    paid_currency_code: str
    exchange_rate: Number | None
    status: str
    bonuses: list[BonusTotal]


class Adjustment(BackOfficeModel):
    """A fee or a correction; amounts taken are negative."""

    description: str
    amount: Number
    ledger_type_id: int


class Carry(BackOfficeModel):
    """Binary volume brought in from the period before and handed on to the next."""

    left_in: Number
    right_in: Number
    left_out: Number
    right_out: Number


class StatementLine(BackOfficeModel):
    """One amount and its source; Percentage is 8 for 8 %, Volume what it was paid on."""

    line_id: int
    bonus_id: int
    bonus: str
    from_customer_id: int
    encrypted_from_customer_id: OpaqueCustomerId
    from_name: str
    order_id: int | None
    encrypted_order_id: OpaqueOrderId | None
    level: int
    paid_level: int
    volume: Number
    percentage: Number
    amount: Number
    explanation: str


class DetailedStatement(Statement):
    """A period's statement with the page of its lines that was asked for."""

    paid_as_rank_id: int
    paid_as_rank: str | None
    carry: Carry
    adjustment_lines: list[Adjustment]
    line_count: int
    lines: list[StatementLine]
