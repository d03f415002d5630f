"""Files stay small, have telling names, and tests stand where the code they test stands."""

import ast
from pathlib import Path

from tests.architecture.source import MIGRATIONS, ROOT, SOURCE, TESTS, modules, place, tree

LONGEST = 600
NAMES_OF_NOTHING = {"util", "utils", "helper", "helpers", "common", "manager", "misc", "base"}
# Folders whose tests look at the whole and have no module of their own to stand beside.
ACROSS = ("architecture", "contract", "migrations", "scenarios", "security")
# Tests of a package as a whole.
OF_A_PACKAGE = {
    "engine/test_examples.py",
    "engine/test_golden.py",
    "engine/test_metamorphic.py",
    "engine/test_oracle.py",
    "engine/test_oracle_kinds.py",
    "engine/test_oracle_groups.py",
    "engine/test_oracle_options.py",
    "engine/test_oracle_parts.py",
    "engine/test_oracle_periods.py",
    "engine/test_oracle_shapes.py",
    "engine/test_oracle_sources.py",
    "engine/test_oracle_together.py",
    "engine/test_worked.py",
    "services/imports/test_crash.py",
    "services/plan/test_documentation.py",
}


def test_no_file_is_too_long() -> None:
    files = [*modules(), *TESTS.rglob("*.py"), *MIGRATIONS.rglob("*.py"), *ROOT.glob("bench/*.py")]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {
        str(path.relative_to(ROOT)): length for path, length in lengths.items() if length > LONGEST
    } == {}


def test_names_say_something() -> None:
    assert [
        str(path.relative_to(ROOT))
        for path in (*modules(), *TESTS.rglob("*.py"))
        if {path.stem, path.parent.name} & NAMES_OF_NOTHING
    ] == []


def test_tests_stand_where_their_modules_stand() -> None:
    strays = []
    for path in TESTS.rglob("test_*.py"):
        folder = path.relative_to(TESTS).parent
        if set(folder.parts[:1]) & set(ACROSS) or str(path.relative_to(TESTS)) in OF_A_PACKAGE:
            continue
        tested = SOURCE / folder / path.stem.removeprefix("test_")
        if not (tested.is_dir() or tested.with_suffix(".py").is_file()):
            strays.append(str(path.relative_to(ROOT)))
    assert sorted(strays) == []


def test_package_files_only_export() -> None:
    """`__init__.py`: a docstring, imports, `__all__`."""
    assert [
        place(path, statement)
        for path in modules()
        if path.name == "__init__.py"
        for statement in tree(path).body
        if not _only_exports(statement)
    ] == []


def _only_exports(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant()) | ast.Import() | ast.ImportFrom():
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
    return False


def test_every_module_says_what_it_is() -> None:
    silent = [
        path
        for path in modules()
        if ast.get_docstring(tree(path)) is None and path.stat().st_size > 1
    ]
    assert [str(path.relative_to(ROOT)) for path in silent] == []


def test_nothing_points_out_of_the_project() -> None:
    """Files name no machine's folders and nothing beside the project."""
    words = ("../" + "shared", "/" + "work/", "/" + "root/")
    texts: list[Path] = [
        path
        for pattern in ("src/**/*", "tests/**/*", "docs/**/*", "migrations/**/*", "bench/*", "*")
        for path in ROOT.glob(pattern)
        if path.suffix in {".py", ".md", ".toml", ".ini", ".sql", ".yml", ""} and path.is_file()
    ]
    assert [
        str(path.relative_to(ROOT))
        for path in texts
        if any(word in path.read_text(encoding="utf-8", errors="ignore") for word in words)
    ] == []
