"""Field types of plans: exact numbers in the engine's units, and names that must exist."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

__all__ = [
    "Amount",
    "BonusRef",
    "CustomerType",
    "EntryRef",
    "Key",
    "KindRef",
    "Label",
    "MeasureRef",
    "Money",
    "OrderType",
    "PlanModel",
    "RankRef",
    "Rate",
    "RoundingMode",
    "SignedAmount",
    "Status",
    "TreeRef",
    "Volume",
    "VolumeRef",
]

CustomerType = Literal["preferred", "distributor", "retail"]
CUSTOMER_TYPES: dict[str, int] = {"preferred": 1, "distributor": 2, "retail": 3}
Status = Literal["active", "inactive", "on_hold", "terminated"]
STATUSES: dict[str, int] = {"active": 1, "inactive": 2, "on_hold": 3, "terminated": 4}
OrderType = Literal["standard", "autoship", "starter_kit", "premium_kit", "retail"]
ORDER_TYPES: dict[str, int] = {
    "standard": 1,
    "autoship": 2,
    "starter_kit": 3,
    "premium_kit": 4,
    "retail": 5,
}


class PlanModel(BaseModel):
    """Base of all tables of a plan: an unknown key is an error, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _exact(value: Any, scale: int, what: str) -> int:
    """An exact number times `scale`; texts may carry a percent sign."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise ValueError(f"{what} must be a number")
    text = str(value).strip()
    percent = text.endswith("%")
    try:
        number = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        raise ValueError(f"{what} must be a number") from None
    if not number.is_finite():
        raise ValueError(f"{what} must be finite")
    scaled = number * scale / (100 if percent else 1)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{what} has too many decimals: {value}")
    if abs(scaled) >= 2**61:
        raise ValueError(f"{what} is too large: {value}")
    return int(scaled)


def _ten_thousandths(value: Any) -> int:
    if isinstance(value, str) and "%" in value:
        raise ValueError("expected a plain number, not a percentage")
    return _exact(value, 10_000, "value")


def _plain(value: Any) -> Decimal:
    return Decimal(_ten_thousandths(value)) / 10_000


def _millionths(value: Any) -> int:
    return _exact(value, 1_000_000, "rate")


Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Label = Annotated[str, Field(min_length=1, max_length=80)]
RoundingMode = Literal["half_up", "half_even", "half_down", "down", "up", "floor", "ceiling"]
Volume = Annotated[int, BeforeValidator(_ten_thousandths), Field(ge=0)]
SignedAmount = Annotated[int, BeforeValidator(_ten_thousandths)]
Amount = Annotated[int, BeforeValidator(_ten_thousandths), Field(ge=0)]
Money = Annotated[Decimal, BeforeValidator(_plain), Field(ge=0)]
# 0.08 and "8%" are the same rate; 1000 % is where a slip of the decimal point is certain.
Rate = Annotated[int, BeforeValidator(_millionths), Field(ge=0, le=10_000_000)]


def _known(kind: str) -> Any:
    def check(value: str, info: ValidationInfo) -> str:
        names = (info.context or {}).get(kind, ())
        if value not in names:
            known = ", ".join(names) or "none"
            raise ValueError(f"no {kind} named {value!r}; known: {known}")
        return value

    return check


# Names are checked while the plan is read, with the keys found in the same text as context.
RankRef = Annotated[str, AfterValidator(_known("rank"))]
TreeRef = Annotated[str, AfterValidator(_known("tree"))]
BonusRef = Annotated[str, AfterValidator(_known("bonus"))]
# What entries carry; kinds of volume among it; a volume known before ranks are; any volume.
EntryRef = Annotated[str, AfterValidator(_known("volume of orders"))]
KindRef = Annotated[str, AfterValidator(_known("kind of volume"))]
MeasureRef = Annotated[str, AfterValidator(_known("volume before ranks"))]
VolumeRef = Annotated[str, AfterValidator(_known("volume"))]
