"""Bringing a database to the schema this version needs, from any working directory.

The migrations travel inside the wheel as `upline/_migrations`; a checkout has them at its top.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, create_engine, text
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.schema import SchemaItem

import upline
from upline import models
from upline.core.db import Base

# Give up rather than queue behind a long query with everybody else queuing behind us.
TIMEOUTS = ("SET lock_timeout = '5s'", "SET statement_timeout = '1h'")
# Keeps two processes that start at once from migrating at once.
MIGRATION_LOCK = 0x55504C00
PACKAGE = Path(upline.__file__).parent
JOBS_SCHEMA = "jobs"
PARTITION = re.compile(r"_r\d+\Z")


def metadata() -> MetaData:
    """Every table of ours, whichever modules have been imported so far."""
    for module in pkgutil.iter_modules(models.__path__, f"{models.__name__}."):
        importlib.import_module(module.name)
    return Base.metadata


def upgrade(url: str, revision: str = "head") -> None:
    """Apply what is missing; processes that start at once wait for each other."""
    with _locked(url) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(url: str, revision: str) -> None:
    """Take migrations back to `revision`, or all of them with "base". Loses their data."""
    with _locked(url) as connection:
        command.downgrade(_config(connection), revision)


def current(url: str) -> str | None:
    """The revision the database is at; None before the first."""
    with _connection(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The newest revision this version of the program knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def check(url: str) -> list[str]:
    """What keeps the database from fitting this version: pending migrations, then differences."""
    with _connection(url) as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
        newest = head()
        if revision != newest:
            return [f"at revision {revision or 'none'}, this version needs {newest}"]
        context = MigrationContext.configure(connection, opts=dict(COMPARISON))
        return [_describe(difference) for difference in compare_metadata(context, metadata())]


def prepare(connection: Connection) -> None:
    """Set the time limits of migrations for this connection."""
    for statement in TIMEOUTS:
        connection.execute(text(statement))
    connection.commit()


def is_ours(
    item: SchemaItem, name: str | None, kind: str, reflected: bool, compare_to: SchemaItem | None
) -> bool:
    """Partitions come and go with commission runs and are no part of the models."""
    return not (kind == "table" and reflected and name and PARTITION.search(name))


# How the models are compared with a database, here and in migrations/env.py.
COMPARISON: dict[str, object] = {
    "target_metadata": metadata(),
    "include_object": is_ours,
    "include_schemas": False,
    "compare_type": True,
    "compare_server_default": True,
    "transaction_per_migration": True,
}


@contextmanager
def _locked(url: str) -> Iterator[Connection]:
    with _connection(url) as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        prepare(connection)
        yield connection
        connection.commit()


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    engine = create_engine(url, poolclass=NullPool, connect_args={"application_name": "upline-db"})
    with engine.connect() as connection:
        yield connection


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_migrations()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _migrations() -> Path:
    installed = PACKAGE / "_migrations"
    return installed if installed.is_dir() else PACKAGE.parents[1] / "migrations"


def _describe(difference: object) -> str:
    if isinstance(difference, list):
        return "; ".join(_describe(part) for part in difference)
    if isinstance(difference, tuple):
        return " ".join(str(getattr(part, "name", part)) for part in difference if part is not None)
    return str(difference)
