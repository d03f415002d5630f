"""The SQL of the migrations, as squawk reads it."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.architecture.source import ROOT

# The revision between is the job queue's own SQL, which is not ours to change.
RANGES = ("base:period_rules", "jobs:head")


@pytest.mark.parametrize("revisions", RANGES)
def test_statements_lock_nothing_for_long(revisions: str, tmp_path: Path) -> None:
    scripts = Path(sys.executable).parent
    printed = subprocess.run(
        [scripts / "alembic", "upgrade", revisions, "--sql"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    file = tmp_path / "migrations.sql"
    file.write_text(printed.stdout, encoding="utf-8")
    assert "CREATE TABLE" in printed.stdout or "INSERT INTO" in printed.stdout
    found = subprocess.run(
        [scripts / "squawk", "--config", ROOT / ".squawk.toml", "--reporter", "gcc", file],
        check=False,
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stdout
