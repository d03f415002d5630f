"""Stops the embedded PostgreSQL once its last user is gone, however that user ended.

Runs as a detached script, so that it outlives a killed process; for that reason it imports nothing
but the standard library and takes everything it needs as arguments.
"""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

PROCESSES = Path("/proc")


def guard(users: Path, guards: Path, data: Path, pg_ctl: Path, account: list[int]) -> None:
    """Wait until nobody holds `users`, then stop the server; one guardian per data folder."""
    with guards.open("a") as guarded, users.open("a") as used:
        try:
            fcntl.flock(guarded, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        fcntl.flock(used, fcntl.LOCK_EX)
        if running_server(data) is not None:
            subprocess.run(
                [str(pg_ctl), "stop", "-D", str(data), "-m", "fast", "-w", "-t", "300"],
                check=False,
                cwd="/",
                user=account[0] if account else None,
                group=account[1] if account else None,
                extra_groups=[] if account else None,
            )
        # Released before `users`: the next user must see that the server has no guardian now.
        fcntl.flock(guarded, fcntl.LOCK_UN)


def running_server(data: Path) -> int | None:
    """The server's process. Numbers are reused, and the killed may linger as zombies: what counts
    is a process that works inside the data folder."""
    try:
        recorded = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    if PROCESSES.is_dir():
        return recorded if recorded in processes_in(data) else None
    try:
        os.kill(recorded, 0)
    except ProcessLookupError:
        return None
    return recorded


def processes_in(data: Path) -> set[int]:
    """Everything that works inside the data folder: the server and its children."""
    found = set()
    for entry in PROCESSES.glob("[0-9]*/cwd"):
        try:
            program = entry.with_name("exe").readlink().name
            if entry.readlink() == data and program.startswith("postgres"):
                found.add(int(entry.parent.name))
        except OSError:  # ended meanwhile, or somebody else's
            continue
    return found


if __name__ == "__main__":
    os.chdir("/")
    paths = [Path(argument) for argument in sys.argv[1:5]]
    guard(paths[0], paths[1], paths[2], paths[3], [int(number) for number in sys.argv[5:]])
