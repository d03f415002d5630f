"""The server as it runs in production: processes of its own on a port of this machine."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

BIN = Path(sys.executable).parent
START_SECONDS, STOP_SECONDS = 300, 60


@contextmanager
def serve(
    words: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[int]:
    """`upline` with these words, `--port` added, once it is ready; gives the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "server.log"
    with path.open("wb") as log:
        server = subprocess.Popen(
            [BIN / "upline", *words, "--port", str(port), "--data", str(folder)],
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
    try:
        _wait_until_ready(server, port, path)
        yield port
    finally:
        server.terminate()
        server.wait(STOP_SECONDS)


def _wait_until_ready(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/ready") as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())
