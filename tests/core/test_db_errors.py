from typing import ClassVar

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from upline.core import db_errors
from upline.core.db import Database
from upline.core.db_errors import Conflict, Refused
from upline.core.errors import DomainError, Kind, Unavailable


class NameTaken(DomainError):
    code = "name_taken"
    kind = Kind.CONFLICT
    constraint: ClassVar[str | None] = "uq_things_name"


class TooWide(DomainError):
    code = "too_wide"
    kind = Kind.CONFLICT
    constraint: ClassVar[str | None] = "ck_things_width"


TABLE = """
CREATE TABLE things (
    id int PRIMARY KEY,
    name varchar(5) NOT NULL CONSTRAINT uq_things_name UNIQUE,
    size int CHECK (size > 0) CONSTRAINT ck_things_width CHECK (size < 10),
    parent int CONSTRAINT fk_things_parent REFERENCES things DEFERRABLE INITIALLY DEFERRED
)
"""
BAD_ROWS = [
    ("(2, 'a', 1, NULL)", NameTaken),
    ("(1, 'b', 1, NULL)", Conflict),
    ("(2, 'b', 1, 99)", Conflict),  # deferred: found at commit only
    ("(2, 'b', 0, NULL)", Refused),
    ("(2, 'b', 10, NULL)", TooWide),
    ("(2, NULL, 1, NULL)", Refused),
    ("(2, 'too long', 1, NULL)", Refused),
    ("(3000000000, 'b', 1, NULL)", Refused),
]


async def _run(database: Database, *statements: str) -> None:
    async with database.session() as session:
        for statement in statements:
            await session.execute(text(statement))


async def _collide(database: Database) -> None:
    """Two transactions that could not have run one after the other."""
    async with database.session() as one, database.session() as two:
        for session in (one, two):
            await session.execute(text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"))
            await session.execute(text("SELECT n FROM counters"))
        await one.execute(text("UPDATE counters SET n = n + 1"))
        await one.commit()
        await two.execute(text("UPDATE counters SET n = n + 1"))


@pytest.mark.parametrize(("row", "expected"), BAD_ROWS)
async def test_refusals_become_domain_errors(
    committed_database: Database, row: str, expected: type[DomainError]
) -> None:
    await _run(committed_database, TABLE, "INSERT INTO things VALUES (1, 'a', 1, NULL)")
    with pytest.raises(DBAPIError) as refused:
        await _run(committed_database, f"INSERT INTO things VALUES {row}")
    translated = db_errors.translate(refused.value)
    assert type(translated) is expected
    assert "things" not in str(translated)


async def test_an_absent_server_is_unavailable() -> None:
    database = Database.connect("postgresql+psycopg://nobody@/x?host=/nowhere")
    with pytest.raises(DBAPIError) as refused:
        await _run(database, "SELECT 1")
    assert isinstance(db_errors.translate(refused.value), Unavailable)
    await database.dispose()


async def test_a_canceled_statement_is_unavailable(committed_database: Database) -> None:
    with pytest.raises(DBAPIError) as refused:
        await _run(committed_database, "SET LOCAL statement_timeout = 1", "SELECT pg_sleep(5)")
    assert isinstance(db_errors.translate(refused.value), Unavailable)


async def test_our_own_mistakes_stay_mistakes(committed_database: Database) -> None:
    with pytest.raises(DBAPIError) as mistake:
        await _run(committed_database, "SELECT nothing FROM nowhere")
    assert db_errors.translate(mistake.value) is None
    assert db_errors.translate(ValueError()) is None


async def test_collisions_may_be_tried_again(committed_database: Database) -> None:
    await _run(committed_database, "CREATE TABLE counters (n int)")
    await _run(committed_database, "INSERT INTO counters VALUES (0)")
    with pytest.raises(DBAPIError) as collision:
        await _collide(committed_database)
    assert db_errors.is_retryable(collision.value)
    assert not db_errors.is_retryable(ValueError())
