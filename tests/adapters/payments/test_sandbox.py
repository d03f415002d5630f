"""What holds for every provider, the sandbox first of all."""

import pytest

from upline.adapters.payments.sandbox import SandboxCheckout
from upline.ports.express_checkout import ExpressCheckout, PaymentRefused

HOME = "https://shop.example/"


async def test_an_approved_token_becomes_an_agreement(checkout: ExpressCheckout) -> None:
    token = await checkout.begin(HOME, HOME)
    agreement = await checkout.complete(token)
    assert agreement.token
    assert "@" in agreement.email
    assert await checkout.complete(token) == agreement


async def test_every_token_is_another(checkout: ExpressCheckout) -> None:
    tokens = {await checkout.begin(HOME, HOME) for _ in range(5)}
    assert len(tokens) == 5
    assert len({(await checkout.complete(token)).token for token in tokens}) == 5


@pytest.mark.parametrize("token", ["EC-1", "", "EC-SANDBOX-", "EC-SANDBOX-" + "0" * 28, "é"])
async def test_unknown_tokens_are_refused(checkout: ExpressCheckout, token: str) -> None:
    with pytest.raises(PaymentRefused):
        await checkout.complete(token)


async def test_another_process_may_complete(checkout: ExpressCheckout) -> None:
    if isinstance(checkout, SandboxCheckout):
        agreement = await SandboxCheckout().complete(await checkout.begin(HOME, HOME))
        assert agreement.token.startswith("B-")
