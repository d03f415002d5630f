"""Stops the embedded PostgreSQL once its last user is gone, however that user ended.

Runs as a detached script, so that it outlives a killed process; for that reason it imports nothing
but the standard library and takes everything it needs as arguments.
"""

import fcntl
import os
import subprocess
import sys
from pathlib import Path


def guard(users: Path, guards: Path, data: Path, pg_ctl: Path, account: list[int]) -> None:
    """Wait until nobody holds `users`, then stop the server; one guardian per data folder."""
    with guards.open("a") as guarded, users.open("a") as used:
        try:
            fcntl.flock(guarded, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        fcntl.flock(used, fcntl.LOCK_EX)
        if (data / "postmaster.pid").exists():
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


if __name__ == "__main__":
    os.chdir("/")
    paths = [Path(argument) for argument in sys.argv[1:5]]
    guard(paths[0], paths[1], paths[2], paths[3], [int(number) for number in sys.argv[5:]])
