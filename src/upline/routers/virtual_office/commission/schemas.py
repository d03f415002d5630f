"""Answers about commission checks: most figures are texts here, as they always were."""

from typing import Self

from pydantic import Field

from upline.routers.virtual_office.wire import (
    AmountText,
    CheckDate,
    SquashedModel,
    Volume,
    money_text,
)
from upline.services.commission.check_levels import UnilevelLevel
from upline.services.commission.checks import BonusTotal, PastCheck
from upline.services.commission.checks import CheckSummary as Summary

NO_BONUS = BonusTotal()


class CheckVolume(SquashedModel):
    """The member's volumes in the period."""

    ogv: Volume
    pv: Volume
    pgv: Volume


class BonusLevel(SquashedModel):
    """What one level of a bonus paid, written as money: $142.83."""

    level_num: int
    commission: str


class Bonus(SquashedModel):
    """What a bonus paid: "0" when it paid nothing."""

    commission: AmountText


class LevelledBonus(Bonus):
    """A bonus that pays by level; `levels` is there only when it paid something."""

    levels: list[BonusLevel] = Field(exclude_if=lambda levels: not levels)

    @classmethod
    def of(cls, total: BonusTotal, currency: str) -> Self:
        levels = [
            BonusLevel(level_num=level.level, commission=money_text(level.amount, currency))
            for level in total.levels
        ]
        return cls(commission=total.amount, levels=levels)


class AdjustmentItem(SquashedModel):
    """A fee or correction."""

    description: str
    amount: AmountText
    comm_ledger_type_id: int


class Adjustments(SquashedModel):
    """What was added to and taken from the commission."""

    total: AmountText
    items: list[AdjustmentItem]


class CheckSummary(SquashedModel):
    """`checktotal` = `totalcommission` + adjustments − `dgyf`, what the member donates."""

    customer_id: str
    check_id: str
    check_date: CheckDate
    period_id: str
    check_total: AmountText
    total_commission: AmountText
    currency_unit: str
    dgyf: AmountText
    paid_as_rank_id: int
    max_rank_id: int
    volume: CheckVolume
    retail: Bonus
    unilevel: LevelledBonus
    faststart: LevelledBonus
    personalgen: Bonus
    generations: LevelledBonus
    risingstar: Bonus
    leadership: Bonus
    diamondexpress: Bonus
    starterkit: Bonus
    adjustments: Adjustments

    @classmethod
    def of(cls, check: Summary) -> Self:
        def bonus(code: str) -> Bonus:
            return Bonus(commission=check.bonuses.get(code, NO_BONUS).amount)

        def levelled(code: str) -> LevelledBonus:
            return LevelledBonus.of(check.bonuses.get(code, NO_BONUS), check.currency)

        return cls(
            customer_id=str(check.customer_id),
            check_id=check.check_number,
            check_date=check.pay_date,
            period_id=str(check.period_id),
            check_total=check.total,
            total_commission=check.total_commission,
            currency_unit=check.currency,
            dgyf=check.donation,
            paid_as_rank_id=check.paid_as_rank_id,
            max_rank_id=check.max_rank_id,
            volume=CheckVolume(ogv=check.ogv, pv=check.pv, pgv=check.pgv),
            retail=bonus("retail"),
            unilevel=levelled("unilevel"),
            faststart=levelled("faststart"),
            personalgen=bonus("personalgen"),
            generations=levelled("generations"),
            risingstar=bonus("risingstar"),
            leadership=bonus("leadership"),
            diamondexpress=bonus("diamondexpress"),
            starterkit=bonus("starterkit"),
            adjustments=Adjustments(
                total=check.adjustment_total,
                items=[
                    AdjustmentItem(
                        description=item.description,
                        amount=item.amount,
                        comm_ledger_type_id=item.ledger_type_id,
                    )
                    for item in check.adjustments
                ],
            ),
        )


class LevelMember(SquashedModel):
    """What one member's volume paid."""

    member_num: int
    member_name: str
    commission_volume: Volume
    percentage: float
    commissions_earned: Volume


class LevelMembers(SquashedModel):
    """The members a level's volume came from."""

    levels: list[LevelMember]


class UnilevelCheck(SquashedModel):
    """One level. Its volume is shown cut to a whole number; the money was made of all decimals."""

    customer_id: int
    period_id: int
    commission_volume: int
    percentage: Volume
    commission_earned: str
    unilevel: LevelMembers

    @classmethod
    def of(cls, level: UnilevelLevel) -> Self:
        return cls(
            customer_id=level.customer_id,
            period_id=level.period_id,
            commission_volume=int(level.volume),
            percentage=level.rate * 100,
            commission_earned=money_text(level.amount, level.currency),
            unilevel=LevelMembers(
                levels=[
                    LevelMember(
                        member_num=earning.customer_id,
                        member_name=earning.name,
                        commission_volume=earning.volume,
                        percentage=float(earning.rate * 100),
                        commissions_earned=earning.amount,
                    )
                    for earning in level.earnings
                ]
            ),
        )


class HistoryCheck(SquashedModel):
    """A check that was written; the amount is its commission before fees."""

    period_id: int
    check_number: str
    check_date: CheckDate
    amount: Volume
    amount_formatted: str
    currency: str

    @classmethod
    def of(cls, check: PastCheck) -> Self:
        return cls(
            period_id=check.period_id,
            check_number=check.number,
            check_date=check.pay_date,
            amount=check.amount,
            amount_formatted=money_text(check.amount, check.currency),
            currency=check.currency,
        )


class CheckHistory(SquashedModel):
    """Checks up to a period, newest first."""

    customer_id: int
    checks: list[HistoryCheck]
