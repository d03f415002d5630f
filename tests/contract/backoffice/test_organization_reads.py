"""How many statements each read sends: as many for a long answer as for a short one."""

import pytest
from tests.factories.figures import OCTOBER
from tests.factories.statements import counted
from tests.factories.world import World

# Path below /api/v1, whether it is a list in pages, and the most statements a request may send.
# An empty list costs another look.
READS = [
    ("organization/{enc}/personal", True, 3),
    ("organization/{enc}/customer", True, 4),
    ("organization/{enc}/unilevel", True, 3),
    ("organization/{enc}/unilevel?search=e&statusId=1", True, 4),
    ("organization/{enc}/unileveltree/1", False, 3),
    ("organization/{enc}/unileveltree/10", False, 3),
    ("organization/binary/1/all", True, 3),
    ("organization/binary/1/2", False, 4),
    ("organization/unilevel/1/2", False, 4),
    ("organization/binarypositon/1/1", False, 3),
    ("organization/personal/sponsorupdate?customerId=1", True, 5),
    ("organization/ranks/1", False, 6),
    ("organization/rankadvancement/{enc}", False, 7),
    ("organization/faststart?customerId=1", False, 4),
]


async def statements(world: World, path: str) -> int:
    enc = world.container.ids.encrypt("customer", 1)
    url = f"/api/v1/{path.replace('{enc}', enc)}"
    numbers = []
    for _ in range(2):  # a token is looked up once a second: not always by the same request
        with counted() as sent:
            answer = await world.http.get(url, headers=world.backoffice["application"])
        assert answer.status_code == 200, answer.text
        numbers.append(len(sent))
    return min(numbers)


@pytest.mark.parametrize(("path", "is_list", "most"), READS)
async def test_reads_send_a_fixed_number_of_statements(
    shared_world: World, path: str, is_list: bool, most: int
) -> None:
    assert 0 < await statements(shared_world, path) <= most
    if is_list:
        mark = "&" if "?" in path else "?"
        short = await statements(shared_world, f"{path}{mark}pageSize=1")
        assert short == await statements(shared_world, f"{path}{mark}pageSize=1000")


@pytest.mark.parametrize("path", ["organization/{enc}/unilevel", "organization/binary/1/all"])
async def test_past_periods_send_no_more(shared_world: World, path: str) -> None:
    assert await statements(shared_world, f"{path}?periodId={OCTOBER}") <= 3
