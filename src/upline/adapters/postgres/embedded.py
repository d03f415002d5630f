"""One PostgreSQL per data folder, shared by every process that uses the folder.

Each user holds a shared lock on a file for as long as it needs the server, so the kernel and not a
list of process ids knows who is left. Whoever gets that lock exclusively is the last one and stops
the server: `stop` on a normal end, the guardian process after kill -9. Crash recovery is left to
PostgreSQL itself.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
from sqlalchemy import URL

from upline.adapters.postgres import guardian
from upline.adapters.postgres.configuration import settings
from upline.adapters.postgres.errors import EmbeddedPostgresError
from upline.adapters.postgres.installation import Installation

DATABASE = "upline"
SUPERUSER = "postgres"
PORT = "5432"  # only names the socket file: the server listens on no network address
START_SECONDS = 600  # recovery of a large crashed database takes its time
STOP_SECONDS = 60
ORPHAN_SECONDS = 60
SOCKET_PATH_BYTES = 107 - len(f"/.s.PGSQL.{PORT}")


@dataclass(slots=True)
class _Use:
    """This process's hold on the server of one data folder."""

    url: str
    files: "_Files"
    installation: Installation
    users: IO[str]
    process: int


@dataclass(frozen=True, slots=True)
class _Files:
    """What lies in the data folder."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "postgres"

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    @property
    def users(self) -> Path:
        return self.folder / "postgres.users.lock"

    @property
    def starting(self) -> Path:
        return self.folder / "postgres.start.lock"

    @property
    def guards(self) -> Path:
        return self.folder / "postgres.guardian.lock"


_uses: dict[Path, _Use] = {}


def start(data_dir: Path, *, fast: bool = False) -> str:
    """Make, start or join the server of `data_dir`; returns the URL of its database.

    The server runs until the last process using the folder has ended or called `stop`. `fast`
    trades safety for speed (nothing is synced to disk): for tests only.
    """
    files = _Files(data_dir.expanduser().resolve())
    if files.folder in _uses:
        return _uses[files.folder].url
    installation = Installation.find()
    try:
        files.folder.mkdir(parents=True, exist_ok=True)
        users = files.users.open("a")
    except OSError as error:
        raise EmbeddedPostgresError(
            f"Cannot use the data folder {files.folder}: {error}"
        ) from error
    try:
        # Waits here while a former last user is still stopping the server.
        fcntl.flock(users, fcntl.LOCK_SH)
        with _locked(files.starting):
            socket = _socket_folder(files, installation)
            _ensure_cluster(files, installation, fast=fast)
            _ensure_running(files, installation, socket, fast=fast)
            _ensure_guardian(files, installation)
            _ensure_database(socket)
    except BaseException:
        users.close()
        raise
    url = URL.create(
        "postgresql+psycopg",
        username=SUPERUSER,
        database=DATABASE,
        query={"host": str(socket), "port": PORT},
    ).render_as_string()
    _uses[files.folder] = _Use(url, files, installation, users, os.getpid())
    return url


def stop(data_dir: Path) -> None:
    """End this process's use; the last user waits until the server has shut down cleanly."""
    use = _uses.pop(data_dir.expanduser().resolve(), None)
    if use is None or use.process != os.getpid():  # a forked child does not own the hold
        return
    with use.users as users:
        # Given up first: were the lock converted, the waiting guardian could come in between.
        fcntl.flock(users, fcntl.LOCK_UN)
        if _try_lock(users, fcntl.LOCK_EX):
            if guardian.running_server(use.files.data) is not None:
                use.installation.run(
                    "pg_ctl", "stop", "-D", str(use.files.data), "-m", "fast", "-w",
                    "-t", str(STOP_SECONDS),
                )  # fmt: skip
        elif not _try_lock(users, fcntl.LOCK_SH):
            fcntl.flock(users, fcntl.LOCK_SH)  # the guardian was quicker: wait until it is done


@atexit.register
def _stop_all() -> None:
    for folder in list(_uses):
        with contextlib.suppress(EmbeddedPostgresError):
            stop(folder)


def _ensure_cluster(files: _Files, installation: Installation, *, fast: bool) -> None:
    """initdb beside the final place, then rename: a killed initdb leaves nothing to mistake."""
    if (files.data / "PG_VERSION").exists():
        if installation.account is not None:
            installation.make_folder(files.data)  # parents may have been closed meanwhile
        return
    for abandoned in files.folder.glob("postgres.new-*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    fresh = files.folder / f"postgres.new-{os.getpid()}"
    installation.make_folder(fresh)
    installation.run(
        "initdb", "-D", str(fresh), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8",
        # PostgreSQL's own collation: the same order on every machine.
        "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        *(["--no-sync"] if fast else []),
    )  # fmt: skip
    fresh.rename(files.data)


def _ensure_running(files: _Files, installation: Installation, socket: Path, *, fast: bool) -> None:
    if guardian.running_server(files.data) is None:
        _wait_for_orphans(files.data)
        # Whatever process they name, it is not a server; PostgreSQL might take it for one.
        for stale in (files.data / "postmaster.pid", socket / f".s.PGSQL.{PORT}.lock"):
            stale.unlink(missing_ok=True)
        options = shlex.join(
            part
            for name, value in settings(socket, PORT, fast=fast)
            for part in ("-c", f"{name}={value}")
        )
        try:
            installation.run(
                "pg_ctl", "start", "-D", str(files.data), "-l", str(files.log), "-o", options,
                "-w", "-t", str(START_SECONDS),
                timeout=START_SECONDS + 10,
            )  # fmt: skip
        except EmbeddedPostgresError as error:
            raise EmbeddedPostgresError(
                f"{error}\nThe end of {files.log}:\n{_log_end(files.log)}"
            ) from error
    _wait_until_ready(files, socket)


def _wait_for_orphans(data: Path) -> None:
    """Children of a server killed a moment ago must not write beside the new server."""
    deadline = time.monotonic() + ORPHAN_SECONDS
    while orphans := guardian.processes_in(data):
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(
                f"Processes of a former server still work in {data}: {sorted(orphans)}"
            )
        time.sleep(0.05)


def _wait_until_ready(files: _Files, socket: Path) -> None:
    """Another process may have been killed while the server it started was still recovering."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            _connect(socket, SUPERUSER).close()
        except psycopg.OperationalError as error:
            gone = guardian.running_server(files.data) is None
            if gone or time.monotonic() > deadline:
                raise EmbeddedPostgresError(
                    f"PostgreSQL does not answer: {error}\n{_log_end(files.log)}"
                ) from error
            time.sleep(0.1)
        else:
            return


def _ensure_guardian(files: _Files, installation: Installation) -> None:
    with files.guards.open("a") as guards:
        if not _try_lock(guards, fcntl.LOCK_EX):
            return  # held by the guardian for as long as it lives
    account = installation.account
    os.posix_spawn(
        sys.executable,
        [
            sys.executable, "-I", "-S", guardian.__file__, str(files.users), str(files.guards),
            str(files.data), str(installation.programs / "pg_ctl"),
            *([str(account.uid), str(account.gid)] if account else []),
        ],
        os.environ,
        # Our output may be a pipe somebody reads to its end; the guardian must not hold it open.
        file_actions=[
            (os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in (0, 1, 2)
        ],
        setsid=True,  # Ctrl-C in the terminal must not reach it
    )  # fmt: skip


def _ensure_database(socket: Path) -> None:
    with _connect(socket, SUPERUSER) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
        if known.fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _connect(socket: Path, database: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=str(socket), port=PORT, user=SUPERUSER, dbname=database,
        autocommit=True, connect_timeout=10, options="", application_name="upline-start",
    )  # fmt: skip


def _socket_folder(files: _Files, installation: Installation) -> Path:
    """The data folder, which only the server's account may enter; elsewhere if the path is long."""
    if len(os.fsencode(files.data)) <= SOCKET_PATH_BYTES:
        return files.data
    name = hashlib.sha256(os.fsencode(files.data)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"upline-{name}"
    installation.make_folder(folder)
    owner = installation.account.uid if installation.account else os.geteuid()
    if folder.is_symlink() or folder.stat().st_uid != owner:
        raise EmbeddedPostgresError(
            f"{folder} belongs to somebody else: choose a shorter data folder."
        )
    return folder


def _log_end(log: Path) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    except OSError:
        return "(no log)"


def _try_lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
