"""Which provider serves: the one there are credentials for, else the sandbox."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from upline.adapters.payments.paypal import Credentials, PayPalCheckout
from upline.adapters.payments.sandbox import SandboxCheckout
from upline.ports.express_checkout import ExpressCheckout
from upline.settings import PaymentSettings


@asynccontextmanager
async def open_express_checkout(
    settings: PaymentSettings, currency: str
) -> AsyncIterator[ExpressCheckout]:
    """The provider of a process, with its connections, for the length of the block."""
    paypal = settings.paypal
    if paypal.user is None or paypal.password is None or paypal.signature is None:
        yield SandboxCheckout()
        return
    async with httpx2.AsyncClient(timeout=paypal.timeout_seconds) as client:
        yield PayPalCheckout(
            client,
            paypal.url,
            Credentials(
                paypal.user,
                paypal.password.get_secret_value(),
                paypal.signature.get_secret_value(),
            ),
            currency=currency,
            description=paypal.agreement,
        )
