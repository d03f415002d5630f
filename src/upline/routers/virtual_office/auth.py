"""Who stands behind the `authtoken` header; the token is checked without the database, the login
it was made for at most once a second."""

from datetime import timedelta

from fastapi import Request

from upline.bootstrap import Container
from upline.core.context import ANONYMOUS, Context, Principal, PrincipalKind
from upline.core.errors import Unauthenticated
from upline.routers.deps import get_container, get_peer
from upline.routers.policies import Policy
from upline.services.auth.member_tokens import Epochs, MemberTokens

HEADER = "authtoken"


class Gate:
    """What one process remembers of tokens and logins."""

    def __init__(self, container: Container) -> None:
        minutes = container.settings.security.token_lifetime_minutes
        self.tokens = MemberTokens(container.keys.token_key, timedelta(minutes=minutes))
        self._container = container
        self._epochs = Epochs(container.database)

    async def identify(self, header: str) -> Principal:
        """The member a token belongs to; raises Unauthenticated for anything else."""
        bearer = self.tokens.open(header, self._container.clock.now())
        await self._epochs.require(bearer)
        return Principal(
            PrincipalKind.CUSTOMER, customer_id=bearer.customer_id, login_id=bearer.login_id
        )


def caller(ctx: Context) -> int:
    """The member whose token came with the request; policies let nobody else through."""
    if ctx.principal.customer_id is None:
        raise Unauthenticated
    return ctx.principal.customer_id


def get_gate(request: Request) -> Gate:
    """The gate of the application that serves this request."""
    gate: Gate = request.app.state.gate
    return gate


async def identify(request: Request, policy: Policy) -> Principal:
    """Who calls; raises Unauthenticated, Forbidden or Throttled. Public operations do not look at
    tokens, so that a page with an old one can still log in."""
    container, header = get_container(request), request.headers.get(HEADER)
    principal = ANONYMOUS
    if header is not None and not policy.public:
        principal = await get_gate(request).identify(header)
    login_id = principal.login_id
    label = f"address:{get_peer(request)}" if login_id is None else f"login:{login_id}"
    await container.limiter.hit(container.settings.limits.requests_per_principal, label)
    policy.admit(principal)
    return principal
