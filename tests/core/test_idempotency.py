import asyncio

import pytest
from sqlalchemy import text

from upline.core import idempotency
from upline.core.db import Database
from upline.core.idempotency import Answer, InFlight, KeyReused, Request

REQUEST = Request("client:a", "key-1", idempotency.digest(b"POST", b"/x", b"{}"))
ANSWER = Answer(200, "application/json", b'{"Id":1}')


async def _effect(database: Database, request: Request) -> Answer | None:
    """One keyed write, whose effect is a row of its own."""
    async with database.session() as session:
        stored = await idempotency.begin(session, request)
        if stored is None:
            await session.execute(text("INSERT INTO effects DEFAULT VALUES"))
            await idempotency.finish(session, request, ANSWER)
        return stored


async def _failing_effect(database: Database) -> None:
    async with database.session() as session:
        assert await idempotency.begin(session, REQUEST) is None
        await idempotency.finish(session, REQUEST, ANSWER)
        raise ZeroDivisionError


@pytest.fixture
async def database(committed_database: Database) -> Database:
    async with committed_database.session() as session:
        await session.execute(text("CREATE TABLE effects (id int GENERATED ALWAYS AS IDENTITY)"))
    return committed_database


async def _effects(database: Database) -> int:
    async with database.session() as session:
        return int(await session.scalar(text("SELECT count(*) FROM effects")) or 0)


async def test_the_second_time_the_answer_is_replayed(database: Database) -> None:
    assert await _effect(database, REQUEST) is None
    assert await _effect(database, REQUEST) == ANSWER
    assert await _effects(database) == 1


async def test_fifty_at_once_have_one_effect(database: Database) -> None:
    answers = await asyncio.gather(
        *(_effect(database, REQUEST) for _ in range(50)), return_exceptions=True
    )
    assert answers.count(None) == 1
    assert all(answer in (None, ANSWER) or isinstance(answer, InFlight) for answer in answers)
    assert await _effects(database) == 1
    assert await _effect(database, REQUEST) == ANSWER


async def test_another_body_under_the_key_is_refused(database: Database) -> None:
    await _effect(database, REQUEST)
    with pytest.raises(KeyReused):
        await _effect(database, Request("client:a", "key-1", idempotency.digest(b"other")))


async def test_callers_do_not_share_keys(database: Database) -> None:
    await _effect(database, REQUEST)
    assert await _effect(database, Request("client:b", "key-1", REQUEST.digest)) is None
    assert await _effects(database) == 2


async def test_a_failed_effect_leaves_the_key_free(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        await _failing_effect(database)
    assert await _effect(database, REQUEST) is None


def test_digests_tell_where_parts_end() -> None:
    assert idempotency.digest(b"ab", b"c") != idempotency.digest(b"a", b"bc")
    assert idempotency.digest(b"a") != idempotency.digest(b"a", b"")
