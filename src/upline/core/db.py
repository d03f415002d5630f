"""The declarative base, the engine and its sessions: the one way to PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple
from weakref import ref

import psycopg
from sqlalchemy import (
    BigInteger,
    DateTime,
    Identity,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    event,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, SessionTransaction, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

PREPARED_MAX = 300


class Base(DeclarativeBase):
    """Every table of ours. Constraint names follow NAMING, because errors are found by them."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        Decimal: Numeric(19, 4),
        int: BigInteger,
    }


# Column shapes the models share. Volumes and money are NUMERIC(19,4): ten-thousandths.
BigId = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Amount = Annotated[Decimal, mapped_column(Numeric(19, 4), server_default="0")]
Small = Annotated[int, mapped_column(SmallInteger)]
Currency = Annotated[str, mapped_column(String(3))]
# The database transaction a row was recorded in: with a snapshot it tells what a reader has not
# seen, which neither dates (they may lie back) nor ids (drawn before the commit) do.
RecordedIn = Annotated[
    int, mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
]
CountryCode = Annotated[str, mapped_column(String(2))]


@dataclass(frozen=True, slots=True)
class Database:
    """An engine with its pool; `session()` is one transaction, `raw()` a psycopg connection."""

    engine: AsyncEngine

    @classmethod
    def connect(cls, url: str, *, pool_size: int = 10, application: str = "upline") -> "Database":
        engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=False,
            pool_recycle=1800,
            # The connection given back last goes out first: what is prepared on it is used again.
            pool_use_lifo=True,
            hide_parameters=True,  # they would stand in logs, and among them are secrets
            connect_args={"application_name": application},
        )
        event.listen(engine.sync_engine, "connect", _keep_more_prepared)
        return cls(engine)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            try:
                yield session
            except BaseException:
                await _roll_back(session)
                raise
            await session.commit()

    @asynccontextmanager
    async def raw(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """One transaction on a bare psycopg connection, for COPY."""
        async with self.session() as session:
            yield await raw_connection(await session.connection())

    async def dispose(self) -> None:
        await self.engine.dispose()


async def _roll_back(session: AsyncSession) -> None:
    """By the server alone where the connection is past it: cancelled as a COPY began, it waits for
    rows for ever. Whatever was raised matters more than that."""
    try:
        await session.rollback()
    except DBAPIError:
        await session.invalidate()


def _keep_more_prepared(connection: Any, record: object) -> None:
    """Hot reads have a statement for each period that is looked at: more than the driver's 100."""
    connection.driver_connection.prepared_max = PREPARED_MAX


async def raw_connection(connection: AsyncConnection) -> psycopg.AsyncConnection[Any]:
    """The psycopg connection under a SQLAlchemy one; both see the same transaction."""
    fairy = await connection.get_raw_connection()
    driver = fairy.driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)  # noqa: S101 - narrows the driver's type
    return driver


async def driver_of(session: AsyncSession) -> psycopg.AsyncConnection[Any]:
    """The psycopg connection under a session, looked up once a transaction: the way to it takes
    SQLAlchemy as long as a short statement takes all of us."""
    kept: _Driver | None = session.info.get(_DRIVER)
    transaction = session.sync_session.get_transaction()
    if kept and transaction is not None and kept.transaction() is transaction:
        return kept.connection
    driver = await raw_connection(await session.connection())
    if transaction := session.sync_session.get_transaction():
        session.info[_DRIVER] = _Driver(ref(transaction), driver)
    return driver


class _Driver(NamedTuple):
    """What `driver_of` found. The transaction is held weakly: it knows its session, and a ring
    would wait for the collector of garbage."""

    transaction: ref[SessionTransaction]
    connection: psycopg.AsyncConnection[Any]


_DRIVER = "driver"


async def see_one_instant(session: AsyncSession) -> None:
    """Let all statements of a transaction that has not begun yet see the same instant."""
    await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


async def see_instant_of(session: AsyncSession, other: AsyncSession) -> None:
    """Let a transaction that has not begun yet see what another one sees, which sees one instant
    and has not ended: so that two connections read side by side."""
    name = await other.scalar(text("SELECT pg_export_snapshot()"))
    await see_one_instant(session)
    await session.execute(text(f"SET TRANSACTION SNAPSHOT '{name}'"))


async def release(session: AsyncSession) -> None:
    """Give the connection back while something slow goes on (hashing, waiting for others).

    Only after reads: whatever the transaction wrote so far would be lost.
    """
    await session.rollback()
