"""The embedded server belongs to the data folder: shared by all its users, stopped by the last."""

import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from upline.adapters import postgres
from upline.adapters.postgres import installation

# Uses the server until its standard input ends.
USER = """
import sys
from pathlib import Path
from upline.adapters import postgres
print(postgres.start(Path(sys.argv[1]), fast=True), flush=True)
sys.stdin.read()
"""
User = subprocess.Popen[str]


@pytest.fixture
def place() -> Iterator[Path]:
    """Not pytest's own folder, which the next session of the same user closes to all others."""
    with tempfile.TemporaryDirectory(prefix="upline-") as name:
        yield Path(name)


@pytest.fixture
def folder(place: Path) -> Iterator[Path]:
    path = place / "data"
    yield path
    postgres.stop(path)


@pytest.fixture
def another_user(folder: Path) -> Iterator[Callable[[], User]]:
    """Starts one more process that uses the folder, and returns once it has a server."""
    users: list[User] = []

    def begin() -> User:
        user = subprocess.Popen(
            [sys.executable, "-c", USER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        users.append(user)
        assert user.stdout is not None
        assert user.stdout.readline().startswith("postgresql+psycopg://")
        return user

    yield begin
    for user in users:
        user.kill()
        user.communicate()


def _leave(user: User) -> None:
    user.communicate()
    assert user.returncode == 0


def _server(folder: Path) -> int | None:
    """The running server's process."""
    file = folder / "postgres" / "postmaster.pid"
    return int(file.read_text().split()[0]) if file.exists() else None


def _wait_for_end(process: int) -> None:
    """Until a process that is not our child has ended."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return
    with os.fdopen(handle):
        assert select.select([handle], [], [], 60)[0], "still running after a minute"


def _connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def test_the_last_user_stops_the_server(folder: Path, another_user: Callable[[], User]) -> None:
    first, second = another_user(), another_user()
    process = _server(folder)
    _leave(first)
    assert _server(folder) == process
    _leave(second)
    assert _server(folder) is None


def test_starting_twice_is_using_once(folder: Path) -> None:
    url = postgres.start(folder, fast=True)
    assert postgres.start(folder, fast=True) == url
    postgres.stop(folder)
    assert _server(folder) is None
    postgres.stop(folder)


def test_users_outlive_the_one_who_started_the_server(
    folder: Path, another_user: Callable[[], User]
) -> None:
    first = another_user()
    url = postgres.start(folder, fast=True)
    process = _server(folder)
    first.kill()
    first.wait()
    with _connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert _server(folder) == process


def test_the_server_ends_when_every_user_was_killed(
    folder: Path, another_user: Callable[[], User]
) -> None:
    users = [another_user(), another_user()]
    process = _server(folder)
    assert process is not None
    for user in users:
        user.kill()
    _wait_for_end(process)
    assert "database system is shut down" in (folder / "postgres" / "server.log").read_text()
    _leave(another_user())


def test_what_was_committed_survives_a_killed_server(folder: Path) -> None:
    """With the safe settings: the fast ones may lose what was committed a moment ago."""
    url = postgres.start(folder)
    with _connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    process = _server(folder)
    assert process is not None
    os.kill(process, signal.SIGKILL)
    _wait_for_end(process)
    postgres.stop(folder)
    with _connect(postgres.start(folder)) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_process_number_used_again_is_no_server(folder: Path) -> None:
    """After a restart of the machine the recorded number may belong to anybody, even to us."""
    postgres.start(folder, fast=True)
    file = folder / "postgres" / "postmaster.pid"
    recorded = file.read_text().splitlines()
    postgres.stop(folder)
    file.write_text("\n".join([str(os.getpid()), *recorded[1:]]) + "\n")
    with _connect(postgres.start(folder, fast=True)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_an_abandoned_initdb_is_no_database(folder: Path) -> None:
    abandoned = folder / "postgres.new-1"
    abandoned.mkdir(parents=True)
    (abandoned / "PG_VERSION").write_text("18\n")
    postgres.start(folder, fast=True)
    assert not abandoned.exists()


def test_a_forked_child_does_not_stop_our_server(folder: Path) -> None:
    url = postgres.start(folder, fast=True)
    program = (
        "import os, sys; from pathlib import Path; from upline.adapters import postgres\n"
        "url = postgres.start(Path(sys.argv[1]))\n"
        "if os.fork() == 0: sys.exit()\n"
        "os.wait(); print(postgres.start(Path(sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == url
    with _connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_long_folder_names_and_foreign_settings_do_not_matter(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "9", "PGDATA": "/nowhere", "PGHOST": "nowhere"}.items():
        monkeypatch.setenv(name, value)
    folder = place / ("a folder named at length " * 6)
    try:
        with _connect(postgres.start(folder, fast=True)) as connection:
            addresses = connection.execute("SHOW listen_addresses").fetchone()
            assert addresses == ("",)
    finally:
        postgres.stop(folder)


def test_without_the_package_the_message_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(postgres.EmbeddedPostgresMissing, match="UPLINE_DATABASE__URL"):
        postgres.start(tmp_path)


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    postgres.start(folder, fast=True)
    postgres.stop(folder)
    (folder / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(postgres.EmbeddedPostgresError, match="initialized by PostgreSQL version 9"):
        postgres.start(folder, fast=True)
