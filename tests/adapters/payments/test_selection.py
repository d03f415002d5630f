"""The sandbox serves until there are credentials."""

import pytest
from pydantic import SecretStr

from upline.adapters.payments.selection import open_express_checkout
from upline.settings import PaymentSettings, PayPalSettings

WHOLE = {"user": "u", "password": SecretStr("p"), "signature": SecretStr("s")}


@pytest.mark.parametrize(
    ("given", "provider"),
    [((), "sandbox"), (("user", "password"), "sandbox"), (tuple(WHOLE), "paypal")],
)
async def test_credentials_decide(given: tuple[str, ...], provider: str) -> None:
    paypal = PayPalSettings.model_validate({name: WHOLE[name] for name in given})
    async with open_express_checkout(PaymentSettings(paypal=paypal), "USD") as checkout:
        assert checkout.provider == provider
