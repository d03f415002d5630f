"""Logging in: people by password, applications by secret."""

from upline.routers.backoffice.auth import schemas as s
from upline.routers.backoffice.routing import Router
from upline.routers.deps import Ctx, Entrance
from upline.routers.policies import Public
from upline.services.auth import sessions
from upline.services.auth.tokens import IssuedToken

router = Router("Auth")


@router.post("/auth", policy=Public(), response_model=s.Token, keyed=False)
async def log_in(ctx: Ctx, doorway: Entrance, body: s.Credentials) -> IssuedToken:
    """Get a token for the header `Client-Id`.

    Members send Password with one of Username, Email, CustomerId; applications send ClientId and
    ClientSecret. A token ends after some hours, or at once when the password changes or the account
    is suspended. Unknown, wrong and locked answer 401 alike; too many attempts answer 429.
    """
    return await sessions.log_in(ctx, doorway, body)
