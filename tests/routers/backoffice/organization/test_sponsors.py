"""Sponsor updates over HTTP: the exact bodies, refusals, and one effect a key."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from tests.factories.world import World, open_world
from tests.routers.backoffice.organization.test_router import carl

from upline.core.context import SYSTEM
from upline.core.db import Database

PATH = "/api/v1/organization/personal/sponsorupdate"
LATER = "UPDATE customers SET enrolled_at = enrolled_at + interval '30 days'"


@pytest.fixture
async def world(committed_database: Database) -> AsyncIterator[World]:
    """The family enrolled in October, so that everybody's sponsor may still be changed."""
    async with open_world(committed_database) as world:
        async with world.container.context(SYSTEM) as ctx:
            await ctx.session.execute(text(LATER))
        yield world


async def put(
    world: World, body: dict[str, Any], status: int = 200, actor: str = "upline", query: str = "",
    **headers: str,
) -> httpx2.Response:  # fmt: skip
    answer = await world.http.put(
        f"{PATH}{query}", json=body, headers=world.backoffice[actor] | headers
    )
    assert answer.status_code == status, answer.text
    return answer


async def test_who_may_be_moved(world: World) -> None:
    answer = await world.http.get(PATH, headers=world.backoffice["upline"])
    assert [node["CustomerId"] for node in answer.json()] == [4, 3, 2]
    assert answer.headers["X-Total-Count"] == "3"
    assert answer.json()[0] == carl(world) | {
        "Email": None,
        "PhoneNumber": None,
        "EnrollDate": "2014-10-04T18:00:00Z",
        "ChangeUntil": "2014-12-03T18:00:00Z",
    }
    of_one = await world.http.get(
        f"{PATH}?CUSTOMERID=1&pageSize=1", headers=world.backoffice["application"]
    )
    assert [node["CustomerId"] for node in of_one.json()] == [4]
    without = await world.http.get(PATH, headers=world.backoffice["application"])
    assert without.status_code == 404


async def test_a_sponsor_is_changed_once_a_key(world: World) -> None:
    body = {"customerid": 4, "NewSponsorId": 3}
    answers = [await put(world, body, **{"Idempotency-Key": "a key"}) for _ in range(2)]
    assert answers[0].json() == {
        "CustomerId": 4,
        "EncryptedCustomerId": world.container.ids.encrypt("customer", 4),
        "SponsorId": 3,
        "PreviousSponsorId": 2,
        "EffectiveAt": "2014-11-17T20:00:00Z",
    }
    assert answers[1].content == answers[0].content
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    bob = await world.http.get(
        "/api/v1/organization/unilevel/1/3", headers=world.backoffice["application"]
    )
    assert [child["CustomerId"] for child in bob.json()["Children"]] == [4]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"CustomerId": 2, "NewSponsorId": 4}, 409, "sponsor_cycle"),
        ({"CustomerId": 3, "NewSponsorId": 5}, 409, "not_a_sponsor"),
        ({"CustomerId": 6, "NewSponsorId": 3}, 404, "not_found"),
        ({"CustomerId": 4, "NewSponsorId": 7}, 404, "not_found"),
        ({"CustomerId": 4, "NewSponsorId": 99}, 404, "not_found"),
        ({"CustomerId": 4}, 400, "invalid"),
        ({"CustomerId": 0, "NewSponsorId": 3}, 400, "invalid"),
        ({"CustomerId": 2**63, "NewSponsorId": 3}, 400, "invalid"),
    ],
)
async def test_refusals(world: World, body: dict[str, Any], status: int, code: str) -> None:
    answer = await put(world, body, status)
    assert answer.json()["Code"] == code


async def test_an_application_acts_for_the_enroller(world: World) -> None:
    body = {"CustomerId": 4, "NewSponsorId": 3}
    await put(world, body, 404, actor="application")
    await put(world, body, 404, actor="application", query="?customerId=2")
    await put(world, body, actor="application", query="?customerId=1")


async def test_after_the_window_it_is_over(world: World) -> None:
    async with world.container.context(SYSTEM) as ctx:
        await ctx.session.execute(text(LATER.replace("+", "-")))
    answer = await put(world, {"CustomerId": 4, "NewSponsorId": 3}, 409)
    assert answer.json()["Code"] == "sponsor_change_over"
