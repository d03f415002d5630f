"""The import contracts of pyproject.toml."""

from importlinter.cli import lint_imports
from tests.architecture.source import ROOT


def test_imports_point_one_way() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None) == 0
