"""Every finished operation of both families, as five kinds of callers: authz.csv says what each
gets. `-` marks a caller the family does not have."""

import csv
from pathlib import Path

from tests.factories.world import ACTORS, World

from upline.routers.backoffice import app as backoffice
from upline.routers.backoffice.contract import PREFIX
from upline.routers.virtual_office import app as virtual_office

TABLE = Path(__file__).parent / "authz.csv"
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))


def _finished() -> set[str]:
    declared = {
        f"{declaration.method} {PREFIX}{declaration.path}"
        for router in backoffice.ROUTERS
        for declaration in router.declarations
    }
    return declared | {
        f"{declaration.method} {declaration.path}"
        for router in virtual_office.ROUTERS
        for declaration in router.declarations
    }


def test_every_finished_operation_has_a_row() -> None:
    rows = [row["operation"] for row in ROWS]
    assert sorted(rows) == sorted(_finished())


async def test_everybody_gets_what_is_theirs(world: World) -> None:
    wrong = []
    for row in ROWS:
        path = world.fill(row["request"])
        method = row["operation"].partition(" ")[0]
        for actor in ACTORS:
            if row[actor] == "-":
                continue
            headers = {**world.headers(actor, path), "Content-Type": "application/json"}
            answer = await world.http.request(
                method, path, headers=headers, content=row["body"].encode() or None
            )
            if answer.status_code != int(row[actor]):
                wrong.append((row["operation"], actor, answer.status_code, answer.text[:200]))
    assert wrong == []


async def test_absent_and_foreign_look_the_same(world: World) -> None:
    """The stranger asks for member 2, who exists, and for 99, who does not."""
    absent = world.container.ids.encrypt("customer", 99)
    for row in ROWS:
        if row["stranger"] != "404":
            continue
        foreign_path = world.fill(row["request"])
        absent_path = world.fill(row["request"].replace("{id}", "99").replace("{enc}", absent))
        answers = []
        for path in (foreign_path, absent_path):
            headers = {**world.headers("stranger", path), "X-Request-Id": "the-same-id"}
            answers.append(await world.http.get(path, headers=headers))
        assert answers[0].content == answers[1].content
        assert answers[0].status_code == answers[1].status_code
        assert dict(answers[0].headers) == dict(answers[1].headers)


async def test_opaque_ids_of_another_kind_or_spelling_name_nobody(world: World) -> None:
    """Even an application, which may see everybody, gets the answer of a customer who is absent."""
    ids = world.container.ids
    good, absent = ids.encrypt("customer", 2), ids.encrypt("customer", 99)
    forged = [ids.encrypt("order", 2), "2", good[:-1], good + "A", good[::-1], good.swapcase()]
    for row in ROWS:
        if "{enc}" not in row["request"]:
            continue
        headers = {**world.backoffice["application"], "X-Request-Id": "the-same-id"}
        answers = {
            (answer.status_code, answer.content)
            for answer in [
                await world.http.get(
                    world.fill(row["request"].replace("{enc}", text)), headers=headers
                )
                for text in (absent, *forged)
            ]
        }
        assert [status for status, _ in answers] == [404], row["operation"]
