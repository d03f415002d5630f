"""A server in a process of its own, callers of it, and a read measured beside its floor."""

import asyncio
import http.client
import json
import multiprocessing
import os
import socket
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from _demo import Measured
from fastapi import FastAPI

from upline.bootstrap import Container
from upline.core import logs
from upline.services.workflows.warm_up import warm_up
from upline.settings import Settings

WARM_UP = 30

Application = Callable[[Container], FastAPI]


@dataclass(frozen=True, slots=True)
class Caller:
    """A keep-alive connection with a token's header; answers are read whole."""

    connection: http.client.HTTPConnection
    headers: dict[str, str]

    def ask(self, method: str, path: str, body: Any = None) -> tuple[float, bytes]:
        """Milliseconds and body of one answer, which must be a good one."""
        content = None if body is None else json.dumps(body)
        headers = self.headers | ({} if body is None else {"Content-Type": "application/json"})
        begun = time.perf_counter()
        self.connection.request(method, path, content, headers)
        answer = self.connection.getresponse()
        data = answer.read()
        taken = (time.perf_counter() - begun) * 1_000
        assert answer.status == 200, (path, answer.status, data[:200])
        return taken, data


@dataclass(frozen=True, slots=True)
class Served:
    """Where a server listens, and its process."""

    port: int
    process: int

    def caller(self, **headers: str) -> Caller:
        """Another connection to it."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Caller(http.client.HTTPConnection("127.0.0.1", self.port), named)


@contextmanager
def serving(settings: Settings, application: Application) -> Iterator[Served]:
    """The application, made where it is served, for the length of the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(settings, port, application)
    )
    process.start()
    try:
        _wait_for(port)
        yield Served(port, process.pid or 0)
    finally:
        process.terminate()
        process.join()


def compare(
    ask: Callable[[], tuple[float, bytes]], floor: Callable[[int], tuple[float, bytes]], rounds: int
) -> list[Measured]:
    """The first answer, median and p99 of a read beside its floor of as many bytes, in turn."""
    first, data = ask()
    for _ in range(WARM_UP):
        ask()
        floor(len(data))
    times = [(ask()[0], floor(len(data))[0]) for _ in range(rounds)]
    of_read, of_floor = zip(*times, strict=True)
    middle = statistics.median(of_floor)
    return [
        ("first", first, middle),
        ("median", statistics.median(of_read), middle),
        ("p99", _worst(of_read), _worst(of_floor)),
    ]


def _worst(times: tuple[float, ...]) -> float:
    """The 99th percentile."""
    return sorted(times)[len(times) * 99 // 100]


def _serve(settings: Settings, port: int, application: Application) -> None:
    """The server under test; its log is written, but to nowhere."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    logs.configure(settings.server.log_format, settings.server.log_level)

    async def run() -> None:
        async with Container.open(settings) as container:
            await warm_up(container.contexts)
            config = uvicorn.Config(
                application(container), port=port, log_config=None, access_log=False
            )
            await uvicorn.Server(config).serve()

    asyncio.run(run())


def _wait_for(port: int) -> None:
    """Until the server accepts connections; 60 seconds at most."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the server did not start")
