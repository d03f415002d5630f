"""Logging in and coming back, the way programs in the wild do it."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import insert, update
from tests.factories.golden import MEMBER
from tests.factories.office import PASSWORD, UPLINE, Office, open_office, pack

from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.models.customer import Customer
from upline.models.identity import Login
from upline.routers.virtual_office import auth
from upline.services.auth import logins

DETAIL = "/vo.dlv.api/downline/detail/user/0"


async def status(office: Office, header: str | None) -> int:
    headers = {} if header is None else {"authtoken": header}
    answer = await office.client.get(DETAIL, headers=headers)
    if answer.status_code != 200:
        assert list(answer.json()) == ["message"]
    return answer.status_code


async def test_any_name_of_the_account_logs_in(own_office: Office) -> None:
    async with own_office.container.context(SYSTEM) as ctx:
        await ctx.session.execute(
            update(Login).where(Login.customer_id == MEMBER).values(username="Avery")
        )
    email = f"member{MEMBER}@example.com"
    bodies: list[dict[str, Any]] = [
        {"memberId": MEMBER},
        {"memberId": str(MEMBER)},
        {"memberId": f" {MEMBER} "},
        {"userName": "avery"},
        {"email": email.upper()},
        {"memberId": email, "userName": email, "email": email},
        {"memberId": "avery", "userName": "avery", "email": "avery"},
        {"memberId": MEMBER, "token": None, "rememberMe": True, "userName": None, "email": ""},
    ]
    for body in bodies:
        answer = await own_office.login(**body, password=PASSWORD)
        assert answer.status_code == 200, body
        assert answer.json()["memberId"] == MEMBER
        assert answer.json()["userName"] == "Avery"
        assert answer.json()["displayName"] == "Avery Golden"


async def test_wrong_credentials_are_all_alike(
    committed_database: Database, tmp_path: Path
) -> None:
    bodies: list[dict[str, Any]] = [
        {"memberId": MEMBER, "password": "not the password"},
        {"memberId": MEMBER, "password": ""},
        {"memberId": MEMBER, "password": PASSWORD.upper()},
        {"memberId": 999_999_999, "password": PASSWORD},
        {"memberId": 0, "password": PASSWORD},
        {"memberId": -1, "password": PASSWORD},
        {"memberId": 10**40, "password": PASSWORD},
        {"memberId": "' OR 1=1 --", "password": PASSWORD},
        {"memberId": "", "password": PASSWORD},
        {"password": PASSWORD},
    ]
    async with open_office(
        committed_database, tmp_path, with_figures=False, limits={"enabled": False}
    ) as office:
        for body in bodies:
            answer = await office.login(**body)
            assert answer.status_code == 401, body
            assert answer.json() == {"message": "The credentials provided are incorrect"}


async def test_bodies_that_are_none(office: Office) -> None:
    for content in (
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"memberId":NaN,"password":"x"}',
        b'{"memberId":"\\ud800","password":"x"}',
        b'{"memberId":"a\\u0000b","password":"x"}',
        b'{"memberId":1,"memberId":2,"password":"x"}',
        b'{"memberId":{"$ne":1},"password":"x"}',
        b'{"memberId":[1],"password":"x"}',
        b'{"memberId":1.5,"password":"x"}',
        b'{"memberId":1,"password":null}',
        b'{"memberId":1,"password":["x"]}',
        b'{"memberId":1,"password":"' + b"x" * 5_000 + b'"}',
        b'{"memberId":' + b"[" * 50_000,
        b"\xff\xfe\x00{",
        b"memberId=1&password=x",
    ):
        answer = await office.client.post("/api/accounts/token", content=content)
        assert answer.status_code == 400, content[:60]
        assert list(answer.json()) == ["message"]


async def test_a_body_beyond_the_limit_is_not_read_to_its_end(office: Office) -> None:
    limit = office.container.settings.limits.json_bytes
    answer = await office.client.post("/api/accounts/token", content=b" " * (limit + 1))
    assert answer.status_code == 413


async def test_the_body_is_json_whatever_its_type_says(office: Office) -> None:
    content = f'{{"memberId":{MEMBER},"password":"{PASSWORD}"}}'.encode()
    for media_type in (None, "text/plain", "application/json; charset=utf-8"):
        headers = {} if media_type is None else {"content-type": media_type}
        answer = await office.client.post("/api/accounts/token", content=content, headers=headers)
        assert answer.status_code == 200, media_type


async def test_tokens_come_back_rewritten(own_office: Office) -> None:
    async with own_office.container.context(SYSTEM) as ctx:
        await ctx.session.execute(
            update(Customer)
            .where(Customer.customer_id == MEMBER)
            .values(first_name="José", last_name="Müller")
        )
    token = await own_office.token()
    assert token["displayName"] == "José Müller"
    assert await status(own_office, pack(token)) == 200
    assert await status(own_office, pack(token, ensure_ascii=False)) == 200
    assert await status(own_office, pack(token, ensure_ascii=False, encoding="latin-1")) == 200
    assert await status(own_office, pack(token, indent=2, sort_keys=True)) == 200
    assert await status(own_office, pack(token | {"memberId": str(MEMBER), "extra": [1]})) == 200


async def test_junk_tokens_are_401(office: Office) -> None:
    token = await office.token()
    junk = [
        None,
        "",
        "undefined",
        "bnVsbA==",
        "W29iamVjdCBPYmplY3Rd",
        pack([token]),
        pack("token"),
        pack(token | {"memberId": UPLINE}),
        pack(token | {"userId": True}),
        pack(token | {"signature": ["x"]}),
        pack(token | {"displayName": "x" * 100_000}),
        "%00",
    ]
    assert [await status(office, header) for header in junk] == [401] * len(junk)


async def test_many_tokens_are_good_at_once(own_office: Office) -> None:
    first = await own_office.token()
    own_office.clock.advance(timedelta(minutes=1))
    second = (await own_office.login(memberId=MEMBER, password=PASSWORD)).json()
    assert first["signature"] != second["signature"]
    assert await status(own_office, pack(first)) == await status(own_office, pack(second)) == 200


async def test_a_token_ends_with_its_lifetime(own_office: Office) -> None:
    header = pack(await own_office.token())
    own_office.clock.advance(timedelta(hours=8))
    assert await status(own_office, header) == 401


async def test_a_new_password_ends_tokens_within_a_second(
    own_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter(float(second) for second in range(100))
    epochs = own_office.client._transport.app.state.gate._epochs  # type: ignore[attr-defined]
    monkeypatch.setattr(epochs, "_timer", lambda: next(seconds))
    header = pack(await own_office.token())
    assert await status(own_office, header) == 200
    async with own_office.container.context(SYSTEM) as ctx:
        login = await logins.get_by_name(ctx, str(MEMBER))
        await logins.set_password(
            ctx, own_office.container.passwords, login.login_id, "another one!"
        )
    assert await status(own_office, header) == 401


async def test_whoever_may_not_log_in_has_no_token(own_office: Office) -> None:
    header = pack(await own_office.token(UPLINE))
    async with own_office.container.context(SYSTEM) as ctx:
        await ctx.session.execute(
            update(Customer).where(Customer.customer_id == UPLINE).values(status_id=4)
        )
        await ctx.session.execute(
            insert(Login).values(
                username="boss",
                password_hash=await own_office.container.passwords.hash(PASSWORD),
                is_administrator=True,
            )
        )
    assert await status(own_office, header) == 401
    assert (await own_office.login(memberId=UPLINE, password=PASSWORD)).status_code == 401
    assert (await own_office.login(userName="boss", password=PASSWORD)).status_code == 401


async def test_logging_in_for_every_page_hashes_once(
    own_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await own_office.token()
    monkeypatch.setattr(own_office.container.passwords, "verify", None)  # any hashing now fails
    for _ in range(12):
        assert (await own_office.login(memberId=MEMBER, password=PASSWORD)).status_code == 200


async def test_failures_in_a_hot_loop_are_throttled(own_office: Office) -> None:
    answers = [await own_office.login(memberId=MEMBER, password="guess") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) > 0
    assert list(answers[-1].json()) == ["message"]
    # Another member behind the same address is not shut out with him.
    assert (await own_office.login(memberId=UPLINE, password=PASSWORD)).status_code == 200


async def test_logging_in_for_many_pages_at_once_is_no_guessing(own_office: Office) -> None:
    def attempts(password: str) -> list[Coroutine[Any, Any, httpx2.Response]]:
        return [own_office.login(memberId=MEMBER, password=password) for _ in range(12)]

    good = await asyncio.gather(*attempts(PASSWORD))
    assert [answer.status_code for answer in good] == [200] * 12
    guesses = await asyncio.gather(*attempts("guess"))
    assert sorted(answer.status_code for answer in guesses) == [401] * 5 + [429] * 7


async def test_requests_have_a_rate(committed_database: Database, tmp_path: Path) -> None:
    limits = {"requests_per_principal": "3/minute"}
    async with open_office(
        committed_database, tmp_path, with_figures=False, limits=limits
    ) as office:
        header = pack(await office.token())
        assert [await status(office, header) for _ in range(4)] == [200, 200, 200, 429]


def test_the_header_is_the_documented_one() -> None:
    assert auth.HEADER == "authtoken"
