"""The NVP wire format, and what PayPal's failures mean to a member."""

import httpx2
import pytest
from structlog.testing import capture_logs
from tests.factories.paypal import PASSWORD, SIGNATURE, USER, FakePayPal

from upline.adapters.payments.paypal import Credentials, PayPalCheckout
from upline.ports.express_checkout import PaymentRefused, ProviderAway

HOME, AWAY = "https://shop.example/back?a=1&b=2", "https://shop.example/cancel"


async def test_the_first_call_asks_for_a_billing_agreement(
    fake: FakePayPal, paypal: PayPalCheckout
) -> None:
    token = await paypal.begin(HOME, AWAY)
    assert token == "EC-00000000000000001"
    (call,) = fake.calls
    assert call == {
        "METHOD": "SetExpressCheckout",
        "VERSION": "124.0",
        "USER": USER,
        "PWD": PASSWORD,
        "SIGNATURE": SIGNATURE,
        "RETURNURL": HOME,
        "CANCELURL": AWAY,
        "PAYMENTREQUEST_0_AMT": "0",
        "PAYMENTREQUEST_0_CURRENCYCODE": "USD",
        "PAYMENTREQUEST_0_PAYMENTACTION": "AUTHORIZATION",
        "L_BILLINGTYPE0": "MerchantInitiatedBilling",
        "L_BILLINGAGREEMENTDESCRIPTION0": "Monthly orders",
        "NOSHIPPING": "1",
    }


async def test_completing_reads_the_payer_and_the_agreement(
    fake: FakePayPal, paypal: PayPalCheckout
) -> None:
    agreement = await paypal.complete(await paypal.begin(HOME, AWAY))
    assert (agreement.token, agreement.email) == ("B-00000000000000001", "payer@example.com")
    methods = [call["METHOD"] for call in fake.calls]
    assert methods[1:] == ["GetExpressCheckoutDetails", "CreateBillingAgreement"]


async def test_what_the_member_declined_is_refused(
    fake: FakePayPal, paypal: PayPalCheckout
) -> None:
    token = await paypal.begin(HOME, AWAY)
    fake.declined.add(token)
    with pytest.raises(PaymentRefused):
        await paypal.complete(token)


@pytest.mark.parametrize("broken", ["status", "empty"])
async def test_a_failing_gateway_is_away(
    fake: FakePayPal, paypal: PayPalCheckout, broken: str
) -> None:
    fake.broken = broken
    with pytest.raises(ProviderAway):
        await paypal.begin(HOME, AWAY)


async def test_wrong_credentials_are_our_trouble_and_stay_out_of_the_log(fake: FakePayPal) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=fake.app)) as client:
        checkout = PayPalCheckout(
            client,
            "http://paypal.test/nvp",
            Credentials(USER, "very secret", SIGNATURE),
            currency="USD",
            description="",
        )
        with capture_logs() as logs, pytest.raises(ProviderAway):
            await checkout.begin(HOME, AWAY)
    assert logs[0]["code"] == "10002"
    assert "very secret" not in str(logs)


async def test_silence_is_away() -> None:
    async def hang_up(_request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectTimeout("no answer")

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(hang_up)) as client:
        checkout = PayPalCheckout(
            client,
            "http://paypal.test/nvp",
            Credentials("", "", ""),
            currency="USD",
            description="",
        )
        with pytest.raises(ProviderAway):
            await checkout.begin(HOME, AWAY)
