from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, text
from tests.factories.world import World, open_world

from upline.core.context import SYSTEM, PrincipalKind, Scope
from upline.core.db import Database
from upline.core.errors import Unauthenticated
from upline.services.auth import logins, tokens
from upline.services.auth.tokens import RECHECK_SECONDS, TokenCache


class Timer:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@contextmanager
def _statements(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest):  # type: ignore[no-untyped-def]
        seen.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


@pytest.fixture
async def world(committed_database: Database):  # type: ignore[no-untyped-def]
    async with open_world(committed_database) as world:
        yield world


async def test_a_token_is_looked_up_once_a_second(world: World) -> None:
    timer, container = Timer(), world.container
    cache = TokenCache(container.database, container.signer, timer)
    token = world.backoffice["self"]["Client-Id"]
    with _statements(container.database) as seen:
        for _ in range(50):
            principal = await cache.authenticate(token, world.clock.now())
        assert len(seen) == 1
        assert (principal.kind, principal.customer_id) == (PrincipalKind.CUSTOMER, 2)
        timer.seconds += RECHECK_SECONDS
        await cache.authenticate(token, world.clock.now())
        assert len(seen) == 2


async def test_what_ends_a_token(world: World) -> None:
    timer, container = Timer(), world.container
    cache = TokenCache(container.database, container.signer, timer)
    token = world.backoffice["self"]["Client-Id"]
    for end, undo in (
        ("UPDATE customers SET status_id = 3", "UPDATE customers SET status_id = 2"),
        ("UPDATE logins SET epoch = epoch + 1", "UPDATE logins SET epoch = epoch - 1"),
        (
            "UPDATE access_tokens SET revoked_at = now()",
            "UPDATE access_tokens SET revoked_at = NULL",
        ),
    ):
        await cache.authenticate(token, world.clock.now())
        async with container.context(SYSTEM) as ctx:
            await ctx.session.execute(text(end))
        timer.seconds += RECHECK_SECONDS
        with pytest.raises(Unauthenticated):
            await cache.authenticate(token, world.clock.now())
        async with container.context(SYSTEM) as ctx:
            await ctx.session.execute(text(undo))
        timer.seconds += RECHECK_SECONDS


async def test_one_token_can_be_revoked_alone(world: World) -> None:
    container = world.container
    token = world.backoffice["self"]["Client-Id"]
    claims = container.signer.open(token, world.clock.now())
    async with container.context(SYSTEM) as ctx:
        await tokens.revoke(ctx, claims.token_id)
    cache = TokenCache(container.database, container.signer)
    with pytest.raises(Unauthenticated):
        await cache.authenticate(token, world.clock.now())
    await cache.authenticate(world.backoffice["upline"]["Client-Id"], world.clock.now())


async def test_administrators_have_every_scope(world: World) -> None:
    container = world.container
    async with container.context(SYSTEM) as ctx:
        await logins.create(
            ctx, container.passwords, "correct horse", username="chief", administrator=True
        )
        login = await logins.get_by_name(ctx, "chief")
        issued = await tokens.issue_to_login(ctx, container.signer, timedelta(hours=1), login)
    principal = await container.tokens.authenticate(issued.token, world.clock.now())
    assert principal.kind is PrincipalKind.ADMINISTRATOR
    assert all(principal.has_scope(scope) for scope in Scope)
    assert issued.scopes == (Scope.ADMIN,)
