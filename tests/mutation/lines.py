"""Which test comes by which line: each statement of the mutated modules notes that it ran.

A profiler would be told of every call that anything makes, which takes ten times as long where
tests talk to a database; here only those modules are slower. What runs on import is no test's.
"""

import ast
import builtins
import hashlib
import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

__all__ = ["Record", "Recorder", "compile_as", "digest", "statements"]

NOTE = "_note_that_a_line_ran"
Lines = dict[str, list[int]]  # first lines of statements, by path


@dataclass
class Record:
    """What a run of unchanged code showed."""

    seconds: dict[str, float]  # by test, at the fewest examples
    ran: dict[str, Lines]  # by test
    modules: list[str]  # imported in the end

    @classmethod
    def joined(cls, parts: list[Any]) -> "Record":
        """Of what is known of each test module."""
        seconds, ran = (
            {test: known for part in parts for test, known in part[name].items()}
            for name in ("seconds", "ran")
        )
        return cls(seconds, ran, sorted({name for part in parts for name in part["modules"]}))

    def covering(self, path: str, source: str, number: int) -> dict[str, float]:
        """Tests that come by a line, and how long they take, the fast ones first. For what runs on
        import it is all tests, first those that come by its module."""
        starts = statements(source, number)
        if starts:
            line = max((start for start in starts if start <= number), default=0)
            tests = {test for test, ran in self.ran.items() if line in ran.get(path, ())}
        else:
            tests = set(self.ran)
        order = sorted(tests, key=lambda t: (path not in self.ran[t], self.seconds[t]))
        return {test: self.seconds[test] for test in order}


class Recorder:
    """Takes the time of tests and notes which statements they run."""

    def __init__(self, root: Path, paths: list[str]) -> None:
        self.seconds: dict[str, float] = {}
        self.ran: dict[str, Lines] = {}
        self.now: set[tuple[str, int]] = set()
        self.shared: dict[object, set[tuple[str, int]]] = {}  # by what several tests are given
        setattr(builtins, NOTE, self.now.add)
        compile_as({str(root / path): _noting(root, path) for path in paths})

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.now.clear()
        start = time.process_time()
        result = yield
        self.seconds[item.nodeid] = time.process_time() - start
        ran: Lines = {}
        for path, line in self.now.union(*self._given(item)):
            ran.setdefault(path, []).append(line)
        self.ran[item.nodeid] = ran
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[Any]:
        """What is made once comes by its lines for every test that is given it."""
        before = self.now.copy()
        self.now.clear()
        result = yield
        if fixturedef.scope != "function":
            self.shared[fixturedef] = self.shared.get(fixturedef, set()) | self.now
        self.now |= before
        return result

    def _given(self, item: pytest.Item) -> Iterator[set[tuple[str, int]]]:
        """Lines that ran when what this test shares with others was made."""
        known = getattr(item, "_fixtureinfo", None)
        for fixturedefs in known.name2fixturedefs.values() if known else ():
            for fixturedef in fixturedefs:
                yield self.shared.get(fixturedef, set())

    def save(self, file: str, into: Path) -> None:
        """What is known of the tests of one file."""
        tests = [test for test in self.ran if test.split("::")[0] == file]
        known = {name: {t: getattr(self, name)[t] for t in tests} for name in ("seconds", "ran")}
        into.write_text(json.dumps(known | {"modules": sorted(sys.modules)}))


def digest(root: Path, files: Iterable[str | Path], *more: object) -> str:
    """Of the contents of files, and of what else decides about a result."""
    known = hashlib.sha256(repr(more).encode())
    for file in files:
        known.update(str(file).encode() + (root / file).read_bytes())
    return known.hexdigest()[:16]


def compile_as(sources: Mapping[str, str | ast.Module]) -> None:
    """Whoever imports the module at one of these paths gets that source."""
    read = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, name: str) -> CodeType | None:
        if self.path in sources:
            return compile(sources[self.path], self.path, "exec")
        return read(self, name)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]


def statements(source: str, number: int) -> set[int]:
    """First lines of the statements of the innermost function around a line; none on import."""
    innermost = None
    for node in ast.walk(ast.parse(source)):
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if is_function and node.body[0].lineno <= number <= (node.end_lineno or 0):
            innermost = node  # walked from the outside in
    if innermost is None:
        return set()
    return {node.lineno for node in ast.walk(innermost) if isinstance(node, ast.stmt)}


class _Notes(ast.NodeTransformer):
    """Puts a note before each statement inside functions."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.inside = 0

    def visit(self, node: ast.AST) -> ast.AST:
        function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        self.inside += function
        self.generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if self.inside and isinstance(block, list):
                setattr(node, name, [part for s in block for part in self._noted(s)])
        self.inside -= function
        return node

    def _noted(self, statement: ast.stmt) -> list[ast.stmt]:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            return [statement]  # a docstring has to come first
        (note,) = ast.parse(f"{NOTE}(({self.path!r}, {statement.lineno}))").body
        return [ast.copy_location(note, statement), statement]


def _noting(root: Path, path: str) -> ast.Module:
    tree = _Notes(path).visit(ast.parse((root / path).read_text()))
    assert isinstance(tree, ast.Module)
    return ast.fix_missing_locations(tree)
