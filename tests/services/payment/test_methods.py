"""What is shown of stored methods, and that a token is stored once."""

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from tests.factories.family import add_family

from upline.core import db_errors
from upline.core.context import Context
from upline.core.crypto import FieldCipher
from upline.models.payment import PaymentMethod
from upline.services.payment.methods import (
    MethodType,
    NewMethod,
    TokenTaken,
    add_method,
    list_methods,
    mask_email,
)

FIELDS = FieldCipher([b"k" * 32], b"i" * 32)
ANN, CARL = 2, 4


def card(token: str, last_four: str = "1111") -> NewMethod:
    return NewMethod(MethodType.CARD, "spreedly", token, brand="visa", last_four=last_four)


async def test_the_first_is_the_default_and_comes_first(ctx: Context) -> None:
    await add_family(ctx.session)
    for token, last_four in (("a", "1111"), ("b", "2222")):
        await add_method(ctx, FIELDS, ANN, card(token, last_four))
    methods = await list_methods(ctx, ANN)
    assert [(m.last_four, m.is_default) for m in methods] == [("1111", True), ("2222", False)]
    assert await list_methods(ctx, CARL) == []


async def test_a_token_is_stored_once(ctx: Context) -> None:
    await add_family(ctx.session)
    await add_method(ctx, FIELDS, ANN, card("a"))
    with pytest.raises(IntegrityError) as refused:
        await add_method(ctx, FIELDS, CARL, card("a"))
    assert isinstance(db_errors.translate(refused.value), TokenTaken)


async def test_removed_methods_are_not_shown(ctx: Context) -> None:
    await add_family(ctx.session)
    await add_method(ctx, FIELDS, ANN, card("a"))
    await ctx.session.execute(update(PaymentMethod).values(removed_at=ctx.now))
    assert await list_methods(ctx, ANN) == []
    await add_method(ctx, FIELDS, ANN, card("b"))
    (method,) = await list_methods(ctx, ANN)
    assert method.is_default


@pytest.mark.parametrize(
    ("email", "shown"),
    [("joe@example.com", "j***@example.com"), ("", ""), ("no address", ""), ("@x", "***@x")],
)
def test_masks(email: str, shown: str) -> None:
    assert mask_email(email) == shown
