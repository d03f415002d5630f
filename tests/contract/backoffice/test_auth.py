from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.factories.world import CLIENT, PASSWORD, SECRET, World

from upline.core.context import SYSTEM
from upline.services.auth import clients, logins
from upline.services.auth.tokens import RECHECK_SECONDS, TokenCache

WEEK = "/api/v1/period/week"


async def _auth(world: World, **body: Any):  # type: ignore[no-untyped-def]
    return await world.http.post("/api/v1/auth", json=body)


async def _status(world: World, headers: dict[str, str]) -> int:
    return (await world.http.get(WEEK, headers=headers)).status_code


@pytest.fixture
def tick(world: World) -> "Ticker":
    """Moves the second after which tokens are looked up again."""
    ticker = Ticker()
    cache = TokenCache(world.container.database, world.container.signer, timer=ticker)
    object.__setattr__(world.container, "tokens", cache)
    return ticker


class Ticker:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize(
    "name",
    [
        {"CustomerId": 2},
        {"customerid": "2"},
        {"CUSTOMERID": 2, "Unknown": [1]},
        {"Email": "member2@example.com"},
        {"email": "MEMBER2@Example.COM"},
    ],
)
async def test_members_log_in_by_any_name(world: World, name: dict[str, Any]) -> None:
    answer = await _auth(world, **name, Password=PASSWORD)
    assert answer.status_code == 200
    content = answer.json()
    assert content.pop("Token").count(".") == 2
    assert content == {
        "TokenType": "Client-Id",
        "ExpiresIn": 8 * 3600,
        "CustomerId": 2,
        "EncryptedCustomerId": world.container.ids.encrypt("customer", 2),
        "Scopes": [],
    }


async def test_members_log_in_by_user_name(world: World) -> None:
    async with world.container.context(SYSTEM) as ctx:
        await ctx.session.execute(
            text("UPDATE logins SET username = 'Ann.Able' WHERE customer_id = 2")
        )
    assert (await _auth(world, Username="ann.able", Password=PASSWORD)).json()["CustomerId"] == 2


async def test_applications_log_in_by_secret(world: World) -> None:
    content = (await _auth(world, ClientId=CLIENT, ClientSecret=SECRET)).json()
    assert content["CustomerId"] is content["EncryptedCustomerId"] is None
    assert content["Scopes"] == ["backoffice"]


async def test_forms_log_in_too(world: World) -> None:
    form = {"customerid": "2", "password": PASSWORD}
    answer = await world.http.post("/api/v1/auth", data=form)
    assert answer.json()["CustomerId"] == 2


async def test_every_failure_looks_the_same(world: World) -> None:
    async with world.container.context(SYSTEM) as ctx:
        await ctx.session.execute(text("UPDATE customers SET status_id = 3 WHERE customer_id = 7"))
    headers = {"X-Request-Id": "the-same-id"}
    answers = [
        await world.http.post("/api/v1/auth", json=body, headers=headers)
        for body in (
            {"CustomerId": 2, "Password": "wrong"},
            {"CustomerId": 99, "Password": PASSWORD},
            {"CustomerId": 7, "Password": PASSWORD},  # on hold, and the password is right
            {"CustomerId": 4, "Password": PASSWORD},  # has no login
            {"Email": "nobody@example.com", "Password": PASSWORD},
            {"ClientId": CLIENT, "ClientSecret": "wrong"},
            {"ClientId": "nobody", "ClientSecret": SECRET},
        )
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["Message"] == "The credentials provided are incorrect"
    assert len({tuple(answer.headers.items()) for answer in answers}) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "model"),
        ({"Password": PASSWORD}, "model"),
        ({"CustomerId": 2}, "model"),
        ({"ClientId": CLIENT}, "model"),
        ({"CustomerId": "x", "Password": "y"}, "model.CustomerId"),
        ({"CustomerId": 0, "Password": "y"}, "model.CustomerId"),
        ({"CustomerId": 2**63, "Password": "y"}, "model.CustomerId"),
        ({"CustomerId": [2], "Password": "y"}, "model.CustomerId"),
        ({"CustomerId": {"$gt": 0}, "Password": "y"}, "model.CustomerId"),
        ({"Email": ["a@b.c", "d@e.f"], "Password": "y"}, "model.Email"),
        ({"Email": "x" * 255, "Password": "y"}, "model.Email"),
        ({"CustomerId": 2, "Password": ""}, "model.Password"),
        ({"CustomerId": 2, "Password": "x" * 5000}, "model.Password"),
        ({"CustomerId": 2, "Password": 12345678}, "model.Password"),
        ({"CustomerId": 2, "customerId": 1, "Password": "y"}, "model"),
    ],
)
async def test_bad_bodies_name_the_field_and_repeat_nothing(
    world: World, body: dict[str, Any], field: str
) -> None:
    answer = await _auth(world, **body)
    assert answer.status_code == 400
    assert answer.json()["Message"] == "The request is invalid."
    assert list(answer.json()["ModelState"]) == [field]
    assert PASSWORD not in answer.text


async def test_guessing_is_throttled_per_account_and_address(world: World) -> None:
    wrong = {"CustomerId": 2, "Password": "wrong password"}
    statuses = [(await _auth(world, **wrong)).status_code for _ in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    refused = await _auth(world, CustomerId=2, Password=PASSWORD)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert (await _auth(world, CustomerId=1, Password=PASSWORD)).status_code == 200


async def test_logging_in_often_is_no_guessing(world: World) -> None:
    statuses = {(await _auth(world, CustomerId=2, Password=PASSWORD)).status_code for _ in range(9)}
    assert statuses == {200}


async def test_tokens_end_after_their_time(world: World) -> None:
    headers = world.backoffice["self"]
    world.clock.advance(timedelta(hours=8, seconds=-1))
    assert await _status(world, headers) == 200
    world.clock.advance(timedelta(seconds=1))
    assert await _status(world, headers) == 401


@pytest.mark.parametrize(
    "token", ["", "x", "undefined", "null", "a.b.c", "Bearer x", "é".encode("latin-1"), "x" * 9000]
)
async def test_malformed_tokens(world: World, token: str) -> None:
    answer = await world.http.get(WEEK, headers={"Client-Id": token})
    assert answer.status_code == 401
    assert answer.json()["Message"] == "Authorization has been denied for this request."


async def test_a_password_change_ends_tokens_within_a_second(world: World, tick: Ticker) -> None:
    headers = world.backoffice["self"]
    assert await _status(world, headers) == 200
    async with world.container.context(SYSTEM) as ctx:
        login = await logins.get_by_name(ctx, "2")
        await logins.set_password(
            ctx, world.container.passwords, login.login_id, "another good one"
        )
    tick.seconds += RECHECK_SECONDS
    assert await _status(world, headers) == 401
    assert (await _auth(world, CustomerId=2, Password=PASSWORD)).status_code == 401
    assert (await _auth(world, CustomerId=2, Password="another good one")).status_code == 200


async def test_a_suspension_ends_tokens_within_a_second(world: World, tick: Ticker) -> None:
    headers = world.backoffice["self"]
    assert await _status(world, headers) == 200
    async with world.container.context(SYSTEM) as ctx:
        await ctx.session.execute(text("UPDATE customers SET status_id = 4 WHERE customer_id = 2"))
    tick.seconds += RECHECK_SECONDS
    assert await _status(world, headers) == 401


async def test_a_revoked_client_is_out_within_a_second(world: World, tick: Ticker) -> None:
    headers = world.backoffice["application"]
    assert await _status(world, headers) == 200
    async with world.container.context(SYSTEM) as ctx:
        await clients.revoke(ctx, CLIENT)
    tick.seconds += RECHECK_SECONDS
    assert await _status(world, headers) == 401
    assert (await _auth(world, ClientId=CLIENT, ClientSecret=SECRET)).status_code == 401
