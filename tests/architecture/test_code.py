"""Rules of the house no linter knows."""

import ast
from collections.abc import Iterator

from tests.architecture.source import SOURCE, modules, place, tree

# Where amounts are made: binary fractions have no place there.
MONEY = (
    "engine",
    *(
        f"services/{domain}"
        for domain in (
            "commission", "contest", "exchange", "explain", "ledger", "payment", "payout", "plan",
            "points", "product", "rollup", "simulation", "verify", "volume",
        )
    ),
)  # fmt: skip
# What runs as code whatever it reads, and chance that can be foretold: no secret comes of it.
UNSAFE = {"marshal", "pickle", "random", "shelve", "yaml"}


def test_functions_import_nothing_without_saying_why() -> None:
    """The reason stands on the same line, behind a `#`."""
    found = []
    for path in modules():
        lines = path.read_text(encoding="utf-8").splitlines()
        for function in _functions(tree(path)):
            for node in ast.walk(function):
                is_import = isinstance(node, ast.Import | ast.ImportFrom)
                if is_import and "#" not in lines[node.lineno - 1]:
                    found.append(place(path, node))
    assert found == []


def test_services_leave_the_commit_to_their_caller() -> None:
    found = [
        place(path, node)
        for path in modules("services")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    ]
    assert found == []


def test_http_errors_are_raised_by_routers_only() -> None:
    found = [
        place(path, node)
        for path in modules()
        if "routers" not in path.parts
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Name) and node.id == "HTTPException"
    ]
    assert found == []


def test_money_is_never_a_float() -> None:
    found = [
        place(path, node)
        for path in modules(*MONEY)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.expr) and _is_float(node)
    ]
    assert found == []


def test_nothing_is_unpickled_and_nothing_is_left_to_weak_chance() -> None:
    """But how long a request waits before it is tried again."""
    found = {
        str(path.relative_to(SOURCE))
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom) and UNSAFE & _imported(node)
    }
    assert found == {"routers/backoffice/app.py"}


def test_public_functions_of_services_and_engine_are_described() -> None:
    found = [
        f"{place(path, node)} {node.name}"
        for path in modules("services", "engine")
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if not node.name.startswith("_") and ast.get_docstring(node) is None
    ]
    assert found == []


def _functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module]
    return {str(name).split(".")[0] for name in names}


def _is_float(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=float()):
            return True
        case ast.Call(func=ast.Name(id="float")):
            return True
        case ast.Attribute(value=ast.Name(id="np"), attr=("float64" | "float32" | "double")):
            return True
    return False


def test_the_rules_find_what_they_forbid() -> None:
    """A rule that finds nothing may also be blind."""
    bad = ast.parse("def f():\n    import os.path\n    return float('1') + 1.5 + np.float64(2)\n")
    (function,) = _functions(bad)
    assert sum(_is_float(node) for node in ast.walk(bad) if isinstance(node, ast.expr)) == 3
    imports = [node for node in ast.walk(function) if isinstance(node, ast.Import)]
    assert [_imported(node) for node in imports] == [{"os"}]
