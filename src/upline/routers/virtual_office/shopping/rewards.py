"""The answer about Essential Rewards: fields and types of the documented one."""

from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Self

from upline.core.opaque_ids import OpaqueIds
from upline.routers.virtual_office.wire import CamelModel, Volume
from upline.services.payment.methods import MethodType, StoredMethod
from upline.services.points.rewards import Rewards, Standing

PAYMENT_METHOD = "payment_method"
TYPES = {
    MethodType.CARD: "CreditCard",
    MethodType.BANK_ACCOUNT: "BankAccount",
    MethodType.PAYPAL: "PayPal",
}


class BillingAddress(CamelModel):
    """Where the bills of a method go."""

    address_1: str
    address_2: str
    city: str
    state: str
    postal_code: str
    country: str


class Payment(CamelModel):
    """A stored method by what may be shown of it; `paymentToken` names it, and pays nothing."""

    payment_token: str
    payment_type: str
    card_type: str
    last_four_digits: str
    first_name: str
    last_name: str
    email: str
    expiration_month: int
    expiration_year: int
    is_default: bool
    billing_address: BillingAddress

    @classmethod
    def of(cls, method: StoredMethod, ids: OpaqueIds) -> Self:
        return cls(
            payment_token=ids.encrypt(PAYMENT_METHOD, method.payment_method_id),
            payment_type=TYPES[method.type],
            card_type=method.brand,
            last_four_digits=method.last_four,
            first_name=method.first_name,
            last_name=method.last_name,
            email=method.email,
            expiration_month=method.expires_month,
            expiration_year=method.expires_year,
            is_default=method.is_default,
            billing_address=BillingAddress.model_validate(method.billing_address),
        )


class Day(CamelModel):
    """A calendar day in parts; zeros where there is none."""

    year: int
    month: int
    day: int


class Processing(CamelModel):
    """When the next order of a program is made."""

    processing_date: Day

    @classmethod
    def of(cls, standing: Standing | None) -> Self:
        due: date | None = standing.next_date if standing else None
        parts = (due.year, due.month, due.day) if due else (0, 0, 0)
        return cls(processing_date=Day(year=parts[0], month=parts[1], day=parts[2]))


class EssentialRewards(CamelModel):
    """Points are whole ones; hundredths are kept for later. otg: local market, nfr: not for resale.

    monthsBeforePercentageIncrease and nextEarningRate are both 0 when the next order already earns
    more, or when no rate is higher.
    """

    total_points: int
    total_expiring_points_30_days: int
    consecutive_months_of_er_orders: int
    earning_percentage: Volume
    available_monthly_points: int
    months_before_percentage_increase: int
    next_earning_rate: Volume
    is_enrolled: bool
    payments: list[Payment]
    legacy_otg_processing_day_of_month: int
    legacy_nfr_processing_day_of_month: int
    is_er_template_confirmed: bool
    are_er_deliveries_valid: bool
    does_template_meet_min_pv: bool
    otg: Processing
    nfr: Processing

    @classmethod
    def of(cls, rewards: Rewards, ids: OpaqueIds) -> Self:
        return cls(
            total_points=_whole(rewards.total),
            total_expiring_points_30_days=_whole(rewards.expiring_soon),
            consecutive_months_of_er_orders=rewards.months_in_a_row,
            earning_percentage=rewards.percent,
            available_monthly_points=_whole(rewards.available),
            months_before_percentage_increase=rewards.months_before_increase,
            next_earning_rate=rewards.next_percent,
            is_enrolled=rewards.is_enrolled,
            payments=[Payment.of(method, ids) for method in rewards.payments],
            legacy_otg_processing_day_of_month=_day_of(rewards.local),
            legacy_nfr_processing_day_of_month=_day_of(rewards.nfr),
            is_er_template_confirmed=rewards.is_template_confirmed,
            are_er_deliveries_valid=rewards.are_deliveries_valid,
            does_template_meet_min_pv=rewards.meets_minimum,
            otg=Processing.of(rewards.local),
            nfr=Processing.of(rewards.nfr),
        )


def _whole(points: Decimal) -> int:
    return int(points.quantize(Decimal(1), ROUND_DOWN))


def _day_of(standing: Standing | None) -> int:
    return standing.day_of_month if standing else 0
