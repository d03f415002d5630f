"""Every place of every finished request, filled with what no honest client sends: one place at a
time, the rest as authz.csv has it. Nothing is worth more than a clear refusal."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any, get_args
from urllib.parse import quote

import pytest
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from tests.database import TestServer
from tests.factories.world import World, open_world
from tests.security.test_authz import ROWS

from upline.core.db import Database
from upline.routers.backoffice import app as backoffice
from upline.routers.backoffice.contract import PREFIX
from upline.routers.backoffice.route import Route
from upline.routers.virtual_office import app as virtual_office
from upline.routers.virtual_office.routing import Route as VirtualOfficeRoute

TEXTS = [
    "", " ", "0", "-1", "007", "1e3", "0x10", " 1 ", "1.5", "NaN", "true", "null", "\uff11",
    "32768", "2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "9" * 400, "0000-00-00", "9999-12-31", "10000-01-01", "2014-11-31", "24:00", "' OR 1=1 --",
    "%", "_", "\\", "a\nb", "a\rb", "\u2028", "\u202eabc", "\x7f", "%00", "%2e%2e%2f", "../..",
    "{0}", "${7*7}", "<script>alert(1)</script>", "__proto__", "\U0001f600", "e\u0301" * 50,
    "x" * 5000,
]  # fmt: skip
VALUES: list[Any] = [
    *TEXTS, None, True, False, 0, -1, 1.5, 2**31, 2**63, -(2**63) - 1, 1e308, 10**400, [], [1], {},
    {"a": 1}, [[[]]], [None], ["x" * 5000], list(range(200)), "a\ud800b",
]  # fmt: skip
# What only somebody who reads our code could have use for.
INSIDES = re.compile(r"Traceback|sqlalchemy|psycopg|SELECT |site-packages|\.py\b")
Request = tuple[str, str, str]  # where the value stands, path with query, body


def _routes() -> dict[str, APIRoute]:
    ours: dict[str, APIRoute] = {
        f"{d.method} {PREFIX}{d.path}": Route(d)
        for router in backoffice.ROUTERS
        for d in router.declarations
    }
    return ours | {
        f"{d.method} {d.path}": VirtualOfficeRoute(d)
        for router in virtual_office.ROUTERS
        for d in router.declarations
    }


ROUTES = _routes()


@pytest.fixture(scope="module")
async def open_door(server: TestServer) -> AsyncIterator[World]:
    """One server for all operations, which counts no requests."""
    url = server.clone()
    database = Database.connect(url)
    async with open_world(database, enabled=False) as world:
        yield world
    await database.dispose()
    server.drop(url)


def _in_path(row: dict[str, str], path: str, query: str) -> Iterator[Request]:
    places = row["operation"].partition(" ")[2].split("/")
    for number, place in enumerate(places):
        for text in TEXTS if place.startswith("{") else ():
            segments = path.split("/")
            segments[number] = quote(text, safe="")
            yield place, "/".join(segments) + query, row["body"]


def _in_query(row: dict[str, str], path: str, query: str) -> Iterator[Request]:
    given = [pair for pair in query[1:].split("&") if pair]
    for parameter in get_flat_params(ROUTES[row["operation"]].dependant):
        if not isinstance(parameter.field_info, Query):
            continue
        others = [pair for pair in given if not pair.startswith(f"{parameter.alias}=")]
        for text in TEXTS:
            asked = f"{parameter.alias}={quote(text, safe='')}"
            yield parameter.alias, f"{path}?{'&'.join([*others, asked])}", row["body"]
        yield f"{parameter.alias} twice", f"{path}?{asked}&{asked}", row["body"]


def _in_body(row: dict[str, str], path: str, query: str) -> Iterator[Request]:
    body = ROUTES[row["operation"]].body_field
    if body is None:
        return
    model = body.field_info.annotation
    models = [m for m in (model, *get_args(model)) if hasattr(m, "model_fields")]
    fields = models[0].model_fields if models else {}
    sent = json.loads(row["body"] or "{}")
    for name, field in fields.items():
        for value in VALUES:
            content = json.dumps({**sent, field.alias or name: value})
            yield field.alias or name, path + query, content
    for whole in ("", "null", "[]", "7", '"a"', "{", "{}}", '{"a": NaN}', "\x00", "[" * 5000):
        yield "body", path + query, whole


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["operation"])
async def test_whatever_is_sent_the_answer_is_a_clear_one(
    open_door: World, row: dict[str, str]
) -> None:
    method = row["operation"].partition(" ")[0]
    path, mark, query = open_door.fill(row["request"]).partition("?")
    headers = {**open_door.headers("self", path), "Content-Type": "application/json"}
    wrong = []
    for make in (_in_path, _in_query, _in_body):
        for place, url, body in make(row, path, mark + query):
            answer = await open_door.http.request(
                method, url, headers=headers, content=body.encode() or None
            )
            if complaint := _complaint(answer.status_code, answer.headers, answer.content):
                wrong.append((complaint, place, url[-200:], body[:200], answer.text[:300]))
    assert wrong == []


def _complaint(status: int, headers: Any, content: bytes) -> str:
    """What is wrong with an answer; nothing if it is a good one."""
    if status >= 500:
        return "an error of ours"
    if status < 400:
        return ""
    if not headers["content-type"].startswith("application/json"):
        return "not JSON"
    if INSIDES.search(content.decode()):
        return "shows our insides"
    problem = json.loads(content)
    if problem.get("Code") == "invalid" and not problem.get("ModelState"):
        return "names no field"
    return ""
