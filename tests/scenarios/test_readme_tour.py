"""The README's tour, pasted: every command works, and its answer holds what stands below it."""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.factories.serving import BIN, serve

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```(sh|json)\n(.*?)```", re.DOTALL)
END = "--- end of block ---"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The README's demo, served from a folder of its own."""
    with serve(["demo"], tmp_path) as number:
        yield number


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
