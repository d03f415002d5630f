"""A token is its member's, and leads to one stored method however often it is exchanged."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from tests.factories.family import add_family
from tests.factories.golden_company import contexts_at

from upline.adapters.payments.sandbox import SandboxCheckout
from upline.core.context import SYSTEM, Context
from upline.core.crypto import FieldCipher
from upline.core.db import Database
from upline.core.errors import FieldInvalid, NotFound
from upline.models.payment import PaymentMethod, PaymentSetup
from upline.ports.express_checkout import Agreement, PaymentRefused
from upline.services.payment import setups
from upline.services.payment.methods import MethodType, list_methods

FIELDS = FieldCipher([b"k" * 32], b"i" * 32)
HOME = "https://shop.example/"
ANN, CARL = 2, 4


class Counting(SandboxCheckout):
    """The sandbox, with a look at how often it is asked; refuses while `unapproved`."""

    def __init__(self) -> None:
        self.completed = 0
        self.unapproved = False

    async def complete(self, token: str) -> Agreement:
        self.completed += 1
        if self.unapproved:
            raise PaymentRefused
        return await super().complete(token)


async def _begin(ctx: Context, checkout: SandboxCheckout, member: int = ANN) -> str:
    return await setups.begin(
        ctx, FIELDS, checkout, member, return_url=HOME, cancel_url=HOME, origins=[HOME]
    )


async def test_the_method_is_stored_sealed_and_becomes_the_default(ctx: Context) -> None:
    await add_family(ctx.session)
    checkout = Counting()
    token = await _begin(ctx, checkout)
    number = await setups.complete(ctx, FIELDS, checkout, ANN, token)
    (method,) = await list_methods(ctx, ANN)
    assert (method.payment_method_id, method.type) == (number, MethodType.PAYPAL)
    assert (method.is_default, method.email) == (True, "s***@example.com")
    sealed = await ctx.session.scalar(select(PaymentMethod.token_cipher))
    assert sealed is not None
    assert FIELDS.decrypt(sealed, f"payment_methods:token:{ANN}").startswith("B-")


async def test_asking_again_gives_the_same_and_bothers_nobody(ctx: Context) -> None:
    await add_family(ctx.session)
    checkout = Counting()
    token = await _begin(ctx, checkout)
    numbers = {await setups.complete(ctx, FIELDS, checkout, ANN, token) for _ in range(3)}
    assert (len(numbers), checkout.completed) == (1, 1)


async def test_a_token_is_nobody_elses(ctx: Context) -> None:
    await add_family(ctx.session)
    checkout = Counting()
    token = await _begin(ctx, checkout)
    for member, sent in ((CARL, token), (ANN, f"{token}0")):
        with pytest.raises(NotFound):
            await setups.complete(ctx, FIELDS, checkout, member, sent)
    assert checkout.completed == 0


async def test_what_was_not_approved_may_be_approved_later(ctx: Context) -> None:
    await add_family(ctx.session)
    checkout = Counting()
    token = await _begin(ctx, checkout)
    checkout.unapproved = True
    with pytest.raises(PaymentRefused):
        await setups.complete(ctx, FIELDS, checkout, ANN, token)
    assert await list_methods(ctx, ANN) == []
    checkout.unapproved = False
    assert await setups.complete(ctx, FIELDS, checkout, ANN, token)


async def test_foreign_addresses_are_refused_before_the_provider_hears_of_them(
    ctx: Context,
) -> None:
    for bad in ({"return_url": "https://evil.example/"}, {"cancel_url": "https://evil.example/"}):
        addresses = {"return_url": HOME, "cancel_url": HOME} | bad
        with pytest.raises(FieldInvalid):
            await setups.begin(ctx, FIELDS, Counting(), ANN, **addresses, origins=[HOME])


async def test_many_at_once_store_one_method(committed_database: Database) -> None:
    contexts, checkout = contexts_at(committed_database), Counting()
    async with contexts.open(SYSTEM) as ctx:
        await add_family(ctx.session)
        token = await _begin(ctx, checkout)

    async def complete() -> int:
        async with contexts.open(SYSTEM) as ctx:
            return await setups.complete(ctx, FIELDS, checkout, ANN, token)

    assert len(set(await asyncio.gather(*(complete() for _ in range(4))))) == 1
    assert checkout.completed == 1


async def test_abandoned_setups_are_forgotten_and_completed_ones_kept(ctx: Context) -> None:
    await add_family(ctx.session)
    checkout = Counting()
    await _begin(ctx, checkout)
    await setups.complete(ctx, FIELDS, checkout, ANN, await _begin(ctx, checkout))
    await setups.forget_abandoned(replace(ctx, now=ctx.now + timedelta(days=8)))
    assert await ctx.session.scalar(select(func.count()).select_from(PaymentSetup)) == 1
