"""Administrators as they are named on the command line, where no token says who is there."""

from collections.abc import Iterable

from sqlalchemy import select

from upline.core.context import Context, Principal, PrincipalKind, Scope
from upline.core.errors import FieldInvalid
from upline.models.identity import Login
from upline.services.audit import trail
from upline.services.auth import logins


async def get_administrator(ctx: Context, name: str) -> Principal:
    """The administrator who logs in as `name`; raises FieldInvalid for anybody else."""
    login = await logins.find_by_name(ctx, name)
    if login is None or not login.is_administrator:
        raise FieldInvalid("as", f"No administrator logs in as {name!r}; see upline user create.")
    return principal_of(login.login_id)


def principal_of(login_id: int) -> Principal:
    """The caller an administrator's login stands for."""
    scopes = frozenset({Scope.ADMIN})
    return Principal(PrincipalKind.ADMINISTRATOR, login_id=login_id, scopes=scopes)


async def name_actors(ctx: Context, actors: Iterable[str | None]) -> dict[str | None, str]:
    """What people call those whom the audit trail knows by number; others keep their number."""
    wanted = {actor for actor in actors if actor}
    rows = await ctx.session.execute(
        select(Login.login_id, Login.username).where(
            Login.is_administrator, Login.username.is_not(None)
        )
    )
    names = {trail.actor_of(principal_of(row.login_id)): str(row.username) for row in rows}
    return {None: "nobody", **{actor: names.get(actor, actor) for actor in wanted}}
