"""PayPal and Essential Rewards on the wire: what is refused, and how."""

from typing import Any

import httpx2
import pytest
from tests.factories.world import World

TOKEN = "/api/shopping/paypal/express-checkout-token"
ADD = "/api/shopping/paypal/add-payment"
HOME = "http://localhost:8000/back"


async def _begin(world: World, actor: str = "self", **addresses: str) -> httpx2.Response:
    parameters = {"cancelUrl": HOME, "returnUrl": HOME} | addresses
    return await world.http.get(TOKEN, params=parameters, headers=world.headers(actor, TOKEN))


async def _add(world: World, body: Any, actor: str = "self") -> httpx2.Response:
    return await world.http.post(ADD, json=body, headers=world.headers(actor, ADD))


@pytest.mark.parametrize("name", ["cancelUrl", "returnUrl"])
@pytest.mark.parametrize("address", ["https://evil.example/", "", "javascript:alert(1)", "/\\x"])
async def test_foreign_addresses_are_refused(world: World, name: str, address: str) -> None:
    answer = await _begin(world, **{name: address})
    assert answer.status_code == 400
    assert address == "" or address not in answer.text


async def test_both_addresses_are_needed(world: World) -> None:
    answer = await world.http.get(
        TOKEN, params={"returnUrl": HOME}, headers=world.headers("self", TOKEN)
    )
    assert answer.status_code == 400


async def test_a_token_of_one_member_is_worth_nothing_to_another(world: World) -> None:
    token = (await _begin(world)).json()["token"]
    assert (await _add(world, {"token": token}, "stranger")).status_code == 404
    mine = await _add(world, {"token": token})
    assert mine.status_code == 200
    assert (await _add(world, {"token": token, "rememberMe": True})).json() == mine.json()


@pytest.mark.parametrize(
    "body", [None, {}, [], {"token": None}, {"token": ""}, {"token": 7}, {"token": "x" * 129}]
)
async def test_bodies_that_are_no_token(world: World, body: Any) -> None:
    assert (await _add(world, body)).status_code == 400


async def test_nobody_begins_endlessly(world: World) -> None:
    answers = [(await _begin(world, "upline")).status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]
    assert (await _begin(world, "stranger")).status_code == 200
