"""Header `Client-Id` → principal, before anything of the request's body is read."""

from typing import Annotated

from fastapi import Depends, Query
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request

from upline.core.context import ANONYMOUS, Principal, PrincipalKind
from upline.core.errors import Unauthenticated
from upline.routers.backoffice.wire import Id
from upline.routers.deps import get_container, get_peer, get_principal
from upline.routers.policies import Policy

HEADER = "Client-Id"


async def identify(request: Request, policy: Policy) -> Principal:
    """Who calls; raises Unauthenticated, Forbidden or Throttled.

    Public operations are open with any token or none, so that a page left open over night can still
    log in.
    """
    container = get_container(request)
    principal = ANONYMOUS
    if token := request.headers.get(HEADER):
        try:
            principal = await container.tokens.authenticate(token, container.clock.now())
        except Unauthenticated:
            if not policy.public:
                raise
    rate = container.settings.limits.requests_per_principal
    await container.limiter.hit(rate, label(principal, get_peer(request)))
    policy.admit(principal)
    return principal


def label(principal: Principal, peer: str) -> str:
    """What rates and idempotency keys of a caller hang on; strangers share their address."""
    match principal.kind:
        case PrincipalKind.APPLICATION:
            return f"client:{principal.client_id}"
        case PrincipalKind.CUSTOMER | PrincipalKind.ADMINISTRATOR:
            return f"login:{principal.login_id}"
    return f"address:{peer}"


async def acting_customer(
    request: Request,
    customer_id: Annotated[
        Id | None, Query(alias="customerId", description="For applications: who is meant.")
    ] = None,
) -> int:
    """The customer of an operation that names none: the token's own, or the one an application
    adds. Whether the caller may act for them is the policy's to say: `Self("customer_id")`."""
    meant = get_principal(request).customer_id if customer_id is None else customer_id
    if meant is None:
        missing = {"type": "missing", "loc": ("query", "customerId"), "msg": "Field required"}
        raise RequestValidationError([missing])
    return meant


ActingCustomer = Annotated[int, Depends(acting_customer)]
