"""Proving again that it is really oneself, for what a stolen session must not be able to do."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from upline.core.context import Context, PrincipalKind
from upline.core.errors import FieldInvalid
from upline.models.identity import AccessToken
from upline.services.auth import logins
from upline.services.auth.errors import WrongCredentials
from upline.services.auth.guard import Guard
from upline.services.auth.logins import AccountName

FRESH = timedelta(minutes=5)


async def require(ctx: Context, guard: Guard, customer_id: int, password: str | None) -> None:
    """The member's password, or a token its owner got by logging in within five minutes.

    An application's token proves nothing about the member it acts for. Comes before all writes of
    a use case: checking a password gives the connection back. Raises FieldInvalid, or Throttled.
    """
    if ctx.principal.kind is PrincipalKind.SYSTEM:
        return
    if password is None:
        if await _logged_in_just_now(ctx):
            return
        raise FieldInvalid("password", "The Password field is required to change this.")
    try:
        await logins.authenticate(ctx, guard, AccountName(customer_id=customer_id), password)
    except WrongCredentials as error:
        # 401 would tell a client that its token has ended.
        raise FieldInvalid("password", "The Password is not correct.") from error


async def _logged_in_just_now(ctx: Context) -> bool:
    if ctx.principal.login_id is None or ctx.principal.token_id is None:
        return False
    issued_at = await ctx.session.scalar(
        select(AccessToken.issued_at).where(AccessToken.token_id == UUID(ctx.principal.token_id))
    )
    return issued_at is not None and ctx.now - issued_at <= FRESH
