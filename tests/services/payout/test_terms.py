from decimal import Decimal

from upline.services.payout.terms import Terms
from upline.services.payout.vocabulary import MethodType
from upline.services.plan.schema import Payout, PayoutFee

PLAN = Payout(
    minimum=Decimal(25),
    fee=Decimal("1.5"),
    hold_days=7,
    fees=[
        PayoutFee(method="check", amount=Decimal(3)),
        PayoutFee(method="pigeon", amount=Decimal(9)),
    ],
)


def test_fees_by_method() -> None:
    terms = Terms.of(PLAN)
    assert (terms.minimum, terms.hold_days) == (25, 7)
    assert terms.fee(MethodType.CHECK) == 3
    assert terms.fee(MethodType.BANK) == terms.fee(MethodType.PAYONEER) == Decimal("1.5")


def test_in_another_currency() -> None:
    euros = Terms.of(PLAN).exchanged(Decimal("0.913"), "EUR")
    assert (euros.minimum, euros.any_fee) == (Decimal("22.83"), Decimal("1.37"))
    assert euros.fee(MethodType.CHECK) == Decimal("2.74")
    assert euros.hold_days == 7
    assert Terms.of(PLAN).exchanged(Decimal("149.5"), "JPY").minimum == 3738
    assert Terms.of(PLAN).exchanged(None, "JPY") == Terms(hold_days=7)


def test_a_currency_may_have_a_minimum_of_its_own() -> None:
    terms = Terms.of(PLAN.model_copy(update={"minimums": {"MYR": Decimal(105)}}))
    assert terms.exchanged(Decimal("3.27"), "MYR").minimum == 105
    assert terms.exchanged(None, "MYR").minimum == 105
    assert terms.exchanged(Decimal("0.913"), "EUR").minimum == Decimal("22.83")
