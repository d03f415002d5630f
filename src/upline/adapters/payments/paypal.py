"""PayPal's NVP interface: forms in, forms out, with an ACK that says whether it worked."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

import httpx2
import structlog

from upline.ports.express_checkout import Agreement, PaymentRefused, ProviderAway

VERSION = "124.0"
ACCEPTED = {"Success", "SuccessWithWarning"}
# Their trouble or ours, and not the member's: internal error, wrong credentials, no permission.
NOT_THE_MEMBERS = {"10001", "10002", "10006", "10007", "10008", "11451", "11452"}
LONGEST_ANSWER = 1 << 16

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A merchant's API signature."""

    user: str
    password: str
    signature: str


class PayPalCheckout:
    """Express Checkout with a billing agreement for payments the merchant starts."""

    provider = "paypal"

    def __init__(
        self,
        client: httpx2.AsyncClient,
        url: str,
        credentials: Credentials,
        *,
        currency: str,
        description: str,
    ) -> None:
        self._client = client
        self._url = url
        self._credentials = credentials
        self._currency = currency
        self._description = description

    async def begin(self, return_url: str, cancel_url: str) -> str:
        answer = await self._call(
            "SetExpressCheckout",
            {
                "RETURNURL": return_url,
                "CANCELURL": cancel_url,
                "PAYMENTREQUEST_0_AMT": "0",
                "PAYMENTREQUEST_0_CURRENCYCODE": self._currency,
                "PAYMENTREQUEST_0_PAYMENTACTION": "AUTHORIZATION",
                "L_BILLINGTYPE0": "MerchantInitiatedBilling",
                "L_BILLINGAGREEMENTDESCRIPTION0": self._description,
                "NOSHIPPING": "1",
            },
        )
        return _required(answer, "TOKEN")

    async def complete(self, token: str) -> Agreement:
        payer = await self._call("GetExpressCheckoutDetails", {"TOKEN": token})
        answer = await self._call("CreateBillingAgreement", {"TOKEN": token})
        return Agreement(
            token=_required(answer, "BILLINGAGREEMENTID"),
            email=payer.get("EMAIL", ""),
            first_name=payer.get("FIRSTNAME", ""),
            last_name=payer.get("LASTNAME", ""),
        )

    async def _call(self, method: str, fields: Mapping[str, str]) -> dict[str, str]:
        form = {
            "METHOD": method,
            "VERSION": VERSION,
            "USER": self._credentials.user,
            "PWD": self._credentials.password,
            "SIGNATURE": self._credentials.signature,
            **fields,
        }
        try:
            response = await self._client.post(self._url, data=form)
        except httpx2.HTTPError as error:
            _log.warning("paypal did not answer", method=method, error=type(error).__name__)
            raise ProviderAway from error
        if response.status_code != 200 or len(response.content) > LONGEST_ANSWER:
            _log.warning("paypal failed", method=method, status=response.status_code)
            raise ProviderAway
        answer = dict(parse_qsl(response.text, keep_blank_values=True))
        if answer.get("ACK") in ACCEPTED:
            return answer
        code = answer.get("L_ERRORCODE0", "")
        # The long message may repeat what was sent; the code and their trace number do not.
        _log.warning(
            "paypal refused", method=method, code=code, trace=answer.get("CORRELATIONID", "")
        )
        raise ProviderAway if not code or code in NOT_THE_MEMBERS else PaymentRefused


def _required(answer: Mapping[str, str], name: str) -> str:
    value = answer.get(name)
    if not value:
        raise ProviderAway
    return value
