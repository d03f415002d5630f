"""How many statements reads of volumes, points and commission send: as many for a long answer as
for a short one, and for a stranger's as for one of nobody."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from tests.database import TestServer
from tests.factories.busy_world import open_busy_world
from tests.factories.figures import NOVEMBER
from tests.factories.statements import counted
from tests.factories.world import World

# Path below /api/v1, whether it is a list in pages, and the most statements a request may send.
READS = [
    ("volume/{id}", True, 3),
    ("volume/{id}/current", False, 3),
    (f"volume/{{id}}/period/{NOVEMBER}", False, 3),
    ("volume/{id}/binary", False, 4),
    ("volume/{id}/carryover", True, 4),
    (f"volume/{{id}}/detail/{NOVEMBER}", True, 6),
    ("volume/{id}/monthly", True, 3),
    ("volume/projected/{id}", False, 7),
    (f"volume/projected/{{id}}/period/{NOVEMBER + 1}", False, 7),
    ("points/top50", False, 3),
    ("points/{id}/total", False, 4),
    ("points/{id}/standings", False, 5),
    ("points/detail/{id}", True, 4),
    ("commission/{enc}", True, 4),
    (f"commission/{{enc}}/{NOVEMBER}", True, 4),
    (f"commission/{{enc}}/{NOVEMBER}/explain", False, 7),
    (f"commission/{{enc}}/{NOVEMBER}/explain?fromCustomerId=4", False, 10),
    ("commission/{id}/deposithistory", True, 3),
    ("commission/{id}/payoutmethod/list", False, 2),
    ("commission/{id}/payoutmethod", False, 2),
    ("commission/payoutmethod/type/840", False, 1),
]
ANN, HIDDEN, ABSENT = 2, 1, 99  # who asks, somebody above her, and nobody
# What these cost when something is there, tests of their services count.
DETAILS = [
    f"commission/{{enc}}/{NOVEMBER}/explain/1",
    f"commission/{{enc}}/{NOVEMBER}/statement.pdf",
    "commission/{id}/deposithistory/1/detail",
]
OF_MEMBERS = [*(path for path, _, _ in READS if "{" in path), *DETAILS]


@pytest.fixture(scope="module")
async def busy(server: TestServer) -> AsyncIterator[World]:
    async with open_busy_world(server) as world:
        yield world


async def ask(
    world: World, path: str, actor: str = "application", member: int = ANN
) -> tuple[httpx2.Response, int]:
    """The answer and how many statements it took, beside the look-up of a token once a second."""
    enc = world.container.ids.encrypt("customer", member)
    url = "/api/v1/" + path.replace("{enc}", enc).replace("{id}", str(member))
    numbers = []
    for _ in range(2):
        with counted() as sent:
            answer = await world.http.get(url, headers=world.backoffice[actor])
        numbers.append(len(sent))
    return answer, min(numbers)


@pytest.mark.parametrize(("path", "is_list", "most"), READS)
async def test_reads_send_a_fixed_number_of_statements(
    busy: World, path: str, is_list: bool, most: int
) -> None:
    answer, sent = await ask(busy, path)
    assert answer.status_code == 200, answer.text
    assert sent <= most
    if is_list:
        pages = [await ask(busy, f"{path}?pageSize={size}") for size in (1, 1000)]
        assert [number for _, number in pages] == [sent, sent]


@pytest.mark.parametrize("path", OF_MEMBERS)
async def test_hidden_and_absent_members_cost_and_answer_the_same(busy: World, path: str) -> None:
    found = [await ask(busy, path, "self", member) for member in (HIDDEN, ABSENT)]
    assert [answer.status_code for answer, _ in found] == [404, 404]
    (hidden, hidden_cost), (absent, absent_cost) = found
    assert hidden_cost == absent_cost <= 1
    assert hidden.json() | {"RequestId": ""} == absent.json() | {"RequestId": ""}
