import pytest
from sqlalchemy.exc import IntegrityError

from upline.core import db_errors
from upline.core.context import Context, Scope
from upline.core.errors import NotFound
from upline.core.passwords import PasswordHasher
from upline.services.auth import clients
from upline.services.auth.errors import ClientExists

PASSWORDS = PasswordHasher()


async def test_clients_are_made_listed_and_revoked(ctx: Context) -> None:
    await clients.create(ctx, PASSWORDS, "shop", "secret", {Scope.FUNNEL}, name="The shop")
    (client,) = await clients.list_all(ctx)
    assert (client.client_id, client.name, client.revoked_at) == ("shop", "The shop", None)
    assert client.scopes == {Scope.FUNNEL}
    await clients.revoke(ctx, "shop")
    (client,) = await clients.list_all(ctx)
    assert client.revoked_at == ctx.now
    for name in ("shop", "nobody"):
        with pytest.raises(NotFound):
            await clients.revoke(ctx, name)


async def test_ids_are_never_given_twice(ctx: Context) -> None:
    await clients.create(ctx, PASSWORDS, "shop", "secret", {Scope.FUNNEL})
    await clients.revoke(ctx, "shop")
    with pytest.raises(IntegrityError) as refused:
        await clients.create(ctx, PASSWORDS, "shop", "secret", {Scope.ADMIN})
    assert isinstance(db_errors.translate(refused.value), ClientExists)


def test_scopes_of_another_version_grant_nothing() -> None:
    assert clients.scopes_of(["funnel", "everything", ""]) == {Scope.FUNNEL}
