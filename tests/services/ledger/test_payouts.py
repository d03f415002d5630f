"""What moves when a payout leaves, arrives, never leaves or comes back."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import insert, select
from tests.factories.family import add_family
from tests.factories.payouts import add_payout_methods
from tests.services.ledger.books import booked, entries, give, references

from upline.core.context import Context
from upline.models.payout import Payout, PayoutBatch, PayoutMethod
from upline.services.ledger import payouts

# Member → amount and fee. The first three are booked together, the others lie about.
PAID = {1: ("100", "2"), 2: ("50", "0"), 4: ("10", "3")}
OTHERS = {3: ("25", "4")}


@pytest.fixture
async def ids(ctx: Context) -> list[int]:
    """The payouts of 1, 2 and 4, in dollars; all have euros and an account for debt, too."""
    await add_family(ctx.session)
    await add_payout_methods(ctx, (1, 2, 3, 4))
    for customer_id in (1, 2, 3, 4):
        await give(ctx, customer_id, "500")
        await give(ctx, customer_id, "70", "EUR")
    batch = await add_batch(ctx, "USD", PAID | OTHERS)
    await add_batch(ctx, "EUR", {1: ("30", "1")})
    found = await ctx.session.scalars(
        select(Payout.payout_id)
        .where(Payout.payout_batch_id == batch, Payout.customer_id.in_(PAID))
        .order_by(Payout.payout_id)
    )
    return list(found)


async def add_batch(ctx: Context, currency: str, paid: Mapping[int, tuple[str, str]]) -> int:
    batch = await ctx.session.scalar(
        insert(PayoutBatch)
        .values(
            pay_date=date(2014, 11, 17),
            currency_code=currency,
            prepared_by="administrator:1",
            frozen_at=ctx.now,
            covers_until=ctx.now,
        )
        .returning(PayoutBatch.payout_batch_id)
    )
    assert batch is not None
    for customer_id, (amount, fee) in paid.items():
        method = select(PayoutMethod.payout_method_id).where(
            PayoutMethod.customer_id == customer_id
        )
        await ctx.session.execute(
            insert(Payout).values(
                payout_batch_id=batch,
                customer_id=customer_id,
                amount=Decimal(amount),
                fee=Decimal(fee),
                payout_method_id=method.scalar_subquery(),
                version_no=1,
                format="nacha",
            )
        )
    return batch


async def test_frozen_money_leaves_the_wallets_for_transit(ctx: Context, ids: list[int]) -> None:
    transaction_id = await payouts.post_freeze(ctx, 12, ids, "USD")
    assert await entries(ctx, transaction_id) == booked(
        "1 USD 4 -100",
        "1 USD 5 -2",
        "2 USD 4 -50",
        "4 USD 4 -10",
        "4 USD 5 -3",
        "payouts-in-transit USD 4 160",
        "fee-income USD 5 5",
    )
    assert (await references(ctx))[-1] == "payout:12"


async def test_what_arrived_leaves_transit_for_cash(ctx: Context, ids: list[int]) -> None:
    transaction_id = await payouts.post_arrived(ctx, ids, "USD")
    assert await entries(ctx, transaction_id) == booked(
        "payouts-in-transit USD 4 -160", "cash USD 4 160"
    )
    assert (await references(ctx))[-1] == f"payout-paid:{ids[0]}"


async def test_what_never_left_gives_its_fee_back(ctx: Context, ids: list[int]) -> None:
    transaction_id = await payouts.post_never_left(ctx, ids, "USD")
    assert await entries(ctx, transaction_id) == booked(
        "1 USD 4 100",
        "1 USD 5 2",
        "2 USD 4 50",
        "4 USD 4 10",
        "4 USD 5 3",
        "payouts-in-transit USD 4 -160",
        "fee-income USD 5 -5",
    )
    assert (await references(ctx))[-1] == f"payout-undone:{ids[0]}"


async def test_what_comes_back_from_the_bank_has_cost_its_fee(ctx: Context, ids: list[int]) -> None:
    transaction_id = await payouts.post_came_back(ctx, ids, "USD")
    assert await entries(ctx, transaction_id) == booked(
        "1 USD 4 100", "2 USD 4 50", "4 USD 4 10", "cash USD 4 -160"
    )
    assert (await references(ctx))[-1] == f"payout-returned:{ids[0]}"


@pytest.mark.parametrize("fee", ["0", "9"])
async def test_only_a_fee_of_nothing_is_not_booked(ctx: Context, ids: list[int], fee: str) -> None:
    batch = await add_batch(ctx, "USD", {3: ("20", fee)})
    one = await ctx.session.scalar(select(Payout.payout_id).where(Payout.payout_batch_id == batch))
    assert one is not None
    for sign, post in (
        ("-", await payouts.post_freeze(ctx, batch, [one], "USD")),
        ("", await payouts.post_never_left(ctx, [one], "USD")),
    ):
        opposite = "" if sign else "-"
        fees = [f"3 USD 5 {sign}{fee}", f"fee-income USD 5 {opposite}{fee}"] if fee != "0" else []
        assert await entries(ctx, post) == booked(
            f"3 USD 4 {sign}20", f"payouts-in-transit USD 4 {opposite}20", *fees
        )
