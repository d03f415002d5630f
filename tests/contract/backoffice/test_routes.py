"""The documented index, path by path: 167 operations, 45 overlapping pairs, one answer each."""

import itertools

import pytest
from tests.factories.world import World

from upline.routers.backoffice.app import assemble, missing, sample_segments
from upline.routers.backoffice.contract import OPERATIONS, PREFIX, Operation

APP = assemble()
# What the documentation does not list.
STATEMENT = "/api/v1/commission/{EncryptedCustomerId}/{PeriodId}"
BEYOND = {
    ("GET", f"{STATEMENT}/statement.pdf"),
    ("GET", f"{STATEMENT}/explain"),
    ("GET", f"{STATEMENT}/explain/{{LineId}}"),
}
TREE = APP.router.tree  # type: ignore[attr-defined]


def _segments(operation: Operation) -> list[str]:
    return operation.path.strip("/").lower().split("/")


def _overlap(one: Operation, other: Operation) -> bool:
    pairs = list(zip(_segments(one), _segments(other), strict=False))
    same_length = len(_segments(one)) == len(_segments(other))
    return (
        one.method == other.method
        and same_length
        and all(a == b or "{" in a or "{" in b for a, b in pairs)
    )


PAIRS = [pair for pair in itertools.combinations(OPERATIONS, 2) if _overlap(*pair)]


def test_the_index_is_complete() -> None:
    assert len(OPERATIONS) == len({operation.key for operation in OPERATIONS}) == 167
    assert len(PAIRS) == 45


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.help_slug)
def test_every_documented_path_reaches_its_own_operation(operation: Operation) -> None:
    segments = sample_segments(operation)
    for spelling in (str.lower, str.upper, str.title):
        route, values = TREE.find(operation.method, [spelling(segment) for segment in segments])
        assert route.declaration.key == operation.key
        assert len(values) == operation.path.count("{")


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=lambda o: o.path)
def test_overlaps_are_decided_by_the_first_literal_from_the_left(
    one: Operation, other: Operation
) -> None:
    """A path both fit: literals wherever either has one."""
    merged = [
        b if a.startswith("{") else a for a, b in zip(_segments(one), _segments(other), strict=True)
    ]
    path = [*PREFIX.strip("/").split("/"), *("7" if s.startswith("{") else s for s in merged)]
    expected = min(one, other, key=lambda o: ["{" in segment for segment in _segments(o)])
    assert TREE.find(one.method, path)[0].declaration.key == expected.key


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [
        ("GET", "order/checkout", "order/{EncryptedOrderId}"),
        ("GET", "lead/7", "lead/{customerid}"),
        ("GET", "lead/status", "lead/status"),
        ("GET", "customer/resetpassword/info", "customer/resetpassword/{ActivationCode}"),
        ("GET", "customer/anna/info", "customer/{referralCode}/info"),
        ("POST", "image/remove", "image/remove"),
        ("POST", "image/12", "image/{PictureId}"),
        ("GET", "commission/payoutmethod/type/1", "commission/payoutmethod/type/{CountryId}"),
        ("GET", "commission/x/payoutmethod", "commission/{customerId}/payoutmethod"),
    ],
)  # fmt: skip
def test_well_known_traps(method: str, path: str, key: str) -> None:
    found = TREE.find(method, ["api", "v1", *path.split("/")])
    assert found[0].path == f"{PREFIX}/{key}"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("HEAD", "/api/v1/period/week", "GET"),
        ("POST", "/api/v1/period/week", "GET"),
        ("GET", "/api/v1/auth", "POST"),
        ("GET", "/api/v1/lead/sendemail", "POST"),
        ("PATCH", "/api/v1/commission/7/payoutmethod", "GET, PUT"),
        ("DELETE", "/api/v1/order/cart/7/country/1", "GET, POST, PUT"),
        ("OPTIONS", "/api/v1/period/week", "GET"),
        # Both POST order/checkout and GET order/{EncryptedOrderId} are here.
        ("PUT", "/api/v1/order/checkout", "GET, POST"),
        ("TRACE", "/api/v1/funnel/anna/info", "GET, OPTIONS"),
    ],
)
async def test_wrong_verbs_name_the_right_ones(
    shared_world: World, method: str, path: str, allowed: str
) -> None:
    answer = await shared_world.http.request(
        method, path, headers=shared_world.headers("self", path)
    )
    assert answer.status_code == 405
    assert answer.headers["Allow"] == allowed
    if method != "HEAD":
        message = f"The requested resource does not support http method '{method}'."
        assert answer.json()["Message"] == message


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/period/week",
        "/api/v1/period/week/",
        "/api/v1/period/week///",
        "//api//v1///period//week",
        "/API/V1/PERIOD/WEEK",
        "/Api/v1/Period/wEEK",
        "/api/v1/period/%77eek",
    ],
)
async def test_spellings_of_one_path(shared_world: World, path: str) -> None:
    answer = await shared_world.http.get(
        f"http://upline.test{path}", headers=shared_world.backoffice["self"]
    )
    assert answer.status_code == 200
    assert answer.json()["PeriodType"] == "Week"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1",
        "/api/v1/",
        "/api/v1/nothing",
        "/api/v1/period",
        "/api/v1/period/week/past/more",
        "/api/v2/period/week",
        "/period/week",
        "/api/v1/period/%ff",
        "/api/v1/period/week%00",
        "/api/v1/period/%c0%af",
        "/api/v1/period%2fweek",
        "/api/v1/%2e%2e/v1/period/week",
        "/" + "a" * 60_000,
        "/api/v1" + "/a" * 20_000,
    ],
)
async def test_unknown_paths(shared_world: World, path: str) -> None:
    answer = await shared_world.http.get(
        path + "?Ssn=123-45-6789", headers=shared_world.backoffice["self"]
    )
    assert answer.status_code == 404
    assert answer.json()["Message"].startswith(
        "No HTTP resource was found that matches the request URI 'http://upline.test/"
    )
    assert "123-45-6789" not in answer.text


async def test_what_is_not_built_says_so_to_those_who_may_know(shared_world: World) -> None:
    operation = next(o for o in missing() if o.path == "/other/timezones")
    path = PREFIX + operation.path
    assert (await shared_world.http.get(path)).status_code == 401
    answer = await shared_world.http.get(
        f"http://upline.test{path}", headers=shared_world.backoffice["self"]
    )
    assert answer.status_code == 501
    assert answer.json()["Code"] == "not_built"


def test_the_description_has_every_operation_under_its_documented_names() -> None:
    schema = APP.openapi()
    assert schema["openapi"].startswith("3.1")
    described = {
        (method.upper(), path) for path, item in schema["paths"].items() for method in item
    }
    assert described == {(o.method, PREFIX + o.path) for o in OPERATIONS} | BEYOND
    tree = schema["paths"]["/api/v1/organization/{encryptedcustomerid}/unileveltree/{maxlevel}"]
    parameters = {p["name"]: p["schema"]["type"] for p in tree["get"]["parameters"]}
    assert parameters == {
        "encryptedcustomerid": "string",
        "maxlevel": "integer",
        "periodId": "integer",
    }
    assert schema["components"]["securitySchemes"]["Client-Id"]["in"] == "header"
    assert schema["paths"]["/api/v1/auth"]["post"]["security"] == []
