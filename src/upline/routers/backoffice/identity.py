"""Header `Client-Id` → principal, before anything of the request's body is read."""

from starlette.requests import Request

from upline.core.context import ANONYMOUS, Principal, PrincipalKind
from upline.core.errors import Unauthenticated
from upline.routers.deps import get_container, get_peer
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
