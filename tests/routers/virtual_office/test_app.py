"""Requests as clients write them: paths, origins, methods, ids of every kind."""

from pathlib import Path

import httpx2
from tests.factories.golden import MEMBER
from tests.factories.office import HOST, PASSWORD, STRANGER, UPLINE, Office, open_office, pack

from upline.core.db import Database

ORIGIN = "http://localhost:3000"
PATHS = (
    "/vo.dlv.api/downline/children/user/{}",
    "/vo.dlv.api/downline/detail/user/{}",
    "/vo.dlv.api/downline/qualification/user/{}",
    "/vo.dlv.api/commission/check/summary/{}",
    "/vo.dlv.api/commission/check/unilevel/{}/1",
    "/vo.dlv.api/commission/history/{}",
)


async def test_paths_are_answered_without_a_redirect(office: Office) -> None:
    for path in (
        "//vo.dlv.api//downline/detail//user/405",
        "/vo.dlv.api/downline/detail/user/405/",
        "/VO.DLV.API/Downline/Detail/USER/405",
        "/vo.dlv.api/%64ownline/detail/user/405",
    ):
        answer = await office.get(path)
        assert answer.status_code == 200, path
        assert answer.json()["customerid"] == MEMBER


async def test_posts_with_double_slashes_keep_their_body(office: Office) -> None:
    body = {"memberId": MEMBER, "password": PASSWORD}
    answer = await office.client.post(f"{HOST}//API//accounts///token//", json=body)
    assert answer.status_code == 200


async def test_pages_of_other_origins_may_ask(office: Office) -> None:
    preflight = await office.client.options(
        "/vo.dlv.api//downline/detail/user/0",
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authtoken, content-type",
        },
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] in ("*", ORIGIN)
    allowed = preflight.headers["access-control-allow-headers"].lower()
    assert "authtoken" in allowed
    assert "content-type" in allowed
    assert "access-control-allow-credentials" not in preflight.headers
    for path, status in (("detail/user/0", 200), ("detail/user/x", 400), ("nowhere", 404)):
        answer = await office.client.get(
            f"/vo.dlv.api/downline/{path}",
            headers={"Origin": ORIGIN, "authtoken": pack(await office.token())},
        )
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] in ("*", ORIGIN)
    refused = await office.client.get(
        "/vo.dlv.api/downline/detail/user/0", headers={"Origin": ORIGIN}
    )
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] in ("*", ORIGIN)


async def test_an_operator_may_say_which_origins(
    committed_database: Database, tmp_path: Path
) -> None:
    server = {"cors_origins": [ORIGIN]}
    async with open_office(
        committed_database, tmp_path, with_figures=False, server=server
    ) as office:
        for origin, allowed in ((ORIGIN, ORIGIN), ("http://localhost:3001", None), ("null", None)):
            answer = await office.client.get("/vo.dlv.api/x", headers={"Origin": origin})
            assert answer.headers.get("access-control-allow-origin") == allowed


async def test_every_answer_has_a_request_id(office: Office) -> None:
    for path in ("/vo.dlv.api/downline/detail/user/0", "/vo.dlv.api/nowhere"):
        given = await office.client.get(path, headers={"x-request-id": "proxy-0123456789"})
        assert given.headers["x-request-id"] == "proxy-0123456789"
        made = await office.client.get(path)
        assert len(made.headers["x-request-id"]) == 32


async def test_unknown_paths_and_methods_answer_in_the_family_s_shape(office: Office) -> None:
    answers: list[tuple[httpx2.Response, int]] = [
        (await office.client.get("/vo.dlv.api/nowhere"), 404),
        (await office.client.get("/api/accounts/token"), 405),
        (await office.client.delete("/vo.dlv.api/downline/detail/user/0"), 405),
    ]
    for answer, status in answers:
        assert answer.status_code == status
        assert list(answer.json()) == ["message"]


async def test_any_period_has_a_sensible_answer(office: Office) -> None:
    expected = {
        200: ["0", "405", "406", "397", "200", "407", "1500"],
        404: ["99999", "10020", "-5000", "2147483648", str(2**63), "9" * 400],
        400: ["abc", "4.05e2", "40 5", "405abc", "null", "undefined", "%00", "٤٠٥", "9" * 5_000],
    }
    for status, periods in expected.items():
        for path in PATHS:
            answers = {period: await office.status(path.format(period)) for period in periods}
            assert answers == dict.fromkeys(periods, status), path


async def test_members_out_of_sight_do_not_exist(office: Office) -> None:
    expected = {
        404: [str(STRANGER), str(UPLINE), "999999999", str(2**63 - 1)],
        400: [str(2**63), "0", "-1", "someone", "1.5"],
    }
    for status, members in expected.items():
        for path in ("/vo.dlv.api/downline/children/{}/405", "/vo.dlv.api/downline/detail/{}/405"):
            answers = {member: await office.status(path.format(member)) for member in members}
            assert answers == dict.fromkeys(members, status), path
    foreign = await office.get(f"/vo.dlv.api/downline/detail/{UPLINE}/405")
    absent = await office.get("/vo.dlv.api/downline/detail/999999999/405")
    assert foreign.content == absent.content


async def test_levels_that_cannot_be(office: Office) -> None:
    path = "/vo.dlv.api/commission/check/unilevel/405/{}"
    levels = ["0", "-1", "x", "32768", "9" * 30]
    answers = [await office.status(path.format(level)) for level in levels]
    assert answers == [400] * len(levels)
