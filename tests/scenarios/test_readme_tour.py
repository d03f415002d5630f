"""The README's tour, pasted: every command works, and its answer holds what stands below it."""

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```(sh|json)\n(.*?)```", re.DOTALL)
BIN = Path(sys.executable).parent
END = "--- end of block ---"
START_SECONDS = 300


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The README's demo, served from a folder of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    command = [BIN / "upline", "demo", "--port", str(number), "--data", str(tmp_path)]
    with (tmp_path / "demo.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait_until_ready(server, number, tmp_path / "demo.log")
        yield number
    finally:
        server.terminate()
        server.wait(60)


def _wait_until_ready(server: subprocess.Popen[bytes], number: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{number}/ready") as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())


def test_the_tour_does_what_it_says(port: int, tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tour = readme[readme.index("## Five-minute tour") : readme.index("## The command line")]
    blocks = BLOCK.findall(tour)
    commands = [text for kind, text in blocks if kind == "sh"]
    script = "set -e\n" + f"echo {shlex.quote(END)}\n".join(commands)
    script = script.replace("localhost:8000", f"127.0.0.1:{port}")
    script = script.replace(".venv/bin/upline", str(BIN / "upline"))
    ran = subprocess.run(
        ["/bin/bash", "-c", script],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "UPLINE_DATA_DIR": str(tmp_path)},
    )
    assert ran.returncode == 0, ran.stderr
    answers = ran.stdout.split(f"{END}\n")
    shown = _shown(blocks)
    assert len(answers) == len(commands)
    assert len(shown) == len(commands) - 1  # the auditor's answer is no JSON
    for expected, answer in zip(shown, answers, strict=False):
        real = json.loads(answer)
        assert {key: real.get(key) for key in expected} == expected
    assert "invariants hold" in answers[-1]


def _shown(blocks: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [json.loads(text) for kind, text in blocks if kind == "json"]
