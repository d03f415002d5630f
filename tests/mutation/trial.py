"""One mutant, one child: a warm process forks, and the child alone sees the changed module.

The warm process has imported whatever the tests import and nobody mutates. What it knows of the
tests comes from one run of unchanged code: how long each takes and which lines it comes by. So
a child runs only tests that come by the change, those that end soon first, up to the first
failure. A change that makes code run for ever dies of its test's limit of processor time.
"""

import gc
import importlib
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from lines import Record, Recorder, compile_as, digest

__all__ = ["EXAMPLES", "begin", "import_warmly", "record"]

EXAMPLES = "UPLINE_TEST_EXAMPLES"
SECONDS_MORE = 6  # of processor time, over twice what the test took while being recorded
STDOUT = 1
# What takes long to import. What runs tests and event loops is left to each child.
WARM = {
    "alembic", "fastapi", "hypothesis", "numba", "numpy", "orjson", "procrastinate", "psycopg",
    "pydantic", "sqlalchemy",
}  # fmt: skip
BROKEN = 70  # what a child ends with that could not run its tests
# What pytest would rewrite is imported by now, and nobody reads why a child failed.
ONE_FAILURE = ["-x", "--tb=line", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
MEMORY = 6 * 2**30


class Chosen:
    """Keeps chosen tests, in the order in which they are to run, each with a limit of processor
    time, and says which failed first."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds = seconds
        self.place = {test: k for k, test in enumerate(seconds)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self.place]
        items.sort(key=lambda item: self.place[item.nodeid])

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        limit = 2 * self.seconds[item.nodeid] + SECONDS_MORE
        signal.setitimer(signal.ITIMER_PROF, limit)  # nobody handles it, so it ends the process

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            os.write(STDOUT, f"killed by {report.nodeid}\n".encode())


class Shared:
    """Tests roll back what they do, so all children of a job can use one database: to clone one
    takes longer than most of them."""

    def __init__(self, clone: str) -> None:
        self.clone = clone

    def pytest_sessionstart(self) -> None:
        server = importlib.import_module("tests.database").TestServer
        server.clone = lambda _: self.clone
        server.drop = lambda *_: None


def record(root: Path, paths: list[str], arguments: list[str], tests: list[str]) -> Record:
    """Run unchanged code once, which has to pass; of test modules that ran against this very code
    before, it is known."""
    recorder = "tests/mutation/lines.py"
    code = digest(root, [*paths, recorder], arguments, os.environ[EXAMPLES])
    kept = {
        str(file.relative_to(root)): root.parent / f"record-{digest(root, [file], code)}.json"
        for test in tests
        for file in sorted((root / test).rglob("test_*.py"))
    }
    unknown = [file for file, into in kept.items() if not into.exists()]

    def run() -> int:
        recorder = Recorder(root, paths)
        code = int(pytest.main([*arguments, *unknown], plugins=[recorder]))
        for file in unknown if not code else []:
            recorder.save(file, kept[file])
        return code

    log = root / "unchanged.log"
    if unknown and os.waitpid(_fork(run, log), 0)[1]:
        sys.exit(log.read_text() + "\nthe tests have to pass before code is changed")
    return Record.joined([json.loads(into.read_text()) for into in kept.values()])


def import_warmly(modules: list[str]) -> None:
    """Of the modules that tests import, those that take long and that nobody mutates."""
    for name in modules:
        if name.split(".")[0] in WARM:
            try:
                importlib.import_module(name)
            except Exception:  # noqa: BLE001, S112 - some names are no modules
                continue
    gc.collect()
    gc.freeze()


def begin(
    path: Path,
    source: str,
    arguments: list[str],
    seconds: dict[str, float],
    log: Path,
    clone: str | None,
) -> int:
    """Start a child that tries these tests, which take so long if they pass, on a changed source;
    its exit is 0 if they do. clone: the database that they use."""
    files = sorted({test.split("::")[0] for test in seconds})

    def run() -> int:
        limit = int(2 * sum(seconds.values())) + 10 * SECONDS_MORE
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        signal.alarm(20 * limit)
        compile_as({str(path): source})
        plugins = [Chosen(seconds), *([Shared(clone)] if clone else [])]
        return int(pytest.main([*arguments, *ONE_FAILURE, *files], plugins=plugins))

    return _fork(run, log)


def _fork(run: Callable[[], int], log: Path) -> int:
    child = os.fork()
    if child:
        return child
    code = BROKEN
    try:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(out, 1)
        os.dup2(out, 2)
        code = run()
    except BaseException:  # noqa: BLE001 - whatever it is, the child ends here
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
