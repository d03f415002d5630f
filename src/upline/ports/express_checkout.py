"""Storing a payment method through a provider's own pages: PayPal Express Checkout.

The member's browser goes to the provider with a token and comes back with it; what the provider
then keeps is a billing agreement, which autoships are charged to.
"""

from dataclasses import dataclass
from typing import Protocol

from upline.core.errors import DomainError, Kind, Unavailable


class PaymentRefused(DomainError):
    """The provider knows the request and says no: not approved, expired, or never begun there."""

    code = "payment_refused"
    kind = Kind.CONFLICT
    message = "The payment provider did not accept the request."


class ProviderAway(Unavailable):
    """The provider did not answer, or not as it should; nothing is known of the request."""

    code = "payment_provider_away"
    message = "The payment provider is unavailable. Try again shortly."


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the provider keeps; `token` charges it, the rest tells the member which one it is."""

    token: str
    email: str
    first_name: str
    last_name: str


class ExpressCheckout(Protocol):
    """A provider. Both operations raise PaymentRefused or ProviderAway."""

    @property
    def provider(self) -> str:
        """The name stored beside what it keeps."""

    async def begin(self, return_url: str, cancel_url: str) -> str:
        """A token for the member's way through the provider's pages."""

    async def complete(self, token: str) -> Agreement:
        """The agreement the member approved there."""
