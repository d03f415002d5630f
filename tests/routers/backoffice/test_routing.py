"""What every operation gets for being declared: bodies, ids, commits, keys, pages."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from tests.core.test_wire import BAD_JSON
from tests.factories.world import World
from tests.routers.backoffice import probe

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.routers.backoffice.app import assemble, create_backoffice_app
from upline.routers.backoffice.routing import Router
from upline.routers.policies import Public

EVENTS = "/api/v1/other/events"
NUMBERS = "/api/v1/other/events/category"


async def _add(world: World, body: Any, **headers: str) -> httpx2.Response:
    headers = {**world.backoffice["self"], **headers}
    return await world.http.post(EVENTS, json=body, headers=headers)


async def _stored(world: World) -> list[str]:
    async with world.container.context(SYSTEM) as ctx:
        return list(await ctx.session.scalars(text("SELECT name FROM probes ORDER BY id")))


async def test_names_numbers_and_ids_on_the_wire(world: World) -> None:
    ids = world.container.ids
    body = {"NAME": "a", "customerid": 2, "pRiCe": 12.3400, "Other": 1, "items": [{"productid": 7}]}
    assert (await _add(world, body)).json() == {
        "EventId": 1,
        "Name": "a",
        "CustomerId": 2,
        "EncryptedCustomerId": ids.encrypt("customer", 2),
        "OrderId": 5,
        "EncryptedOrderId": ids.encrypt("order", 5),
        "Price": 12.34,
        "Items": [{"ProductId": 7, "Quantity": 1}],
    }
    assert (
        '"Price":123456789012345.6789'
        in (
            await world.http.post(
                EVENTS,
                content=b'{"Name": "b", "Price": 123456789012345.6789}',
                headers={**world.backoffice["self"], "Content-Type": "application/json"},
            )
        ).text
    )


async def test_forms_are_the_objects_they_stand_for(world: World) -> None:
    form = b"name=a+b&Items[0][ProductId]=7&Items[0][Quantity]=2&price=1.50"
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    answer = await world.http.post(
        EVENTS, content=form, headers={**world.backoffice["self"], **headers}
    )
    assert answer.status_code == 200
    assert answer.json()["Items"] == [{"ProductId": 7, "Quantity": 2}]
    assert answer.json()["Price"] == 1.5


async def test_no_bad_json_is_a_fault_of_ours(world: World) -> None:
    headers = {**world.backoffice["self"], "Content-Type": "application/json"}
    for name, data in BAD_JSON.items():
        for body in (data, b'{"Name": ' + data + b"}"):
            answer = await world.http.post(EVENTS, content=body, headers=headers)
            assert answer.status_code in {400, 413}, name
            assert "Message" in answer.json()
    assert await _stored(world) == []


@pytest.mark.parametrize(
    "body",
    [
        {"Name": None},
        {"Name": ["a"]},
        {"Name": {"a": 1}},
        {"Name": 5},
        {"Name": "x" * 51},
        {"Name": "a", "CustomerId": -1},
        {"Name": "a", "CustomerId": 10**30},
        {"Name": "a", "CustomerId": 1.5},
        {"Name": "a", "Price": 1e17},
        {"Name": "a", "Price": 0.00001},
        {"Name": "a", "Price": "NaN"},
        {"Name": "a", "Price": "1e1000000"},
        {"Name": "a", "Price": True},
        {"Name": "a", "Items": {"0": 1}},
        {"Name": "a", "Items": [{"ProductId": 7, "Quantity": 2**31}]},
        {"Name": "a", "Items": [{"ProductId": 7, "Quantity": -0.5}]},
        {"__proto__": {"Name": "a"}},
        [],
        "text",
        None,
        5,
    ],
)
async def test_bad_values_are_named(world: World, body: Any) -> None:
    answer = await _add(world, body)
    assert answer.status_code == 400
    assert answer.json()["ModelState"]
    assert await _stored(world) == []


async def _endless() -> AsyncIterator[bytes]:
    yield b'{"Name": "'
    for _ in range(1_000):
        yield b"x" * 1_000


async def test_too_much_is_refused_however_it_comes(world: World) -> None:
    headers = {**world.backoffice["self"], "Content-Type": "application/json"}
    for content in (_endless(), b'"' + b"x" * 20_000 + b'"'):
        answer = await world.http.post(EVENTS, content=content, headers=headers)
        assert answer.status_code == 413, answer.text
        assert answer.json()["Code"] == "too_large"


@pytest.mark.parametrize("media_type", ["text/xml", "text/plain", "application/octet-stream"])
async def test_other_media_types(world: World, media_type: str) -> None:
    headers = {**world.backoffice["self"], "Content-Type": media_type}
    answer = await world.http.post(EVENTS, content=b"<a/>", headers=headers)
    assert answer.status_code == 415


async def test_an_empty_body_lacks_its_fields(world: World) -> None:
    answer = await world.http.post(EVENTS, headers=world.backoffice["self"])
    assert answer.status_code == 400


async def test_strangers_are_refused_before_their_body_is_read(world: World) -> None:
    answer = await world.http.post(EVENTS, content=_endless())
    assert answer.status_code == 401


async def test_a_commit_that_fails_is_no_success(world: World) -> None:
    """The broken foreign key shows at COMMIT, when the endpoint has long answered."""
    answer = await _add(world, {"Name": "a", "CustomerId": 999_999})
    assert answer.status_code == 409
    assert answer.json()["Code"] == "conflict"
    assert await _stored(world) == []


async def test_a_failed_commit_leaves_its_key_free(world: World) -> None:
    key = {"Idempotency-Key": "k1"}
    assert (await _add(world, {"Name": "a", "CustomerId": 999_999}, **key)).status_code == 409
    assert (await _add(world, {"Name": "b"}, **key)).status_code == 200


async def test_fifty_requests_with_one_key_have_one_effect(world: World) -> None:
    key = {"Idempotency-Key": "k1"}
    answers = await asyncio.gather(*(_add(world, {"Name": "a"}, **key) for _ in range(50)))
    assert await _stored(world) == ["a"]
    assert {answer.status_code for answer in answers} <= {200, 409}
    done = [answer for answer in answers if answer.status_code == 200]
    assert sum("Idempotent-Replayed" not in answer.headers for answer in done) == 1
    replay = await _add(world, {"Name": "a"}, **key)
    assert replay.headers["Idempotent-Replayed"] == "true"
    assert {answer.content for answer in done} == {replay.content}


async def test_a_key_stands_for_one_request_of_one_caller(world: World) -> None:
    key = {"Idempotency-Key": "k1"}
    assert (await _add(world, {"Name": "a"}, **key)).status_code == 200
    reused = await _add(world, {"Name": "b"}, **key)
    assert (reused.status_code, reused.json()["Code"]) == (422, "idempotency_key_reused")
    other = {**world.backoffice["stranger"], **key}
    answer = await world.http.post(EVENTS, json={"Name": "a"}, headers=other)
    assert answer.json()["EventId"] == 2
    assert (await _add(world, {"Name": "a"}, **{"Idempotency-Key": "x" * 256})).status_code == 400


async def test_collisions_are_tried_again(world: World) -> None:
    headers = world.backoffice["self"]
    answer = await world.http.get("/api/v1/other/timezones", headers=headers)
    assert (answer.status_code, answer.json()) == (200, 3)


async def test_pages_and_query_keys_in_any_case(world: World) -> None:
    answer = await world.http.get(f"{NUMBERS}?MAXLEVEL=2&PageSize=100&PAGE=2")
    assert answer.json() == list(range(100, 200))
    assert answer.headers["X-Total-Count"] == "250"
    assert 'page=1>; rel="prev"' in answer.headers["Link"]
    assert 'page=3>; rel="next"' in answer.headers["Link"]


@pytest.mark.parametrize(
    "query",
    ["maxLevel=x", "maxLevel=", "maxLevel=%201", "maxLevel=9223372036854775808", "search=%00",
     "search=%ff", "a=1&" * 300],
)  # fmt: skip
async def test_bad_queries(world: World, query: str) -> None:
    assert (await world.http.get(f"{NUMBERS}?{query}")).status_code == 400


async def test_required_query_parameters_select_the_operation(world: World) -> None:
    path, headers = "/api/v1/customer/email/check", world.backoffice["self"]
    missing = await world.http.post(f"{path}?CustomerId=2", headers=headers)
    assert missing.status_code == 404
    assert missing.json()["Message"].startswith("No HTTP resource was found")
    found = await world.http.post(f"{path}?customerid=2&EMAIL=a", headers=headers)
    assert found.json() is True
    foreign = await world.http.post(f"{path}?customerid=1&EMAIL=a", headers=headers)
    assert foreign.status_code == 404
    assert foreign.json()["Code"] == "not_found"


async def test_opaque_ids_in_queries(world: World) -> None:
    path, headers = "/api/v1/image/remove", world.backoffice["self"]
    own, order = (world.container.ids.encrypt(kind, 2) for kind in ("customer", "order"))
    answer = await world.http.post(f"{path}?encryptedcustomerid={own}", headers=headers)
    assert answer.json() == 2
    for other in (order, "2", own[:-1], ""):
        answer = await world.http.post(f"{path}?EncryptedCustomerId={other}", headers=headers)
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("actor", "query", "answer"),
    [
        ("self", "", 2),
        ("self", "?CUSTOMERID=2", 2),
        ("self", "?customerId=1", 404),
        ("application", "?customerId=2", 2),
        ("application", "?customerId=99", 404),
        ("application", "", 404),
        ("application", "?customerId=x", 400),
        ("anonymous", "?customerId=2", 401),
    ],
)
async def test_operations_that_name_no_customer(
    world: World, actor: str, query: str, answer: int
) -> None:
    path = "/api/v1/organization/faststart"
    response = await world.http.get(path + query, headers=world.headers(actor, path))
    found = response.json() if response.status_code == 200 else response.status_code
    assert found == answer


async def test_scopes(world: World) -> None:
    path = "/api/v1/other/country"
    for actor, status in {"application": 403, "self": 403, "anonymous": 401}.items():
        answer = await world.http.get(path, headers=world.headers(actor, path))
        assert answer.status_code == status
        assert answer.json()["Message"] == "Authorization has been denied for this request."


async def test_an_unexpected_error_tells_nothing_but_its_number(world: World) -> None:
    answer = await world.http.get(f"{NUMBERS}?search=fail")
    assert answer.status_code == 500
    assert answer.json() == {
        "Message": "An error has occurred.",
        "Code": "error",
        "RequestId": answer.headers["X-Request-Id"],
    }


async def test_nothing_to_say_is_204(world: World) -> None:
    answer = await world.http.delete("/api/v1/lead/delete/5", headers=world.backoffice["self"])
    assert (answer.status_code, answer.content) == (204, b"")


async def test_a_database_that_is_away_is_503(world: World) -> None:
    away = Database.connect("postgresql+psycopg://nobody@/x?host=/nowhere")
    contexts = ContextFactory(away, world.clock, world.container.contexts.company)
    container = replace(world.container, contexts=contexts)
    app = create_backoffice_app(container, [probe.router])
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://upline.test") as http:
        headers = world.backoffice["self"]
        answer = await http.post(EVENTS, json={"Name": "a"}, headers=headers)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "nowhere" not in answer.text
    await away.dispose()


def test_an_operation_must_take_every_parameter_of_its_path() -> None:
    router = Router("Period")

    @router.get("/period/{PeriodId}", policy=Public(), response_model=int)
    async def forgetful() -> int:
        return 1

    with pytest.raises(TypeError, match="periodid"):
        assemble([router])


def test_only_documented_controllers_have_routers() -> None:
    with pytest.raises(ValueError, match="Customers"):
        Router("Customers")


def test_an_operation_is_routed_once() -> None:
    router = Router("Period")
    for _ in range(2):

        @router.get("/period/week", policy=Public(), response_model=int)
        async def one() -> int:
            return 1

    with pytest.raises(ValueError, match="twice"):
        assemble([router])


def test_two_decorators_make_twin_paths() -> None:
    router = Router("Organization")

    @router.get(
        "/organization/rankadvancement/{EncryptedCustomerId}", policy=Public(), response_model=int
    )
    @router.get("/other/rankadvancement/{EncryptedCustomerId}", policy=Public(), response_model=int)
    async def advancement(customer_id: int) -> int:
        return customer_id

    tree = assemble([router]).router.tree  # type: ignore[attr-defined]
    found = [
        tree.find("GET", ["api", "v1", place, "rankadvancement", "x"])[0].declaration.endpoint
        for place in ("organization", "other")
    ]
    assert found == [advancement, advancement]


def test_writes_describe_their_key() -> None:
    paths = assemble([probe.router]).openapi()["paths"]
    names = [p["name"] for p in paths["/api/v1/other/events"]["post"]["parameters"]]
    assert names == ["Idempotency-Key"]
    assert "parameters" not in paths["/api/v1/auth"]["post"]
