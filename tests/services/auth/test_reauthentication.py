"""Who is taken at their word: a person who just logged in, or anybody with the password."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.factories.world import CLIENT, PASSWORD, World, open_world

from upline.core.context import SYSTEM, Principal, PrincipalKind, Scope
from upline.core.db import Database
from upline.core.errors import FieldInvalid, Throttled
from upline.services.auth import reauthentication

ANN, ROOT = 2, 1
APPLICATION = Principal(
    PrincipalKind.APPLICATION, client_id=CLIENT, scopes=frozenset({Scope.BACKOFFICE})
)


async def prove(world: World, who: Principal, password: str | None, customer_id: int = ANN) -> None:
    async with world.container.context(who, peer="192.0.2.1") as ctx:
        await reauthentication.require(ctx, world.container.guard, customer_id, password)


async def test_who_must_prove_what(committed_database: Database) -> None:
    async with open_world(committed_database) as world:
        token = world.backoffice["self"]["Client-Id"]
        ann = await world.container.tokens.authenticate(token, world.clock.now())
        await prove(world, ann, None)
        world.clock.advance(reauthentication.FRESH + timedelta(seconds=1))
        for who in (ann, APPLICATION, replace(ann, token_id=None)):
            with pytest.raises(FieldInvalid, match="required"):
                await prove(world, who, None)
            await prove(world, who, PASSWORD)
        with pytest.raises(FieldInvalid, match="not correct"):
            await prove(world, ann, "guessed wrong")
        await prove(world, SYSTEM, None)


async def test_guesses_are_counted(committed_database: Database) -> None:
    async with open_world(committed_database) as world:
        for _ in range(5):
            with pytest.raises(FieldInvalid):
                await prove(world, APPLICATION, "guessed wrong")
        with pytest.raises(Throttled):
            await prove(world, APPLICATION, PASSWORD)
