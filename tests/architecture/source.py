"""The project's files, read once, as the rules of this folder look at them."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "upline"
TESTS = ROOT / "tests"
MIGRATIONS = ROOT / "migrations"


def modules(*folders: str) -> list[Path]:
    """Every module of ours below the named folders of the package, or of all."""
    roots = [SOURCE / folder for folder in folders] or [SOURCE]
    return sorted(path for root in roots for path in root.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def place(path: Path, node: ast.stmt | ast.expr) -> str:
    """Where a rule is broken, as editors like it."""
    return f"{path.relative_to(ROOT)}:{node.lineno}"
