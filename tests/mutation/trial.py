"""One mutant, one child: a warm process forks, and the child alone sees the changed module.

The warm process has imported whatever the tests import and nobody mutates. What it knows of the
tests comes from one run of unchanged code: how long each takes and which functions it calls. So
a child runs only tests that come by the change, those that end soon first, up to the first
failure. A change that makes code run for ever dies of its limit of processor time.
"""

import ast
import gc
import importlib
import json
import os
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

__all__ = ["Call", "Record", "begin", "import_warmly", "record"]

Call = tuple[str, int]  # a function by its file and first line
SECONDS_MORE = 10  # of processor time, over twice what the tests took while being recorded
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


@dataclass
class Record:
    """What a run of unchanged code showed."""

    seconds: dict[str, float]  # by test, at the fewest examples
    calls: dict[str, set[Call]]  # by test; "" is what happens on import
    modules: list[str]  # imported in the end

    def covering(self, path: str, source: str, number: int) -> list[str]:
        """Tests that come by a line, the fast ones first."""
        function = (path, _first_line(source, number))
        every = function[1] == 0 or function in self.calls[""]
        tests = [t for t in self.seconds if every or function in self.calls[t]]
        touches = {t for t in tests if any(call[0] == path for call in self.calls[t])}
        return sorted(tests, key=lambda t: (t not in touches, self.seconds[t]))


class Recorder:
    """Takes the time of tests and notes what they call."""

    def __init__(self, root: Path) -> None:
        self.source = str(root / "src")
        self.root = root
        self.called: set[Call] = set()
        self.seconds: dict[str, float] = {}
        self.calls: dict[str, set[Call]] = {}
        sys.setprofile(self._called)
        threading.setprofile(self._called)

    def _called(self, frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            code = frame.f_code
            self.called.add((code.co_filename, code.co_firstlineno))

    def _taken(self) -> set[Call]:
        called, self.called = self.called, set()
        return {
            (str(Path(path).relative_to(self.root)), line)
            for path, line in called
            if path.startswith(self.source)
        }

    def pytest_collection_finish(self) -> None:
        self.calls[""] = self._taken()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        sys.setprofile(self._called)
        start = time.process_time()
        result = yield
        self.seconds[item.nodeid] = time.process_time() - start
        sys.setprofile(None)
        self.calls[item.nodeid] = self._taken()
        return result


class Chosen:
    """Keeps chosen tests, in the order in which they are to run, and says which failed first."""

    def __init__(self, tests: list[str]) -> None:
        self.place = {test: k for k, test in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self.place]
        items.sort(key=lambda item: self.place[item.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            os.write(STDOUT, f"killed by {report.nodeid}\n".encode())


def record(root: Path, arguments: list[str], tests: list[str]) -> Record:
    """Run unchanged code once; it has to pass."""
    into = root / "record.json"

    def run() -> int:
        recorder = Recorder(root)
        code = int(pytest.main([*arguments, *tests], plugins=[recorder]))
        sys.setprofile(None)
        calls = {test: sorted(called) for test, called in recorder.calls.items()}
        into.write_text(json.dumps([recorder.seconds, calls, sorted(sys.modules)]))
        return code

    log = root / "unchanged.log"
    status = os.waitpid(_fork(run, log), 0)[1]
    if status:
        sys.exit(log.read_text() + "\nthe tests have to pass before code is changed")
    seconds, calls, modules = json.loads(into.read_text())
    seen = {test: {(path, line) for path, line in called} for test, called in calls.items()}
    return Record(seconds, seen, modules)


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
    path: Path, source: str, arguments: list[str], tests: list[str], seconds: float, log: Path
) -> int:
    """Start a child that tries these tests, which take so long if they pass, on a changed source;
    its exit is 0 if they do."""
    files = sorted({test.split("::")[0] for test in tests})
    seconds = 2 * seconds + SECONDS_MORE

    def run() -> int:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        signal.alarm(20 * int(seconds))
        _change(path, source)
        return int(pytest.main([*arguments, *ONE_FAILURE, *files], plugins=[Chosen(tests)]))

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


def _change(path: Path, source: str) -> None:
    """Whoever imports the module at this path gets that source."""
    read = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, name: str) -> CodeType | None:
        if self.path == str(path):
            return compile(source, self.path, "exec")
        return read(self, name)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]


def _first_line(source: str, number: int) -> int:
    """Of the innermost function around a line, decorators included; 0 outside of functions."""
    first = 0
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            begins = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            body = node.body[0].lineno
            if body <= number <= (node.end_lineno or 0):
                first = max(first, begins)
    return first
