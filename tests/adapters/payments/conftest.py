from collections.abc import AsyncIterator

import httpx2
import pytest
from tests.factories.paypal import PASSWORD, SIGNATURE, USER, FakePayPal

from upline.adapters.payments.paypal import Credentials, PayPalCheckout
from upline.adapters.payments.sandbox import SandboxCheckout
from upline.ports.express_checkout import ExpressCheckout


@pytest.fixture
def fake() -> FakePayPal:
    return FakePayPal()


@pytest.fixture
async def paypal(fake: FakePayPal) -> AsyncIterator[PayPalCheckout]:
    transport = httpx2.ASGITransport(app=fake.app)
    async with httpx2.AsyncClient(transport=transport) as client:
        yield PayPalCheckout(
            client,
            "http://paypal.test/nvp",
            Credentials(USER, PASSWORD, SIGNATURE),
            currency="USD",
            description="Monthly orders",
        )


@pytest.fixture(params=["sandbox", "paypal"])
def checkout(request: pytest.FixtureRequest, paypal: PayPalCheckout) -> ExpressCheckout:
    """Every provider, for what holds for all of them."""
    return SandboxCheckout() if request.param == "sandbox" else paypal
